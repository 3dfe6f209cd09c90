/* Rows of mail_stop: mailboxes that want no mail which strangers cause. Writes run in the caller's transaction. */
#ifndef SD_STORE_MAIL_STOPS_H
#define SD_STORE_MAIL_STOPS_H

#include "store/records.h"
#include "store/store.h"

SD_CHECKED sd_error_t *sd_mail_stops_has(int *has, sd_store_t *store, const char *hash);
/* *changed is 0 if it was there already, or was not there. */
SD_CHECKED sd_error_t *sd_mail_stops_add(apr_int64_t *changed, sd_store_t *store, const char *hash, sd_time_t at);
SD_CHECKED sd_error_t *sd_mail_stops_remove(apr_int64_t *changed, sd_store_t *store, const char *hash);

#endif
