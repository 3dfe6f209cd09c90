/*
 * Sessions are rows; the cookie holds a token of kind SD_TOKEN_SESSION whose SHA-256 is the key. Dead at once when the
 * account's generation moves on. Three kinds: "password" (idle and absolute limits of the site), "link" (the same
 * limits, opened by a mailed link; never fresh before the password was shown) and "bridge" (opened for somebody whom an
 * Apache authentication let in; short, renewed only through the bridge).
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
/* The same with the code of the account's second factor, which whoever has one must send (errors: second_factor.h). */
SD_CHECKED sd_error_t *sd_session_sign_in(sd_session_t **session, sd_work_t *work, const char *kind, const char *code,
                                          const char *old_cookie);
/* The same inside the caller's write, which uses up what lets the actor in. */
SD_CHECKED sd_error_t *sd_session_open_within(sd_session_t **session, sd_work_t *work, const char *kind,
                                              const char *code, const char *old_cookie);
/* After a write that opened one: gives `error` back, and tells the audit if it was a wrong code. */
SD_CHECKED sd_error_t *sd_session_audit_code(sd_work_t *work, sd_error_t *error);
/*
 * Inside the caller's write, which has counted up the actor's generation: all sessions of the account end, and if
 * `cookie` was one, a new one takes its place; else *session is NULL. The actor stands at the new generation.
 */
SD_CHECKED sd_error_t *sd_session_renew(sd_session_t **session, sd_work_t *work, const char *cookie);
/* Notes that the owner of the session has proved anew who he is, by password and the code of a second factor. */
SD_CHECKED sd_error_t *sd_session_confirm(sd_work_t *work, const char *cookie, const char *code);

/* A session as its owner sees it: nothing of its cookie. */
typedef struct sd_session_view_t {
    const char *id;
    const char *kind;
    const char *directory;
    const char *source;
    sd_time_t created;
    sd_time_t last_seen;
    sd_time_t expires;
    int current; /* it is that of the cookie asked with */
} sd_session_view_t;

/* One's own, the newest first: const sd_session_view_t *. */
SD_CHECKED sd_error_t *sd_session_list(apr_array_header_t **sessions, sd_work_t *work, const char *cookie);
/* Ends one of one's own; SD_ERROR_NOT_FOUND if there is none of that id. */
SD_CHECKED sd_error_t *sd_session_close_one(sd_work_t *work, const char *id);

SD_CHECKED sd_error_t *sd_session_close(sd_work_t *work, const char *cookie);
/* Ends all sessions of an account (operator, system admin, or oneself). */
SD_CHECKED sd_error_t *sd_session_close_all(sd_work_t *work, const char *named);

#endif
