/*
 * Addresses as people paste them: out of a mail program, a spreadsheet, a text. Separated by commas, semicolons, line
 * ends or tabs; each bare, in angle brackets, with a name before it (in quotes or not) or behind it in parentheses;
 * bare ones by blanks, too. Splits and strips only; whether a piece is an address, sd_address_parse() says.
 */
#ifndef SD_BASE_ADDRESS_LIST_H
#define SD_BASE_ADDRESS_LIST_H

#include <apr_tables.h>

#include "base/error.h"

typedef struct sd_address_item_t {
    const char *address; /* as typed, without what is around it; never empty */
    const char *name;    /* that stood with it, or NULL */
} sd_address_item_t;

/* In order, repeats kept: sd_address_item_t *. `text` is well-formed UTF-8. */
apr_array_header_t *sd_address_list(apr_pool_t *pool, const char *text);

#endif
