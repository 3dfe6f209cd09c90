/* Rows of audit: written, never changed. */
#ifndef SD_STORE_AUDITS_H
#define SD_STORE_AUDITS_H

#include "store/records.h"
#include "store/store.h"

typedef struct sd_audit_row_t {
    sd_time_t at;
    sd_id_t account_id;
    const char *actor;
    const char *directory;
    const char *face;
    const char *source;
    const char *log_id;
    const char *act;
    const char *object_type;
    const char *object_id;
    sd_id_t desk_id;
    const char *result;
    const char *detail;
} sd_audit_row_t;

SD_CHECKED sd_error_t *sd_audits_insert(sd_store_t *store, const sd_audit_row_t *row);

#endif
