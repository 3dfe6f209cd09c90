/* Accounts as the core API shows them: oneself, one user, a search. */
#ifndef SD_REST_ACCOUNTS_H
#define SD_REST_ACCOUNTS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_myself_get(sd_call_t *call);  /* GET /rest/api/2/myself */
SD_CHECKED sd_error_t *sd_rest_user_get(sd_call_t *call);    /* GET /rest/api/2/user?username=|key=|accountId= */
SD_CHECKED sd_error_t *sd_rest_user_search(sd_call_t *call); /* GET /rest/api/2/user/search?username=|query= */

#endif
