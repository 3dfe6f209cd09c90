/* Request types, their fields and groups. */
#include "rest/request_types.h"

#include <string.h>

#include <apr_strings.h>
#include <httpd.h>

#include "base/text.h"
#include "desk/desk.h"
#include "desk/field.h"
#include "desk/policy.h"
#include "desk/request_type.h"
#include "web/present_field.h"

static const char *id_text(sd_call_t *call, sd_id_t id)
{
    return apr_psprintf(call->pool, "%" APR_INT64_T_FMT, id);
}

/* expand=field: what the type asks for lies in the type. */
static sd_error_t *present(json_t **value, sd_call_t *call, const sd_request_type_t *type)
{
    const char *desk_id = id_text(call, type->desk_id);
    apr_array_header_t *fields;
    const sd_desk_t *desk;

    *value = NULL;
    if (!sd_query_expands(call, "field")) {
        *value = sd_present_request_type(call, type);
        return NULL;
    }
    SD_TRY(sd_desk_find(&desk, call->work, desk_id, SD_MAY_ENTER_DESK));
    SD_TRY(sd_request_type_fields(&fields, call->work, desk_id, id_text(call, type->id),
                                  sd_query_expands(call, "hiddenFields")));
    *value = sd_present_request_type(call, type);
    sd_json_put(*value, "fields", sd_present_fields(call, desk, fields));
    return NULL;
}

static sd_error_t *answer(sd_call_t *call, const sd_request_type_t *type)
{
    return present(&call->reply, call, type);
}

static sd_error_t *answer_page(sd_call_t *call, const sd_list_t *list)
{
    json_t *values = json_array();

    for (int i = 0; i < list->rows->nelts; i++) {
        json_t *value;
        sd_error_t *error = present(&value, call, APR_ARRAY_IDX(list->rows, i, const sd_request_type_t *));

        if (error) {
            json_decref(values);
            return error;
        }
        json_array_append_new(values, value);
    }
    call->reply = sd_reply_page(call, list, values);
    return NULL;
}

/* Answers spell the restriction in capitals, queries do not. */
static sd_error_t *read_filter(sd_request_type_filter_t *filter, sd_call_t *call)
{
    const char *group = sd_query_get(call, "groupId");
    const char *restriction = sd_query_get(call, "restrictionStatus");

    if (restriction) {
        char *lower = apr_pstrdup(call->pool, restriction);

        ap_str_tolower(lower);
        filter->restriction = lower;
    }
    filter->search = sd_query_get(call, "searchQuery");
    filter->group_id = sd_text_id(group);
    if (group && !filter->group_id) {
        return sd_error_field(call->pool, "groupId", "sd.validation.type", "groupId must be an id.");
    }
    return NULL;
}

sd_error_t *sd_rest_request_type_list(sd_call_t *call)
{
    sd_request_type_filter_t filter = {0};
    sd_page_t page;
    sd_list_t *list;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(read_filter(&filter, call));
    SD_TRY(sd_request_type_list(&list, call->work, call->parts[0], &filter, page));
    return answer_page(call, list);
}

sd_error_t *sd_rest_request_type_list_all(sd_call_t *call)
{
    const apr_array_header_t *desks = sd_query_all(call, "serviceDeskId");
    sd_request_type_filter_t filter = {0};
    sd_page_t page;
    sd_list_t *list;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(read_filter(&filter, call));
    filter.desks = desks->nelts ? desks : NULL;
    SD_TRY(sd_request_type_list_all(&list, call->work, &filter, page));
    return answer_page(call, list);
}

sd_error_t *sd_rest_request_type_create(sd_call_t *call)
{
    const char *name, *description, *help_text;
    const sd_request_type_t *type;

    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(&name, call, "name"));
    SD_TRY(sd_body_text(&description, call, "description"));
    SD_TRY(sd_body_text(&help_text, call, "helpText"));
    SD_TRY(sd_request_type_create(&type, call->work, call->parts[0], name, description, help_text));
    return answer(call, type);
}

sd_error_t *sd_rest_request_type_get(sd_call_t *call)
{
    const sd_request_type_t *type;

    SD_TRY(sd_request_type_find(&type, call->work, call->parts[0], call->parts[1]));
    return answer(call, type);
}

sd_error_t *sd_rest_request_type_delete(sd_call_t *call)
{
    SD_TRY(sd_request_type_delete(call->work, call->parts[0], call->parts[1]));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_request_type_put(sd_call_t *call)
{
    const sd_request_type_t *type;
    int restricted;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_bool(&restricted, call, "restricted"));
    if (restricted < 0) {
        return sd_error_field(call->pool, "restricted", "sd.validation.required", "restricted is required.");
    }
    SD_TRY(sd_request_type_restrict(&type, call->work, call->parts[0], call->parts[1], restricted));
    call->reply = sd_present_request_type(call, type);
    return NULL;
}

/* ---- fields ---- */

sd_error_t *sd_rest_request_type_field_list(sd_call_t *call)
{
    apr_array_header_t *fields;
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, call->work, call->parts[0], SD_MAY_ENTER_DESK));
    SD_TRY(sd_request_type_fields(&fields, call->work, call->parts[0], call->parts[1],
                                  sd_query_expands(call, "hiddenFields")));
    call->reply = sd_present_fields(call, desk, fields);
    return NULL;
}

sd_error_t *sd_rest_request_type_field_put(sd_call_t *call)
{
    apr_array_header_t *fields;
    const sd_desk_t *desk;

    SD_TRY(
        sd_field_replace(&fields, call->work, call->parts[0], call->parts[1], json_object_get(call->body, "fields")));
    SD_TRY(sd_desk_find(&desk, call->work, call->parts[0], SD_MAY_ENTER_DESK));
    call->reply = sd_present_fields(call, desk, fields);
    return NULL;
}

/* ---- groups ---- */

sd_error_t *sd_rest_request_type_group_list(sd_call_t *call)
{
    sd_page_t page;
    sd_list_t *list;
    json_t *values;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_request_type_groups(&list, call->work, call->parts[0], page));
    values = json_array();
    for (int i = 0; i < list->rows->nelts; i++) {
        const sd_request_type_group_t *group = APR_ARRAY_IDX(list->rows, i, const sd_request_type_group_t *);
        json_t *value = json_object();

        sd_json_put_id(value, "id", group->id);
        sd_json_put_text(value, "name", group->name);
        json_array_append_new(values, value);
    }
    call->reply = sd_reply_page(call, list, values);
    return NULL;
}

sd_error_t *sd_rest_request_type_group_put(sd_call_t *call)
{
    SD_TRY(sd_request_type_set_groups(call->work, call->parts[0], json_object_get(call->body, "groups")));
    return sd_rest_request_type_group_list(call);
}
