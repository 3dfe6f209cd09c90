/* The resource "issue" of the core API. */
#include "rest/issues.h"

#include "web/present_request.h"

sd_error_t *sd_rest_issue_get(sd_call_t *call)
{
    unsigned parts = SD_REQUEST_VALUES | SD_REQUEST_TYPE | SD_REQUEST_DESK | SD_REQUEST_ASSIGNEE;
    sd_request_view_t *view;

    SD_TRY(sd_request_get(&view, call->work, call->parts[0], parts));
    call->reply = sd_present_issue(call, view);
    call->version = sd_request_version(call->work, view->request);
    return NULL;
}

sd_error_t *sd_rest_issue_delete(sd_call_t *call)
{
    SD_TRY(sd_request_delete(call->work, call->parts[0], sd_call_if_match(call)));
    return sd_reply_nothing(call);
}
