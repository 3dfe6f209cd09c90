/* Rows of request, as seen by one account. All calls run in the caller's transaction. */
#ifndef SD_STORE_REQUESTS_H
#define SD_STORE_REQUESTS_H

#include "store/records.h"
#include "store/store.h"

/*
 * The columns of a request as the account in the statement's parameter $1 sees it, out of SD_REQUEST_TABLES; read by
 * sd_request_of_row(). How that account stands to the request is found by the same statement.
 */
#define SD_REQUEST_IS_ROLE(role_)                                                                                      \
    "EXISTS (SELECT 1 FROM desk_role o WHERE o.desk_id = r.desk_id AND o.role = '" role_ "' AND o.account_id = $1)"
/* Whoever reports it is involved already: nothing more is looked up for him. */
#define SD_REQUEST_COLUMNS                                                                                             \
    "r.id, r.key, r.desk_id, k.key, k.sharing, r.request_type_id, r.assignee_id, r.summary, r.status, r.status_at,"    \
    " r.resolution, r.open, r.created, r.updated, r.public_updated, r.version, r.public_version, r.reporter_id = $1,"  \
    " r.reporter_id <> $1 AND EXISTS (SELECT 1 FROM participant p WHERE p.request_id = r.id AND p.account_id = $1),"   \
    " r.reporter_id <> $1 AND EXISTS (SELECT 1 FROM request_organization s JOIN organization_member m"                 \
    " ON m.organization_id = s.organization_id AND m.account_id = $1 WHERE s.request_id = r.id),"                      \
    " " SD_REQUEST_IS_ROLE("agent") ", " SD_REQUEST_IS_ROLE("administrator") ", " SD_ACCOUNT_COLUMNS
#define SD_REQUEST_WIDTH (22 + SD_ACCOUNT_WIDTH)
/*
 * Each of these rows is there (foreign keys). LEFT says to begin with the request: a planner that has statistics
 * (ANALYZE) would begin with the few desks, and sort all requests of a desk for each page of a list.
 */
#define SD_REQUEST_JOINS                                                                                               \
    " LEFT JOIN desk AS k ON k.id = r.desk_id LEFT JOIN account AS a ON a.id = r.reporter_id"                          \
    " LEFT JOIN directory AS d ON d.id = a.directory_id"

void sd_request_of_row(sd_request_t *request, sd_row_t *row);
void *sd_requests_record(apr_pool_t *pool, sd_row_t *row); /* sd_record_fn of store/rows.h */

/*
 * A request by id or key, with the relations of `account_id` to it and to its desk (REPORTER, PARTICIPANT,
 * ORGANIZATION, AGENT, DESK_ADMIN) found by the same statement; deleted ones are not found. Asked ahead: `*request` is
 * filled later (sd_store_ask()); its id stays 0 if there is none.
 */
SD_CHECKED sd_error_t *sd_requests_ask(sd_request_t *request, sd_store_t *store, const char *id_or_key,
                                       sd_id_t account_id);

typedef struct sd_new_request_t {
    sd_id_t desk_id;
    const char *desk_key;
    sd_id_t request_type_id;
    sd_id_t reporter_id;
    sd_id_t author_id;
    const char *summary;
    const char *summary_key; /* sd_text_fold() of it: what searchTerm looks into */
    const char *status;
    sd_time_t created;
} sd_new_request_t;

/* Fills id and key. The number that a transaction took which failed may be missing for ever. */
SD_CHECKED sd_error_t *sd_requests_insert(sd_request_t *made, sd_store_t *store, const sd_new_request_t *request);

/* Something happened: versions and times move, the public ones only if customers can see it. */
SD_CHECKED sd_error_t *sd_requests_touch(sd_store_t *store, sd_id_t id, sd_time_t at, int public);

/* A status with what depends on it; always public. */
SD_CHECKED sd_error_t *sd_requests_set_status(sd_store_t *store, sd_id_t id, const char *status, const char *resolution,
                                              int open, sd_time_t at);

/* It stays as a row, so that its number and the audit keep their meaning; no list and no search shows it. */
SD_CHECKED sd_error_t *sd_requests_delete(sd_store_t *store, sd_id_t id, sd_time_t at);

/* 0 is nobody. Customers do not see who works on a request: only the inner version and time move. */
SD_CHECKED sd_error_t *sd_requests_set_assignee(sd_store_t *store, sd_id_t id, sd_id_t assignee_id, sd_time_t at);

/* Moves the counters of a reporter at a desk and notes the activity. */
SD_CHECKED sd_error_t *sd_requests_count(sd_store_t *store, sd_id_t desk_id, sd_id_t account_id, int open, int closed,
                                         sd_time_t at);

#endif
