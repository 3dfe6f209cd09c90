/* The resource "request". */
#include "rest/requests.h"

#include <string.h>

#include "base/digest.h"
#include "desk/request_list.h"
#include "desk/request_search.h"
#include "desk/subscription.h"
#include "web/json.h"
#include "web/present_request.h"
#include "web/reply.h"

#define RETRY_NAME 255 /* characters of it, at most */

static sd_error_t *answer_request(sd_call_t *call, const sd_request_view_t *view)
{
    call->reply = sd_present_request(call, view);
    call->version = sd_request_version(call->work, view->request);
    return NULL;
}

/* A desk may be named by its key; a number is an id. */
static sd_error_t *read_desk(const char **desk, sd_call_t *call)
{
    if (json_is_string(json_object_get(call->body, "serviceDeskId"))) {
        return sd_body_text(desk, call, "serviceDeskId");
    }
    return sd_body_id(desk, call, "serviceDeskId");
}

static sd_error_t *read_input(sd_request_input_t *input, sd_call_t *call)
{
    apr_array_header_t *participants, *organizations;
    const json_t *values, *ids;

    memset(input, 0, sizeof(*input));
    SD_TRY(sd_body_object(call));
    values = json_object_get(call->body, "requestFieldValues");
    ids = json_object_get(call->body, "organizationIds");
    SD_TRY(read_desk(&input->desk, call));
    SD_TRY(sd_body_id(&input->request_type, call, "requestTypeId"));
    SD_TRY(sd_body_text(&input->on_behalf_of, call, "raiseOnBehalfOf"));
    SD_TRY(sd_body_texts(&participants, call, "requestParticipants"));
    SD_TRY(sd_body_texts(&organizations, call, "organizationIds"));
    input->values = json_is_null(values) ? NULL : values;
    input->participants = participants;
    input->organizations = ids && !json_is_null(ids) ? organizations : NULL;
    return NULL;
}

static const char *digest_of(sd_call_t *call, const char *text, apr_size_t length)
{
    unsigned char digest[SD_DIGEST_BYTES];

    sd_digest_sha256(digest, text, length);
    return sd_digest_hex(call->pool, digest, sizeof(digest));
}

/* The header by which clients that had no answer ask again. */
static sd_error_t *read_retry(sd_request_input_t *input, sd_call_t *call)
{
    const char *name = apr_table_get(call->r->headers_in, "Idempotency-Key");
    apr_size_t length = 0;
    const char *content;

    if (!name) {
        return NULL;
    }
    if (!*name || strlen(name) > RETRY_NAME) {
        return sd_error_field(call->pool, "Idempotency-Key", "sd.validation.retry",
                              "Idempotency-Key has 1 to %d characters.", RETRY_NAME);
    }
    content = sd_json_text(&length, call->pool, call->body);
    input->retry_name = digest_of(call, name, strlen(name));
    input->retry_content = digest_of(call, content, length);
    return NULL;
}

sd_error_t *sd_rest_request_create(sd_call_t *call)
{
    sd_request_input_t input;
    sd_request_view_t *view;

    SD_TRY(read_input(&input, call));
    SD_TRY(read_retry(&input, call));
    SD_TRY(sd_request_create(&view, call->work, &input, sd_present_request_parts(call)));
    call->status = HTTP_CREATED;
    return answer_request(call, view);
}

/* What "create" would complain about, in the same words, beside "valid". */
static json_t *invalid(sd_call_t *call, const sd_error_t *error)
{
    apr_size_t length = 0;
    const char *text = sd_reply_error_text(&length, call->pool, call->path, error);
    json_t *object = text ? json_loadb(text, length, 0, NULL) : NULL;

    if (object) {
        sd_json_put(object, "valid", json_false());
    }
    return object;
}

sd_error_t *sd_rest_request_validate(sd_call_t *call)
{
    sd_request_input_t input;
    sd_error_t *error;

    SD_TRY(read_input(&input, call));
    error = sd_request_validate(call->work, &input);
    if (error && error->kind != SD_ERROR_INPUT) {
        return error;
    }
    if (error) {
        call->status = HTTP_BAD_REQUEST;
        call->reply = invalid(call, error);
        return call->reply ? NULL : error;
    }
    call->reply = json_object();
    sd_json_put(call->reply, "valid", json_true());
    return NULL;
}

sd_error_t *sd_rest_request_get(sd_call_t *call)
{
    sd_request_view_t *view;

    SD_TRY(sd_request_get(&view, call->work, call->parts[0], sd_present_request_parts(call)));
    return answer_request(call, view);
}

static const struct {
    const char *word;
    sd_relations_t relations;
} ownerships[] = {
    {"OWNED_REQUESTS", SD_RELATION_REPORTER},
    {"PARTICIPATED_REQUESTS", SD_RELATION_PARTICIPANT},
    {"ALL_REQUESTS", (sd_relations_t)SD_RELATION_REPORTER | (sd_relations_t)SD_RELATION_PARTICIPANT},
    {"ORGANIZATION", SD_RELATION_ORGANIZATION},
    {"ALL_ORGANIZATIONS", SD_RELATION_ORGANIZATION},
    {"APPROVER", 0}, /* nothing waits for anybody's approval */
};

#define OWNERSHIPS (sizeof(ownerships) / sizeof(ownerships[0]))

static sd_error_t *add_ownership(sd_request_query_t *query, sd_call_t *call, const char *word)
{
    for (apr_size_t i = 0; i < OWNERSHIPS; i++) {
        if (strcmp(word, ownerships[i].word) == 0) {
            query->relations |= ownerships[i].relations;
            return NULL;
        }
    }
    return sd_error_field(call->pool, "requestOwnership", "sd.validation.choice", "This ownership is not known.");
}

static int names(const apr_array_header_t *words, const char *word)
{
    for (int i = 0; i < words->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(words, i, const char *), word) == 0) {
            return 1;
        }
    }
    return 0;
}

/* One organization is meant unless all are asked for beside it. */
static sd_error_t *read_ownership(sd_request_query_t *query, sd_call_t *call)
{
    const apr_array_header_t *words = sd_query_all(call, "requestOwnership");

    query->relations = words->nelts ? 0 : SD_REQUEST_OWN;
    for (int i = 0; i < words->nelts; i++) {
        SD_TRY(add_ownership(query, call, APR_ARRAY_IDX(words, i, const char *)));
    }
    if (names(words, "ORGANIZATION") && !names(words, "ALL_ORGANIZATIONS")) {
        query->organization = sd_query_get(call, "organizationId");
        if (!query->organization) {
            return sd_error_field(call->pool, "organizationId", "sd.validation.required",
                                  "Name the organization whose requests you ask for.");
        }
    }
    return NULL;
}

sd_error_t *sd_rest_request_state(sd_request_state_t *state, sd_call_t *call)
{
    const char *word = sd_query_get(call, "requestStatus");

    *state = SD_REQUEST_ANY;
    if (word && strcmp(word, "OPEN_REQUESTS") == 0) {
        *state = SD_REQUEST_OPEN;
    } else if (word && strcmp(word, "CLOSED_REQUESTS") == 0) {
        *state = SD_REQUEST_CLOSED;
    } else if (word && strcmp(word, "ALL_REQUESTS") != 0) {
        return sd_error_field(call->pool, "requestStatus", "sd.validation.choice", "This status is not known.");
    }
    return NULL;
}

sd_error_t *sd_rest_request_list(sd_call_t *call)
{
    sd_request_query_t query = {
        .desk = sd_query_get(call, "serviceDeskId"),
        .request_type = sd_query_get(call, "requestTypeId"),
        .search = sd_query_get(call, "searchTerm"),
        .parts = sd_present_request_parts(call),
    };
    sd_list_t *list;
    sd_page_t page;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(read_ownership(&query, call));
    SD_TRY(sd_rest_request_state(&query.state, call));
    SD_TRY(sd_request_list(&list, call->work, &query, page));
    call->reply = sd_reply_page(call, list, sd_present_requests(call, list));
    return NULL;
}

sd_error_t *sd_rest_request_search(sd_call_t *call)
{
    sd_search_query_t query = {
        .query = sd_query_get(call, "query"),
        .desk = sd_query_get(call, "serviceDeskId"),
        .parts = sd_present_request_parts(call),
    };
    sd_list_t *list;
    sd_page_t page;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_request_search(&list, call->work, &query, page));
    call->reply = sd_reply_page(call, list, sd_present_requests(call, list));
    return NULL;
}

sd_error_t *sd_rest_notification_get(sd_call_t *call)
{
    int subscribed;

    SD_TRY(sd_subscription_get(&subscribed, call->work, call->parts[0]));
    call->reply = json_object();
    sd_json_put(call->reply, "subscribed", json_boolean(subscribed));
    return NULL;
}

static sd_error_t *set_notification(sd_call_t *call, int subscribed)
{
    SD_TRY(sd_subscription_set(call->work, call->parts[0], subscribed));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_notification_put(sd_call_t *call)
{
    return set_notification(call, 1);
}

sd_error_t *sd_rest_notification_delete(sd_call_t *call)
{
    return set_notification(call, 0);
}
