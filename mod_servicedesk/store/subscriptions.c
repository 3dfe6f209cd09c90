/* SQL over subscription. */
#include "store/subscriptions.h"

SD_SQL(subscription_get, "SELECT subscribed FROM subscription WHERE request_id = $1 AND account_id = $2");
SD_SQL(subscription_set, "INSERT INTO subscription (request_id, account_id, subscribed) VALUES ($1, $2, $3)"
                         " ON CONFLICT (request_id, account_id) DO UPDATE SET subscribed = $3");
SD_SQL(subscription_delete, "DELETE FROM subscription WHERE request_id = $1 AND account_id = $2");

sd_error_t *sd_subscriptions_get(int *subscribed, sd_store_t *store, sd_id_t request_id, sd_id_t account_id, int preset)
{
    apr_int64_t chosen;

    SD_TRY(
        sd_store_number(store, &subscription_get, SD_VALUES(SD_INT(request_id), SD_INT(account_id)), preset, &chosen));
    *subscribed = chosen != 0;
    return NULL;
}

sd_error_t *sd_subscriptions_set(sd_store_t *store, sd_id_t request_id, sd_id_t account_id, int subscribed)
{
    return sd_store_execute(store, &subscription_set,
                            SD_VALUES(SD_INT(request_id), SD_INT(account_id), SD_INT(subscribed != 0)), NULL);
}

sd_error_t *sd_subscriptions_forget(sd_store_t *store, sd_id_t request_id, sd_id_t account_id)
{
    return sd_store_execute(store, &subscription_delete, SD_VALUES(SD_INT(request_id), SD_INT(account_id)), NULL);
}
