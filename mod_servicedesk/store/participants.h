/* Rows of participant and request_organization: whom a request is shared with. In the caller's transaction. */
#ifndef SD_STORE_PARTICIPANTS_H
#define SD_STORE_PARTICIPANTS_H

#include "store/records.h"
#include "store/store.h"

/* `*added` is 0 if the account was a participant already; `added` may be NULL, then nobody waits. */
SD_CHECKED sd_error_t *sd_participants_insert(int *added, sd_store_t *store, sd_id_t request_id, sd_id_t account_id,
                                              sd_id_t added_by, sd_time_t at);

/* `*removed` is 0 if the account was none. */
SD_CHECKED sd_error_t *sd_participants_delete(int *removed, sd_store_t *store, sd_id_t request_id, sd_id_t account_id);

/* sd_account_t *, in order of id. */
SD_CHECKED sd_error_t *sd_participants_list(sd_list_t **list, sd_store_t *store, sd_id_t request_id, sd_page_t page);

/* Ids (sd_id_t) of the organizations of a desk that an account belongs to, in order; filled later: sd_store_ask(). */
SD_CHECKED sd_error_t *sd_participants_ask_organizations(apr_array_header_t **ids, sd_store_t *store,
                                                         sd_id_t account_id, sd_id_t desk_id);

/* Does the desk know this organization? */
SD_CHECKED sd_error_t *sd_participants_is_desk_organization(int *known, sd_store_t *store, sd_id_t desk_id,
                                                            sd_id_t organization_id);

/* Do two accounts belong to one organization? */
SD_CHECKED sd_error_t *sd_participants_are_colleagues(int *colleagues, sd_store_t *store, sd_id_t one, sd_id_t other);

SD_CHECKED sd_error_t *sd_participants_share(sd_store_t *store, sd_id_t request_id, sd_id_t organization_id);

#endif
