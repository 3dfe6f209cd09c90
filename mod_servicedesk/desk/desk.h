/* Desks: made by the operator or a system admin, listed to whoever may enter them. */
#ifndef SD_DESK_DESK_H
#define SD_DESK_DESK_H

#include "desk/work.h"

typedef struct sd_desk_input_t {
    const char *key;    /* [A-Z][A-Z0-9]{1,9} */
    const char *name;   /* 1 to 100 characters */
    const char *access; /* listed (default), accounts */
    int signup;
    const char *sharing; /* organization, address (default), search */
} sd_desk_input_t;

/* Makes a desk with its workflow (desk/workflow.h) and number row. Conflict on key: field "key". */
SD_CHECKED sd_error_t *sd_desk_create(const sd_desk_t **desk, sd_work_t *work, const sd_desk_input_t *input);

/* What a desk's administrators change of it; who may enter and sign up is in desk/signup_switch.h. */
typedef struct sd_desk_change_t {
    const char *name; /* NULL: as it is; so all others */
    const char *description;
    const char *sharing;
    int open;        /* takes new requests; -1: as it is */
    int auto_status; /* -1: as it is */
} sd_desk_change_t;

SD_CHECKED sd_error_t *sd_desk_change(const sd_desk_t **desk, sd_work_t *work, const char *id_or_key,
                                      const sd_desk_change_t *change);

/* The desks that the actor may enter, by id; the operator sees all. */
SD_CHECKED sd_error_t *sd_desk_list(sd_list_t **desks, sd_work_t *work, sd_page_t page);

/* One desk by id or key ("projectKey:KEY" and "projectId:N" too), judged for `action` (desk/policy.h) by name. */
SD_CHECKED sd_error_t *sd_desk_find(const sd_desk_t **desk, sd_work_t *work, const char *id_or_key, int action);

/* Makes an account a customer of the desk inside the caller's write, if it is not one: *added tells. */
SD_CHECKED sd_error_t *sd_desk_enlist(int *added, sd_work_t *work, sd_id_t desk_id, sd_id_t account_id,
                                      const char *origin);
/* The audit row of it, for whoever made the row ahead. */
SD_CHECKED sd_error_t *sd_desk_note_enlisted(sd_work_t *work, sd_id_t desk_id, sd_id_t account_id, const char *origin);

#endif
