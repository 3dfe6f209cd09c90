/* The rules against forged requests, and the one reading of Content-Type. */
#include "web/forgery.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#define SPACE " \t"

static int equals(const char *at, apr_size_t length, const char *word)
{
    return length == strlen(word) && apr_cstr_casecmpn(at, word, length) == 0;
}

/* charset=utf-8, "utf-8" or utf8; other parameters say nothing about the bytes. */
static int parameter_is_fine(const char *at, apr_size_t length)
{
    const char *value = memchr(at, '=', length);
    if (!value || !equals(at, (apr_size_t)(value - at), "charset")) {
        return 1;
    }
    value++;
    apr_size_t size = length - (apr_size_t)(value - at);
    if (size >= 2 && value[0] == '"' && value[size - 1] == '"') {
        value++;
        size -= 2;
    }
    return equals(value, size, "utf-8") || equals(value, size, "utf8");
}

int sd_media_is(const char *content_type, const char *media)
{
    if (!content_type) {
        return 0;
    }
    const char *at = content_type + strspn(content_type, SPACE);
    apr_size_t length = strcspn(at, ";" SPACE);
    if (!equals(at, length, media)) {
        return 0;
    }
    at += length;
    while (*(at += strspn(at, SPACE))) {
        if (*at != ';') {
            return 0;
        }
        at++;
        at += strspn(at, SPACE);
        length = strcspn(at, ";" SPACE);
        if (!parameter_is_fine(at, length)) {
            return 0;
        }
        at += length;
    }
    return 1;
}

int sd_media_is_json(const char *content_type)
{
    return sd_media_is(content_type, "application/json");
}

sd_error_t *sd_media_unsupported(apr_pool_t *pool)
{
    return sd_error_new(pool, SD_ERROR_MEDIA_TYPE, "sd.media.type", "The body must be application/json in UTF-8.");
}

/* "https://desk.example:8443" of "https://desk.example:8443/help". */
static apr_size_t origin_length(const char *url)
{
    const char *host = strstr(url, "://");
    return host ? (apr_size_t)(host - url) + 3 + strcspn(host + 3, "/?#") : strlen(url);
}

/* A browser leaves the default port out; an administrator may have written it. */
static apr_size_t without_default_port(const char *origin, apr_size_t length)
{
    const char *port = apr_cstr_casecmpn(origin, "https:", 6) == 0 ? ":443" : ":80";
    apr_size_t size = strlen(port);
    return length > size && memcmp(origin + length - size, port, size) == 0 ? length - size : length;
}

static int is_ours(const char *origin, const char *base_url)
{
    apr_size_t ours = without_default_port(base_url, origin_length(base_url));
    apr_size_t theirs = without_default_port(origin, strlen(origin));
    return ours == theirs && apr_cstr_casecmpn(origin, base_url, ours) == 0;
}

int sd_forgery_is_foreign(const sd_forgery_t *request)
{
    if (request->origin && !is_ours(request->origin, request->base_url)) {
        return 1;
    }
    const char *site = request->fetch_site;
    return site && apr_cstr_casecmp(site, "same-origin") != 0 && apr_cstr_casecmp(site, "none") != 0;
}

sd_error_t *sd_forgery_check(apr_pool_t *pool, const sd_forgery_t *request)
{
    if (request->bearer) {
        return NULL;
    }
    if (sd_forgery_is_foreign(request)) {
        return sd_error_new(pool, SD_ERROR_FORBIDDEN, "sd.forgery.origin",
                            "Requests from other sites are not accepted without a Bearer token.");
    }
    if (strcmp(request->method, "POST") == 0 && !sd_media_is_json(request->content_type)) {
        return sd_media_unsupported(pool);
    }
    return NULL;
}
