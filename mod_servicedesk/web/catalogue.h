/*
 * The messages of one language, from a JSON file: keys to texts, "signin.title": "Sign in". A text that depends on a
 * number is an object of its plural forms, {"one": "{{count}} seat", "other": "{{count}} seats"}; the parameter `count`
 * chooses. The file itself says which forms its language has ("language.plural"), by the rules of CLDR:
 *
 *   none    other                      Japanese, Korean, Chinese ...
 *   one     one (1), other             English, German ...
 *   few     one (0 and 1), other       French, Portuguese ...
 *   slavic  one, few, many, other      Russian, Ukrainian ...
 *
 * Read-only when made; lives in its pool. Knows no httpd type.
 */
#ifndef SD_WEB_CATALOGUE_H
#define SD_WEB_CATALOGUE_H

#include <apr_tables.h>

#include "web/mustache.h"

typedef struct sd_catalogue_t sd_catalogue_t;

/*
 * Reads `text` into *catalogue; messages that are already in it are replaced, so an administrator's file may name a few
 * only. *catalogue is made if it is NULL. A bad message is left out and complained about (array of const char *); a
 * file that is no JSON object is an error, and changes nothing.
 */
SD_CHECKED sd_error_t *sd_catalogue_read(sd_catalogue_t **catalogue, apr_pool_t *pool, const char *text,
                                         apr_size_t length, apr_array_header_t *complaints);

/* The message in the form that `count` asks for (NULL: the general one), or NULL. */
const sd_mustache_t *sd_catalogue_find(const sd_catalogue_t *catalogue, const char *key, const json_t *count);

#endif
