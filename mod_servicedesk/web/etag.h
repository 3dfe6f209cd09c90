/*
 * Entity tags. A tag is strong: the version of the thing (if it has one), a hyphen, and 16 hex digits of the answer's
 * SHA-256. mod_deflate appends "-gzip" to what it compresses, so tags come back with such an ending. Knows no httpd
 * type.
 */
#ifndef SD_WEB_ETAG_H
#define SD_WEB_ETAG_H

#include <apr_pools.h>

/* The tag in its quotes; `version` may be NULL and holds neither hyphen nor quote. */
const char *sd_etag_make(apr_pool_t *pool, const char *version, const char *body, apr_size_t length);

/* Does If-None-Match name `etag`, by weak comparison? */
int sd_etag_matches(const char *if_none_match, const char *etag);

/* The version that If-Match names: NULL for "*", "" for a weak tag, several tags, or what is not a tag of ours. */
const char *sd_etag_version(apr_pool_t *pool, const char *if_match);

#endif
