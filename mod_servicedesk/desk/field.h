/*
 * Fields of a request type and the values that answer them. Validation happens here, for every face: all bad fields are
 * named at once, each by its field id.
 *
 * JSON of the columns: `options` is [{"id":"1","value":"Red","children":[{"id":"4","value":"Dark"}]}] for select,
 * multiselect, checkbox, cascading; `default_value` and `preset_value` have the normal form of a value of the kind.
 * Normal form of a value: text, paragraph, date: string; number: number; select: {"id","value"}; multiselect and
 * checkbox: array of those; cascading: {"id","value","child":{"id","value"}?}; user: {"accountId"} (public id).
 */
#ifndef SD_DESK_FIELD_H
#define SD_DESK_FIELD_H

#include <jansson.h>

#include "desk/work.h"

/*
 * Checks `given` (object of field id to value, as REST clients send them; NULL is empty) against `fields` (array of
 * sd_field_t *) and makes the values to store (array of sd_request_value_t *). Rules: required, unknown field, not
 * visible (only the `crew` of the desk may set it; presets always win), kind, option by id or value, date, number,
 * length. A field that is not given takes its default. `fields` are of one request type; runs inside the caller's
 * transaction.
 * Error keys: sd.validation.required, .unknown.field, .option, .number, .date, .text, .user ...; field is the field id.
 */
SD_CHECKED sd_error_t *sd_field_values(apr_array_header_t **values, sd_work_t *work, const apr_array_header_t *fields,
                                       const json_t *given, int crew);

/*
 * Checks and stores the fields of a request type, replacing all; by desk administrators. JSON array of
 * {fieldId?, name, description?, kind, required?, visible?, options?[{id?,value,children?}], defaultValue?,
 * presetValue?}; summary (kind text) is always there and required, description is a paragraph if it is there. A fieldId
 * or option id names one that is there already, so that it keeps its id; an option keeps it by its value too.
 * Error keys as above; field is the place in the definition: fields[2].name.
 */
SD_CHECKED sd_error_t *sd_field_replace(apr_array_header_t **fields, sd_work_t *work, const char *desk,
                                        const char *request_type, const json_t *definition);

#endif
