/* Rows of request_type, request_type_group and its members. All calls run in the caller's transaction. */
#ifndef SD_STORE_REQUEST_TYPES_H
#define SD_STORE_REQUEST_TYPES_H

#include "store/records.h"
#include "store/store.h"

/* What a list is narrowed to; the zero value narrows nothing but leaves the restricted ones out. */
typedef struct sd_request_types_filter_t {
    sd_id_t group_id;
    int restricted; /* also the restricted ones */
    int only_restricted;
    int only_open;
    const char *search_key; /* folded text that name or description hold, or NULL */
} sd_request_types_filter_t;

/* A type of the desk (any desk: 0), deleted ones only with `deleted`; *type is NULL if there is none. */
SD_CHECKED sd_error_t *sd_request_types_find(const sd_request_type_t **type, sd_store_t *store, sd_id_t desk_id,
                                             sd_id_t id, int deleted);

/* The same of any desk asked ahead: the array has it, or nothing, later (sd_store_ask()). */
SD_CHECKED sd_error_t *sd_request_types_ask(apr_array_header_t **types, sd_store_t *store, sd_id_t id, int deleted);

/* The types of a desk, by id. */
SD_CHECKED sd_error_t *sd_request_types_list(sd_list_t **types, sd_store_t *store, sd_id_t desk_id,
                                             const sd_request_types_filter_t *filter, sd_page_t page);

/*
 * The types of all desks to which `account_id` has a relation of `scope`, restricted ones where it has one of
 * `restricted_scope` or filter->restricted says so; of all desks with `every`. `desk_ids` (of sd_id_t, or
 * NULL) narrows to these desks.
 */
SD_CHECKED sd_error_t *sd_request_types_list_all(sd_list_t **types, sd_store_t *store, sd_id_t account_id,
                                                 sd_relations_t scope, sd_relations_t restricted_scope, int every,
                                                 const apr_array_header_t *desk_ids,
                                                 const sd_request_types_filter_t *filter, sd_page_t page);

SD_CHECKED sd_error_t *sd_request_types_insert(sd_id_t *id, sd_store_t *store, const sd_request_type_t *type,
                                               const char *search_key, sd_time_t created);

/* Marks it as deleted and takes it out of its groups. */
SD_CHECKED sd_error_t *sd_request_types_restrict(sd_store_t *store, sd_id_t id, int restricted);
SD_CHECKED sd_error_t *sd_request_types_delete(sd_store_t *store, sd_id_t id);

/* The groups of a desk in portal order, a page of them or all. */
SD_CHECKED sd_error_t *sd_request_types_groups(sd_list_t **groups, sd_store_t *store, sd_id_t desk_id, sd_page_t page);

/* Makes the group, or moves the one of that name to `position`, and empties it. */
SD_CHECKED sd_error_t *sd_request_types_put_group(sd_id_t *id, sd_store_t *store, sd_id_t desk_id, const char *name,
                                                  int position);
SD_CHECKED sd_error_t *sd_request_types_put_member(sd_store_t *store, sd_id_t group_id, sd_id_t type_id, int position);
/* Takes the groups from `position` on away. */
SD_CHECKED sd_error_t *sd_request_types_cut_groups(sd_store_t *store, sd_id_t desk_id, int position);
/* Moves the groups of a desk behind every position that put_group will give. */
SD_CHECKED sd_error_t *sd_request_types_shift_groups(sd_store_t *store, sd_id_t desk_id, int by);

#endif
