/* Text: the UTF-8 check agrees with libunistring's, normal forms are fixed points, ids read back as themselves. */
#include "base/text.h"

#include <unistr.h>

#include "fuzz.h"

static void try_normal_forms(apr_pool_t *pool, const char *text)
{
    const char *once, *twice;

    must(!sd_text_compose(&once, pool, text) && !sd_text_compose(&twice, pool, once));
    must(strcmp(once, twice) == 0 && sd_text_is_utf8(once, strlen(once)));
    must(!sd_text_fold(&once, pool, text) && !sd_text_fold(&twice, pool, once));
    must(strcmp(once, twice) == 0 && sd_text_is_utf8(once, strlen(once)));
    once = sd_text_trim(pool, text);
    must(strcmp(once, sd_text_trim(pool, once)) == 0 && strstr(text, once));
}

static void try_checks(apr_pool_t *pool, const char *text)
{
    int well_formed = sd_text_is_utf8(text, strlen(text));
    sd_error_t *line = sd_text_check(pool, "name", text, 1, 100, 0);
    sd_error_t *lines = sd_text_check(pool, "name", text, 1, 100, 1);

    must(well_formed || (line && lines));
    if (!line) {
        must(!lines && !strpbrk(text, "\r\n\t\x7f") && sd_text_length(text) <= 100);
        must(sd_text_length(sd_text_trim(pool, text)) >= 1);
    }
    if (well_formed) {
        must(sd_text_length(text) == u8_mbsnlen((const uint8_t *)text, strlen(text)));
        try_normal_forms(pool, text);
    }
}

static void try_one(apr_pool_t *pool, const char *text, apr_size_t size)
{
    apr_int64_t id = sd_text_id(text);
    int expected = !memchr(text, '\0', size) && !u8_check((const uint8_t *)text, size);

    must(sd_text_is_utf8(text, size) == expected);
    must(id >= 0 && (id == 0 || strcmp(apr_psprintf(pool, "%" APR_INT64_T_FMT, id), text) == 0));
    must(sd_text_boolean(text) == -1 || strlen(text) <= 5);
    try_checks(pool, text);
}
