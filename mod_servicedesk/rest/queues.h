/* Resource "queue" of a desk with its issues (contract 5); the assignee of a request (our own, /rest/servicedesk/1). */
#ifndef SD_REST_QUEUES_H
#define SD_REST_QUEUES_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_queue_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_queue_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_queue_issues(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_assignee_put(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_assignee_delete(sd_call_t *call);

#endif
