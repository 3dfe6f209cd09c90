/* The open requests of a desk, as its queues show them. In the caller's transaction. */
#ifndef SD_STORE_QUEUES_H
#define SD_STORE_QUEUES_H

#include "store/records.h"
#include "store/store.h"

typedef enum sd_queue_kind_t {
    SD_QUEUE_OPEN = 1,
    SD_QUEUE_UNASSIGNED = 2,
    SD_QUEUE_MINE = 3 /* assigned to the account that asks */
} sd_queue_kind_t;

typedef struct sd_queue_row_t {
    sd_request_t request;
    const char *request_type; /* its name */
    sd_account_t assignee;    /* id 0: nobody */
} sd_queue_row_t;

/* sd_queue_row_t *, the oldest request first. */
SD_CHECKED sd_error_t *sd_queues_list(sd_list_t **list, sd_store_t *store, sd_queue_kind_t kind, sd_id_t desk_id,
                                      sd_id_t account_id, sd_page_t page);

SD_CHECKED sd_error_t *sd_queues_count(apr_int64_t *count, sd_store_t *store, sd_queue_kind_t kind, sd_id_t desk_id,
                                       sd_id_t account_id);

#endif
