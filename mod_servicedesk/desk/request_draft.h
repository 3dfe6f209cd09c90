/*
 * A draft: the input of a new request with every name resolved and every rule asked, for the files of desk/. Making one
 * changes nothing, so that "validate" and "create" cannot disagree.
 */
#ifndef SD_DESK_REQUEST_DRAFT_H
#define SD_DESK_REQUEST_DRAFT_H

#include "desk/entry.h"
#include "desk/request.h"
#include "desk/request_type.h"

typedef struct sd_request_draft_t {
    const sd_desk_t *desk; /* as the actor stands to it */
    const sd_request_type_t *type;
    const sd_account_t *reporter;
    sd_entry_t entry;           /* of the reporter to the desk: never refused */
    apr_array_header_t *values; /* of sd_request_value_t * */
    const char *summary;
    apr_array_header_t *participants;     /* of const sd_account_t *, without the reporter */
    apr_array_header_t *organization_ids; /* of sd_id_t */
    /* Asked ahead. */
    sd_desk_t *asked_desk;
    sd_request_type_asked_t asked_type;
    apr_array_header_t *own_organizations; /* of the reporter at the desk: there after the next call that waits */
} sd_request_draft_t;

/* Inside a transaction: asks for what the input names (sd_store_ask()); then judges it. */
SD_CHECKED sd_error_t *sd_request_draft_ask(sd_request_draft_t *draft, sd_work_t *work,
                                            const sd_request_input_t *input);
SD_CHECKED sd_error_t *sd_request_draft(sd_request_draft_t *draft, sd_work_t *work, const sd_request_input_t *input);

/* Shared by itself only where there is nothing to choose; after a call that waits. */
void sd_request_draft_choose_organization(sd_request_draft_t *draft, const sd_request_input_t *input);

#endif
