/* People as callers name them in lists. */
#ifndef SD_DESK_PEOPLE_H
#define SD_DESK_PEOPLE_H

#include "desk/work.h"

#define SD_PEOPLE_NAMES 1000

/*
 * The accounts that `names` (array of const char *) names, once each: array of const sd_account_t *. Every name that
 * nobody has is an error of its own in *unknown (chained; NULL if there is none). More than SD_PEOPLE_NAMES names are
 * refused. Inside a transaction, after the policy.
 */
SD_CHECKED sd_error_t *sd_people_named(apr_array_header_t **accounts, sd_error_t **unknown, sd_work_t *work,
                                       const apr_array_header_t *names);

#endif
