/* API tokens of one's own account. */
#ifndef SD_REST_TOKENS_H
#define SD_REST_TOKENS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_token_list(sd_call_t *call);   /* GET /rest/servicedesk/1/token */
SD_CHECKED sd_error_t *sd_rest_token_create(sd_call_t *call); /* POST /rest/servicedesk/1/token */
SD_CHECKED sd_error_t *sd_rest_token_delete(sd_call_t *call); /* DELETE /rest/servicedesk/1/token/{token} */

#endif
