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
/* Is the account of this id among them (const sd_account_t *)? */
int sd_people_hold(const apr_array_header_t *accounts, sd_id_t id);

/*
 * Who may not look people up learns by naming somebody whether there is such an account. So each name costs one of a
 * budget before it is looked for (SD_ERROR_THROTTLED when none is left), and one that was right gives it back. Whoever
 * may search all accounts is not counted.
 */
SD_CHECKED sd_error_t *sd_people_guess(sd_work_t *work);
void sd_people_guessed_right(sd_work_t *work);

#endif
