/*
 * Requests: raised, checked without raising, read with what hangs on them. A view is what one reader may know of a
 * request at one moment; everything in it comes from one state of the database.
 */
#ifndef SD_DESK_REQUEST_H
#define SD_DESK_REQUEST_H

#include <jansson.h>

#include "desk/work.h"

typedef struct sd_request_input_t {
    const char *desk;                       /* id or key */
    const char *request_type;               /* id */
    const json_t *values;                   /* object of field id to value; NULL is empty */
    const char *on_behalf_of;               /* names the reporter; NULL or "" is the actor */
    const apr_array_header_t *participants; /* of const char * naming people; NULL is none */
    const apr_array_header_t
        *organizations; /* of const char *, ids; empty: private; NULL: shared if there is one choice */
    /*
     * What the caller calls this raising, and what is asked for, as digests; or NULL. Who asks again within a day under
     * the same name gets the request that is there; SD_ERROR_CONFLICT if it is for something else.
     */
    const char *retry_name;
    const char *retry_content;
} sd_request_input_t;

typedef enum sd_request_part_t {
    SD_REQUEST_VALUES = 1 << 0,
    SD_REQUEST_TYPE = 1 << 1,
    SD_REQUEST_DESK = 1 << 2,
    SD_REQUEST_PARTICIPANTS = 1 << 3, /* lists are first pages */
    SD_REQUEST_COMMENTS = 1 << 4,
    SD_REQUEST_HISTORY = 1 << 5,
    SD_REQUEST_ASSIGNEE = 1 << 6
} sd_request_part_t;

/* Parts that were not asked for, or that there are none of, are NULL. */
typedef struct sd_request_view_t {
    const sd_request_t *request;
    int staff;                        /* the reader sees the inner side: internal comments, who works on it */
    const apr_array_header_t *values; /* of sd_request_value_t *, hidden ones too: see `visible` */
    const sd_request_type_t *type;
    const sd_desk_t *desk;
    const sd_list_t *participants; /* of sd_account_t * */
    const sd_list_t *comments;     /* of sd_comment_t *, those the reader may see */
    const sd_list_t *history;      /* of sd_status_change_t *, the newest first */
    const sd_account_t *assignee;  /* for staff only */
} sd_request_view_t;

/*
 * Everything that is wrong with the input is named at once, by field: serviceDeskId, requestTypeId, raiseOnBehalfOf,
 * requestParticipants, organizationIds and the field ids. A desk or type that is not there or not the actor's to use is
 * SD_ERROR_INPUT; raising for somebody else without the right to is SD_ERROR_FORBIDDEN.
 */
SD_CHECKED sd_error_t *sd_request_create(sd_request_view_t **view, sd_work_t *work, const sd_request_input_t *input,
                                         unsigned parts);

/* The same checks, and nothing else. */
SD_CHECKED sd_error_t *sd_request_validate(sd_work_t *work, const sd_request_input_t *input);

SD_CHECKED sd_error_t *sd_request_get(sd_request_view_t **view, sd_work_t *work, const char *id_or_key, unsigned parts);

/*
 * For good, by the desk's administrators: nobody finds it any more, and no count holds it. `version`: what it must be
 * based on, or NULL.
 */
SD_CHECKED sd_error_t *sd_request_delete(sd_work_t *work, const char *id_or_key, const char *version);

/* Does the actor see the inner side of this request? */
int sd_request_is_staff(const sd_work_t *work, const sd_request_t *request);

/* Names the state that the actor sees, for optimistic concurrency: "a7" inside, "c3" outside. */
const char *sd_request_version(const sd_work_t *work, const sd_request_t *request);

#endif
