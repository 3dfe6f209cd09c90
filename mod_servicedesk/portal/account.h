/* The page of one's own account: what it is, and in which language. */
#ifndef SD_PORTAL_ACCOUNT_H
#define SD_PORTAL_ACCOUNT_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_account_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_account_post(sd_call_t *call);

#endif
