/*
 * What groups give: roles on desks, and leave to sign in. The rows of desk_role and the flag account.barred are made
 * from user_group_member, user_group_child, desk_role_group and directory_group whenever one of those changes, in the
 * same transaction, so that a request asks one row and no group. A row of desk_role with `direct` 0 is there because
 * of groups alone. Accounts that lose something, or become staff, count their generation up.
 *
 * All calls run inside a write of the caller, which has called sd_grants_lock() before it changed anything.
 */
#ifndef SD_STORE_GRANTS_H
#define SD_STORE_GRANTS_H

#include <apr_tables.h>

#include "store/groups.h"
#include "store/records.h"
#include "store/store.h"

/* All groups that the account in $1 is in, as the table "above": the beginning of a statement. */
#define SD_GRANT_ABOVE_ACCOUNT                                                                                         \
    "WITH RECURSIVE above (id) AS (SELECT group_id FROM user_group_member WHERE account_id = $1"                       \
    " UNION SELECT c.parent_id FROM above u JOIN user_group_child c ON c.child_id = u.id) "

/* One change of groups, or of seats, after the other, on a database with several writers too. */
SD_CHECKED sd_error_t *sd_grants_lock(sd_store_t *store);

/* The groups of a role of a desk. */
SD_CHECKED sd_error_t *sd_grants_add_group(int *changed, sd_store_t *store, sd_id_t desk_id, const char *role,
                                           sd_id_t group_id, sd_time_t now);
SD_CHECKED sd_error_t *sd_grants_remove_group(int *changed, sd_store_t *store, sd_id_t desk_id, const char *role,
                                              sd_id_t group_id);
SD_CHECKED sd_error_t *sd_grants_groups(apr_array_header_t **groups, sd_store_t *store, sd_id_t desk_id,
                                        const char *role); /* sd_user_group_t * */

/* Full names of the groups of that role through which the account has it: const char *. */
SD_CHECKED sd_error_t *sd_grants_ways(apr_array_header_t **names, sd_store_t *store, sd_id_t desk_id, const char *role,
                                      sd_id_t account_id);

/* The roles and directories that hang on a group or on one above it; asked before the group changes or goes. */
typedef struct sd_grant_t {
    sd_id_t desk_id;
    const char *role; /* NULL: leave to sign in, by directory_id */
    sd_id_t directory_id;
} sd_grant_t;
SD_CHECKED sd_error_t *sd_grants_of_group(apr_array_header_t **grants, sd_store_t *store, sd_id_t group_id);

/* Makes what follows anew: for one role of one desk, for the people of one directory, for a list of such, for one
 * account. */
SD_CHECKED sd_error_t *sd_grants_refresh_role(sd_store_t *store, sd_id_t desk_id, const char *role, sd_time_t now);
SD_CHECKED sd_error_t *sd_grants_refresh_directory(sd_store_t *store, sd_id_t directory_id);
SD_CHECKED sd_error_t *sd_grants_refresh(sd_store_t *store, const apr_array_header_t *grants, sd_time_t now);
/* *staff (may be NULL): it has become agent or administrator of a desk. */
SD_CHECKED sd_error_t *sd_grants_refresh_account(int *staff, sd_store_t *store, sd_id_t account_id, sd_time_t now);

/* Rows that are not what the groups say, for the integrity check: a line of text each. */
SD_CHECKED sd_error_t *sd_grants_check(sd_store_t *store, sd_row_fn fn, void *baton);

#endif
