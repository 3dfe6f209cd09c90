/* Rows of request_value: the answered fields of a request, in the order in which they were asked. */
#ifndef SD_STORE_REQUEST_VALUES_H
#define SD_STORE_REQUEST_VALUES_H

#include "store/records.h"
#include "store/store.h"

/* An array of sd_request_value_t *, filled later: sd_store_ask(). */
SD_CHECKED sd_error_t *sd_request_values_ask(apr_array_header_t **values, sd_store_t *store, sd_id_t request_id);

SD_CHECKED sd_error_t *sd_request_values_insert(sd_store_t *store, sd_id_t request_id,
                                                const apr_array_header_t *values);

#endif
