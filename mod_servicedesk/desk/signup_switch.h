/*
 * The two switches of signup: the site's (setting public_signup) and each desk's. A desk's can be on only while the
 * site's is; the site's going off turns each desk's off, remembers which they were, and lets them be restored. What was
 * begun and not finished dies with its switch; accounts that signup made live on.
 */
#ifndef SD_DESK_SIGNUP_SWITCH_H
#define SD_DESK_SIGNUP_SWITCH_H

#include "desk/entry.h"
#include "desk/work.h"

/* A desk's access as its administrators see it. */
typedef struct sd_desk_access_t {
    const char *key;
    const char *access; /* listed, accounts */
    int signup;
    int sign_in_link;        /* its customers may sign in by a mailed link (desk/sign_in_link.h) */
    sd_signup_state_t state; /* whether people can sign up now, and if not, why */
} sd_desk_access_t;

typedef struct sd_desk_access_input_t {
    const char *access; /* NULL: as it is; but signup means "accounts" */
    int signup;         /* -1: as it is; but "listed" means off */
    int sign_in_link;   /* -1: as it is */
    int confirm;        /* for what is asked about: see below */
} sd_desk_access_input_t;

SD_CHECKED sd_error_t *sd_desk_access_get(sd_desk_access_t *access, sd_work_t *work, const char *desk);

/*
 * By the desk's administrators. Switching signup on while the site's switch is off: SD_ERROR_CONFLICT
 * sd.signup.system.off, field signup. From "accounts" to "listed" unconfirmed: SD_ERROR_CONFLICT
 * sd.desk.access.confirm, field confirm, with the number of those who came while everyone could, if there are any; they
 * stay customers.
 */
SD_CHECKED sd_error_t *sd_desk_access_change(sd_desk_access_t *access, sd_work_t *work, const char *desk,
                                             const sd_desk_access_input_t *input);

/* Keys of the desks that would be restored, by name: const char *. By system administrators. */
SD_CHECKED sd_error_t *sd_signup_remembered(apr_array_header_t **keys, sd_work_t *work);

/* Switches signup on again on the desks that are remembered and still let everyone with an account in; *keys are those.
 * SD_ERROR_CONFLICT sd.signup.system.off while the site's switch is off. */
SD_CHECKED sd_error_t *sd_signup_restore(apr_array_header_t **keys, sd_work_t *work);

/* What follows from a setting that was just changed; for most names nothing. In the write of the change. */
SD_CHECKED sd_error_t *sd_signup_switch_follow(sd_work_t *work, const char *setting, const char *value);

/* SD_ERROR_CONFLICT sd.signup.system.off unless a desk may allow signup now. */
SD_CHECKED sd_error_t *sd_signup_switch_check(sd_work_t *work);

#endif
