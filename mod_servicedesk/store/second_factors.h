/* Rows of second_factor and recovery_code. All calls run inside a transaction of the caller. */
#ifndef SD_STORE_SECOND_FACTORS_H
#define SD_STORE_SECOND_FACTORS_H

#include "store/records.h"
#include "store/store.h"

typedef struct sd_second_factor_row_t {
    sd_id_t account_id; /* 0: none */
    const char *secret; /* sealed */
    int pepper;
    int active;            /* confirmed by a code */
    apr_int64_t last_step; /* up to here codes are used */
    sd_time_t created;
} sd_second_factor_row_t;

SD_CHECKED sd_error_t *sd_second_factors_find(sd_second_factor_row_t *row, sd_store_t *store, sd_id_t account_id);
/* Takes the place of the one that is there. */
SD_CHECKED sd_error_t *sd_second_factors_put(sd_store_t *store, const sd_second_factor_row_t *row);
SD_CHECKED sd_error_t *sd_second_factors_activate(sd_store_t *store, sd_id_t account_id);
/* *taken is false if this step, or a later one, has been taken before. */
SD_CHECKED sd_error_t *sd_second_factors_take_step(int *taken, sd_store_t *store, sd_id_t account_id, apr_int64_t step);
SD_CHECKED sd_error_t *sd_second_factors_delete(sd_store_t *store, sd_id_t account_id);

/* The factor if it was set up since then (*deleted), else the recovery codes if those were made since then. */
SD_CHECKED sd_error_t *sd_second_factors_delete_since(int *deleted, sd_store_t *store, sd_id_t account_id,
                                                      sd_time_t since);

SD_CHECKED sd_error_t *sd_recovery_codes_insert(sd_store_t *store, sd_id_t account_id, const char *hash);
/* *used tells whether it was there; it is not any more. */
SD_CHECKED sd_error_t *sd_recovery_codes_use(int *used, sd_store_t *store, sd_id_t account_id, const char *hash);
/* There are none any more; those that are inserted next are of now. */
SD_CHECKED sd_error_t *sd_recovery_codes_renew(sd_store_t *store, sd_id_t account_id, sd_time_t now);
SD_CHECKED sd_error_t *sd_recovery_codes_count(apr_int64_t *count, sd_store_t *store, sd_id_t account_id);

#endif
