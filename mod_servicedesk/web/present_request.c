/* Requests, comments and statuses as the REST API shows them. */
#include "web/present_request.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/policy.h"
#include "desk/workflow.h"
#include "web/html.h"

#define REQUEST_PATH "/rest/servicedeskapi/request/%" APR_INT64_T_FMT

static const struct {
    const char *name; /* in expand= and _expands */
    unsigned part;
} expansions[] = {
    {"participant", SD_REQUEST_PARTICIPANTS}, {"status", SD_REQUEST_HISTORY},   {"requestType", SD_REQUEST_TYPE},
    {"serviceDesk", SD_REQUEST_DESK},         {"comment", SD_REQUEST_COMMENTS},
};

#define EXPANSIONS (sizeof(expansions) / sizeof(expansions[0]))

unsigned sd_present_request_parts(const sd_call_t *call)
{
    unsigned parts = SD_REQUEST_VALUES;

    if (!call->query->nelts) {
        return parts;
    }
    for (apr_size_t i = 0; i < EXPANSIONS; i++) {
        parts |= sd_query_expands(call, expansions[i].name) ? expansions[i].part : 0;
    }
    return sd_query_expands(call, "comment.renderedBody") ? parts | SD_REQUEST_COMMENTS : parts;
}

static json_t *rendered_of(sd_call_t *call, const char *text)
{
    json_t *rendered = json_object();

    sd_json_put_text(rendered, "html", sd_html_paragraphs(call->pool, text));
    return rendered;
}

static json_t *present_status(sd_call_t *call, const char *status, sd_time_t at)
{
    const sd_status_t *known = sd_status_find(status);
    json_t *object = json_object();

    sd_json_put_text(object, "status", known ? known->name : status);
    sd_json_put_text(object, "statusCategory", known ? known->category : "UNDEFINED");
    sd_json_put(object, "statusDate", sd_present_date(call, at));
    return object;
}

json_t *sd_present_transition(const sd_transition_t *transition)
{
    json_t *object = json_object();

    sd_json_put_id(object, "id", transition->id);
    sd_json_put_text(object, "name", transition->name);
    return object;
}

json_t *sd_present_comment(sd_call_t *call, const sd_request_t *request, const sd_comment_t *comment, int rendered)
{
    json_t *object = json_object();
    json_t *expands = json_array();
    json_t *links = json_object();

    if (!rendered) {
        json_array_append_new(expands, json_string_nocheck("renderedBody"));
    }
    sd_json_put(object, "_expands", expands);
    sd_json_put_id(object, "id", comment->id);
    sd_json_put_text(object, "body", comment->body);
    sd_json_put(object, "renderedBody", rendered ? rendered_of(call, comment->body) : NULL);
    sd_json_put(object, "public", json_boolean(comment->public));
    sd_json_put(object, "author", sd_present_account(call, &comment->author));
    sd_json_put(object, "created", sd_present_date(call, comment->created));
    sd_json_put_text(links, "self", sd_link(call, REQUEST_PATH "/comment/%" APR_INT64_T_FMT, request->id, comment->id));
    sd_json_put(object, "_links", links);
    return object;
}

json_t *sd_present_accounts(sd_call_t *call, const sd_list_t *list)
{
    json_t *values = json_array();

    for (int i = 0; i < list->rows->nelts; i++) {
        json_array_append_new(values, sd_present_account(call, APR_ARRAY_IDX(list->rows, i, const sd_account_t *)));
    }
    return values;
}

json_t *sd_present_comments(sd_call_t *call, const sd_request_t *request, const sd_list_t *list, int rendered)
{
    json_t *values = json_array();

    for (int i = 0; i < list->rows->nelts; i++) {
        const sd_comment_t *comment = APR_ARRAY_IDX(list->rows, i, const sd_comment_t *);

        json_array_append_new(values, sd_present_comment(call, request, comment, rendered));
    }
    return values;
}

json_t *sd_present_history(sd_call_t *call, const sd_list_t *list)
{
    json_t *values = json_array();

    for (int i = 0; i < list->rows->nelts; i++) {
        const sd_status_change_t *change = APR_ARRAY_IDX(list->rows, i, const sd_status_change_t *);

        json_array_append_new(values, present_status(call, change->status, change->at));
    }
    return values;
}

/* A value is kept as JSON, mostly a text as it is: that needs no parser. */
static json_t *json_of_value(const char *value)
{
    apr_size_t length = strlen(value);

    if (length >= 2 && value[0] == '"' && value[length - 1] == '"' && !memchr(value, '\\', length) &&
        !memchr(value + 1, '"', length - 2) && sd_text_is_utf8(value, length)) {
        return json_stringn_nocheck(value + 1, length - 2);
    }
    return json_loads(value, JSON_DECODE_ANY, NULL);
}

/* What customers see in the portal; hidden fields are never in it, whoever asks. */
static json_t *field_values(sd_call_t *call, const apr_array_header_t *values)
{
    json_t *fields = json_array();

    for (int i = 0; i < values->nelts; i++) {
        const sd_request_value_t *value = APR_ARRAY_IDX(values, i, const sd_request_value_t *);
        json_t *json = value->visible ? json_of_value(value->value) : NULL;
        json_t *field;

        if (!json) {
            continue;
        }
        field = json_object();
        sd_json_put_text(field, "fieldId", value->field_id);
        sd_json_put_text(field, "label", value->label);
        if (strcmp(value->kind, "paragraph") == 0 && json_is_string(json)) {
            sd_json_put(field, "renderedValue", rendered_of(call, json_string_value(json)));
        }
        sd_json_put(field, "value", json);
        json_array_append_new(fields, field);
    }
    return fields;
}

static json_t *request_links(sd_call_t *call, const sd_request_view_t *view)
{
    const sd_request_t *request = view->request;
    json_t *links = json_object();

    sd_json_put_text(links, "self", sd_link(call, REQUEST_PATH, request->id));
    sd_json_put_text(links, "jiraRest", sd_link(call, "/rest/api/2/issue/%" APR_INT64_T_FMT, request->id));
    sd_json_put_text(links, "web", sd_link(call, "/portal/%s/%s", request->desk_key, request->key));
    if (view->staff) {
        sd_json_put_text(links, "agent", sd_link(call, "/agent/%s/%s", request->desk_key, request->key));
    }
    return links;
}

static json_t *action(int allowed)
{
    json_t *object = json_object();

    sd_json_put(object, "allowed", json_boolean(allowed));
    return object;
}

static json_t *actions(sd_call_t *call, const sd_request_t *request)
{
    int share = sd_policy_may(call->work, SD_MAY_SHARE, request->relations);
    json_t *object = json_object();

    sd_json_put(object, "addComment", action(sd_policy_may(call->work, SD_MAY_COMMENT, request->relations)));
    sd_json_put(object, "addParticipant", action(share));
    sd_json_put(object, "removeParticipant", action(share));
    return object;
}

static json_t *subpage(sd_call_t *call, const sd_request_t *request, const char *name, const sd_list_t *list,
                       json_t *values)
{
    return sd_reply_subpage(call, apr_psprintf(call->pool, REQUEST_PATH "/%s", request->id, name), list, values);
}

static void put_parts(json_t *object, sd_call_t *call, const sd_request_view_t *view)
{
    const sd_request_t *request = view->request;

    if (view->type) {
        sd_json_put(object, "requestType", sd_present_request_type(call, view->type));
    }
    if (view->desk) {
        sd_json_put(object, "serviceDesk", sd_present_desk(call, view->desk));
    }
    if (view->participants) {
        sd_json_put(object, "participants",
                    subpage(call, request, "participant", view->participants,
                            sd_present_accounts(call, view->participants)));
    }
    if (view->history) {
        sd_json_put(object, "status",
                    subpage(call, request, "status", view->history, sd_present_history(call, view->history)));
    }
    if (view->comments) {
        int rendered = sd_query_expands(call, "comment.renderedBody");

        sd_json_put(object, "comments",
                    subpage(call, request, "comment", view->comments,
                            sd_present_comments(call, request, view->comments, rendered)));
    }
}

/* The names that are still collapsed. */
static json_t *expands(unsigned parts, int with_actions)
{
    json_t *names = json_array();

    for (apr_size_t i = 0; i < EXPANSIONS; i++) {
        if (!(parts & expansions[i].part)) {
            json_array_append_new(names, json_string_nocheck(expansions[i].name));
        }
    }
    if (!with_actions) {
        json_array_append_new(names, json_string_nocheck("action"));
    }
    return names;
}

json_t *sd_present_request(sd_call_t *call, const sd_request_view_t *view)
{
    const sd_request_t *request = view->request;
    int with_actions = call->query->nelts && sd_query_expands(call, "action");
    json_t *object = json_object();

    sd_json_put(object, "_expands", expands(sd_present_request_parts(call), with_actions));
    sd_json_put_id(object, "issueId", request->id);
    sd_json_put_text(object, "issueKey", request->key);
    sd_json_put_text(object, "summary", request->summary);
    sd_json_put_id(object, "requestTypeId", request->request_type_id);
    sd_json_put_id(object, "serviceDeskId", request->desk_id);
    sd_json_put(object, "createdDate", sd_present_date(call, request->created));
    sd_json_put(object, "reporter", sd_present_account(call, &request->reporter));
    sd_json_put(object, "requestFieldValues", view->values ? field_values(call, view->values) : NULL);
    sd_json_put(object, "currentStatus", present_status(call, request->status, request->status_at));
    put_parts(object, call, view);
    sd_json_put(object, "actions", with_actions ? actions(call, request) : NULL);
    sd_json_put(object, "_links", request_links(call, view));
    return object;
}

json_t *sd_present_requests(sd_call_t *call, const sd_list_t *list)
{
    json_t *values = json_array();

    for (int i = 0; i < list->rows->nelts; i++) {
        json_array_append_new(values,
                              sd_present_request(call, APR_ARRAY_IDX(list->rows, i, const sd_request_view_t *)));
    }
    return values;
}
