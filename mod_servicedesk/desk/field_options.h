/* The options of a select, multiselect, checkbox or cascading field: from a definition to the column `options`. */
#ifndef SD_DESK_FIELD_OPTIONS_H
#define SD_DESK_FIELD_OPTIONS_H

#include <jansson.h>

#include "desk/work.h"

/*
 * Makes field->options (JSON text) and field->last_option from `given` (array of {id?, value, children?} or plain
 * texts). `before` (JSON text or NULL) are the options that the field had: one with the same id or value keeps its id,
 * a new one gets the next after field->last_option. Errors name places below `place`.
 */
SD_CHECKED sd_error_t *sd_field_options(sd_field_t *field, apr_pool_t *pool, const char *place, const json_t *given,
                                        const char *before);

#endif
