/* The audit over REST: GET /rest/servicedesk/1/audit, GET /rest/servicedesk/1/servicedesk/{desk}/audit. */
#ifndef SD_REST_AUDIT_H
#define SD_REST_AUDIT_H

#include "web/call.h"

sd_error_t *sd_rest_audit_list(sd_call_t *call);
sd_error_t *sd_rest_desk_audit_list(sd_call_t *call);

#endif
