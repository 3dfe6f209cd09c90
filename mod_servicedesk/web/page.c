/* Links, the paging envelope, and JSON objects without nulls. */
#include "web/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

#define LINK_SIZE 512
/* RFC 3986 2.3; everything else is percent-encoded wherever it stands. */
#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

static const char *escape(apr_pool_t *pool, const char *text, const char *plain)
{
    static const char digits[] = "0123456789ABCDEF";
    apr_size_t untouched = strspn(text, plain);
    if (!text[untouched]) {
        return text;
    }
    char *escaped = apr_palloc(pool, 3 * strlen(text) + 1);
    char *to = escaped;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (strchr(plain, c)) {
            *to++ = (char)c;
        } else {
            *to++ = '%';
            *to++ = digits[c >> 4];
            *to++ = digits[c & 15];
        }
    }
    *to = '\0';
    return escaped;
}

const char *sd_link_escape(const sd_call_t *call, const char *text)
{
    return escape(call->pool, text, UNRESERVED);
}

const char *sd_link(const sd_call_t *call, const char *format, ...)
{
    char path[LINK_SIZE];
    const char *base = call->work->site->base_url;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(path, sizeof path, format, args);
    va_end(args);
    if (length < (int)sizeof path) {
        return apr_pstrcat(call->pool, base, length < 0 ? "" : path, NULL);
    }
    char *longer = apr_palloc(call->pool, (apr_size_t)length + 1);
    va_start(args, format);
    vsnprintf(longer, (size_t)length + 1, format, args);
    va_end(args);
    return apr_pstrcat(call->pool, base, longer, NULL);
}

/* The call's own query but for what the envelope sets anew (start and limit, and `but`): "expand=x&" or "". */
static const char *other_parameters(const sd_call_t *call, const char *but)
{
    const char *query = "";
    for (int i = 0; i < call->query->nelts; i++) {
        const sd_pair_t *pair = &APR_ARRAY_IDX(call->query, i, const sd_pair_t);
        if (strcmp(pair->name, "start") != 0 && strcmp(pair->name, "limit") != 0 && strcmp(pair->name, but) != 0) {
            query = apr_pstrcat(call->pool, query, sd_link_escape(call, pair->name), "=",
                                sd_link_escape(call, pair->value), "&", NULL);
        }
    }
    return query;
}

static void put_page_link(json_t *links, const char *name, sd_call_t *call, const char *target, sd_page_t page)
{
    const char *link = apr_psprintf(call->pool, "%sstart=%" APR_INT64_T_FMT "&limit=%" APR_INT64_T_FMT, target,
                                    page.start, page.limit);
    sd_json_put_text(links, name, link);
}

static void put_next_link(json_t *links, sd_call_t *call, const char *path, const char *target, const sd_list_t *list)
{
    sd_page_t page = list->page;
    if (!list->next) {
        put_page_link(links, "next", call, target, (sd_page_t){page.start + page.limit, page.limit});
        return;
    }
    const char *link =
        apr_psprintf(call->pool, "%s%s?%safter=%s&limit=%" APR_INT64_T_FMT, call->work->site->base_url, path,
                     other_parameters(call, "after"), sd_link_escape(call, list->next), page.limit);
    sd_json_put_text(links, "next", link);
}

static json_t *page_links(sd_call_t *call, const char *path, const char *query, const sd_list_t *list)
{
    const char *target = apr_pstrcat(call->pool, call->work->site->base_url, path, "?", query, NULL);
    sd_page_t page = list->page;
    json_t *links = json_object();
    put_page_link(links, "self", call, target, page);
    sd_json_put_text(links, "base", call->work->site->base_url);
    sd_json_put_text(links, "context", "");
    if (!list->is_last) {
        put_next_link(links, call, path, target, list);
    }
    if (page.start > 0) {
        apr_int64_t before = page.start > page.limit ? page.start - page.limit : 0;
        put_page_link(links, "prev", call, target, (sd_page_t){before, page.limit});
    }
    return links;
}

static json_t *envelope(const sd_list_t *list, json_t *links, json_t *values)
{
    json_t *page = json_object();
    sd_json_put(page, "_expands", json_array());
    sd_json_put(page, "size", json_integer((json_int_t)json_array_size(values)));
    sd_json_put(page, "start", json_integer(list->page.start));
    sd_json_put(page, "limit", json_integer(list->page.limit));
    sd_json_put(page, "isLastPage", json_boolean(list->is_last));
    sd_json_put(page, "_links", links);
    sd_json_put(page, "values", values);
    return page;
}

json_t *sd_reply_page(sd_call_t *call, const sd_list_t *list, json_t *values)
{
    const char *path = escape(call->pool, call->path, UNRESERVED "/");
    return envelope(list, page_links(call, path, other_parameters(call, ""), list), values);
}

json_t *sd_reply_subpage(sd_call_t *call, const char *path, const sd_list_t *list, json_t *values)
{
    return envelope(list, page_links(call, path, "", list), values);
}

sd_error_t *sd_reply_nothing(sd_call_t *call)
{
    call->status = HTTP_NO_CONTENT;
    return NULL;
}

void sd_json_put(json_t *object, const char *name, json_t *value)
{
    if (value) {
        json_object_set_new_nocheck(object, name, value);
    }
}

json_t *sd_json_string(const char *text)
{
    apr_size_t length = text ? strlen(text) : 0;
    return text && sd_text_is_utf8(text, length) ? json_stringn_nocheck(text, length) : NULL;
}

void sd_json_put_text(json_t *object, const char *name, const char *text)
{
    sd_json_put(object, name, sd_json_string(text));
}

void sd_json_put_again(json_t *object, const char *name, json_t *value)
{
    sd_json_put(object, name, json_incref(value));
}

void sd_json_put_id(json_t *object, const char *name, sd_id_t id)
{
    if (id) {
        char text[24];
        apr_snprintf(text, sizeof text, "%" APR_INT64_T_FMT, id);
        sd_json_put(object, name, json_string_nocheck(text));
    }
}

json_t *sd_json_texts(const apr_array_header_t *texts)
{
    json_t *array = json_array();
    for (int i = 0; i < texts->nelts; i++) {
        json_array_append_new(array, sd_json_string(APR_ARRAY_IDX(texts, i, const char *)));
    }
    return array;
}
