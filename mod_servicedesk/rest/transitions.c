/* The resources "transition" and "status". */
#include "rest/transitions.h"

#include "desk/transition.h"
#include "web/present_request.h"

sd_error_t *sd_rest_transition_list(sd_call_t *call)
{
    json_t *values;
    sd_list_t *list;
    sd_page_t page;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_transition_list(&list, call->work, call->parts[0], page));
    values = json_array();
    for (int i = 0; i < list->rows->nelts; i++) {
        json_array_append_new(values, sd_present_transition(APR_ARRAY_IDX(list->rows, i, const sd_transition_t *)));
    }
    call->reply = sd_reply_page(call, list, values);
    return NULL;
}

/* {"additionalComment": {"body": null}} is how one client says that there is none. */
static sd_error_t *read_comment(const char **comment, sd_call_t *call)
{
    const json_t *additional = json_object_get(call->body, "additionalComment");
    const json_t *body = json_object_get(additional, "body");

    *comment = json_string_value(body);
    if ((additional && !json_is_null(additional) && !json_is_object(additional)) ||
        (body && !json_is_null(body) && !*comment)) {
        return sd_error_field(call->pool, "additionalComment", "sd.validation.type",
                              "additionalComment must be an object with a text \"body\".");
    }
    return NULL;
}

sd_error_t *sd_rest_transition_take(sd_call_t *call)
{
    const char *id, *comment;

    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_id(&id, call, "id"));
    SD_TRY(read_comment(&comment, call));
    SD_TRY(sd_transition_take(call->work, call->parts[0], id, comment, sd_call_if_match(call)));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_status_list(sd_call_t *call)
{
    sd_list_t *list;
    sd_page_t page;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_transition_history(&list, call->work, call->parts[0], page));
    call->reply = sd_reply_page(call, list, sd_present_history(call, list));
    return NULL;
}
