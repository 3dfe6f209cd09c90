/* What the site says about itself: versions, the fields that exist, and the two pictures that its links point to. */
#ifndef SD_REST_SITE_H
#define SD_REST_SITE_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_info_get(sd_call_t *call);        /* GET /rest/servicedeskapi/info */
SD_CHECKED sd_error_t *sd_rest_server_info_get(sd_call_t *call); /* GET /rest/api/2/serverInfo */
SD_CHECKED sd_error_t *sd_rest_field_list(sd_call_t *call);      /* GET /rest/api/2/field */
SD_CHECKED sd_error_t *sd_rest_avatar_get(sd_call_t *call);      /* GET /rest/servicedesk/1/avatar */
SD_CHECKED sd_error_t *sd_rest_icon_get(sd_call_t *call);        /* GET /rest/servicedesk/1/icon */

#endif
