/* The query: decoded once, strictly, before the handler; and the ways in which clients spell its values. */
#include "web/input.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "web/etag.h"
#include "web/form.h"

#define PAIRS_MAX 100

static sd_error_t *malformed(sd_call_t *call)
{
    return sd_error_new(call->pool, SD_ERROR_INPUT, "sd.query.encoding", "The query is not well-formed.");
}

static sd_error_t *read_pair(sd_call_t *call, const char *at, apr_size_t length)
{
    const char *equals = memchr(at, '=', length);
    apr_size_t name_length = equals ? (apr_size_t)(equals - at) : length;
    sd_pair_t *pair = apr_array_push(call->query);
    pair->name = sd_form_decode(call->pool, at, name_length);
    pair->value = equals ? sd_form_decode(call->pool, equals + 1, length - name_length - 1) : "";
    return pair->name && pair->value ? NULL : malformed(call);
}

sd_error_t *sd_query_read(sd_call_t *call)
{
    const char *at = call->r->args;
    call->query = apr_array_make(call->pool, at ? 8 : 0, sizeof(sd_pair_t));
    while (at && *at) {
        apr_size_t length = strcspn(at, "&");
        if (length > 0) {
            if (call->query->nelts == PAIRS_MAX) {
                return malformed(call);
            }
            SD_TRY(read_pair(call, at, length));
        }
        at += length + (at[length] == '&');
    }
    return NULL;
}

static const sd_pair_t *pair_at(const sd_call_t *call, int i)
{
    return &APR_ARRAY_IDX(call->query, i, const sd_pair_t);
}

const char *sd_query_get(const sd_call_t *call, const char *name)
{
    for (int i = call->query->nelts - 1; i >= 0; i--) {
        if (strcmp(pair_at(call, i)->name, name) == 0) {
            return pair_at(call, i)->value;
        }
    }
    return NULL;
}

static void add_split(apr_array_header_t *values, apr_pool_t *pool, const char *text)
{
    while (*text) {
        apr_size_t length = strcspn(text, ",");
        char *value = sd_text_trim(pool, apr_pstrmemdup(pool, text, length));
        if (*value) {
            APR_ARRAY_PUSH(values, const char *) = value;
        }
        text += length + (text[length] == ',');
    }
}

apr_array_header_t *sd_query_all(const sd_call_t *call, const char *name)
{
    apr_array_header_t *values = apr_array_make(call->pool, call->query->nelts ? 4 : 0, sizeof(const char *));
    for (int i = 0; i < call->query->nelts; i++) {
        if (strcmp(pair_at(call, i)->name, name) == 0) {
            add_split(values, call->pool, pair_at(call, i)->value);
        }
    }
    return values;
}

int sd_query_expands(const sd_call_t *call, const char *name)
{
    const apr_array_header_t *names = sd_query_all(call, "expand");
    for (int i = 0; i < names->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(names, i, const char *), name) == 0) {
            return 1;
        }
    }
    return 0;
}

sd_error_t *sd_query_bool(int *value, const sd_call_t *call, const char *name, int preset)
{
    const char *text = sd_query_get(call, name);
    *value = text ? sd_text_boolean(text) : preset;
    if (text && *value < 0) {
        return sd_error_field(call->pool, name, "sd.validation.boolean", "%s must be true or false.", name);
    }
    return NULL;
}

/* A plain decimal that fits, or -1. */
static apr_int64_t number_of(const char *text)
{
    apr_int64_t id = sd_text_id(text);
    return id > 0 ? id : strcmp(text, "0") == 0 ? 0 : -1;
}

static sd_error_t *not_from(const sd_call_t *call, const char *name, int least)
{
    return sd_error_field(call->pool, name, "sd.validation.number", "%s must be a number from %d on.", name, least);
}

sd_error_t *sd_query_page_as(sd_page_t *page, const sd_call_t *call, const char *start, const char *limit)
{
    const char *given_start = sd_query_get(call, start);
    const char *given_limit = sd_query_get(call, limit);
    page->start = given_start ? number_of(given_start) : 0;
    page->limit = given_limit ? number_of(given_limit) : SD_PAGE_DEFAULT;
    if (page->limit > SD_PAGE_LIMIT) {
        page->limit = SD_PAGE_LIMIT;
    }
    sd_error_t *error = page->start < 0 ? not_from(call, start, 0) : NULL;
    return page->limit < 1 ? sd_error_append(error, not_from(call, limit, 1)) : error;
}

sd_error_t *sd_query_page(sd_page_t *page, const sd_call_t *call)
{
    return sd_query_page_as(page, call, "start", "limit");
}

const char *sd_call_if_match(const sd_call_t *call)
{
    const char *header = apr_table_get(call->r->headers_in, "If-Match");
    return header ? sd_etag_version(call->pool, header) : NULL;
}
