/* A session for whoever has just proved who they are. */
#ifndef SD_PORTAL_SESSION_H
#define SD_PORTAL_SESSION_H

#include "web/call.h"

/* Opens one for the actor, in the place of the one that came with the call. The store is lent. */
SD_CHECKED sd_error_t *sd_portal_session_open(sd_call_t *call);

/* A field that must be filled in. */
SD_CHECKED sd_error_t *sd_portal_required(const char **value, sd_call_t *call, const char *name);

#endif
