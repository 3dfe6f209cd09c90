/* What was raised under a name that the caller gave it, so that asking again makes no second one: a row each, a day. */
#ifndef SD_STORE_RETRIES_H
#define SD_STORE_RETRIES_H

#include "store/records.h"
#include "store/store.h"

typedef struct sd_retry_t {
    sd_id_t account_id;
    const char *name;    /* a digest of it */
    const char *content; /* a digest of what was asked for */
    sd_id_t request_id;
    sd_time_t created; /* for sd_retries_add() */
} sd_retry_t;

/* Fills content and request_id of a row whose account_id and name are given; request_id is 0 if there is none. */
SD_CHECKED sd_error_t *sd_retries_find(sd_retry_t *retry, sd_store_t *store);
/* SD_ERROR_CONFLICT if somebody was faster. */
SD_CHECKED sd_error_t *sd_retries_add(sd_store_t *store, const sd_retry_t *retry);
/* Removes up to `limit` that were made until then. */
SD_CHECKED sd_error_t *sd_retries_purge(apr_int64_t *count, sd_store_t *store, sd_time_t until, int limit);

#endif
