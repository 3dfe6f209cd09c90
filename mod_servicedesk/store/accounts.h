/*
 * Rows of account and account_word. All calls run inside a transaction of the caller; a row that is not there leaves
 * *account NULL and is no error.
 */
#ifndef SD_STORE_ACCOUNTS_H
#define SD_STORE_ACCOUNTS_H

#include "store/records.h"
#include "store/store.h"

/*
 * The columns of an account as every statement of the house selects them, from `account a JOIN directory d ON d.id =
 * a.directory_id`; read by sd_account_of_row() from column `first` on.
 */
#define SD_ACCOUNT_COLUMNS                                                                                             \
    "a.id, a.public_id, a.directory_id, d.name, a.name, a.address, a.display_name, a.state, a.system_admin,"           \
    " a.generation, a.created, a.language"
#define SD_ACCOUNT_WIDTH 12

void sd_account_of_row(sd_account_t *account, sd_row_t *row, int first);
void *sd_accounts_record(apr_pool_t *pool, sd_row_t *row); /* of these columns alone: sd_record_fn of store/rows.h */

SD_CHECKED sd_error_t *sd_accounts_by_id(const sd_account_t **account, sd_store_t *store, sd_id_t id);

/* Whether it works at some desk: the column after those of an account that acts. */
#define SD_ACCOUNT_IS_STAFF                                                                                            \
    "CASE WHEN EXISTS (SELECT 1 FROM desk_role r WHERE r.account_id = a.id"                                            \
    " AND r.role <> 'customer') THEN 1 ELSE 0 END"
#define SD_ACTOR_COLUMNS SD_ACCOUNT_COLUMNS ", " SD_ACCOUNT_IS_STAFF

/* SD_ACTOR_COLUMNS: the account, in the lent pool, and its relations as sd_accounts_actor() tells them. */
const sd_account_t *sd_actor_of_row(sd_relations_t *relations, sd_row_t *row, int first);

/* The account that acts, with SD_RELATION_STAFF and SD_RELATION_SYSTEM_ADMIN as far as they hold: the first read of
 * each transaction. */
SD_CHECKED sd_error_t *sd_accounts_actor(const sd_account_t **account, sd_relations_t *relations, sd_store_t *store,
                                         sd_id_t id);

/*
 * Whom does `text` name? Tried in this order: public id, "directory/name", sign-in name in the first directory that has
 * it, proven address. Used for every input that names a person, after the policy has said that the caller may ask.
 */
SD_CHECKED sd_error_t *sd_accounts_named(const sd_account_t **account, sd_store_t *store, const char *text);

/* By the identity key; `name_key` is the folded name. */
SD_CHECKED sd_error_t *sd_accounts_by_name(const sd_account_t **account, sd_store_t *store, sd_id_t directory_id,
                                           const char *name_key);

/* Who holds a proven address. */
SD_CHECKED sd_error_t *sd_accounts_by_address(const sd_account_t **account, sd_store_t *store, const char *address_key);

/* The first account of the module that was made for the address, and waits for whoever reads it to set a password. */
SD_CHECKED sd_error_t *sd_accounts_by_pending_address(const sd_account_t **account, sd_store_t *store,
                                                      const char *address_key);

/* In order of id. */
SD_CHECKED sd_error_t *sd_accounts_list(sd_list_t **accounts, sd_store_t *store, sd_page_t page);

typedef struct sd_account_new_t {
    const char *public_id;
    sd_id_t directory_id;
    const char *name;
    const char *name_key;
    const char *address;
    const char *address_key;
    int address_proven;
    const char *display_name;
    const char *state;
    const char *origin;
    int system_admin;
    int portal_only;
    const char *password_hash;
    sd_time_t created;
} sd_account_new_t;

SD_CHECKED sd_error_t *sd_accounts_insert(sd_id_t *id, sd_store_t *store, const sd_account_new_t *row);

/* Replaces the words under which the account is found; repeats in `words` do no harm. */
SD_CHECKED sd_error_t *sd_accounts_set_words(sd_store_t *store, sd_id_t id, const apr_array_header_t *words);
SD_CHECKED sd_error_t *sd_accounts_words(apr_array_header_t **words, sd_store_t *store, sd_id_t id);

SD_CHECKED sd_error_t *sd_accounts_set_profile(sd_store_t *store, sd_id_t id, const char *display_name,
                                               const char *address, const char *address_key, int address_proven);
SD_CHECKED sd_error_t *sd_accounts_set_name(sd_store_t *store, sd_id_t id, const char *name, const char *name_key);
SD_CHECKED sd_error_t *sd_accounts_set_display_name(sd_store_t *store, sd_id_t id, const char *display_name);
SD_CHECKED sd_error_t *sd_accounts_is_address_proven(int *proven, sd_store_t *store, sd_id_t id);
/* The account keeps the address, but it does not count as proven any more. */
SD_CHECKED sd_error_t *sd_accounts_lose_address(sd_store_t *store, sd_id_t id);

/* Takes all that tells of a person out of an account that nobody ever used; what is left is its id. Mails to it stay,
 * unlike those of a person who is forgotten: they count in the budget of a mailbox that never asked for any. */
SD_CHECKED sd_error_t *sd_accounts_erase(sd_store_t *store, const sd_account_t *account);

/* Each counts the generation up. */
SD_CHECKED sd_error_t *sd_accounts_set_state(sd_store_t *store, sd_id_t id, const char *state);
/* Active; or pending, if it is one of the module that nobody has come to yet: no password, no proven address. */
SD_CHECKED sd_error_t *sd_accounts_enable(sd_store_t *store, sd_id_t id);
SD_CHECKED sd_error_t *sd_accounts_set_system_admin(sd_store_t *store, sd_id_t id, int system_admin);
SD_CHECKED sd_error_t *sd_accounts_count_generation(sd_store_t *store, sd_id_t id);

/* Another identity key for the same account: a password belongs to the directory that it was made in. Counts up. */
SD_CHECKED sd_error_t *sd_accounts_move(sd_store_t *store, sd_id_t id, sd_id_t directory_id, const char *name,
                                        const char *name_key);

/* Its directory lets members of groups sign in alone, and the account is in none of them. */
SD_CHECKED sd_error_t *sd_accounts_is_barred(int *barred, sd_store_t *store, sd_id_t id);

/* Portal-only accounts are customers at most. */
SD_CHECKED sd_error_t *sd_accounts_is_portal_only(int *portal_only, sd_store_t *store, sd_id_t id);
SD_CHECKED sd_error_t *sd_accounts_set_portal_only(sd_store_t *store, sd_id_t id, int portal_only);

/* What somebody is told about the sign-ins of his account. */
typedef struct sd_sign_ins_t {
    apr_int64_t count;
    sd_time_t previous; /* the one before the last, or 0 */
    apr_int64_t failed;
    sd_time_t last_failed; /* or 0 */
} sd_sign_ins_t;

SD_CHECKED sd_error_t *sd_accounts_sign_ins(sd_sign_ins_t *sign_ins, sd_store_t *store, sd_id_t id);
SD_CHECKED sd_error_t *sd_accounts_signed_in(sd_store_t *store, sd_id_t id, sd_time_t at);

/* How many system administrators there are beside `id` who are active and may sign in. */
SD_CHECKED sd_error_t *sd_accounts_other_system_admins(apr_int64_t *count, sd_store_t *store, sd_id_t id);

/* Names of the organizations that the account is a member of, sorted: const char *. */
SD_CHECKED sd_error_t *sd_accounts_organizations(apr_array_header_t **names, sd_store_t *store, sd_id_t id);

/* What the integrity check looks at, a stretch of rows by id after `after`; none left is an empty array. */
typedef struct sd_account_keys_t {
    sd_id_t id;
    const char *public_id;
    const char *directory;
    const char *name;
    const char *name_key;
    const char *address;
    const char *address_key;
    const char *display_name;
    int has_password;
} sd_account_keys_t;

SD_CHECKED sd_error_t *sd_accounts_keys(apr_array_header_t **rows, sd_store_t *store, sd_id_t after, int limit);

/* NULL: the person has not chosen one. */
SD_CHECKED sd_error_t *sd_accounts_set_language(sd_store_t *store, sd_id_t id, const char *language);

#endif
