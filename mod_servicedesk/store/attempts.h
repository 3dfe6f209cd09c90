/* Rows of attempt_budget: buckets of attempts, for all servers that share the database. */
#ifndef SD_STORE_ATTEMPTS_H
#define SD_STORE_ATTEMPTS_H

#include "base/clock.h"
#include "store/store.h"

typedef struct sd_bucket_t {
    const char *subject;
    sd_time_t step; /* each attempt moves the moment at which it is full again so far ... */
    sd_time_t most; /* ... and never further away than this */
} sd_bucket_t;

/* One attempt, if there is room; and when the bucket will be full again. In a write. */
SD_CHECKED sd_error_t *sd_attempts_take(int *taken, sd_time_t *full_at, sd_store_t *store, const sd_bucket_t *bucket,
                                        sd_time_t now);

/* One attempt that was none. In a write. */
SD_CHECKED sd_error_t *sd_attempts_return(sd_store_t *store, const char *subject, sd_time_t step);

/* Forgets those that are full, and what a clock has put further away than `longest`; at most `limit`. In a write. */
SD_CHECKED sd_error_t *sd_attempts_sweep(apr_int64_t *count, sd_store_t *store, sd_time_t now, sd_time_t longest,
                                         int limit);

#endif
