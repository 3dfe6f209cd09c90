/* The link of a signup's mail: proving the address. */
#ifndef SD_PORTAL_VERIFY_H
#define SD_PORTAL_VERIFY_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_verify_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_verify_post(sd_call_t *call);

#endif
