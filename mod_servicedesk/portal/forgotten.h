/* Asking for a new password by mail. */
#ifndef SD_PORTAL_FORGOTTEN_H
#define SD_PORTAL_FORGOTTEN_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_forgotten_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_forgotten_post(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_forgotten_sent_get(sd_call_t *call);

#endif
