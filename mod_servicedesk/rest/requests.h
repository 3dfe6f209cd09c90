/* Resource "request": raised, checked, listed, read; and what the caller hears of it. Contract 6. */
#ifndef SD_REST_REQUESTS_H
#define SD_REST_REQUESTS_H

#include "store/request_lists.h"
#include "web/call.h"

/* requestStatus, as every list of requests takes it. */
SD_CHECKED sd_error_t *sd_rest_request_state(sd_request_state_t *state, sd_call_t *call);

SD_CHECKED sd_error_t *sd_rest_request_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_request_create(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_request_validate(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_request_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_notification_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_notification_put(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_notification_delete(sd_call_t *call);

SD_CHECKED sd_error_t *sd_rest_request_search(sd_call_t *call); /* GET /rest/servicedesk/1/search?query= */

#endif
