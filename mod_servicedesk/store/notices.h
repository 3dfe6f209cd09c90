/* Rows of notice: what administrators should look at. The same trouble again is the same row, counted. */
#ifndef SD_STORE_NOTICES_H
#define SD_STORE_NOTICES_H

#include "store/records.h"
#include "store/store.h"

typedef struct sd_notice_t {
    sd_id_t id;
    const char *kind;    /* licence.seat, licence.limit, directory.sign-in ... */
    const char *subject; /* what it is about, for people to read; never a secret */
    const char *detail;  /* JSON or NULL */
    sd_time_t first;
    sd_time_t last;
    apr_int64_t times;
} sd_notice_t;

SD_CHECKED sd_error_t *sd_notices_put(sd_store_t *store, const char *kind, const char *subject, const char *detail,
                                      sd_time_t now);
/* Nothing happens if it was put after `since`. */
SD_CHECKED sd_error_t *sd_notices_remind(sd_store_t *store, const char *kind, const char *subject, const char *detail,
                                         sd_time_t now, sd_time_t since);
/* In order of id. */
SD_CHECKED sd_error_t *sd_notices_list(sd_list_t **notices, sd_store_t *store, sd_page_t page);
SD_CHECKED sd_error_t *sd_notices_of_kind(apr_array_header_t **notices, sd_store_t *store, const char *kind);
SD_CHECKED sd_error_t *sd_notices_delete(int *deleted, sd_store_t *store, sd_id_t id);

#endif
