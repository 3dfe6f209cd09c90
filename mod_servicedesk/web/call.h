/*
 * A call: one HTTP request on its way through the gate to one handler and back. Lives in r->pool, one thread. A handler
 * reads captured path parts, query and JSON body (already parsed), calls operations of desk/ on call->work, whose store
 * the gate has lent by then, and leaves a status and a JSON value; the gate returns the store and writes the answer.
 */
#ifndef SD_WEB_CALL_H
#define SD_WEB_CALL_H

#include <httpd.h>
#include <jansson.h>

#include "desk/work.h"
#include "web/templates.h"

#define SD_CALL_PARTS 4 /* as many as SD_ROUTE_PARTS */

typedef struct sd_call_t sd_call_t;
typedef sd_error_t *(*sd_handler_fn)(sd_call_t *call);

/* Row of the route table: see web/route.h. */
struct sd_route_t;

struct sd_call_t {
    request_rec *r;
    apr_pool_t *pool;
    const struct sd_route_t *route;
    const char *path;                 /* below the mount: "/rest/servicedeskapi/request/HELP-1" */
    const char *parts[SD_CALL_PARTS]; /* what {..} of the route matched, in order */
    apr_array_header_t *query;        /* of sd_pair_t, decoded, in order, repeats kept */
    json_t *body;                     /* NULL if the route takes none or none came; owned by the call */
    sd_work_t *work;                  /* actor known, store lent: use it, do not open another */
    int status;                       /* the handler's answer: 200 unless set */
    json_t *reply;                    /* owned by the call from here on; NULL with 204 */
    const char *version;              /* put before the content hash in the ETag, or NULL; without a hyphen */
    const char *raw;                  /* an answer that is not JSON (instead of `reply`), with its type; or NULL */
    apr_size_t raw_length;            /* of a `raw` that is no text; 0: up to its NUL */
    const char *raw_type;
    /* Of pages only (web/view.h): */
    const sd_account_t *me;    /* who is signed in, or NULL */
    const sd_file_t *file;     /* an answer that is a file of the module, of type raw_type */
    const char *view;          /* template to show `reply` with */
    const char *target;        /* where to send people instead: an absolute URL */
    const sd_error_t *problem; /* why the form that was sent is shown again, or NULL */
    const char *form_nonce;    /* of the forms of somebody without a session, once it is known */
    const char *language;      /* chosen at the first question */
    const char *desk_language; /* of the desk that the page belongs to, or NULL */
};

typedef struct sd_pair_t {
    const char *name;
    const char *value;
} sd_pair_t;

/* --- input: web/query.c, web/body.c --- */

/* The last value of a query parameter, or NULL. */
const char *sd_query_get(const sd_call_t *call, const char *name);
/* All values of a parameter, split at commas too (contract 1.4): array of const char *. */
apr_array_header_t *sd_query_all(const sd_call_t *call, const char *name);
/* true/false/1/0 in any case; `preset` if absent; error names the parameter. */
SD_CHECKED sd_error_t *sd_query_bool(int *value, const sd_call_t *call, const char *name, int preset);
/* start (0) and limit (50; over SD_PAGE_LIMIT is SD_PAGE_LIMIT, and the answer says so); bad ones are errors. */
SD_CHECKED sd_error_t *sd_query_page(sd_page_t *page, const sd_call_t *call);
/* The same under other names: the core API says startAt and maxResults. */
SD_CHECKED sd_error_t *sd_query_page_as(sd_page_t *page, const sd_call_t *call, const char *start, const char *limit);
/* True if expand= (comma separated or repeated) holds `name`. */
int sd_query_expands(const sd_call_t *call, const char *name);

/*
 * What an edit must be based on: the version part of the ETag in If-Match; NULL if the client asks for no check (no
 * If-Match, or "*"), "" if it sent something that matches no version.
 */
const char *sd_call_if_match(const sd_call_t *call);

/* Members of the JSON body. A member of the wrong type is an error that names it; absent or null leaves *value NULL. */
SD_CHECKED sd_error_t *sd_body_object(sd_call_t *call); /* SD_ERROR_INPUT unless the body is an object */
/*
 * Also SD_ERROR_INPUT, at the first name, if the object has none of these members: a list that shall be empty is said
 * to be, and a misspelt member changes nothing. The names end in NULL.
 */
SD_CHECKED sd_error_t *sd_body_some(sd_call_t *call, const char *const *names);
SD_CHECKED sd_error_t *sd_body_text(const char **value, sd_call_t *call, const char *name);
/* The same, and absent is an error too. */
SD_CHECKED sd_error_t *sd_body_required(const char **value, sd_call_t *call, const char *name);
/* An id as string or number (contract 1.2), as canonical decimal text. */
SD_CHECKED sd_error_t *sd_body_id(const char **value, sd_call_t *call, const char *name);
/* true/false or their spellings; -1 if absent. */
SD_CHECKED sd_error_t *sd_body_bool(int *value, sd_call_t *call, const char *name);
/* An array of strings (or ids). Absent is an empty array; for the other one it is NULL. */
SD_CHECKED sd_error_t *sd_body_texts(apr_array_header_t **values, sd_call_t *call, const char *name);
SD_CHECKED sd_error_t *sd_body_texts_or_null(const apr_array_header_t **values, sd_call_t *call, const char *name);
/* How every endpoint names people (one client spells it accountIDs), for sd_body_some(). */
#define SD_BODY_PEOPLE "accountIds", "usernames", "accountIDs"
/* All of these members together. */
SD_CHECKED sd_error_t *sd_body_people(apr_array_header_t **names, sd_call_t *call);

/* --- answer: web/page.c --- */

/* base_url and a formatted path: the one maker of absolute links. */
const char *sd_link(const sd_call_t *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One path segment or query value, percent-encoded: for whatever goes into sd_link() and is not a number. */
const char *sd_link_escape(const sd_call_t *call, const char *text);
/*
 * The paging envelope of contract 1.3 around `values` (stolen), with self/base/next/prev built from the call's own
 * path and query.
 */
json_t *sd_reply_page(sd_call_t *call, const sd_list_t *list, json_t *values);
/* Done, and nothing to say: 204. */
SD_CHECKED sd_error_t *sd_reply_nothing(sd_call_t *call);
/* A page inside another object (expand): envelope whose links point to `path`. */
json_t *sd_reply_subpage(sd_call_t *call, const char *path, const sd_list_t *list, json_t *values);
/* Object building without nulls: NULL values leave the member out. */
void sd_json_put(json_t *object, const char *name, json_t *value);         /* steals value; NULL: left out */
void sd_json_put_text(json_t *object, const char *name, const char *text); /* NULL: left out */
/* The same value under another name, without a copy: nobody may change it. NULL: left out. */
void sd_json_put_again(json_t *object, const char *name, json_t *value);
json_t *sd_json_string(const char *text); /* what jansson's own would be, faster; NULL for NULL and what is not UTF-8 */
void sd_json_put_id(json_t *object, const char *name, sd_id_t id); /* as a string; 0: left out */
json_t *sd_json_texts(const apr_array_header_t *texts);            /* of const char * */

/* Pictures that presented things point to. */
#define SD_PATH_AVATAR "/rest/servicedesk/1/avatar"
#define SD_PATH_ICON "/rest/servicedesk/1/icon"

/* --- presenters: web/present.c, one per thing, in the REST API's own shape --- */

json_t *sd_present_date(sd_call_t *call, sd_time_t time);                                 /* contract 1.6 */
void sd_json_put_date(json_t *object, const char *name, sd_call_t *call, sd_time_t time); /* 0: left out */
json_t *sd_present_account(sd_call_t *call,
                           const sd_account_t *account); /* the User object, Server and Cloud members */
json_t *sd_present_user_bean(sd_call_t *call, const sd_account_t *account); /* /rest/api/2 shape */
json_t *sd_present_desk(sd_call_t *call, const sd_desk_t *desk);
json_t *sd_present_organization(sd_call_t *call, const sd_organization_t *organization);
json_t *sd_present_request_type(sd_call_t *call, const sd_request_type_t *type);

#endif
