/* Signing in by a mailed link, where a desk offers it. */
#ifndef SD_PORTAL_SIGN_IN_LINK_H
#define SD_PORTAL_SIGN_IN_LINK_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_link_ask_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_link_ask_post(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_link_sent_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_link_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_link_post(sd_call_t *call);

#endif
