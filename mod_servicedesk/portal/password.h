/* Changing one's password. */
#ifndef SD_PORTAL_PASSWORD_H
#define SD_PORTAL_PASSWORD_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_password_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_password_post(sd_call_t *call);

#endif
