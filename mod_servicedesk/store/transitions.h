/* Rows of transition (made with the desk) and status_change (the history of a request). In the caller's transaction. */
#ifndef SD_STORE_TRANSITIONS_H
#define SD_STORE_TRANSITIONS_H

#include "store/records.h"
#include "store/store.h"

/* sd_transition_t * of a desk out of one status, in order of id; only those for customers with `customer`. */
SD_CHECKED sd_error_t *sd_transitions_list(sd_list_t **list, sd_store_t *store, sd_id_t desk_id, const char *status,
                                           int customer, sd_page_t page);

/* One of them, or NULL. */
SD_CHECKED sd_error_t *sd_transitions_find(const sd_transition_t **transition, sd_store_t *store, sd_id_t desk_id,
                                           const char *status, int customer, sd_id_t id);

/* Notes in the history that the request has this status from now on. */
SD_CHECKED sd_error_t *sd_transitions_note(sd_store_t *store, sd_id_t request_id, const char *status,
                                           sd_id_t account_id, sd_time_t at);

/* sd_status_change_t *, the newest first. */
SD_CHECKED sd_error_t *sd_transitions_history(sd_list_t **list, sd_store_t *store, sd_id_t request_id, sd_page_t page);

#endif
