/*
 * The second factor of the module's own accounts: time-based codes (RFC 6238) out of an app, and recovery codes for
 * when it is lost. Whoever has one signs in with password and code for a session; a password alone (Basic,
 * AuthBasicProvider) is refused then, API tokens go on. The accounts of other directories have theirs where they sign
 * in.
 *
 * The setting "second_factor" says who must have one. Who must and has none yet gets a session that is good for nothing
 * but setting one up.
 */
#ifndef SD_DESK_SECOND_FACTOR_H
#define SD_DESK_SECOND_FACTOR_H

#include "desk/session.h"

#define SD_SECOND_FACTOR_CODES 10 /* recovery codes */

typedef struct sd_second_factor_t {
    int active;
    int required;
    int codes; /* recovery codes that are left */
} sd_second_factor_t;

SD_CHECKED sd_error_t *sd_second_factor_look(sd_second_factor_t *factor, sd_work_t *work);

/* A new secret for an app, by hand and as otpauth:// address; it counts from sd_second_factor_activate() on. Refused
 * with SD_ERROR_CONFLICT while another one is active. */
SD_CHECKED sd_error_t *sd_second_factor_set_up(const char **secret, const char **uri, sd_work_t *work);

/*
 * Proves by a code that the app has the secret. *codes (const char *) are shown now and never again. All sessions end;
 * with `cookie` a new one takes the place of that one, else *session is NULL.
 */
SD_CHECKED sd_error_t *sd_second_factor_activate(apr_array_header_t **codes, sd_session_t **session, sd_work_t *work,
                                                 const char *code, const char *cookie);

/* New recovery codes for a code; the older ones are void. */
SD_CHECKED sd_error_t *sd_second_factor_renew(apr_array_header_t **codes, sd_work_t *work, const char *code);

/* Takes it away: one's own, by a code; somebody's (`named`), as operator or system administrator. */
SD_CHECKED sd_error_t *sd_second_factor_remove(sd_work_t *work, const char *named, const char *code);

/* ---- for the files of desk/ ---- */

/* Has the account one? */
SD_CHECKED sd_error_t *sd_second_factor_is_active(int *active, sd_work_t *work, sd_id_t account_id);

/* Before the write in which a code of the actor is checked. */
SD_CHECKED sd_error_t *sd_second_factor_hold(sd_work_t *work, const char *code);

/* Checks the code, or recovery code, of whoever has one, at a sign-in or a confirmation; NULL for who has none. Inside
 * the caller's write. A wrong one costs the account's budget, and the error outlives the write. */
SD_CHECKED sd_error_t *sd_second_factor_check(sd_work_t *work, sd_id_t account_id, const char *code);

/* May this account do nothing yet but set one up? `work->actor` is the account. */
SD_CHECKED sd_error_t *sd_second_factor_is_missing(int *missing, sd_work_t *work);

/* What a thief may have set up since then: the factor, or new recovery codes of an older one. */
SD_CHECKED sd_error_t *sd_second_factor_remove_since(sd_work_t *work, const sd_account_t *account, sd_time_t since);

/* The actor came by name and password alone: SD_ERROR_SIGN_IN if that is not enough. */
SD_CHECKED sd_error_t *sd_second_factor_refuse_password(sd_work_t *work);

#endif
