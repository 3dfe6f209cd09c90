/* Rows of invitation: those that nobody has accepted yet. Writes run inside a transaction of the caller. */
#ifndef SD_STORE_INVITATIONS_H
#define SD_STORE_INVITATIONS_H

#include <apr_tables.h>

#include "store/records.h"
#include "store/store.h"

typedef struct sd_invitation_row_t {
    sd_id_t id;
    sd_id_t desk_id;
    sd_account_t account;
    sd_id_t invited_by;       /* 0: the operator */
    const char *inviter_name; /* or NULL */
    sd_time_t created;
    sd_time_t sent; /* the last time */
    sd_time_t expires;
} sd_invitation_row_t;

/* Makes it, or renews the one that the account has for the desk; *id is its id. */
SD_CHECKED sd_error_t *sd_invitations_put(sd_id_t *id, sd_store_t *store, sd_id_t desk_id, sd_id_t account_id,
                                          sd_id_t invited_by, sd_time_t now, sd_time_t expires);

/* *invitation is NULL if there is none. */
SD_CHECKED sd_error_t *sd_invitations_by_id(const sd_invitation_row_t **invitation, sd_store_t *store, sd_id_t id);
SD_CHECKED sd_error_t *sd_invitations_of(const sd_invitation_row_t **invitation, sd_store_t *store, sd_id_t desk_id,
                                         sd_id_t account_id);

/* Those of a desk, in the order of their accounts. */
SD_CHECKED sd_error_t *sd_invitations_list(sd_list_t **invitations, sd_store_t *store, sd_id_t desk_id, sd_page_t page);

/* With their tokens. */
SD_CHECKED sd_error_t *sd_invitations_delete(sd_store_t *store, sd_id_t id);
SD_CHECKED sd_error_t *sd_invitations_delete_of(sd_store_t *store, sd_id_t account_id);

/* Has the account any? */
SD_CHECKED sd_error_t *sd_invitations_exist(int *exist, sd_store_t *store, sd_id_t account_id);

/* Is the account nothing but invited: no role, request, request of others, nor another invitation? */
SD_CHECKED sd_error_t *sd_invitations_is_unused(int *unused, sd_store_t *store, sd_id_t account_id);

#endif
