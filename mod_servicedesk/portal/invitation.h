/* The link of an invitation: completing the account that was made. */
#ifndef SD_PORTAL_INVITATION_H
#define SD_PORTAL_INVITATION_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_invitation_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_invitation_post(sd_call_t *call);

#endif
