/*
 * The route table and its one gate. A row names method, path below the mount, the right that the URL needs, the scope
 * that a token needs, and the handler; a URL without a row does not exist. Literal segments win over {captured} ones.
 * rest/routes.c holds the table.
 */
#ifndef SD_WEB_ROUTE_H
#define SD_WEB_ROUTE_H

#include <util_filter.h>

#include "desk/policy.h"
#include "web/call.h"
#include "web/route_tree.h"

typedef struct sd_route_t {
    const char *method; /* GET (answers HEAD too), POST, PUT, DELETE */
    const char *path;   /* "/rest/servicedeskapi/request/{issue}/comment/{comment}" */
    sd_action_t right;  /* judged at the object by the operation; the gate itself asks sign-in unless LOOK_AROUND */
    sd_scope_t scope;
    sd_handler_fn handler;
    unsigned flags; /* set of sd_route_flag_t */
} sd_route_t;

typedef enum sd_route_flag_t {
    SD_ROUTE_PLAIN = 0,
    SD_ROUTE_READS = 1 << 3,     /* changes nothing, whatever its method: it takes no turn among the changes */
    SD_ROUTE_ANONYMOUS = 1 << 0, /* answers anonymous callers too */
    SD_ROUTE_JSON_ANY = 1 << 1,  /* the body is any JSON value, not an object (properties) */
    SD_ROUTE_CHANGE = 1 << 5,    /* its operation is one transaction, and nothing is done or said before that */
    SD_ROUTE_PAGE = 1 << 4,      /* a page: forms in, HTML out; see web/view_gate.c */
    SD_ROUTE_NO_STORE = 1 << 2   /* the gate lends no store: the handler needs none, or opens it by itself */
} sd_route_flag_t;

/* The row of a table: SD_ROUTE("GET", "/rest/...", SD_MAY_READ, SD_SCOPE_READ, sd_rest_request_get), */
#define SD_ROUTE(method, path, right, scope, handler)                                                                  \
    {                                                                                                                  \
        method, path, right, scope, handler, SD_ROUTE_PLAIN                                                            \
    }
#define SD_ROUTE_WITH(method, path, right, scope, handler, flags)                                                      \
    {                                                                                                                  \
        method, path, right, scope, handler, flags                                                                     \
    }

extern const sd_route_t sd_routes[]; /* rest/routes.c */
extern const apr_size_t sd_routes_count;
extern const sd_route_t sd_view_routes[]; /* portal/routes.c */
extern const apr_size_t sd_view_routes_count;

/* The row of a method and path, see web/route_tree.h. */
int sd_route_find(sd_route_match_t *match, apr_pool_t *pool, const char *method, const char *path);

/*
 * What the httpd side hooks up.
 * The content handler of SetHandler servicedesk for everything under /rest (web/gate.c):
 */
int sd_gate_handle(request_rec *r, const char *path);
/* ... and for everything else, where people look (web/view_gate.c): */
int sd_view_gate_handle(request_rec *r, const char *path);
/* Once in each child, before any thread: seeds jansson, makes the tree of the routes. */
void sd_web_child_init(void);
/*
 * Errors that httpd itself answers under our mount (a denied Require, LimitRequestBody, a slow body) speak JSON too:
 * ap_hook_insert_error_filter() and ap_register_output_filter(SD_WEB_ERROR_FILTER, ..., AP_FTYPE_RESOURCE).
 */
#define SD_WEB_ERROR_FILTER "SERVICEDESK_ERROR"
void sd_web_insert_error_filter(request_rec *r);
apr_status_t sd_web_error_filter(ap_filter_t *filter, apr_bucket_brigade *brigade);
/* Takes the body out of a brigade that a filter answers instead of. False: more comes, nothing is left to pass on. */
int sd_web_swallow(apr_bucket_brigade *brigade);

#endif
