/*
 * The search of those who work at desks: all requests of their desks, by the words of everything that the crew reads
 * of them, internal comments too. The newest request comes first.
 */
#ifndef SD_DESK_REQUEST_SEARCH_H
#define SD_DESK_REQUEST_SEARCH_H

#include "desk/work.h"

/* How far a page may begin: who is not among so many says another word more. */
#define SD_SEARCH_START 10000

typedef struct sd_search_query_t {
    const char *query; /* words that a request has all of; one with * at its end: all that begin so; or its key */
    const char *desk;  /* id or key of the one desk to look in, or NULL; not there or not the actor's: NOT_FOUND */
    unsigned parts;    /* set of sd_request_part_t */
} sd_search_query_t;

/*
 * sd_request_view_t * (desk/request.h). Errors: the fields query (nothing to look for, too long) and start.
 * What it costs does not grow with the number of requests, but for words that stand together nowhere and are each in
 * very many.
 */
SD_CHECKED sd_error_t *sd_request_search(sd_list_t **views, sd_work_t *work, const sd_search_query_t *query,
                                         sd_page_t page);

#endif
