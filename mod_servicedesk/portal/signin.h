/* Signing in with name and password. */
#ifndef SD_PORTAL_SIGNIN_H
#define SD_PORTAL_SIGNIN_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_signin_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_signin_post(sd_call_t *call);

#endif
