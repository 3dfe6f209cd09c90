/* Rows of desk_role for all three roles, and the system administrators. Writes run in a transaction of the caller. */
#ifndef SD_STORE_ROLES_H
#define SD_STORE_ROLES_H

#include <apr_tables.h>

#include "store/records.h"
#include "store/store.h"

typedef struct sd_role_row_t {
    const char *desk_key; /* NULL: of the system */
    const char *role;
    const char *origin;
    sd_account_t account;
} sd_role_row_t;

/* Given to the account itself, or taken from it; whoever has the role by a group (store/grants.h) keeps it. */
SD_CHECKED sd_error_t *sd_roles_insert(int *added, sd_store_t *store, sd_id_t desk_id, const char *role,
                                       sd_id_t account_id, const char *origin, sd_time_t created);
/* The same, and `*added` is filled later: sd_store_ask(). */
SD_CHECKED sd_error_t *sd_roles_ask_insert(int *added, sd_store_t *store, sd_id_t desk_id, const char *role,
                                           sd_id_t account_id, const char *origin, sd_time_t created);
/* With an origin only if it came that way; NULL: however it came. */
SD_CHECKED sd_error_t *sd_roles_delete(int *removed, sd_store_t *store, sd_id_t desk_id, const char *role,
                                       sd_id_t account_id, const char *origin);

/* Was the account itself made agent or administrator of any desk? */
SD_CHECKED sd_error_t *sd_roles_is_direct_staff(int *staff, sd_store_t *store, sd_id_t account_id);

/* Accounts that have the role themselves, not only by a group; in order of id. */
SD_CHECKED sd_error_t *sd_roles_users(sd_list_t **accounts, sd_store_t *store, sd_id_t desk_id, const char *role,
                                      sd_page_t page);

/* Of one desk, or of all with 0, ordered by desk, role and account: sd_role_row_t *. */
SD_CHECKED sd_error_t *sd_roles_list(apr_array_header_t **rows, sd_store_t *store, sd_id_t desk_id);
SD_CHECKED sd_error_t *sd_roles_system_admins(apr_array_header_t **rows, sd_store_t *store);

#endif
