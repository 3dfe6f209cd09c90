/* The resource "participant": adding answers the added ones, removing those who are left. */
#include "rest/participants.h"

#include "desk/participant.h"
#include "web/present_request.h"

static sd_error_t *answer(sd_call_t *call, const sd_list_t *list)
{
    call->reply = sd_reply_page(call, list, sd_present_accounts(call, list));
    return NULL;
}

sd_error_t *sd_rest_participant_list(sd_call_t *call)
{
    const sd_request_t *request;
    sd_list_t *list;
    sd_page_t page;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_participant_list(&list, &request, call->work, call->parts[0], page));
    return answer(call, list);
}

sd_error_t *sd_rest_participant_add(sd_call_t *call)
{
    const sd_request_t *request;
    apr_array_header_t *names;
    sd_list_t *added;

    SD_TRY(sd_body_people(&names, call));
    SD_TRY(sd_participant_add(&added, &request, call->work, call->parts[0], names));
    return answer(call, added);
}

sd_error_t *sd_rest_participant_remove(sd_call_t *call)
{
    const sd_request_t *request;
    apr_array_header_t *names;
    sd_list_t *left;

    SD_TRY(sd_body_people(&names, call));
    SD_TRY(sd_participant_remove(&left, &request, call->work, call->parts[0], names));
    return answer(call, left);
}
