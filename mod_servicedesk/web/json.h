/*
 * Strict JSON of RFC 8259, the same reading for everybody: no duplicate member, no NUL in any spelling, well-formed
 * UTF-8 without a byte order mark, one document and nothing after it, integers that fit or are refused, never rounded,
 * and no deeper than SD_JSON_DEPTH. Knows no httpd type.
 */
#ifndef SD_WEB_JSON_H
#define SD_WEB_JSON_H

#include <jansson.h>

#include "base/error.h"

#define SD_JSON_DEPTH 32

/* Parses `length` bytes; with `any` a text, number, true, false or null may stand alone. The caller owns *value. */
SD_CHECKED sd_error_t *sd_json_parse(json_t **value, apr_pool_t *pool, const char *text, apr_size_t length, int any);

/* The compact text of a value, NUL-terminated, in the pool; NULL if memory runs out. */
const char *sd_json_text(apr_size_t *length, apr_pool_t *pool, const json_t *value);

#endif
