/*
 * Single-use tokens that travel by mail: they prove that somebody reads an address, once, for one purpose, for a while.
 *
 * The database never holds the text. A row keeps a random nonce and the SHA-256 of the token; the token itself is the
 * HMAC of kind and nonce under a key of the pepper file, so the mail worker makes the same text again whenever it needs
 * to, and a stolen copy of the database opens nothing.
 *
 * The order of use: sd_mailed_token_find() outside any transaction, before anything dear (a password's hash), then
 * sd_mailed_token_consume() inside the write whose effect it allows. A page that a GET asks for only finds.
 */
#ifndef SD_DESK_MAILED_TOKEN_H
#define SD_DESK_MAILED_TOKEN_H

#include "desk/work.h"
#include "store/mailed_tokens.h"

typedef enum sd_mailed_kind_t {
    SD_MAILED_VERIFY,       /* a signup's address; 24 hours */
    SD_MAILED_INVITE,       /* an invitation; 7 days */
    SD_MAILED_RESET,        /* a new password; 60 minutes */
    SD_MAILED_ADDRESS,      /* a changed address, mailed to the new one; 60 minutes */
    SD_MAILED_ADDRESS_BACK, /* takes that back, mailed to the old one; 7 days */
    SD_MAILED_SIGN_IN       /* one session; 10 minutes */
} sd_mailed_kind_t;

typedef struct sd_mailed_token_input_t {
    sd_mailed_kind_t kind;
    sd_id_t account_id; /* whose it is, or 0 */
    sd_id_t signup_id;
    sd_id_t invitation_id;
    const char *address; /* the one mailbox that it will be mailed to */
} sd_mailed_token_input_t;

/* How long a token of the kind lives, in milliseconds. */
sd_time_t sd_mailed_token_lifetime(sd_mailed_kind_t kind);

/*
 * Makes a token inside the caller's write, and ends the one that its invitation, else its account, else its address had
 * of this kind; but none that takes an address back: whoever stole an account would end it so. `*id` is what an outbox
 * row carries. SD_ERROR_UNAVAILABLE without a pepper file (tool).
 */
SD_CHECKED sd_error_t *sd_mailed_token_issue(sd_id_t *id, sd_work_t *work, const sd_mailed_token_input_t *input);

/* The text again, the same each time; *text is NULL if the token is used, revoked, over, gone, or of a pepper that the
 * file has no more: a mail with it is pointless. */
SD_CHECKED sd_error_t *sd_mailed_token_text(const char **text, sd_work_t *work, sd_id_t id);

/*
 * The token of this kind that `text` (anything from outside) is, if it lives; nothing changes, but for one that is
 * over: it is revoked there and then, so that a clock put back does not wake it. Not inside a transaction.
 * Everything else is one and the same error, SD_ERROR_NOT_FOUND "sd.mailed_token.dead".
 */
SD_CHECKED sd_error_t *sd_mailed_token_find(const sd_mailed_token_t **token, sd_work_t *work, sd_mailed_kind_t kind,
                                            const char *text);

/* Takes it, inside the write of its effect; of many at once exactly one succeeds. The same error. */
SD_CHECKED sd_error_t *sd_mailed_token_consume(const sd_mailed_token_t **token, sd_work_t *work, sd_mailed_kind_t kind,
                                               const char *text);

/* Ends all that an account has, after its password or address changed, but for those that take the address back; and
 * those too: it was disabled, or had its address back. In the caller's write. */
SD_CHECKED sd_error_t *sd_mailed_token_revoke_of(sd_work_t *work, sd_id_t account_id);
SD_CHECKED sd_error_t *sd_mailed_token_revoke_all(sd_work_t *work, sd_id_t account_id);

/* The error of every token that is not alive. */
sd_error_t *sd_mailed_token_dead(apr_pool_t *pool);

#endif
