/* Requests as the core API's issues, and the queues that hold them. */
#include "web/present_request.h"

#include <string.h>

#include "desk/workflow.h"

static json_t *named(const char *name)
{
    json_t *object = json_object();

    sd_json_put_text(object, "name", name);
    return object;
}

/* The core API knows the same three categories under its own names. */
static json_t *core_category(const char *category)
{
    json_t *object = named(strcmp(category, "DONE") == 0            ? "Done"
                           : strcmp(category, "INDETERMINATE") == 0 ? "In Progress"
                                                                    : "To Do");

    sd_json_put_text(object, "key",
                     strcmp(category, "DONE") == 0            ? "done"
                     : strcmp(category, "INDETERMINATE") == 0 ? "indeterminate"
                                                              : "new");
    return object;
}

static json_t *core_status(const char *code)
{
    const sd_status_t *status = sd_status_find(code);
    json_t *object = named(status ? status->name : code);

    sd_json_put(object, "statusCategory", core_category(status ? status->category : "NEW"));
    return object;
}

static json_t *issue(sd_call_t *call, const sd_request_t *request, json_t *fields)
{
    json_t *object = json_object();

    sd_json_put_id(object, "id", request->id);
    sd_json_put_text(object, "key", request->key);
    sd_json_put_text(object, "self", sd_link(call, "/rest/api/2/issue/%" APR_INT64_T_FMT, request->id));
    sd_json_put(object, "fields", fields);
    return object;
}

/* `updated` of customers does not move with what they do not see. */
static void put_common(json_t *fields, sd_call_t *call, const sd_request_t *request, int staff)
{
    sd_time_t updated = staff ? request->updated : request->public_updated;

    sd_json_put_text(fields, "summary", request->summary);
    sd_json_put(fields, "status", core_status(request->status));
    sd_json_put_text(fields, "created", sd_time_jira(call->pool, request->created));
    sd_json_put_text(fields, "updated", sd_time_jira(call->pool, updated));
    sd_json_put(fields, "reporter", sd_present_user_bean(call, &request->reporter));
}

static const char *description_of(json_t **owner, const apr_array_header_t *values)
{
    *owner = NULL;
    for (int i = 0; values && i < values->nelts; i++) {
        const sd_request_value_t *value = APR_ARRAY_IDX(values, i, const sd_request_value_t *);

        if (value->visible && strcmp(value->field_id, "description") == 0) {
            *owner = json_loads(value->value, JSON_DECODE_ANY, NULL);
            return json_string_value(*owner);
        }
    }
    return NULL;
}

json_t *sd_present_issue(sd_call_t *call, const sd_request_view_t *view)
{
    const sd_request_t *request = view->request;
    json_t *fields = json_object();
    json_t *owner, *project;

    put_common(fields, call, request, view->staff);
    sd_json_put_text(fields, "description", description_of(&owner, view->values));
    json_decref(owner);
    if (view->assignee) {
        sd_json_put(fields, "assignee", sd_present_user_bean(call, view->assignee));
    }
    if (view->type) {
        sd_json_put(fields, "issuetype", named(view->type->name));
    }
    if (view->desk) {
        project = named(view->desk->name);
        sd_json_put_text(project, "key", view->desk->key);
        sd_json_put_id(project, "id", view->desk->id);
        sd_json_put(fields, "project", project);
    }
    if (request->resolution) {
        sd_json_put(fields, "resolution", named(request->resolution));
    }
    return issue(call, request, fields);
}

json_t *sd_present_queue_issue(sd_call_t *call, const sd_queue_row_t *row)
{
    json_t *fields = json_object();

    sd_json_put_text(fields, "issuekey", row->request.key);
    put_common(fields, call, &row->request, 1);
    sd_json_put(fields, "issuetype", named(row->request_type));
    if (row->assignee.id) {
        sd_json_put(fields, "assignee", sd_present_user_bean(call, &row->assignee));
    }
    return issue(call, &row->request, fields);
}

json_t *sd_present_queue(sd_call_t *call, const sd_queue_t *queue)
{
    json_t *object = json_object();
    json_t *fields = json_array();
    json_t *links = json_object();

    for (const char *const *field = sd_queue_fields; *field; field++) {
        json_array_append_new(fields, json_string_nocheck(*field));
    }
    sd_json_put_id(object, "id", (sd_id_t)queue->id);
    sd_json_put_text(object, "name", queue->name);
    sd_json_put_text(object, "jql", queue->jql);
    sd_json_put(object, "fields", fields);
    sd_json_put(object, "issueCount", queue->count >= 0 ? json_integer(queue->count) : NULL);
    sd_json_put_text(links, "self",
                     sd_link(call, "/rest/servicedeskapi/servicedesk/%" APR_INT64_T_FMT "/queue/%d", queue->desk_id,
                             (int)queue->id));
    sd_json_put(object, "_links", links);
    return object;
}
