/* The resource "servicedesk". */
#include "rest/desks.h"

#include "desk/desk.h"
#include "desk/policy.h"

sd_error_t *sd_rest_desk_list(sd_call_t *call)
{
    sd_page_t page;
    sd_list_t *list;
    json_t *values;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_desk_list(&list, call->work, page));
    values = json_array();
    for (int i = 0; i < list->rows->nelts; i++) {
        json_array_append_new(values, sd_present_desk(call, APR_ARRAY_IDX(list->rows, i, const sd_desk_t *)));
    }
    call->reply = sd_reply_page(call, list, values);
    return NULL;
}

sd_error_t *sd_rest_desk_get(sd_call_t *call)
{
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, call->work, call->parts[0], SD_MAY_ENTER_DESK));
    call->reply = sd_present_desk(call, desk);
    return NULL;
}

static json_t *present_settings(const sd_desk_t *desk)
{
    json_t *object = json_object();
    sd_json_put_id(object, "id", desk->id);
    sd_json_put_text(object, "key", desk->key);
    sd_json_put_text(object, "name", desk->name);
    sd_json_put_text(object, "description", desk->description);
    sd_json_put_text(object, "sharing", desk->sharing);
    sd_json_put(object, "open", json_boolean(desk->open));
    sd_json_put(object, "autoStatus", json_boolean(desk->auto_status));
    return object;
}

sd_error_t *sd_rest_desk_settings_get(sd_call_t *call)
{
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, call->work, call->parts[0], SD_MAY_ADMINISTER_DESK));
    call->reply = present_settings(desk);
    return NULL;
}

sd_error_t *sd_rest_desk_settings_put(sd_call_t *call)
{
    static const char *const members[] = {"name", "description", "sharing", "open", "autoStatus", NULL};
    sd_desk_change_t change;
    const sd_desk_t *desk;

    SD_TRY(sd_body_some(call, members));
    SD_TRY(sd_body_text(&change.name, call, "name"));
    SD_TRY(sd_body_text(&change.description, call, "description"));
    SD_TRY(sd_body_text(&change.sharing, call, "sharing"));
    SD_TRY(sd_body_bool(&change.open, call, "open"));
    SD_TRY(sd_body_bool(&change.auto_status, call, "autoStatus"));
    SD_TRY(sd_desk_change(&desk, call->work, call->parts[0], &change));
    call->reply = present_settings(desk);
    return NULL;
}
