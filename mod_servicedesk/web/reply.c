/*
 * Answers on the wire. The body is one JSON text in memory, so its length and its entity tag are known before the first
 * byte. Headers go to err_headers_out: they survive if httpd turns the answer into an error of its own.
 */
#include "web/reply.h"

#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "base/memory.h"
#include "web/etag.h"
#include "web/input.h"
#include "web/json.h"
#include "web/site_of.h"

#define LARGE_ANSWER 1000000 /* bytes */

void sd_reply_headers(request_rec *r)
{
    apr_table_t *headers = r->err_headers_out;
    apr_table_setn(headers, "X-Content-Type-Options", "nosniff");
    apr_table_setn(headers, "Content-Security-Policy",
                   "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    apr_table_setn(headers, "Referrer-Policy", "no-referrer");
    apr_table_setn(headers, "Cross-Origin-Opener-Policy", "same-origin");
    apr_table_setn(headers, "Cross-Origin-Resource-Policy", "same-origin");
    apr_table_setn(headers, "Permissions-Policy", "camera=(), geolocation=(), microphone=()");
    apr_table_setn(headers, "Cache-Control", "no-store");
    apr_table_setn(headers, "Vary", "Authorization, Cookie");
    if (r->status == HTTP_UNAUTHORIZED && !apr_table_get(r->headers_out, "WWW-Authenticate")) {
        sd_server_challenge(r);
    }
}

/* mod_mime has looked at the path as if it were a file name: "/property/x.gz" is not gzip. */
static void set_type(request_rec *r, const char *type)
{
    ap_set_content_type(r, type);
    r->content_encoding = NULL;
    r->content_languages = NULL;
}

/* `body` lives in the pool of the request. */
static int write_answer(request_rec *r, const char *type, const char *body, apr_size_t length)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, alloc);
    set_type(r, length ? type : NULL);
    if (!AP_STATUS_IS_HEADER_ONLY(r->status)) {
        ap_set_content_length(r, (apr_off_t)length);
        if (length && !r->header_only) {
            APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_pool_create(body, length, r->pool, alloc));
        }
    }
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(alloc));
    /* A client that has gone away is no error of ours. */
    ap_pass_brigade(r->output_filters, brigade);
    return OK;
}

/* Only what a GET shows can be asked for again by its tag. */
static void set_etag(sd_call_t *call, const char *body, apr_size_t length)
{
    request_rec *r = call->r;
    const char *etag = sd_etag_make(call->pool, call->version, body, length);
    apr_table_setn(r->err_headers_out, "Cache-Control", "private, no-cache");
    apr_table_setn(r->headers_out, "ETag", etag);
    const char *known = apr_table_get(r->headers_in, "If-None-Match");
    if (known && sd_etag_matches(known, etag)) {
        r->status = HTTP_NOT_MODIFIED;
    }
}

/*
 * Somebody may read slowly: the tree does not stand beside its text for so long. That of a large answer leaves holes
 * between smaller pieces, which the library gives back only when told to.
 */
static void forget_tree(sd_call_t *call, apr_size_t length)
{
    json_decref(call->reply);
    call->reply = NULL;
    if (length > LARGE_ANSWER) {
        sd_memory_give_back();
    }
}

int sd_reply_write(sd_call_t *call)
{
    request_rec *r = call->r;
    const char *body = call->raw;
    apr_size_t length = call->raw_length ? call->raw_length : body ? strlen(body) : 0;
    r->status = call->status;
    if (call->reply && !(body = sd_json_text(&length, call->pool, call->reply))) {
        return sd_reply_error(r, call->path,
                              sd_error_private(call->pool, SD_ERROR_INTERNAL, "no memory for an answer"));
    }
    forget_tree(call, length);
    sd_reply_headers(r);
    if (r->method_number == M_GET && r->status == HTTP_OK) {
        set_etag(call, body, length);
    }
    return write_answer(r, call->raw ? call->raw_type : SD_REPLY_JSON, body, length);
}

static json_t *messages(const sd_error_t *error, int with_fields)
{
    json_t *texts = json_array();
    for (; error; error = error->next) {
        if (with_fields || !error->field) {
            json_array_append_new(texts, json_string(error->text));
        }
    }
    return texts;
}

/* The first text of each field. */
static json_t *fields(const sd_error_t *error)
{
    json_t *errors = json_object();
    for (; error; error = error->next) {
        if (error->field && !json_object_get(errors, error->field)) {
            json_object_set_new(errors, error->field, json_string(error->text));
        }
    }
    return errors;
}

static int names_fields(const sd_error_t *error)
{
    while (error && !error->field) {
        error = error->next;
    }
    return error != NULL;
}

/* Contract 1.7: the core API's shape. */
static json_t *core_error(const sd_error_t *error)
{
    json_t *body = json_object();
    json_object_set_new(body, "errorMessages", messages(error, 0));
    json_object_set_new(body, "errors", fields(error));
    return body;
}

static json_t *desk_error(const sd_error_t *error)
{
    json_t *body = json_object();
    json_t *key = json_object();
    json_object_set_new(key, "i18nKey", json_string(error->key));
    json_object_set_new(key, "parameters", json_array());
    json_object_set_new(body, "errorMessage", json_string(error->text));
    json_object_set_new(body, "i18nErrorMessage", key);
    if (names_fields(error)) {
        json_object_set_new(body, "errorMessages", messages(error, 1));
        json_object_set_new(body, "errors", fields(error));
    }
    return body;
}

static int speaks_core(const char *path)
{
    return strncmp(path, "/rest/api/", 10) == 0 || strncmp(path, "/rest/auth/", 11) == 0;
}

const char *sd_reply_error_text(apr_size_t *length, apr_pool_t *pool, const char *path, const sd_error_t *error)
{
    json_t *body = speaks_core(path) ? core_error(error) : desk_error(error);
    const char *text = sd_json_text(length, pool, body);
    json_decref(body);
    return text;
}

int sd_reply_error(request_rec *r, const char *path, const sd_error_t *error)
{
    apr_size_t length = 0;
    const char *body = sd_reply_error_text(&length, r->pool, path, error);
    r->status = sd_error_status(error->kind);
    sd_reply_headers(r);
    if (error->retry_after) {
        apr_table_setn(r->err_headers_out, "Retry-After", apr_itoa(r->pool, error->retry_after));
    }
    if (sd_body_is_pending(r)) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
    sd_server_log_error(r, error);
    return write_answer(r, SD_REPLY_JSON, body, length);
}
