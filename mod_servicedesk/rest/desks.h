/* Resource "servicedesk". Contract 4. */
#ifndef SD_REST_DESKS_H
#define SD_REST_DESKS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_desk_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_desk_get(sd_call_t *call);

#endif
