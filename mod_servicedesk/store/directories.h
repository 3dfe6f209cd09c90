/* Rows of directory: where accounts come from. The internal one is made with the tables. */
#ifndef SD_STORE_DIRECTORIES_H
#define SD_STORE_DIRECTORIES_H

#include <apr_tables.h>

#include "store/records.h"
#include "store/store.h"

typedef struct sd_directory_t {
    sd_id_t id;
    const char *name;
    int internal;
    int trusted_addresses; /* what it says about addresses counts as proven */
    apr_int64_t position;  /* the first directory wins where two say the same */
    int writable;          /* new accounts may be made in it */
    int by_groups;         /* only members of its sign-in groups may sign in */
} sd_directory_t;

typedef enum sd_directory_purpose_t { SD_DIRECTORY_DEFAULT, SD_DIRECTORY_SIGN_IN } sd_directory_purpose_t;

/* *directory is NULL if there is none of that name. */
SD_CHECKED sd_error_t *sd_directories_find(const sd_directory_t **directory, sd_store_t *store, const char *name);
SD_CHECKED sd_error_t *sd_directories_by_id(const sd_directory_t **directory, sd_store_t *store, sd_id_t id);

/* All of them, the first one first: sd_directory_t *. */
SD_CHECKED sd_error_t *sd_directories_list(apr_array_header_t **directories, sd_store_t *store);

/* Groups of a purpose: sd_user_group_t *, in order of id (store/groups.h). */
SD_CHECKED sd_error_t *sd_directories_groups(apr_array_header_t **groups, sd_store_t *store, sd_id_t directory_id,
                                             sd_directory_purpose_t purpose);
SD_CHECKED sd_error_t *sd_directories_set_groups(sd_store_t *store, sd_id_t directory_id,
                                                 sd_directory_purpose_t purpose, const apr_array_header_t *groups);

/* A new account could not sign in: only members of groups may, and none of its default groups belongs to those. */
SD_CHECKED sd_error_t *sd_directories_locks_out(int *locks_out, sd_store_t *store, const sd_directory_t *directory);

/* An external one, behind all others. */
SD_CHECKED sd_error_t *sd_directories_insert(sd_store_t *store, const char *name, int trusted_addresses,
                                             sd_time_t created);
SD_CHECKED sd_error_t *sd_directories_set_trusted(sd_store_t *store, sd_id_t id, int trusted_addresses);

SD_CHECKED sd_error_t *sd_directories_set(sd_store_t *store, sd_id_t id, int writable, int by_groups,
                                          apr_int64_t position);

/* System administrators who are active and may sign in. */
SD_CHECKED sd_error_t *sd_directories_count_admins(apr_int64_t *count, sd_store_t *store);

/* Everybody whose address somebody else has too, proven or not: in order of address, then of directories. */
typedef struct sd_same_address_t {
    sd_account_t account;
    int proven;
} sd_same_address_t;
SD_CHECKED sd_error_t *sd_directories_same_address(apr_array_header_t **rows, sd_store_t *store);

/* How many directories are of the kind internal: one. */
SD_CHECKED sd_error_t *sd_directories_count_internal(apr_int64_t *count, sd_store_t *store);

#endif
