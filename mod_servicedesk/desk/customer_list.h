/*
 * The customers of a desk as its agents see them: everybody with the role, by whichever way, with counts of requests.
 * The newest activity first; a search looks for its words anywhere in names and address.
 *
 * No call reads more than a fixed number of rows, whatever the desk holds: a page says where the next one begins.
 */
#ifndef SD_DESK_CUSTOMER_LIST_H
#define SD_DESK_CUSTOMER_LIST_H

#include "desk/work.h"
#include "store/customer_lists.h"

#define SD_CUSTOMER_PAGE 20
#define SD_CUSTOMER_START 100 /* the last page.start that is counted off */

typedef struct sd_customer_query_t {
    const char *desk;   /* id or key */
    const char *search; /* all of its words, anywhere; NULL or "": everybody */
    const char *after;  /* what the page before says in customers->next, or NULL */
    sd_page_t page;     /* its start counts from there */
} sd_customer_query_t;

typedef struct sd_customer_page_t {
    const sd_desk_t *desk;
    sd_list_t *customers; /* sd_customer_t *, in order of activity; of a search in a large desk, of what was found */
    int cut;              /* the search gave up before the page was full: go on, or better narrow it */
    apr_array_header_t *groups; /* sd_user_group_t * (store/groups.h) whose members are customers */
} sd_customer_page_t;

/* Errors: of the desk; fields "query", "after", "start". */
SD_CHECKED sd_error_t *sd_customer_page(sd_customer_page_t **page, sd_work_t *work, const sd_customer_query_t *query);

/*
 * sd_request_view_t * (desk/request.h): what one customer reported at the desk, the newest activity first. For whoever
 * works there. `state` is sd_request_state_t of store/request_lists.h; nobody's customer is SD_ERROR_NOT_FOUND.
 */
SD_CHECKED sd_error_t *sd_customer_requests(sd_list_t **views, sd_work_t *work, const char *desk, const char *customer,
                                            int state, unsigned parts, sd_page_t page);

#endif
