/* Signing up: for the site, or on a desk. */
#ifndef SD_PORTAL_SIGNUP_H
#define SD_PORTAL_SIGNUP_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_signup_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_signup_post(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_signup_sent_get(sd_call_t *call);

#endif
