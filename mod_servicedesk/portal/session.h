/* A session for whoever has just proved who they are. */
#ifndef SD_PORTAL_SESSION_H
#define SD_PORTAL_SESSION_H

#include "desk/session.h"
#include "web/call.h"

/* Opens one for the actor, in the place of the one that came with the call; `code` of a second factor, or NULL. The
 * store is lent. */
SD_CHECKED sd_error_t *sd_portal_session_open(sd_call_t *call, const char *code);

/* Gives the browser the cookie of a session that was just opened, and takes the nonce of strangers' forms away. */
void sd_portal_session_hand_over(sd_call_t *call, const sd_session_t *session);

/* The cookie of whoever came by it, or NULL; one beside other credentials is somebody else's business. */
const char *sd_portal_session_cookie(sd_call_t *call);

/* Whoever has a session here, somebody else's perhaps, signs in anew. */
void sd_portal_session_forget(sd_call_t *call);

/* Reads a password again that whoever is signed in has typed into `field`, and lends the store to write. */
SD_CHECKED sd_error_t *sd_portal_session_prove(sd_call_t *call, const char *field);

/* A field that must be filled in. */
SD_CHECKED sd_error_t *sd_portal_required(const char **value, sd_call_t *call, const char *name);

#endif
