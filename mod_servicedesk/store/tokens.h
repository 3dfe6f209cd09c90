/* Rows of token: API tokens, found by their hash. Writes run inside a transaction of the caller. */
#ifndef SD_STORE_TOKENS_H
#define SD_STORE_TOKENS_H

#include <apr_tables.h>

#include "store/records.h"
#include "store/store.h"

typedef struct sd_token_row_t {
    sd_id_t id; /* 0: no such token */
    sd_id_t account_id;
    const char *hash; /* for the insert only; never read back */
    const char *prefix;
    const char *label;
    unsigned scopes;
    sd_time_t created;
    sd_id_t created_by;
    sd_time_t expires;
    sd_time_t revoked;
    sd_time_t last_used;
} sd_token_row_t;

/* What a request with a token needs. */
typedef struct sd_token_use_t {
    sd_id_t id; /* 0: no such token, or not alive at `now`, or its account is not active */
    unsigned scopes;
    sd_time_t last_used;
    const sd_account_t *account;
    sd_relations_t relations; /* as sd_accounts_actor() tells them */
} sd_token_use_t;

SD_CHECKED sd_error_t *sd_tokens_alive(sd_token_use_t *use, sd_store_t *store, const char *hash, sd_time_t now);
SD_CHECKED sd_error_t *sd_tokens_touch(sd_store_t *store, sd_id_t id, sd_time_t now);

SD_CHECKED sd_error_t *sd_tokens_insert(sd_id_t *id, sd_store_t *store, const sd_token_row_t *token);
/* Of one account, newest first: sd_token_row_t *. */
SD_CHECKED sd_error_t *sd_tokens_of(apr_array_header_t **tokens, sd_store_t *store, sd_id_t account_id);
SD_CHECKED sd_error_t *sd_tokens_by_id(const sd_token_row_t **token, sd_store_t *store, sd_id_t id);
SD_CHECKED sd_error_t *sd_tokens_count_alive(apr_int64_t *count, sd_store_t *store, sd_id_t account_id, sd_time_t now);
SD_CHECKED sd_error_t *sd_tokens_revoke(sd_store_t *store, sd_id_t id, sd_time_t now);
/* Takes at most `limit` rows away whose time was over at `until`, the oldest first. */
SD_CHECKED sd_error_t *sd_tokens_purge(apr_int64_t *count, sd_store_t *store, sd_time_t until, int limit);
/* All of an account. */
SD_CHECKED sd_error_t *sd_tokens_revoke_of(sd_store_t *store, sd_id_t account_id, sd_time_t now);

#endif
