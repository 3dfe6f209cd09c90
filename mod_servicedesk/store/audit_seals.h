/* Rows of audit_seal and audit_head: which ranges of the audit are sealed. Writes run in the caller's transaction. */
#ifndef SD_STORE_AUDIT_SEALS_H
#define SD_STORE_AUDIT_SEALS_H

#include "store/records.h"
#include "store/store.h"

typedef struct sd_audit_seal_t {
    sd_id_t id;
    sd_id_t first_id; /* of the range of audit rows */
    sd_id_t last_id;
    apr_int64_t rows;
    const char *digest; /* over the digest before and the rows: 64 hex digits */
    sd_time_t newest;   /* when the last row was written */
    sd_time_t purged;   /* when its rows were taken away; 0: they are there */
} sd_audit_seal_t;

/* The newest seal as it was noted apart, under a key that is not in the database. */
typedef struct sd_audit_head_t {
    sd_id_t seal_id;
    const char *digest;
    int pepper;
    const char *mac;
} sd_audit_head_t;

/* *seal is NULL if there is none. */
SD_CHECKED sd_error_t *sd_audit_seals_newest(const sd_audit_seal_t **seal, sd_store_t *store);
/* In order of id, behind `after`: array of sd_audit_seal_t *. */
SD_CHECKED sd_error_t *sd_audit_seals_list(apr_array_header_t **seals, sd_store_t *store, sd_id_t after, int limit);
/* The oldest whose rows are still there. */
SD_CHECKED sd_error_t *sd_audit_seals_oldest(const sd_audit_seal_t **seal, sd_store_t *store);

SD_CHECKED sd_error_t *sd_audit_seals_insert(sd_id_t *id, sd_store_t *store, const sd_audit_seal_t *seal);
SD_CHECKED sd_error_t *sd_audit_seals_set_purged(sd_store_t *store, sd_id_t id, sd_time_t at);

SD_CHECKED sd_error_t *sd_audit_head_get(const sd_audit_head_t **head, sd_store_t *store);
SD_CHECKED sd_error_t *sd_audit_head_set(sd_store_t *store, const sd_audit_head_t *head);

#endif
