/* The normal form of one value of one field: field_value.c gives it to requests, field_definition.c to defaults. */
#ifndef SD_DESK_FIELD_NORMAL_H
#define SD_DESK_FIELD_NORMAL_H

#include <jansson.h>

#include "desk/work.h"

/*
 * Checks `given` as a value of `field` and makes its normal form (desk/field.h), as JSON text in the pool; *normal is
 * NULL if nothing was given: null, "", [] or blanks. Errors name field->field_id. Inside a transaction.
 */
SD_CHECKED sd_error_t *sd_field_normalize(const char **normal, sd_work_t *work, const sd_field_t *field,
                                          const json_t *given);

/* The JSON text of a value, in the pool. */
const char *sd_field_json(apr_pool_t *pool, const json_t *value);

/* A string without U+0000, or NULL. */
const char *sd_field_string(const json_t *value);

/* An id given as string or number; NULL if it is neither. */
const char *sd_field_id_text(apr_pool_t *pool, const json_t *value);

#endif
