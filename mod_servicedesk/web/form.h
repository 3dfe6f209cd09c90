/*
 * application/x-www-form-urlencoded, read strictly: no broken escape, no NUL, nothing that is not UTF-8. A form becomes
 * a JSON object of texts; a field that comes several times is an array of them. Knows no httpd type.
 */
#ifndef SD_WEB_FORM_H
#define SD_WEB_FORM_H

#include <jansson.h>

#include "base/error.h"

#define SD_FORM_FIELDS 200

/* Decodes a name or a value ("+" is a blank); NULL if it is malformed. */
const char *sd_form_decode(apr_pool_t *pool, const char *at, apr_size_t length);

/* The caller owns *form. */
SD_CHECKED sd_error_t *sd_form_parse(json_t **form, apr_pool_t *pool, const char *text, apr_size_t length);

/* True for this media type, with no charset or with UTF-8. */
int sd_media_is_form(const char *content_type);

#endif
