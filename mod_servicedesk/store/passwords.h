/*
 * The password columns of account, internal directory only: the one place that hands out a hash. All writes run inside
 * a transaction of the caller.
 */
#ifndef SD_STORE_PASSWORDS_H
#define SD_STORE_PASSWORDS_H

#include "store/records.h"
#include "store/store.h"

typedef struct sd_password_row_t {
    sd_id_t account_id; /* 0: nobody */
    apr_int64_t generation;
    const char *hash; /* NULL: none was ever set */
    const char *state;
    apr_int64_t failures; /* wrong passwords since the last right one */
} sd_password_row_t;

/* Whose sign-in name this is, else whose proven address (`address_key` may be NULL). One statement, found or not. */
SD_CHECKED sd_error_t *sd_passwords_find(sd_password_row_t *row, sd_store_t *store, const char *name_key,
                                         const char *address_key);

/* Counts a wrong password; *failures is how many in a row by now. */
SD_CHECKED sd_error_t *sd_passwords_fail(apr_int64_t *failures, sd_store_t *store, sd_id_t account_id, sd_time_t at);
/* The same write for a name that nobody has. */
SD_CHECKED sd_error_t *sd_passwords_fail_decoy(sd_store_t *store);
SD_CHECKED sd_error_t *sd_passwords_forgive(sd_store_t *store, sd_id_t account_id);

/* Sets a hash, forgets the failures, counts the generation up. */
SD_CHECKED sd_error_t *sd_passwords_set(sd_store_t *store, sd_id_t account_id, const char *hash, const char *state);

/* The same password under a newer cost or pepper: nothing else changes, and nothing if another hash is there by now. */
SD_CHECKED sd_error_t *sd_passwords_rehash(sd_store_t *store, sd_id_t account_id, const char *old_hash,
                                           const char *new_hash);

#endif
