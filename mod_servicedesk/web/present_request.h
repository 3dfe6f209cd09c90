/* Presenters of requests and what hangs on them, in the REST API's own shape. Source: contract 5, 6; core beans: 2. */
#ifndef SD_WEB_PRESENT_REQUEST_H
#define SD_WEB_PRESENT_REQUEST_H

#include "desk/queue.h"
#include "desk/request.h"
#include "web/call.h"

/* The parts (sd_request_part_t) that expand= of this call asks a request for, the values included. */
unsigned sd_present_request_parts(const sd_call_t *call);

json_t *sd_present_request(sd_call_t *call, const sd_request_view_t *view);
json_t *sd_present_comment(sd_call_t *call, const sd_request_t *request, const sd_comment_t *comment, int rendered);
json_t *sd_present_transition(const sd_transition_t *transition);
json_t *sd_present_queue(sd_call_t *call, const sd_queue_t *queue);

/* Core issue beans: of one request, and with a queue's columns. */
json_t *sd_present_issue(sd_call_t *call, const sd_request_view_t *view);
json_t *sd_present_queue_issue(sd_call_t *call, const sd_queue_row_t *row);

/* Arrays out of the rows of a list. */
json_t *sd_present_requests(sd_call_t *call, const sd_list_t *list); /* of sd_request_view_t * */
json_t *sd_present_accounts(sd_call_t *call, const sd_list_t *list);
json_t *sd_present_comments(sd_call_t *call, const sd_request_t *request, const sd_list_t *list, int rendered);
json_t *sd_present_history(sd_call_t *call, const sd_list_t *list);

#endif
