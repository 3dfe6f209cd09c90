/* Resource "servicedesk". Contract 4. */
#ifndef SD_REST_DESKS_H
#define SD_REST_DESKS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_desk_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_desk_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_desk_settings_get(sd_call_t *call); /* GET /rest/servicedesk/1/servicedesk/{desk} */
SD_CHECKED sd_error_t *sd_rest_desk_settings_put(sd_call_t *call); /* PUT of the same */

#endif
