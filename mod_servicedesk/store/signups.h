/* Rows of signup: people who asked for an account and have none yet. Writes run inside a transaction of the caller. */
#ifndef SD_STORE_SIGNUPS_H
#define SD_STORE_SIGNUPS_H

#include <apr_tables.h>

#include "store/records.h"
#include "store/store.h"

typedef struct sd_signup_row_t {
    sd_id_t id;
    sd_id_t desk_id; /* 0: of the site */
    const char *address;
    const char *address_key;
    const char *display_name;
    const char *password_hash;
    const char *language; /* or NULL */
    const char *state;    /* unproven, waiting */
    sd_time_t created;
    sd_time_t expires;
    int by_hand;  /* an agent has to let them in, whatever the setting says */
    int approved; /* of one that waits: has been let in, and is to come by a link */
} sd_signup_row_t;

/* In place of the one that has the same address and state. */
SD_CHECKED sd_error_t *sd_signups_replace(sd_id_t *id, sd_store_t *store, const sd_signup_row_t *signup);

/* What the form says goes into the one of that address and state, whose link stays; *id is 0 if there is none. */
SD_CHECKED sd_error_t *sd_signups_refill(sd_id_t *id, sd_store_t *store, const sd_signup_row_t *signup);

/* *signup is NULL if there is none. */
SD_CHECKED sd_error_t *sd_signups_by_id(const sd_signup_row_t **signup, sd_store_t *store, sd_id_t id);

/* They come by a link until then. */
SD_CHECKED sd_error_t *sd_signups_approve(sd_store_t *store, sd_id_t id, sd_time_t expires);
/* The approved one of that address and desk (0: of the site), or 0. */
SD_CHECKED sd_error_t *sd_signups_approved(sd_id_t *id, sd_store_t *store, const char *address_key, sd_id_t desk_id,
                                           sd_time_t now);

/* Those of a desk (0: of the site) that wait for an agent, the oldest first; without their hashes. */
SD_CHECKED sd_error_t *sd_signups_waiting(sd_list_t **signups, sd_store_t *store, sd_id_t desk_id, sd_page_t page);

SD_CHECKED sd_error_t *sd_signups_delete(sd_store_t *store, sd_id_t id);
SD_CHECKED sd_error_t *sd_signups_delete_of_desk(apr_int64_t *count, sd_store_t *store, sd_id_t desk_id);

/* Takes at most `limit` away whose time is over, the oldest first. Their tokens go with them. */
SD_CHECKED sd_error_t *sd_signups_purge(apr_int64_t *count, sd_store_t *store, sd_time_t now, int limit);

#endif
