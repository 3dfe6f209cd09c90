/* Rows of subscription: choices that differ from what somebody hears by default. In the caller's transaction. */
#ifndef SD_STORE_SUBSCRIPTIONS_H
#define SD_STORE_SUBSCRIPTIONS_H

#include "store/records.h"
#include "store/store.h"

/* 1 or 0 as chosen; `preset` if nothing was. */
SD_CHECKED sd_error_t *sd_subscriptions_get(int *subscribed, sd_store_t *store, sd_id_t request_id, sd_id_t account_id,
                                            int preset);
SD_CHECKED sd_error_t *sd_subscriptions_set(sd_store_t *store, sd_id_t request_id, sd_id_t account_id, int subscribed);
/* Back to the default. */
SD_CHECKED sd_error_t *sd_subscriptions_forget(sd_store_t *store, sd_id_t request_id, sd_id_t account_id);

#endif
