/*
 * The workflow: seven statuses, fixed for all desks; the ways between them are rows of each desk (table transition),
 * made with the desk. Status codes are what the database keeps; people and the REST API see
 * names and categories.
 */
#ifndef SD_DESK_WORKFLOW_H
#define SD_DESK_WORKFLOW_H

#include "desk/work.h"

typedef struct sd_status_t {
    const char *code;     /* waiting-for-support waiting-for-customer in-progress escalated resolved closed canceled */
    const char *name;     /* Waiting for support ... */
    const char *category; /* NEW, INDETERMINATE, DONE */
    int open;
} sd_status_t;

#define SD_STATUS_FIRST "waiting-for-support"

const sd_status_t *sd_status_find(const char *code); /* NULL if there is none */

/* The rows of a new desk, inside the caller's write. */
SD_CHECKED sd_error_t *sd_workflow_create(sd_work_t *work, sd_id_t desk_id);

#endif
