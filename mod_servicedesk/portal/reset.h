/* The link of that mail: choosing a new password. */
#ifndef SD_PORTAL_RESET_H
#define SD_PORTAL_RESET_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_reset_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_reset_post(sd_call_t *call);

#endif
