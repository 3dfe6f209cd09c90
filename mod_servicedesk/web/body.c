/*
 * The body: read with a limit of our own (a filter may have inflated it, chunks announce no length), before any
 * database is lent, and parsed once. And the members of a JSON body, in the spellings of the clients.
 */
#include "web/input.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "base/text.h"
#include "web/forgery.h"
#include "web/form.h"
#include "web/json.h"
#include "web/route.h"
#include "web/site_of.h"

#define READ_SIZE 8192
#define PENDING_SIZE 65536

typedef struct body_t {
    char *bytes;
    apr_size_t length;
    apr_size_t size;
    apr_size_t limit;
} body_t;

static sd_error_t *too_large(sd_call_t *call)
{
    call->r->connection->keepalive = AP_CONN_CLOSE;
    return sd_error_new(call->pool, SD_ERROR_TOO_LARGE, "sd.body.large", "The body is larger than %ld bytes.",
                        (long)sd_server_body_limit(call->r));
}

/* What Content-Length says; httpd has refused everything that is not a number. -1 if it says nothing. */
static apr_off_t announced_length(request_rec *r)
{
    const char *header = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t length;
    return header && apr_strtoff(&length, header, NULL, 10) == APR_SUCCESS ? length : -1;
}

int sd_body_is_pending(request_rec *r)
{
    apr_off_t announced = announced_length(r);
    return ap_request_has_body(r) && (announced < 0 || announced > PENDING_SIZE || r->expecting_100);
}

static void append(body_t *body, apr_pool_t *pool, const char *bytes, apr_size_t length)
{
    if (body->length + length > body->size) {
        apr_size_t size = 2 * (body->length + length);
        char *larger = apr_palloc(pool, size);
        memcpy(larger, body->bytes, body->length);
        body->bytes = larger;
        body->size = size;
    }
    memcpy(body->bytes + body->length, bytes, length);
    body->length += length;
}

/* Takes the data of one brigade; *end at the end of the body. */
static apr_status_t take(body_t *body, apr_pool_t *pool, apr_bucket_brigade *brigade, int *end)
{
    for (apr_bucket *bucket = APR_BRIGADE_FIRST(brigade);
         bucket != APR_BRIGADE_SENTINEL(brigade) && body->length <= body->limit; bucket = APR_BUCKET_NEXT(bucket)) {
        const char *bytes;
        apr_size_t length;
        if (APR_BUCKET_IS_EOS(bucket)) {
            *end = 1;
            break;
        }
        if (APR_BUCKET_IS_METADATA(bucket)) {
            continue;
        }
        apr_status_t status = apr_bucket_read(bucket, &bytes, &length, APR_BLOCK_READ);
        if (status != APR_SUCCESS) {
            return status;
        }
        append(body, pool, bytes, length);
    }
    return APR_SUCCESS;
}

/* All of it, or one byte more than the limit at least. */
static int read_all(body_t *body, sd_call_t *call)
{
    apr_bucket_brigade *brigade = apr_brigade_create(call->pool, call->r->connection->bucket_alloc);
    int end = 0;
    while (!end && body->length <= body->limit) {
        apr_status_t status =
            ap_get_brigade(call->r->input_filters, brigade, AP_MODE_READBYTES, APR_BLOCK_READ, READ_SIZE);
        if (status == APR_SUCCESS) {
            status = take(body, call->pool, brigade, &end);
        }
        if (status != APR_SUCCESS) {
            call->r->connection->keepalive = AP_CONN_CLOSE;
            return ap_map_http_request_error(status, HTTP_BAD_REQUEST);
        }
        apr_brigade_cleanup(brigade);
    }
    return OK;
}

/* Compressed by either header: a few bytes that become gigabytes are not worth reading. */
static int is_encoded(request_rec *r)
{
    const char *transfer = apr_table_get(r->headers_in, "Transfer-Encoding");
    return apr_table_get(r->headers_in, "Content-Encoding") || (transfer && apr_cstr_casecmp(transfer, "chunked") != 0);
}

static sd_error_t *check_announced(sd_call_t *call, const body_t *body)
{
    if (is_encoded(call->r)) {
        return sd_error_new(call->pool, SD_ERROR_MEDIA_TYPE, "sd.media.encoding", "A body must not be compressed.");
    }
    return announced_length(call->r) > (apr_off_t)body->limit ? too_large(call) : NULL;
}

static sd_error_t *parse_form(sd_call_t *call, const body_t *body)
{
    if (!sd_media_is_form(apr_table_get(call->r->headers_in, "Content-Type"))) {
        return sd_error_new(call->pool, SD_ERROR_MEDIA_TYPE, "sd.media.form", "The body must be a form in UTF-8.");
    }
    return sd_form_parse(&call->body, call->pool, body->bytes, body->length);
}

static sd_error_t *parse(sd_call_t *call, const body_t *body)
{
    if (body->length > body->limit) {
        return too_large(call);
    }
    if (body->length == 0) {
        return NULL;
    }
    if (call->route->flags & SD_ROUTE_PAGE) {
        return parse_form(call, body);
    }
    if (strcmp(call->route->method, "POST") == 0 &&
        !sd_media_is_json(apr_table_get(call->r->headers_in, "Content-Type"))) {
        return sd_media_unsupported(call->pool);
    }
    int any = (call->route->flags & SD_ROUTE_JSON_ANY) != 0;
    SD_TRY(sd_json_parse(&call->body, call->pool, body->bytes, body->length, any));
    return any ? NULL : sd_body_object(call);
}

int sd_body_read(sd_error_t **error, sd_call_t *call)
{
    apr_off_t announced = announced_length(call->r);
    body_t body = {NULL, 0, 0, (apr_size_t)sd_server_body_limit(call->r)};
    *error = NULL;
    if (!ap_request_has_body(call->r)) {
        return OK;
    }
    if ((*error = check_announced(call, &body)) != NULL) {
        return OK;
    }
    body.size = announced > 0 ? (apr_size_t)announced : READ_SIZE;
    body.bytes = apr_palloc(call->pool, body.size);
    int status = read_all(&body, call);
    if (status == OK) {
        *error = parse(call, &body);
    }
    return status;
}

sd_error_t *sd_body_object(sd_call_t *call)
{
    if (json_is_object(call->body)) {
        return NULL;
    }
    return sd_error_new(call->pool, SD_ERROR_INPUT, "sd.body.object", "The body must be a JSON object.");
}

/* The member, NULL if it is absent or null. */
static const json_t *member(const sd_call_t *call, const char *name)
{
    const json_t *value = json_object_get(call->body, name);
    return json_is_null(value) ? NULL : value;
}

sd_error_t *sd_body_some(sd_call_t *call, const char *const *names)
{
    const char *list = "";
    SD_TRY(sd_body_object(call));
    for (int i = 0; names[i]; i++) {
        if (member(call, names[i])) {
            return NULL;
        }
        list = apr_pstrcat(call->pool, list, i ? ", " : "", names[i], NULL);
    }
    return sd_error_field(call->pool, names[0], "sd.validation.required", "Say at least one of these: %s.", list);
}

static sd_error_t *wrong_type(sd_call_t *call, const char *name, const char *expected)
{
    return sd_error_field(call->pool, name, "sd.validation.type", "%s must be %s.", name, expected);
}

sd_error_t *sd_body_text(const char **value, sd_call_t *call, const char *name)
{
    const json_t *given = member(call, name);
    *value = json_string_value(given);
    return given && !*value ? wrong_type(call, name, "a text") : NULL;
}

sd_error_t *sd_body_required(const char **value, sd_call_t *call, const char *name)
{
    SD_TRY(sd_body_text(value, call, name));
    return *value ? NULL : sd_error_field(call->pool, name, "sd.validation.required", "%s is required.", name);
}

/* An id in either spelling, or NULL. */
static const char *id_of(apr_pool_t *pool, const json_t *given)
{
    if (json_is_integer(given) && json_integer_value(given) > 0) {
        return apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(given));
    }
    const char *text = json_string_value(given);
    return text && sd_text_id(text) ? text : NULL;
}

sd_error_t *sd_body_id(const char **value, sd_call_t *call, const char *name)
{
    const json_t *given = member(call, name);
    *value = id_of(call->pool, given);
    return given && !*value ? wrong_type(call, name, "an id") : NULL;
}

sd_error_t *sd_body_bool(int *value, sd_call_t *call, const char *name)
{
    const json_t *given = member(call, name);
    *value = -1;
    if (json_is_boolean(given)) {
        *value = json_is_true(given);
    } else if (json_is_string(given)) {
        *value = sd_text_boolean(json_string_value(given));
    }
    return given && *value < 0 ? wrong_type(call, name, "true or false") : NULL;
}

sd_error_t *sd_body_texts(apr_array_header_t **values, sd_call_t *call, const char *name)
{
    const json_t *given = member(call, name);
    *values = apr_array_make(call->pool, 4, sizeof(const char *));
    if (given && !json_is_array(given)) {
        return wrong_type(call, name, "an array");
    }
    for (size_t i = 0; i < json_array_size(given); i++) {
        const json_t *element = json_array_get(given, i);
        const char *text = json_is_string(element) ? json_string_value(element) : id_of(call->pool, element);
        if (!text) {
            return wrong_type(call, name, "an array of texts");
        }
        APR_ARRAY_PUSH(*values, const char *) = text;
    }
    return NULL;
}

sd_error_t *sd_body_texts_or_null(const apr_array_header_t **values, sd_call_t *call, const char *name)
{
    apr_array_header_t *texts;
    SD_TRY(sd_body_texts(&texts, call, name));
    *values = member(call, name) ? texts : NULL;
    return NULL;
}

sd_error_t *sd_body_people(apr_array_header_t **names, sd_call_t *call)
{
    /* accountIDs: one client spells it so. */
    static const char *const members[] = {"usernames", "accountIds", "accountIDs"};
    *names = apr_array_make(call->pool, 4, sizeof(const char *));
    for (int i = 0; i < 3; i++) {
        apr_array_header_t *some;
        SD_TRY(sd_body_texts(&some, call, members[i]));
        apr_array_cat(*names, some);
    }
    return NULL;
}
