/* Groups, their members, and the groups inside of them. */
#include "rest/groups.h"

#include "desk/user_group.h"
#include "web/present_people.h"

sd_error_t *sd_rest_group_list(sd_call_t *call)
{
    json_t *values;
    sd_page_t page;
    sd_list_t *list;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_user_group_list(&list, call->work, sd_query_get(call, "directory"), page));
    values = json_array();
    for (int i = 0; i < list->rows->nelts; i++) {
        json_array_append_new(values, sd_present_group(call, APR_ARRAY_IDX(list->rows, i, const sd_user_group_t *)));
    }
    call->reply = sd_reply_page(call, list, values);
    return NULL;
}

static sd_error_t *read_texts(const char **name, const char **description, sd_call_t *call)
{
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(name, call, "name"));
    return sd_body_text(description, call, "description");
}

sd_error_t *sd_rest_group_create(sd_call_t *call)
{
    const char *name, *description;
    const sd_user_group_t *group;

    SD_TRY(read_texts(&name, &description, call));
    SD_TRY(sd_user_group_create(&group, call->work, name, description));
    call->status = HTTP_CREATED;
    call->reply = sd_present_group(call, group);
    return NULL;
}

sd_error_t *sd_rest_group_get(sd_call_t *call)
{
    const sd_user_group_t *group;

    SD_TRY(sd_user_group_find(&group, call->work, call->parts[0]));
    call->reply = sd_present_group(call, group);
    return NULL;
}

sd_error_t *sd_rest_group_put(sd_call_t *call)
{
    static const char *const members[] = {"name", "description", NULL};
    const char *name, *description;
    const sd_user_group_t *group;

    SD_TRY(sd_body_some(call, members));
    SD_TRY(read_texts(&name, &description, call));
    SD_TRY(sd_user_group_update(&group, call->work, call->parts[0], name, description));
    call->reply = sd_present_group(call, group);
    return NULL;
}

sd_error_t *sd_rest_group_delete(sd_call_t *call)
{
    SD_TRY(sd_user_group_delete(call->work, call->parts[0]));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_group_member_list(sd_call_t *call)
{
    sd_page_t page;
    sd_list_t *list;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_user_group_members(&list, call->work, call->parts[0], page));
    call->reply = sd_reply_page(call, list, sd_present_accounts(call, list));
    return NULL;
}

static sd_error_t *edit(sd_call_t *call, sd_edit_t kind, int of_groups)
{
    static const char *const people[] = {SD_BODY_PEOPLE, NULL};
    static const char *const groups[] = {"groups", NULL};
    sd_user_group_edit_t input = {.edit = kind};
    apr_array_header_t *names;

    SD_TRY(sd_body_some(call, of_groups ? groups : people));
    SD_TRY(sd_body_confirm(&input.confirm, call));
    if (of_groups) {
        SD_TRY(sd_body_texts(&names, call, "groups"));
        input.groups = names;
    } else {
        SD_TRY(sd_body_people(&names, call));
        input.users = names;
    }
    SD_TRY(sd_user_group_edit(call->work, call->parts[0], &input));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_group_member_add(sd_call_t *call)
{
    return edit(call, SD_EDIT_ADD, 0);
}

sd_error_t *sd_rest_group_member_put(sd_call_t *call)
{
    return edit(call, SD_EDIT_REPLACE, 0);
}

sd_error_t *sd_rest_group_member_remove(sd_call_t *call)
{
    return edit(call, SD_EDIT_REMOVE, 0);
}

sd_error_t *sd_rest_group_group_list(sd_call_t *call)
{
    apr_array_header_t *groups;

    SD_TRY(sd_user_group_children(&groups, call->work, call->parts[0]));
    call->reply = json_object();
    sd_json_put(call->reply, "values", sd_present_groups(call, groups));
    return NULL;
}

sd_error_t *sd_rest_group_group_add(sd_call_t *call)
{
    return edit(call, SD_EDIT_ADD, 1);
}

sd_error_t *sd_rest_group_group_put(sd_call_t *call)
{
    return edit(call, SD_EDIT_REPLACE, 1);
}

sd_error_t *sd_rest_group_group_remove(sd_call_t *call)
{
    return edit(call, SD_EDIT_REMOVE, 1);
}
