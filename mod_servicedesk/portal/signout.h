/* Ending one's session. */
#ifndef SD_PORTAL_SIGNOUT_H
#define SD_PORTAL_SIGNOUT_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_signout_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_signout_post(sd_call_t *call);

#endif
