/*
 * Forged requests under /rest, where no form token travels: what another site can make a browser send must not count.
 * A browser adds cookies, Basic credentials, tickets and certificates by itself, a Bearer token never. It can send a
 * foreign POST only as a form or as plain text, and says so in Origin and Sec-Fetch-Site. No CORS header is ever sent,
 * so PUT, DELETE and JSON from elsewhere fail at the preflight. Knows no httpd type.
 */
#ifndef SD_WEB_FORGERY_H
#define SD_WEB_FORGERY_H

#include "base/error.h"

typedef struct sd_forgery_t {
    const char *method;
    int bearer;               /* the caller proved itself by a Bearer token */
    const char *content_type; /* headers; NULL if absent */
    const char *origin;
    const char *fetch_site;
    const char *base_url; /* of the site: the one origin that is ours */
} sd_forgery_t;

/* SD_ERROR_FORBIDDEN for another site's request, SD_ERROR_MEDIA_TYPE for a POST that is not JSON. */
SD_CHECKED sd_error_t *sd_forgery_check(apr_pool_t *pool, const sd_forgery_t *request);

/* True if the browser says that another site made it send this. */
int sd_forgery_is_foreign(const sd_forgery_t *request);

/* True for this media type, with no charset or with UTF-8. */
int sd_media_is(const char *content_type, const char *media);
int sd_media_is_json(const char *content_type);

SD_CHECKED sd_error_t *sd_media_unsupported(apr_pool_t *pool);

#endif
