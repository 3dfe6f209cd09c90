/*
 * Errors that httpd answers by itself below our mount: its HTML is swallowed, JSON of the same status takes its place.
 */
#include "web/route.h"

#include <string.h>

#include <http_protocol.h>
#include <util_filter.h>

#include "web/reply.h"
#include "web/site_of.h"

void sd_web_insert_error_filter(request_rec *r)
{
    if (r->status >= HTTP_BAD_REQUEST && sd_server_is_rest(r)) {
        ap_add_output_filter(SD_WEB_ERROR_FILTER, NULL, r, r->connection);
    }
}

/* What httpd does not find reads like what we do not find; of the rest the reason: "408 Request Timeout" from R on. */
static sd_error_t *error_of(request_rec *r)
{
    const char *line = ap_get_status_line(r->status);
    if (r->status == HTTP_NOT_FOUND) {
        return sd_error_not_found(r->pool);
    }
    return sd_error_new(r->pool, SD_ERROR_INTERNAL, "sd.http", "%s", strlen(line) > 4 ? line + 4 : line);
}

static void replace(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    request_rec *r = filter->r;
    apr_size_t length = 0;
    const char *body = sd_reply_error_text(&length, r->pool, sd_server_path(r), error_of(r));
    apr_bucket *bucket = apr_bucket_pool_create(body, length, r->pool, r->connection->bucket_alloc);

    sd_reply_headers(r);
    ap_set_content_type(r, SD_REPLY_JSON);
    ap_set_content_length(r, (apr_off_t)length);
    APR_BRIGADE_INSERT_HEAD(brigade, bucket);
}

int sd_web_swallow(apr_bucket_brigade *brigade)
{
    apr_bucket *next;
    int at_end = 0;
    for (apr_bucket *bucket = APR_BRIGADE_FIRST(brigade); bucket != APR_BRIGADE_SENTINEL(brigade); bucket = next) {
        next = APR_BUCKET_NEXT(bucket);
        at_end |= APR_BUCKET_IS_EOS(bucket);
        if (!APR_BUCKET_IS_METADATA(bucket)) {
            apr_bucket_delete(bucket);
        }
    }
    if (!at_end) {
        apr_brigade_cleanup(brigade);
    }
    return at_end;
}

apr_status_t sd_web_error_filter(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    if (!sd_web_swallow(brigade)) {
        return APR_SUCCESS;
    }
    replace(filter, brigade);
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}
