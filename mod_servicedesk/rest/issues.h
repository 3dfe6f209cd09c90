/* A request as the core API's issue: /rest/api/2/issue/{key}. Contract 2. */
#ifndef SD_REST_ISSUES_H
#define SD_REST_ISSUES_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_issue_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_issue_delete(sd_call_t *call);

#endif
