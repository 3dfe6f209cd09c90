/*
 * What people do with their own account of the module: change the password, get a new one by mail when it is forgotten,
 * move to another address. That the present password is right has been checked by the caller, where it is asked for
 * (server/: it costs a hash, and no connection is held meanwhile).
 */
#ifndef SD_DESK_OWN_ACCOUNT_H
#define SD_DESK_OWN_ACCOUNT_H

#include "desk/mailed_token.h"
#include "desk/session.h"

/*
 * A new password: by the policy (errors: field "newPassword"). All sessions, links that were mailed and what Basic
 * remembers end; API tokens too if `end_tokens`. With `cookie` a new session takes the place of that one.
 */
SD_CHECKED sd_error_t *sd_own_password_change(sd_session_t **session, sd_work_t *work, const char *password,
                                              int end_tokens, const char *cookie);

/*
 * Forgotten: mails a link to the address if it is the proven one of an active account of the module. Always NULL for
 * everything that looks like an address, in one class of time: nobody learns who has an account.
 */
SD_CHECKED sd_error_t *sd_own_password_forgotten(sd_work_t *work, const char *address);
/* By that link: a new password. Sessions and API tokens end, a second factor stays. The token is gone then. */
SD_CHECKED sd_error_t *sd_own_password_reset(sd_work_t *work, const char *token, const char *password);

/*
 * Asks for the change: a link to the new address, a word to the old one. Whether somebody has the new one is not told.
 */
SD_CHECKED sd_error_t *sd_own_address_ask(sd_work_t *work, const char *address);
/*
 * By that link: the account has the new address. Its sessions end; if the caller's own was one of them (`cookie`, or
 * NULL), `*session` is in its place. What was mailed to the old one is dead, but for:
 */
SD_CHECKED sd_error_t *sd_own_address_change(sd_session_t **session, sd_work_t *work, const char *token,
                                             const char *cookie);

/*
 * The link in both mails to the old address, for seven days each. While the change is only asked for, it ends that;
 * afterwards the account has the old address again (SD_ERROR_CONFLICT if somebody else has it by now). Either way all
 * sessions and mailed links of the account end. Only to an address that was proven.
 */
typedef struct sd_address_back_t {
    const char *address;
    int changed; /* the account has another one now */
} sd_address_back_t;

SD_CHECKED sd_error_t *sd_own_address_back_find(sd_address_back_t *back, sd_work_t *work, const char *token);
SD_CHECKED sd_error_t *sd_own_address_back(sd_work_t *work, const char *token);

#endif
