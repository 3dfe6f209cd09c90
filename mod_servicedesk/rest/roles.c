/* Roles of a desk. */
#include "rest/roles.h"

#include "desk/role.h"
#include "web/present_people.h"

sd_error_t *sd_rest_role_get(sd_call_t *call)
{
    apr_array_header_t *groups;
    sd_list_t *users;
    sd_page_t page;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_role_members(&users, &groups, call->work, call->parts[0], call->parts[1], page));
    call->reply = sd_reply_page(call, users, sd_present_accounts(call, users));
    sd_json_put(call->reply, "groups", sd_present_groups(call, groups));
    return NULL;
}

/* A list that is not there is left alone. */
static sd_error_t *read_lists(sd_role_edit_t *edit, sd_call_t *call)
{
    static const char *const members[] = {SD_BODY_PEOPLE, NULL};
    static const char *const lists[] = {SD_BODY_PEOPLE, "groups", NULL};
    apr_array_header_t *users;
    int given = 0;

    SD_TRY(sd_body_some(call, lists));
    SD_TRY(sd_body_people(&users, call));
    for (int i = 0; members[i]; i++) {
        given |= json_is_array(json_object_get(call->body, members[i]));
    }
    edit->users = given ? users : NULL;
    return sd_body_texts_or_null(&edit->groups, call, "groups");
}

static json_t *present_still(sd_call_t *call, const apr_array_header_t *still)
{
    json_t *values = json_array();

    for (int i = 0; i < still->nelts; i++) {
        const sd_role_still_t *entry = APR_ARRAY_IDX(still, i, const sd_role_still_t *);
        json_t *object = json_object();

        sd_json_put(object, "user", sd_present_account(call, &entry->account));
        sd_json_put(object, "groups", sd_json_texts(entry->groups));
        json_array_append_new(values, object);
    }
    return values;
}

/* Whoever was taken out and is in all the same is told of, with the groups that give the role. */
static sd_error_t *edit(sd_call_t *call, sd_edit_t kind)
{
    sd_role_edit_t input = {.desk = call->parts[0], .role = call->parts[1], .edit = kind};
    apr_array_header_t *still;

    SD_TRY(read_lists(&input, call));
    SD_TRY(sd_body_confirm(&input.confirm, call));
    SD_TRY(sd_role_edit(&still, call->work, &input));
    if (!still->nelts) {
        call->status = HTTP_NO_CONTENT;
        return NULL;
    }
    const sd_error_t *text = sd_role_still_error(call->pool, "accountIds", still);
    call->reply = json_object();
    sd_json_put_text(call->reply, "message", text->text);
    sd_json_put(call->reply, "still", present_still(call, still));
    return NULL;
}

sd_error_t *sd_rest_role_put(sd_call_t *call)
{
    return edit(call, SD_EDIT_REPLACE);
}

sd_error_t *sd_rest_role_add(sd_call_t *call)
{
    return edit(call, SD_EDIT_ADD);
}

sd_error_t *sd_rest_role_remove(sd_call_t *call)
{
    return edit(call, SD_EDIT_REMOVE);
}
