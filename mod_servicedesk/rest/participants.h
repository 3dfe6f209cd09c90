/* Resource "participant" of a request. Contract 6, 10.9. */
#ifndef SD_REST_PARTICIPANTS_H
#define SD_REST_PARTICIPANTS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_participant_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_participant_add(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_participant_remove(sd_call_t *call);

#endif
