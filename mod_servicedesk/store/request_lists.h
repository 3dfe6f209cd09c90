/* The requests of one account: those it reported, takes part in, or sees through its organizations. */
#ifndef SD_STORE_REQUEST_LISTS_H
#define SD_STORE_REQUEST_LISTS_H

#include "store/records.h"
#include "store/store.h"

typedef enum sd_request_state_t { SD_REQUEST_CLOSED, SD_REQUEST_OPEN, SD_REQUEST_ANY } sd_request_state_t;

typedef struct sd_request_filter_t {
    sd_relations_t relations; /* which ways in count: REPORTER, PARTICIPANT, ORGANIZATION */
    sd_id_t organization_id;  /* narrows ORGANIZATION to this one; 0: all */
    sd_id_t desk_id;          /* 0: any */
    sd_id_t request_type_id;  /* 0: any */
    sd_request_state_t state;
    const char *pattern; /* for LIKE ... ESCAPE '\' on the folded summary; NULL: any */
    const char *words;   /* or, for who has a pattern: that of all its words (desk/request_words.h); NULL: none */
} sd_request_filter_t;

/* sd_request_t *, the newest public activity first. */
SD_CHECKED sd_error_t *sd_request_lists_mine(sd_list_t **list, sd_store_t *store, sd_id_t account_id,
                                             const sd_request_filter_t *filter, sd_page_t page);

#endif
