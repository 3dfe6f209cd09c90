/*
 * People who come, by either face: a signup that is sent, the proof of its address, an invitation that is accepted.
 * Each is several steps of desk/, and between them, while a password is hashed or a directory outside is asked, no
 * store is lent: their routes are SD_ROUTE_NO_STORE. If the last step fails, what was made outside is taken back. The
 * store may be lent afterwards.
 */
#ifndef SD_WEB_NEWCOMERS_H
#define SD_WEB_NEWCOMERS_H

#include "desk/invitation.h"
#include "desk/signup.h"
#include "web/call.h"

/* SD_ERROR_NOT_FOUND where nobody may sign up. */
SD_CHECKED sd_error_t *sd_newcomer_sign_up(sd_signup_t **signup, sd_call_t *call, const sd_signup_input_t *input);

/* *account is NULL if somebody has to approve of it first. */
SD_CHECKED sd_error_t *sd_newcomer_prove(const sd_account_t **account, sd_verification_t **verification,
                                         sd_call_t *call, const char *token, const char *password);

/* What an invitation is for. */
SD_CHECKED sd_error_t *sd_newcomer_look(sd_acceptance_t **acceptance, sd_call_t *call, const char *token);

typedef struct sd_newcomer_input_t {
    const char *display_name;
    const char *password;
} sd_newcomer_input_t;

SD_CHECKED sd_error_t *sd_newcomer_accept(const sd_account_t **account, sd_acceptance_t **acceptance, sd_call_t *call,
                                          const char *token, const sd_newcomer_input_t *input);

#endif
