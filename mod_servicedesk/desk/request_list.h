/*
 * "My requests": those the actor reported, takes part in or sees through an organization; never everybody's, not even
 * for agents. The newest public activity comes first.
 */
#ifndef SD_DESK_REQUEST_LIST_H
#define SD_DESK_REQUEST_LIST_H

#include "desk/work.h"
#include "store/request_lists.h"

#define SD_REQUEST_OWN                                                                                                 \
    ((sd_relations_t)SD_RELATION_REPORTER | (sd_relations_t)SD_RELATION_PARTICIPANT |                                  \
     (sd_relations_t)SD_RELATION_ORGANIZATION)

typedef struct sd_request_query_t {
    sd_relations_t relations; /* a subset of SD_REQUEST_OWN; none is an empty list */
    const char *organization; /* id that narrows ORGANIZATION, or NULL */
    const char *desk;         /* id or key, or NULL; not there or not to be entered: SD_ERROR_NOT_FOUND */
    const char *request_type; /* id in that desk, or NULL; not there: SD_ERROR_NOT_FOUND; needs a desk */
    sd_request_state_t state;
    /*
     * Part of the summary, * stands for any text, ? for one character; or words that all stand in the texts of the
     * request that customers read, in any order, one with * at its end for all that begin so; or NULL.
     */
    const char *search;
    unsigned parts; /* set of sd_request_part_t */
} sd_request_query_t;

/* sd_request_view_t * (desk/request.h) */
SD_CHECKED sd_error_t *sd_request_list(sd_list_t **views, sd_work_t *work, const sd_request_query_t *query,
                                       sd_page_t page);

#endif
