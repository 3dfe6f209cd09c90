/*
 * What is wrong with a directory, found by one set of checks: told to whoever looks at it, and once a day to
 * administrators as notices, for much of it comes about without anybody's doing (a group that gets a role, a directory
 * that changes).
 */
#ifndef SD_DESK_DIRECTORY_TROUBLE_H
#define SD_DESK_DIRECTORY_TROUBLE_H

#include "desk/directory.h"

typedef struct sd_directory_trouble_t {
    const char *kind;  /* of the notice: directory.sign-in, directory.writer, directory.default-group */
    const char *group; /* whose doing it is, or NULL */
    apr_int64_t seats; /* people in that group */
    const char *text;  /* English */
} sd_directory_trouble_t;

#define SD_DIRECTORY_LOCKS_OUT                                                                                         \
    "New accounts could not sign in: only members of groups may, and no default group is one."

/* sd_directory_trouble_t *; reads `directory`, `default_groups` and `has_writer` of the view. In a transaction. */
SD_CHECKED sd_error_t *sd_directory_troubles(apr_array_header_t **troubles, sd_work_t *work,
                                             const sd_directory_view_t *view);

/* For the worker, as often as it likes: looks once a day, and puts a notice for each trouble; what is over goes. */
SD_CHECKED sd_error_t *sd_directory_watch(sd_work_t *work);

/* ---- for the files of desk/ ---- */

/* After a change that may have ended a trouble: takes the notices away of those that are over. Inside its write. */
SD_CHECKED sd_error_t *sd_directory_calm(sd_work_t *work);

/* All directories as they are, or the one of that name; no warnings. In a transaction, asking no policy. */
SD_CHECKED sd_error_t *sd_directory_views(apr_array_header_t **views, sd_work_t *work, const char *name);

#endif
