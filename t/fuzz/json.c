/* JSON bodies: what is accepted is well-formed, no deeper than said, and the same when written and read again. */
#include "web/json.c" /* knows no httpd type: the fuzzers are linked without httpd */

#include "fuzz.h"

static int depth_of(const json_t *value)
{
    int deepest = 0, depth;
    const char *name;
    json_t *member;
    size_t i;

    if (!json_is_array(value) && !json_is_object(value)) {
        return 0;
    }
    json_array_foreach(value, i, member)
    {
        depth = depth_of(member);
        deepest = depth > deepest ? depth : deepest;
    }
    json_object_foreach((json_t *)value, name, member)
    {
        must(sd_text_is_utf8(name, strlen(name)));
        depth = depth_of(member);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static void try_one(apr_pool_t *pool, const char *text, apr_size_t size)
{
    int any = size > 0 && text[0] != '[' && text[0] != '{';
    json_t *value = NULL, *again = NULL;
    sd_error_t *error = sd_json_parse(&value, pool, text, size, any);
    apr_size_t length;

    if (error) {
        must(!value && sd_error_status(error->kind) == 400 && sd_text_is_utf8(error->text, strlen(error->text)));
        return;
    }
    must(value && sd_text_is_utf8(text, size) && depth_of(value) <= SD_JSON_DEPTH);
    const char *written = sd_json_text(&length, pool, value);
    must(written && strlen(written) == length && !sd_json_parse(&again, pool, written, length, 1));
    must(json_equal(value, again));
    json_decref(value);
    json_decref(again);
}
