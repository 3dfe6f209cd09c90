/* Request types of a desk, their groups and fields. A type that is deleted stays readable by its requests. */
#ifndef SD_DESK_REQUEST_TYPE_H
#define SD_DESK_REQUEST_TYPE_H

#include <jansson.h>

#include "desk/work.h"

typedef struct sd_request_type_filter_t {
    sd_id_t group_id;                /* 0: any */
    const char *restriction;         /* open, restricted or NULL */
    const char *search;              /* in name and description, or NULL */
    const apr_array_header_t *desks; /* of const char *, ids of desks; NULL: all (sd_request_type_list_all only) */
} sd_request_type_filter_t;

SD_CHECKED sd_error_t *sd_request_type_list(sd_list_t **types, sd_work_t *work, const char *desk,
                                            const sd_request_type_filter_t *filter, sd_page_t page);
/* Across all desks that the actor may enter. */
SD_CHECKED sd_error_t *sd_request_type_list_all(sd_list_t **types, sd_work_t *work,
                                                const sd_request_type_filter_t *filter, sd_page_t page);
SD_CHECKED sd_error_t *sd_request_type_find(const sd_request_type_t **type, sd_work_t *work, const char *desk,
                                            const char *id);
/* With fields summary (required) and description. */
SD_CHECKED sd_error_t *sd_request_type_create(const sd_request_type_t **type, sd_work_t *work, const char *desk,
                                              const char *name, const char *description, const char *help_text);
SD_CHECKED sd_error_t *sd_request_type_delete(sd_work_t *work, const char *desk, const char *id);
/* Whether it is for the administrators of its desk only. */
SD_CHECKED sd_error_t *sd_request_type_restrict(const sd_request_type_t **type, sd_work_t *work, const char *desk,
                                                const char *id, int restricted);
/* A restricted type exists for the administrators of its desk only. */
int sd_request_type_visible(const sd_work_t *work, const sd_desk_t *desk, const sd_request_type_t *type);
/* The fields in order: array of sd_field_t *; hidden ones only with `hidden` and for desk administrators. */
SD_CHECKED sd_error_t *sd_request_type_fields(apr_array_header_t **fields, sd_work_t *work, const char *desk,
                                              const char *id, int hidden);
SD_CHECKED sd_error_t *sd_request_type_groups(sd_list_t **groups, sd_work_t *work, const char *desk, sd_page_t page);
/* Replaces the groups: JSON array of {name, requestTypeIds:[...]} in order; by desk administrators. */
SD_CHECKED sd_error_t *sd_request_type_set_groups(sd_work_t *work, const char *desk, const json_t *groups);

/*
 * For the request operations: a type and ALL its fields (of sd_field_t *), asked ahead (sd_store_ask()) inside the
 * caller's transaction, deleted ones only with `deleted`. Nothing is judged here: may the actor see it, see
 * sd_request_type_visible().
 */
typedef struct sd_request_type_asked_t {
    apr_array_header_t *types; /* it, or nothing */
    apr_array_header_t *fields;
} sd_request_type_asked_t;

SD_CHECKED sd_error_t *sd_request_type_ask(sd_request_type_asked_t *asked, sd_work_t *work, const char *id,
                                           int deleted);
/* What was found, NULL if that is none of this desk. */
const sd_request_type_t *sd_request_type_of(const sd_request_type_asked_t *asked, sd_id_t desk_id);

#endif
