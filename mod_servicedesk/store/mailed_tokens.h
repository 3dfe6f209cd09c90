/* Rows of mailed_token, found by the hash of their text. Writes run inside a transaction of the caller. */
#ifndef SD_STORE_MAILED_TOKENS_H
#define SD_STORE_MAILED_TOKENS_H

#include "store/records.h"
#include "store/store.h"

/* By so much the clocks of two nodes may differ. A token from further ahead means that the clock was put back. */
#define SD_MAILED_TOKENS_SKEW SD_MINUTE

#define SD_MAILED_TOKENS_BACK "address-back" /* the kind that outlives a change of password or address */

typedef struct sd_mailed_token_t {
    sd_id_t id;
    const char *kind;      /* verify, invite, reset, address, address-back, sign-in */
    sd_id_t account_id;    /* 0: of no account yet */
    sd_id_t signup_id;     /* 0: of no signup */
    sd_id_t invitation_id; /* 0: of no invitation */
    const char *address;   /* where it was mailed to */
    const char *address_key;
    sd_id_t created_by;
    sd_time_t created;
    sd_time_t expires;
    sd_time_t used;    /* 0: not yet */
    sd_time_t revoked; /* 0: not */
    const char *nonce;
    int pepper;
} sd_mailed_token_t;

SD_CHECKED sd_error_t *sd_mailed_tokens_insert(sd_id_t *id, sd_store_t *store, const sd_mailed_token_t *token,
                                               const char *hash);

/* *token is NULL if there is none. Dead ones are found too. */
SD_CHECKED sd_error_t *sd_mailed_tokens_by_hash(const sd_mailed_token_t **token, sd_store_t *store, const char *kind,
                                                const char *hash);
SD_CHECKED sd_error_t *sd_mailed_tokens_by_id(const sd_mailed_token_t **token, sd_store_t *store, sd_id_t id);

/* The one statement that takes a token: *token is NULL unless it was alive at `now`, and it never is again. */
SD_CHECKED sd_error_t *sd_mailed_tokens_consume(const sd_mailed_token_t **token, sd_store_t *store, const char *kind,
                                                const char *hash, sd_time_t now);

/* Ends what is alive: one token; those of a kind that an account, or an address without account, or an invitation has;
 * all of an account but the way back to an address. */
SD_CHECKED sd_error_t *sd_mailed_tokens_revoke(sd_store_t *store, sd_id_t id, sd_time_t now);
SD_CHECKED sd_error_t *sd_mailed_tokens_revoke_kind(sd_store_t *store, sd_id_t account_id, const char *kind,
                                                    sd_time_t now);
SD_CHECKED sd_error_t *sd_mailed_tokens_revoke_address(sd_store_t *store, const char *address_key, const char *kind,
                                                       sd_time_t now);
SD_CHECKED sd_error_t *sd_mailed_tokens_revoke_invitation(sd_store_t *store, sd_id_t invitation_id, sd_time_t now);
SD_CHECKED sd_error_t *sd_mailed_tokens_revoke_of(sd_store_t *store, sd_id_t account_id, sd_time_t now);

/* Takes at most `limit` rows away whose time is over at `now`, the oldest first. */
SD_CHECKED sd_error_t *sd_mailed_tokens_purge(apr_int64_t *count, sd_store_t *store, sd_time_t now, int limit);

/* When the first of those that are still there was made, with the same account, kind and address. */
SD_CHECKED sd_error_t *sd_mailed_tokens_first(sd_time_t *created, sd_store_t *store, const sd_mailed_token_t *like);

#endif
