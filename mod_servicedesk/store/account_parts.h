/*
 * Rows of account_part: an index over what stands anywhere in an account's texts (desk/account_texts.h says what goes
 * in). Searches run along it in order of part and account, a stretch at a time.
 */
#ifndef SD_STORE_ACCOUNT_PARTS_H
#define SD_STORE_ACCOUNT_PARTS_H

#include "store/records.h"
#include "store/store.h"

SD_CHECKED sd_error_t *sd_account_parts_insert(sd_store_t *store, sd_id_t account_id, const char *part);
SD_CHECKED sd_error_t *sd_account_parts_delete(sd_store_t *store, sd_id_t account_id, const char *part);

/* How many of these parts the account has no row of. */
SD_CHECKED sd_error_t *sd_account_parts_lacking(apr_int64_t *lacking, sd_store_t *store, sd_id_t account_id,
                                                const apr_array_header_t *parts);

/* How many rows begin like `part`, counted up to `most`. */
SD_CHECKED sd_error_t *sd_account_parts_count(apr_int64_t *count, sd_store_t *store, const char *part, int most);

/* The end of the texts that begin like `text`: the highest character behind it. */
const char *sd_account_parts_end(apr_pool_t *pool, const char *text);

#endif
