/*
 * Reading the audit: all of it for system administrators, that of their desk for its administrators. Newest first,
 * paged by id; every filter narrows what the others leave. One of them finds the rows (an object's, a person's, a
 * desk's); the others look at no more than SD_AUDIT_LOG_WINDOW rows a page, so a page may be shorter than asked for,
 * and even empty, before the last.
 */
#ifndef SD_DESK_AUDIT_LOG_H
#define SD_DESK_AUDIT_LOG_H

#include "desk/work.h"
#include "store/audits.h"

#define SD_AUDIT_LOG_WINDOW 1000

typedef struct sd_audit_log_input_t {
    const char *desk;        /* id or key; NULL: the site's */
    const char *account;     /* who acted, as sd_accounts_named() takes it, or NULL */
    const char *object_type; /* what it was done to, or NULL; together with object_id */
    const char *object_id;
    const char *act;   /* or NULL */
    const char *since; /* from that moment on, as sd_time_of_text() takes it, or NULL */
    const char *until; /* before that moment */
    sd_id_t before;    /* the page goes on below this id; 0: from the newest on */
    apr_int64_t limit; /* 1..SD_PAGE_LIMIT */
} sd_audit_log_input_t;

typedef struct sd_audit_log_t {
    apr_array_header_t *rows; /* of sd_audit_row_t * */
    sd_id_t next;             /* `before` of the next page; 0: there is none */
} sd_audit_log_t;

/* Fields of errors: account, objectId, since, until. An account that nobody has: SD_ERROR_NOT_FOUND. */
SD_CHECKED sd_error_t *sd_audit_log(sd_audit_log_t *log, sd_work_t *work, const sd_audit_log_input_t *input);

#endif
