/* Who may enter a desk and sign up on it: columns of desk, and the memory of switched off signups. */
#ifndef SD_STORE_DESK_ACCESS_H
#define SD_STORE_DESK_ACCESS_H

#include <apr_tables.h>

#include "store/records.h"
#include "store/store.h"

SD_CHECKED sd_error_t *sd_desk_access_set(sd_store_t *store, sd_id_t desk_id, const char *access, int signup);

/* Whether its customers may sign in by a mailed link. */
SD_CHECKED sd_error_t *sd_desk_access_link(int *on, sd_store_t *store, sd_id_t desk_id);
SD_CHECKED sd_error_t *sd_desk_access_set_link(sd_store_t *store, sd_id_t desk_id, int on);

/* A desk that allows signup now, or did when the site's switch went off. */
typedef struct sd_signup_desk_t {
    sd_id_t id;
    const char *key;
    const char *access;
} sd_signup_desk_t;

/* By key: sd_signup_desk_t *. */
SD_CHECKED sd_error_t *sd_desk_access_signups(apr_array_header_t **desks, sd_store_t *store);
SD_CHECKED sd_error_t *sd_desk_access_remembered(apr_array_header_t **desks, sd_store_t *store);

SD_CHECKED sd_error_t *sd_desk_access_remember(sd_store_t *store, sd_id_t desk_id, sd_time_t at);
SD_CHECKED sd_error_t *sd_desk_access_forget(sd_store_t *store, sd_id_t desk_id);

/* Customers who are on the desk's list because they raised a request; `most` are counted. */
SD_CHECKED sd_error_t *sd_desk_access_count_raised(apr_int64_t *count, sd_store_t *store, sd_id_t desk_id,
                                                   apr_int64_t most);

#endif
