/*
 * A draft: the input of a new request with every name resolved and every rule asked, for the files of desk/. Making one
 * changes nothing, so that "validate" and "create" cannot disagree.
 */
#ifndef SD_DESK_REQUEST_DRAFT_H
#define SD_DESK_REQUEST_DRAFT_H

#include "desk/entry.h"
#include "desk/request.h"

typedef struct sd_request_draft_t {
    const sd_desk_t *desk; /* as the actor stands to it */
    const sd_request_type_t *type;
    const sd_account_t *reporter;
    sd_entry_t entry;           /* of the reporter to the desk: never refused */
    apr_array_header_t *values; /* of sd_request_value_t * */
    const char *summary;
    apr_array_header_t *participants;     /* of const sd_account_t *, without the reporter */
    apr_array_header_t *organization_ids; /* of sd_id_t */
} sd_request_draft_t;

/* Inside a transaction. */
SD_CHECKED sd_error_t *sd_request_draft(sd_request_draft_t *draft, sd_work_t *work, const sd_request_input_t *input);

#endif
