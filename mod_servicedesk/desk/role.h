/* Roles: administrator, agent and customer of a desk (rows of desk_role), and the system administrator. */
#ifndef SD_DESK_ROLE_H
#define SD_DESK_ROLE_H

#include "desk/work.h"

typedef struct sd_role_entry_t {
    const char *desk_key; /* NULL for the system */
    const char *role;     /* system-admin, administrator, agent, customer */
    const char *origin;
    sd_account_t account;
} sd_role_entry_t;

/* `role` as above; `desk_key` NULL only with system-admin. Desk roles by operator, system admin or that desk's
 * administrator; system-admin by operator or system admin, and never the last one away (SD_ERROR_CONFLICT). Adding what
 * is there and removing what is not changes nothing and is no error. The generation of the account counts up when a
 * role is removed and when a staff role (all but customer) is added. */
SD_CHECKED sd_error_t *sd_role_add(sd_work_t *work, const char *role, const char *desk_key, const char *named);
SD_CHECKED sd_error_t *sd_role_remove(sd_work_t *work, const char *role, const char *desk_key, const char *named);
/* Entries of one desk (desk_key) or all; by operator, system admin, or the desk's administrator. */
SD_CHECKED sd_error_t *sd_role_list(apr_array_header_t **entries, sd_work_t *work, const char *desk_key);

#endif
