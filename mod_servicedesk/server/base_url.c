/* The one absolute address of an instance, and the paths below it that a redirect may name. */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_uri.h>

#include "server/config.h"

static int is_host(const char *host)
{
    for (const char *at = host; *at; at++) {
        if (!apr_isalnum(*at) && !strchr(".-:[]_", *at)) {
            return 0;
        }
    }
    return *host != '\0';
}

/* Empty, "." and ".." segments mean something else to every reader. */
static int has_odd_segment(const char *path)
{
    while (*path == '/') {
        apr_size_t length = strcspn(++path, "/");
        if ((length == 0 && *path) || (length == 1 && *path == '.') || (length == 2 && memcmp(path, "..", 2) == 0)) {
            return 1;
        }
        path += length;
    }
    return 0;
}

static int is_plain_path(const char *path)
{
    for (const char *at = path; *at; at++) {
        if (!apr_isalnum(*at) && !strchr("/-._~", *at)) {
            return 0;
        }
    }
    return !has_odd_segment(path);
}

const char *sd_base_url_complaint(apr_pool_t *pool, const char *url)
{
    apr_uri_t uri;
    if (apr_uri_parse(pool, url, &uri) != APR_SUCCESS || !uri.scheme || !uri.hostname) {
        return "is not an absolute URL";
    }
    if (strcmp(uri.scheme, "https") != 0 && strcmp(uri.scheme, "http") != 0) {
        return "begins neither with https:// nor with http://";
    }
    if (uri.user || uri.password || uri.query || uri.fragment) {
        return "has more than scheme, host, port and path";
    }
    if (!is_host(uri.hostname)) {
        return "has a host that is no host name";
    }
    if (uri.path && !is_plain_path(uri.path)) {
        return "has a path with more than letters, digits and / - . _ ~, or with empty or dotted segments";
    }
    return NULL;
}

const char *sd_base_url_canonical(apr_pool_t *pool, const char *url)
{
    apr_uri_t uri;
    if (apr_uri_parse(pool, url, &uri) != APR_SUCCESS) {
        return url;
    }
    const char *port = uri.port_str && uri.port != apr_uri_port_of_scheme(uri.scheme) ? uri.port_str : NULL;
    char *host = apr_pstrdup(pool, uri.hostname);
    ap_str_tolower(host);
    const char *path = uri.path ? uri.path : "";
    apr_size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/') {
        length--;
    }
    int v6 = strchr(host, ':') != NULL && host[0] != '[';
    return apr_pstrcat(pool, uri.scheme, "://", v6 ? "[" : "", host, v6 ? "]" : "", port ? ":" : "", port ? port : "",
                       apr_pstrmemdup(pool, path, length), NULL);
}

const char *sd_base_url_origin(apr_pool_t *pool, const char *url)
{
    const char *host = strstr(url, "://") + 3;
    return apr_pstrmemdup(pool, url, (apr_size_t)(host - url) + strcspn(host, "/"));
}

const char *sd_base_url_path(const char *url)
{
    const char *host = strstr(url, "://") + 3;
    return host + strcspn(host, "/");
}

int sd_base_url_is_exposed(apr_pool_t *pool, const char *url)
{
    apr_uri_t uri;
    if (apr_uri_parse(pool, url, &uri) != APR_SUCCESS || strcmp(uri.scheme, "http") != 0) {
        return 0;
    }
    return strcmp(uri.hostname, "localhost") != 0 && strncmp(uri.hostname, "127.", 4) != 0 &&
           strcmp(uri.hostname, "::1") != 0 && strcmp(uri.hostname, "[::1]") != 0;
}

int sd_local_path_is_safe(const char *path)
{
    if (path[0] != '/' || path[1] == '/') {
        return 0;
    }
    for (const char *at = path; *at; at++) {
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f || strchr("\\\"<>^`{|}", *at)) {
            return 0;
        }
    }
    return !has_odd_segment(path);
}
