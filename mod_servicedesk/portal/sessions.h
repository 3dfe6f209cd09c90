/* Where one is signed in, and ending that. */
#ifndef SD_PORTAL_SESSIONS_H
#define SD_PORTAL_SESSIONS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_sessions_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_sessions_post(sd_call_t *call);

#endif
