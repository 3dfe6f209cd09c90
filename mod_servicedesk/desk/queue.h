/* Queues: three for each desk, built in, of its open requests; and who works on what. For those who work there. */
#ifndef SD_DESK_QUEUE_H
#define SD_DESK_QUEUE_H

#include "desk/work.h"
#include "store/queues.h"

typedef struct sd_queue_t {
    sd_queue_kind_t id;
    const char *name;
    const char *jql;
    sd_id_t desk_id;
    apr_int64_t count; /* -1 if it was not asked for */
} sd_queue_t;

/* The columns of every queue, ended by NULL. */
extern const char *const sd_queue_fields[];

SD_CHECKED sd_error_t *sd_queue_list(sd_list_t **queues, sd_work_t *work, const char *desk, int count, sd_page_t page);
SD_CHECKED sd_error_t *sd_queue_find(const sd_queue_t **queue, sd_work_t *work, const char *desk, const char *id,
                                     int count);

/* sd_queue_row_t *, the oldest request first. */
SD_CHECKED sd_error_t *sd_queue_requests(sd_list_t **rows, sd_work_t *work, const char *desk, const char *id,
                                         sd_page_t page);

/*
 * Gives a request to `named`, an agent of its desk (SD_ERROR_INPUT, field accountId, if not); NULL takes it from
 * whoever has it. `version` is what sd_request_version() said, or NULL.
 */
SD_CHECKED sd_error_t *sd_queue_assign(sd_work_t *work, const char *id_or_key, const char *named, const char *version);

#endif
