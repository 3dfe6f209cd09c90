/* The seven statuses and the ways between them that a new desk starts with. */
#include "desk/workflow.h"

#include <string.h>

#include "store/desks.h"

#define SUPPORT "waiting-for-support"
#define CUSTOMER "waiting-for-customer"
#define PROGRESS "in-progress"
#define ESCALATED "escalated"
#define RESOLVED "resolved"
#define CLOSED "closed"
#define CANCELED "canceled"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const sd_status_t statuses[] = {
    {SUPPORT, "Waiting for support", "NEW", 1},
    {CUSTOMER, "Waiting for customer", "INDETERMINATE", 1},
    {PROGRESS, "In progress", "INDETERMINATE", 1},
    {ESCALATED, "Escalated", "INDETERMINATE", 1},
    {RESOLVED, "Resolved", "DONE", 0},
    {CLOSED, "Closed", "DONE", 0},
    {CANCELED, "Canceled", "DONE", 0},
};

/* What is done to get to a status from an open one; `customer` marks what the reporter may do by himself. */
static const sd_transition_t from_open[] = {
    {.name = "Respond to customer", .to_status = CUSTOMER},
    {.name = "Respond to support", .to_status = SUPPORT},
    {.name = "Start progress", .to_status = PROGRESS},
    {.name = "Escalate", .to_status = ESCALATED},
    {.name = "Resolve", .to_status = RESOLVED, .resolution = "Done", .customer = 1},
    {.name = "Cancel", .to_status = CANCELED, .resolution = "Canceled", .customer = 1},
};

static const sd_transition_t from_done[] = {
    {.name = "Close", .from_status = RESOLVED, .to_status = CLOSED, .resolution = "Done", .customer = 1},
    {.name = "Reopen", .from_status = RESOLVED, .to_status = SUPPORT, .customer = 1},
    {.name = "Reopen", .from_status = CLOSED, .to_status = SUPPORT},
    {.name = "Reopen", .from_status = CANCELED, .to_status = SUPPORT},
};

const sd_status_t *sd_status_find(const char *code)
{
    for (apr_size_t i = 0; code && i < COUNT(statuses); i++) {
        if (strcmp(statuses[i].code, code) == 0) {
            return &statuses[i];
        }
    }
    return NULL;
}

static sd_error_t *leave_open(sd_work_t *work, sd_id_t desk_id, const char *from)
{
    for (apr_size_t i = 0; i < COUNT(from_open); i++) {
        sd_transition_t transition = from_open[i];

        transition.from_status = from;
        if (strcmp(from, transition.to_status) != 0) {
            SD_TRY(sd_desks_insert_transition(work->store, desk_id, &transition));
        }
    }
    return NULL;
}

sd_error_t *sd_workflow_create(sd_work_t *work, sd_id_t desk_id)
{
    for (apr_size_t i = 0; i < COUNT(statuses); i++) {
        if (statuses[i].open) {
            SD_TRY(leave_open(work, desk_id, statuses[i].code));
        }
    }
    for (apr_size_t i = 0; i < COUNT(from_done); i++) {
        SD_TRY(sd_desks_insert_transition(work->store, desk_id, &from_done[i]));
    }
    return NULL;
}
