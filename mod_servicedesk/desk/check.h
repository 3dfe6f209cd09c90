/*
 * The whole integrity check, for `servicedeskctl check`: what the database itself sees (sd_schema_check), and what must
 * be true of its rows beyond that: keys that are the folded form of their names, words of the search, settings,
 * sessions. It reads everything and is made for a person who waits.
 */
#ifndef SD_DESK_CHECK_H
#define SD_DESK_CHECK_H

#include <apr_tables.h>

#include "desk/work.h"

/* *findings is an array of const char *, one line of English each; none is good. By operator or system admin. */
SD_CHECKED sd_error_t *sd_check(apr_array_header_t **findings, sd_work_t *work);

#endif
