/* The resources "queue" and "assignee". */
#include "rest/queues.h"

#include "web/present_request.h"

sd_error_t *sd_rest_queue_list(sd_call_t *call)
{
    json_t *values;
    sd_list_t *list;
    sd_page_t page;
    int count;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_query_bool(&count, call, "includeCount", 0));
    SD_TRY(sd_queue_list(&list, call->work, call->parts[0], count, page));
    values = json_array();
    for (int i = 0; i < list->rows->nelts; i++) {
        json_array_append_new(values, sd_present_queue(call, APR_ARRAY_IDX(list->rows, i, const sd_queue_t *)));
    }
    call->reply = sd_reply_page(call, list, values);
    return NULL;
}

sd_error_t *sd_rest_queue_get(sd_call_t *call)
{
    const sd_queue_t *queue;
    int count;

    SD_TRY(sd_query_bool(&count, call, "includeCount", 0));
    SD_TRY(sd_queue_find(&queue, call->work, call->parts[0], call->parts[1], count));
    call->reply = sd_present_queue(call, queue);
    return NULL;
}

sd_error_t *sd_rest_queue_issues(sd_call_t *call)
{
    json_t *values;
    sd_list_t *list;
    sd_page_t page;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_queue_requests(&list, call->work, call->parts[0], call->parts[1], page));
    values = json_array();
    for (int i = 0; i < list->rows->nelts; i++) {
        json_array_append_new(values,
                              sd_present_queue_issue(call, APR_ARRAY_IDX(list->rows, i, const sd_queue_row_t *)));
    }
    call->reply = sd_reply_page(call, list, values);
    return NULL;
}

static sd_error_t *assign(sd_call_t *call, const char *named)
{
    SD_TRY(sd_queue_assign(call->work, call->parts[0], named, sd_call_if_match(call)));
    return sd_reply_nothing(call);
}

/* An empty body takes nothing away from anybody: DELETE does. */
sd_error_t *sd_rest_assignee_put(sd_call_t *call)
{
    static const char *const members[] = {"accountId", "name", "username"};
    const char *named = NULL;

    SD_TRY(sd_body_object(call));
    for (int i = 0; i < 3 && !named; i++) {
        SD_TRY(sd_body_text(&named, call, members[i]));
    }
    if (!named) {
        return sd_error_field(call->pool, "accountId", "sd.validation.required", "Name the agent.");
    }
    return assign(call, named);
}

sd_error_t *sd_rest_assignee_delete(sd_call_t *call)
{
    return assign(call, NULL);
}
