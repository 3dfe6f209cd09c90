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
