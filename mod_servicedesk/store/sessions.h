/* Rows of session, found by the hash of their cookie. Writes run inside a transaction of the caller. */
#ifndef SD_STORE_SESSIONS_H
#define SD_STORE_SESSIONS_H

#include "store/records.h"
#include "store/store.h"

typedef struct sd_session_row_t {
    const char *hash;
    sd_id_t account_id; /* 0: no such session */
    const char *kind;
    const char *directory;
    apr_int64_t generation;
    sd_time_t created;
    sd_time_t last_seen;
    sd_time_t idle; /* how long it may rest */
    sd_time_t expires;
    const char *csrf;
    const char *source;
    sd_time_t auth_time; /* when its owner last proved who he is */
    int restricted;      /* good for nothing but setting up a second factor */
    /* Of sd_sessions_alive(): whose it is, as sd_accounts_actor() tells it. */
    const sd_account_t *account;
    sd_relations_t relations;
} sd_session_row_t;

/* The session if it is alive at `now` and its account is active in the same generation; all but kind and source. */
SD_CHECKED sd_error_t *sd_sessions_alive(sd_session_row_t *session, sd_store_t *store, const char *hash, sd_time_t now);

/* Those of an account that are alive, the newest first: sd_session_row_t *. */
SD_CHECKED sd_error_t *sd_sessions_of(apr_array_header_t **sessions, sd_store_t *store, sd_id_t account_id,
                                      sd_time_t now);

/* Whose it is, alive or not: account_id 0 if there is none. */
SD_CHECKED sd_error_t *sd_sessions_by_hash(sd_session_row_t *session, sd_store_t *store, const char *hash);
SD_CHECKED sd_error_t *sd_sessions_set_auth_time(sd_store_t *store, const char *hash, sd_time_t now);
SD_CHECKED sd_error_t *sd_sessions_insert(sd_store_t *store, const sd_session_row_t *session);
SD_CHECKED sd_error_t *sd_sessions_touch(sd_store_t *store, const char *hash, sd_time_t now);

/* *account_id is whose it was; 0 if there was none. */
SD_CHECKED sd_error_t *sd_sessions_delete(sd_id_t *account_id, sd_store_t *store, const char *hash);
SD_CHECKED sd_error_t *sd_sessions_delete_of(apr_int64_t *count, sd_store_t *store, sd_id_t account_id);
/* Keeps the `keep` newest of an account. */
SD_CHECKED sd_error_t *sd_sessions_trim(sd_store_t *store, sd_id_t account_id, int keep);
/* Takes at most `limit` away whose time is over, the oldest first; `count` of how many may be NULL. */
SD_CHECKED sd_error_t *sd_sessions_purge(apr_int64_t *count, sd_store_t *store, sd_time_t now, int limit);

/* How many sessions of the account claim a generation that it has not reached: none. */
SD_CHECKED sd_error_t *sd_sessions_ahead(apr_int64_t *count, sd_store_t *store, sd_id_t account_id);

#endif
