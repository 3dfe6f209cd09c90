/* Resources "transition" and "status" of a request. Contract 6. */
#ifndef SD_REST_TRANSITIONS_H
#define SD_REST_TRANSITIONS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_transition_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_transition_take(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_status_list(sd_call_t *call);

#endif
