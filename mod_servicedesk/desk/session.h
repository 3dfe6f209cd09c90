/*
 * Sessions are rows; the cookie holds a token of kind SD_TOKEN_SESSION whose SHA-256 is the key. Dead at once when the
 * account's generation moves on. Two kinds: "password" (idle and absolute limits of the site) and "bridge" (opened for
 * somebody whom an Apache authentication let in; short, renewed only through the bridge).
 */
#ifndef SD_DESK_SESSION_H
#define SD_DESK_SESSION_H

#include "desk/work.h"

typedef struct sd_session_t {
    const char *cookie; /* the token; known only here, at its making */
    const char *csrf;
    sd_time_t expires;
} sd_session_t;

/* Opens a session for work->actor, ends the one of `old_cookie` (may be NULL) in the same write. Audited. */
SD_CHECKED sd_error_t *sd_session_open(sd_session_t **session, sd_work_t *work, const char *kind,
                                       const char *old_cookie);
SD_CHECKED sd_error_t *sd_session_close(sd_work_t *work, const char *cookie);
/* Ends all sessions of an account (operator, system admin, or oneself). */
SD_CHECKED sd_error_t *sd_session_close_all(sd_work_t *work, const char *named);

#endif
