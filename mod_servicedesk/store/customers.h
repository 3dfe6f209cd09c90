/* The customers of a desk: rows of desk_role with the role customer. All calls run in the caller's transaction. */
#ifndef SD_STORE_CUSTOMERS_H
#define SD_STORE_CUSTOMERS_H

#include "store/records.h"
#include "store/store.h"

/* *added tells whether the account was not on the list before. */
SD_CHECKED sd_error_t *sd_customers_add(int *added, sd_store_t *store, sd_id_t desk_id, sd_id_t account_id,
                                        const char *origin, sd_time_t now);
/* With an origin only who came that way; NULL: however they came. */
SD_CHECKED sd_error_t *sd_customers_remove(int *removed, sd_store_t *store, sd_id_t desk_id, sd_id_t account_id,
                                           const char *origin);

/* The accounts on the list, by id. */
SD_CHECKED sd_error_t *sd_customers_list(sd_list_t **accounts, sd_store_t *store, sd_id_t desk_id, sd_page_t page);

#endif
