/* Rows of request_field: what a request type asks. All calls run in the caller's transaction. */
#ifndef SD_STORE_FIELDS_H
#define SD_STORE_FIELDS_H

#include "store/records.h"
#include "store/store.h"

/* The fields of a type in their order: array of sd_field_t *. */
SD_CHECKED sd_error_t *sd_fields_list(apr_array_header_t **fields, sd_store_t *store, sd_id_t request_type_id);
/* The same asked ahead: the array is filled later (sd_store_ask()). */
SD_CHECKED sd_error_t *sd_fields_ask(apr_array_header_t **fields, sd_store_t *store, sd_id_t request_type_id);

/* Makes the row; fills `id`, and `field_id` (customfield_<10000 + id>) if it is NULL. */
SD_CHECKED sd_error_t *sd_fields_insert(sd_field_t *field, sd_store_t *store, sd_id_t request_type_id, int position);

/* Writes all but the field id of the row `field->id`. */
SD_CHECKED sd_error_t *sd_fields_update(sd_store_t *store, const sd_field_t *field, int position);

SD_CHECKED sd_error_t *sd_fields_delete(sd_store_t *store, sd_id_t id);

#endif
