/* Sessions: signing in with name and password for a cookie, and out again. */
#ifndef SD_REST_SESSIONS_H
#define SD_REST_SESSIONS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_session_get(sd_call_t *call);        /* GET /rest/auth/1/session */
SD_CHECKED sd_error_t *sd_rest_session_create(sd_call_t *call);     /* POST /rest/auth/1/session */
SD_CHECKED sd_error_t *sd_rest_session_delete(sd_call_t *call);     /* DELETE /rest/auth/1/session */
SD_CHECKED sd_error_t *sd_rest_session_delete_all(sd_call_t *call); /* DELETE /rest/servicedesk/1/session */

/* Under /rest/servicedesk/1/session/link: */
SD_CHECKED sd_error_t *sd_rest_session_link_get(sd_call_t *call); /* GET */
SD_CHECKED sd_error_t *sd_rest_session_link_ask(sd_call_t *call); /* POST */
SD_CHECKED sd_error_t *sd_rest_session_link_use(sd_call_t *call); /* PUT */

#endif
