/* One's second factor: an app that makes codes. */
#ifndef SD_PORTAL_SECOND_FACTOR_H
#define SD_PORTAL_SECOND_FACTOR_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_second_factor_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_second_factor_post(sd_call_t *call);

#endif
