/* Entity tags as clients send them back: nobody's version is made up, and a tag of ours is known again. */
#include "web/etag.c" /* knows no httpd type: the fuzzers are linked without httpd */

#include "fuzz.h"

static void try_one(apr_pool_t *pool, const char *text, apr_size_t size)
{
    const char *tag = sd_etag_make(pool, "a7", text, size);
    const char *version = sd_etag_version(pool, text);
    const char *list = apr_pstrcat(pool, text, ", ", tag, NULL);

    must(strcmp(sd_etag_version(pool, tag), "a7") == 0 && sd_etag_matches(tag, tag));
    must(sd_etag_matches(apr_pstrcat(pool, "W/", tag, NULL), tag));
    (void)sd_etag_matches(list, tag);
    if (version) {
        must(!strpbrk(version, "\"-") && (!*version || strstr(text, version)));
    } else {
        must(strchr(text, '*'));
    }
}
