/*
 * The numbered, forward-only steps that make the tables. Applied by the tool, or by the first unit of work that finds
 * them missing, always behind the writer lock. An older module refuses a newer schema.
 */
#ifndef SD_STORE_SCHEMA_H
#define SD_STORE_SCHEMA_H

#include "store/store.h"

int sd_schema_newest(void);

/* The step the database stands at; 0 is an empty database. */
SD_CHECKED sd_error_t *sd_schema_step(sd_store_t *store, int *step);

/* Applies what is missing, one transaction a step; `*applied` (may be NULL) is how many. */
SD_CHECKED sd_error_t *sd_schema_migrate(sd_store_t *store, int *applied);

/* Makes sure that this connection sees the newest schema: a flag test after the first time. */
SD_CHECKED sd_error_t *sd_schema_ensure(sd_store_t *store);

/* Integrity as the database itself sees it: one line of English a finding, through `fn` (column 0); none is good. */
SD_CHECKED sd_error_t *sd_schema_check(sd_store_t *store, sd_row_fn fn, void *baton);

#endif
