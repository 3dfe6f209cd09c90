/* Reading, writing and hiding the session cookie. */
#include "server/cookie.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#define SEPARATORS ";,"

/* One "name=value" of a Cookie header; httpd joins repeated headers with a comma. */
typedef struct crumb_t {
    const char *start;
    apr_size_t length;
    const char *value; /* NULL if it is not the cookie asked for */
    apr_size_t value_length;
} crumb_t;

static const char *next_crumb(crumb_t *crumb, const char *at, const char *name)
{
    apr_size_t name_length = strlen(name);
    at += strspn(at, SEPARATORS " \t");
    crumb->start = at;
    crumb->length = strcspn(at, SEPARATORS);
    const char *end = at + crumb->length;
    while (crumb->length > 0 && apr_isspace(at[crumb->length - 1])) {
        crumb->length--;
    }
    crumb->value = NULL;
    if (crumb->length > name_length && memcmp(at, name, name_length) == 0 && at[name_length] == '=') {
        crumb->value = at + name_length + 1;
        crumb->value_length = crumb->length - name_length - 1;
    }
    return end;
}

const char *sd_cookie_read(const request_rec *r, const char *name)
{
    const char *at = apr_table_get(r->headers_in, "Cookie");
    const char *value = NULL;
    int count = 0;
    crumb_t crumb;
    while (at && *at) {
        at = next_crumb(&crumb, at, name);
        if (crumb.value) {
            count++;
            value = apr_pstrmemdup(r->pool, crumb.value, crumb.value_length);
        }
    }
    return count == 1 ? value : NULL;
}

void sd_cookie_write(request_rec *r, const sd_instance_t *instance, const char *name, const char *value,
                     sd_time_t lifetime)
{
    apr_int64_t seconds = value && lifetime > 0 ? (lifetime + SD_SECOND - 1) / SD_SECOND : 0;
    apr_table_addn(r->err_headers_out, "Set-Cookie",
                   apr_psprintf(r->pool, "%s=%s; Path=/; Max-Age=%" APR_INT64_T_FMT "; HttpOnly; SameSite=Lax%s", name,
                                value ? value : "", seconds, instance->secure ? "; Secure" : ""));
    /* The cookies and the storage of this host may be those of other applications, too. */
    if (!value && strcmp(name, instance->cookie_name) == 0) {
        apr_table_setn(r->err_headers_out, "Clear-Site-Data", "\"cache\"");
    }
}

int sd_cookie_is_there(const request_rec *r, const char *name)
{
    const char *header = apr_table_get(r->headers_in, "Cookie");
    return header && strstr(header, name) != NULL;
}

void sd_cookie_strip(request_rec *r, const char *name)
{
    if (!sd_cookie_is_there(r, name)) {
        return;
    }
    const char *at = apr_table_get(r->headers_in, "Cookie");
    char *kept = apr_pcalloc(r->pool, strlen(at) + 1);
    char *to = kept;
    while (*at) {
        crumb_t crumb;
        const char *end = next_crumb(&crumb, at, name);
        if (!crumb.value) {
            memcpy(to, at, (apr_size_t)(end - at));
            to += end - at;
        }
        at = end;
    }
    kept += strspn(kept, SEPARATORS " \t");
    if (!*kept) {
        apr_table_unset(r->headers_in, "Cookie");
    } else {
        apr_table_setn(r->headers_in, "Cookie", kept);
    }
}

const char *sd_cookie_side_name(apr_pool_t *pool, const sd_instance_t *instance, const char *name)
{
    return apr_pstrcat(pool, instance->cookie_name, "-", name, NULL);
}
