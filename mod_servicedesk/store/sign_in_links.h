/* Who may sign in by a mailed link, as far as desks decide it. All calls run inside a transaction of the caller. */
#ifndef SD_STORE_SIGN_IN_LINKS_H
#define SD_STORE_SIGN_IN_LINKS_H

#include "store/records.h"
#include "store/store.h"

/* Is there a desk that offers it? */
SD_CHECKED sd_error_t *sd_sign_in_links_are_offered(int *offered, sd_store_t *store);

/* Is the account a customer of such a desk, by its list or by an organization? That a desk is open to every account
 * does not count: it would decide for the customers of all others. */
SD_CHECKED sd_error_t *sd_sign_in_links_are_for(int *offered, sd_store_t *store, sd_id_t account_id);

#endif
