/* Making and comparing entity tags. Source: RFC 9110 8.8.3, 13.1. */
#include "web/etag.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/digest.h"

#define HASH_BYTES 8
#define HASH_DIGITS (2 * HASH_BYTES)

const char *sd_etag_make(apr_pool_t *pool, const char *version, const char *body, apr_size_t length)
{
    unsigned char digest[SD_DIGEST_BYTES];
    sd_digest_sha256(digest, body, length);
    const char *hash = sd_digest_hex(pool, digest, HASH_BYTES);
    return apr_pstrcat(pool, "\"", version ? version : "", version ? "-" : "", hash, "\"", NULL);
}

static const char *past(const char *at, const char *set)
{
    return at + strspn(at, set);
}

/* Endings that compressing filters of httpd append inside the quotes. */
static int is_suffix(const char *at, apr_size_t length)
{
    return length == 0 || (length == 5 && memcmp(at, "-gzip", 5) == 0) || (length == 3 && memcmp(at, "-br", 3) == 0);
}

int sd_etag_matches(const char *if_none_match, const char *etag)
{
    apr_size_t length = strlen(etag) - 2;
    const char *at = past(if_none_match, " \t,");
    if (*at == '*') {
        return 1;
    }
    while (*at) {
        if (strncmp(at, "W/", 2) == 0) {
            at += 2;
        }
        const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
        if (!end) {
            return 0;
        }
        apr_size_t given = (apr_size_t)(end - at) - 1;
        if (given >= length && memcmp(at + 1, etag + 1, length) == 0 && is_suffix(at + 1 + length, given - length)) {
            return 1;
        }
        at = past(end + 1, " \t,");
    }
    return 0;
}

static int has_hash(const char *at, apr_size_t length)
{
    for (apr_size_t i = 0; i < HASH_DIGITS; i++) {
        if (i >= length || !apr_isxdigit(at[i])) {
            return 0;
        }
    }
    return is_suffix(at + HASH_DIGITS, length - HASH_DIGITS);
}

const char *sd_etag_version(apr_pool_t *pool, const char *if_match)
{
    const char *at = past(if_match, " \t");
    if (*at == '*' && !*past(at + 1, " \t")) {
        return NULL;
    }
    const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
    const char *hyphen = end ? memchr(at + 1, '-', (apr_size_t)(end - at) - 1) : NULL;
    if (!hyphen || *past(end + 1, " \t") || !has_hash(hyphen + 1, (apr_size_t)(end - hyphen) - 1)) {
        return "";
    }
    return apr_pstrmemdup(pool, at + 1, (apr_size_t)(hyphen - at) - 1);
}
