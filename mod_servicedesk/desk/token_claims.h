/*
 * What API tokens said when they were last looked up: whose they are and what for. Neither changes as long as a token
 * lives, so an operation that asks the database about the token in its own transaction need not ask before it as well.
 * A claim is no proof: who acts on one lets sd_work_t look (sd_actor_t, token_hash). One table a process, all threads.
 */
#ifndef SD_DESK_TOKEN_CLAIMS_H
#define SD_DESK_TOKEN_CLAIMS_H

#include "desk/site.h"
#include "store/records.h"

typedef struct sd_token_claim_t {
    sd_id_t account_id;
    unsigned scopes;
} sd_token_claim_t;

/* NULL without a mutex: then nothing is claimed. */
sd_token_claims_t *sd_token_claims_create(apr_pool_t *pool);

/* True and *claim if the token of this hash was found alive, and `now` is before what was said to be the end then. */
int sd_token_claims_get(sd_token_claims_t *claims, sd_token_claim_t *claim, const char *hash, sd_time_t now);
void sd_token_claims_put(sd_token_claims_t *claims, const sd_token_claim_t *claim, const char *hash, sd_time_t now,
                         sd_time_t until);
void sd_token_claims_forget(sd_token_claims_t *claims, const char *hash);

#endif
