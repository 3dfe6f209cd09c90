/*
 * The hidden field of every form: whoever sends the form has been shown it by us. Two kinds:
 *
 *   in a session        HMAC of the session's own secret and the form's path, hidden under a pad that is new in each
 *                       page, so that compression of many answers tells nothing about it
 *   before there is one  HMAC of a nonce that a cookie holds, the form's path, whoever Apache let in, and the time;
 *                       good for SD_FORM_LIFETIME
 *
 * Knows no httpd type.
 */
#ifndef SD_WEB_FORM_TOKEN_H
#define SD_WEB_FORM_TOKEN_H

#include "base/clock.h"
#include "base/digest.h"
#include "base/random.h"

#define SD_FORM_LIFETIME (30 * SD_MINUTE)
#define SD_FORM_NONCE_LENGTH 43 /* 32 bytes in base64url */

typedef struct sd_form_proof_t {
    const unsigned char *key; /* of the instance, SD_DIGEST_BYTES */
    const char *path;         /* where the form is sent to, below the mount */
    const char *secret;       /* of the session, or NULL */
    const char *nonce;        /* of the cookie, without a session; NULL if there is none */
    const char *user;         /* whom an Apache authentication let in, with the directory; or NULL */
    const char *directory;
    sd_time_t now;
} sd_form_proof_t;

SD_CHECKED sd_error_t *sd_form_nonce(const char **nonce, apr_pool_t *pool, const sd_random_t *random);
int sd_form_nonce_is_one(const char *text);

/* True if there is nothing in `text` but what tokens are made of. */
int sd_form_is_word(const char *text);

/* The value of the hidden field. Needs a secret or a nonce. */
SD_CHECKED sd_error_t *sd_form_token_make(const char **token, apr_pool_t *pool, const sd_random_t *random,
                                          const sd_form_proof_t *proof);
/* True if `token` (may be NULL) is one. */
int sd_form_token_check(apr_pool_t *pool, const sd_form_proof_t *proof, const char *token);

#endif
