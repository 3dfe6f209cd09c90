/* Settings of the site: a closed list of names, each with a type and a default; changed by operator or system admin. */
#ifndef SD_DESK_SETTING_H
#define SD_DESK_SETTING_H

#include "desk/work.h"

typedef struct sd_setting_t {
    const char *name;
    const char *type;   /* boolean, number, or "a|b|c" */
    const char *value;  /* the present one */
    const char *preset; /* the default */
    const char *help;
} sd_setting_t;

SD_CHECKED sd_error_t *sd_setting_get(const sd_setting_t **setting, sd_work_t *work, const char *name);
SD_CHECKED sd_error_t *sd_setting_list(apr_array_header_t **settings, sd_work_t *work);
SD_CHECKED sd_error_t *sd_setting_set(sd_work_t *work, const char *name, const char *value);
/* The same for a setting that is an object of its own: SD_ERROR_NOT_FOUND, and SD_ERROR_STALE if `version` is neither
 * NULL nor that of its value. */
SD_CHECKED sd_error_t *sd_setting_replace(sd_work_t *work, const char *name, const char *value, const char *version);
const char *sd_setting_version(apr_pool_t *pool, const sd_setting_t *setting); /* another for each value */
/* Several at once, all or none; a NULL value is left as it is. *bad is the place of the one that was refused. */
SD_CHECKED sd_error_t *sd_setting_set_each(int *bad, sd_work_t *work, const char *const *names,
                                           const char *const *values, int count);
/* For the house itself: the value without asking the policy. */
SD_CHECKED sd_error_t *sd_setting_value(const char **value, sd_work_t *work, const char *name);
SD_CHECKED sd_error_t *sd_setting_number(apr_int64_t *number, sd_work_t *work, const char *name);
SD_CHECKED sd_error_t *sd_setting_boolean(int *boolean, sd_work_t *work, const char *name);

#endif
