/*
 * Rows of desk, desk_role, desk_organization, transition, as seen by one account. All calls run in the caller's
 * transaction.
 */
#ifndef SD_STORE_DESKS_H
#define SD_STORE_DESKS_H

#include "store/records.h"
#include "store/store.h"

/*
 * Columns 0 to 12 of a desk `k` as the account in the statement's parameter $1 sees it; read by sd_desk_of_row().
 * CUSTOMER is whoever stands on the desk's list, belongs to an organization of it, or has an account where that is
 * enough.
 */
#define SD_DESK_IS_ROLE(role_)                                                                                         \
    "CASE WHEN EXISTS (SELECT 1 FROM desk_role o WHERE o.desk_id = k.id AND o.role = '" role_                          \
    "' AND o.account_id = $1) THEN 1 ELSE 0 END"
#define SD_DESK_COLUMNS                                                                                                \
    "k.id AS id, k.key AS key, k.name AS name, k.description AS description, k.access AS access,"                      \
    " k.signup AS signup, k.open AS open, k.sharing AS sharing, k.auto_status AS auto_status,"                         \
    " CASE WHEN k.access = 'accounts' AND $1 <> 0"                                                                     \
    " OR EXISTS (SELECT 1 FROM desk_role c WHERE c.desk_id = k.id AND c.role = 'customer' AND c.account_id = $1)"      \
    " OR EXISTS (SELECT 1 FROM organization_member m JOIN desk_organization n"                                         \
    " ON n.organization_id = m.organization_id AND n.desk_id = k.id WHERE m.account_id = $1)"                          \
    " THEN 1 ELSE 0 END AS customer, " SD_DESK_IS_ROLE("agent") " AS agent, " SD_DESK_IS_ROLE(                         \
        "administrator") " AS administrator, k.language AS language"

void sd_desk_of_row(sd_desk_t *desk, sd_row_t *row);

/*
 * A desk by its id or key, with the relations (CUSTOMER, AGENT, DESK_ADMIN) of `account_id` (0: anonymous) found by
 * the same statement; *desk is NULL if there is none. "projectKey:KEY" and "projectId:N" name a desk too.
 */
SD_CHECKED sd_error_t *sd_desks_find(const sd_desk_t **desk, sd_store_t *store, const char *id_or_key,
                                     sd_id_t account_id);
/* The same asked ahead: `*desk` is filled later (sd_store_ask()); its id stays 0 if there is none. */
SD_CHECKED sd_error_t *sd_desks_ask(sd_desk_t *desk, sd_store_t *store, const char *id_or_key, sd_id_t account_id);

/* Desks to which `account_id` has one of the relations in `scope`; all of them with `every`. In order of id. */
SD_CHECKED sd_error_t *sd_desks_list(sd_list_t **desks, sd_store_t *store, sd_id_t account_id, sd_relations_t scope,
                                     int every, sd_page_t page);

/* With its number row. SD_ERROR_CONFLICT if the key is taken. */
SD_CHECKED sd_error_t *sd_desks_insert(sd_id_t *id, sd_store_t *store, const sd_desk_t *desk, sd_time_t created);

SD_CHECKED sd_error_t *sd_desks_insert_transition(sd_store_t *store, sd_id_t desk_id,
                                                  const sd_transition_t *transition);

/* Name, description, sharing, open, auto_status. */
SD_CHECKED sd_error_t *sd_desks_update(sd_store_t *store, const sd_desk_t *desk);

/* NULL: none. */
SD_CHECKED sd_error_t *sd_desks_set_language(sd_store_t *store, sd_id_t id, const char *language);

#endif
