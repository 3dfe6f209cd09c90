/* Roles: administrator, agent and customer of a desk (rows of desk_role), and the system administrator. */
#ifndef SD_DESK_ROLE_H
#define SD_DESK_ROLE_H

#include "desk/user_group.h"
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

/* One account, one role of a desk, inside the caller's write and after its policy and its look at the licence; with
 * the audit row. */
SD_CHECKED sd_error_t *sd_role_change(int *changed, sd_work_t *work, const sd_desk_t *desk, const char *role,
                                      const sd_account_t *account, int add);

/*
 * The same role of a desk for people and groups at once. Names are arrays of const char *, NULL leaves that list alone;
 * unknown ones are errors, and nothing changes. By whoever may change the roles of the desk; groups by its
 * administrators only as far as the setting role_groups lets them.
 */
typedef struct sd_role_edit_t {
    const char *desk;
    const char *role; /* administrator, agent, customer */
    sd_edit_t edit;
    const apr_array_header_t *users;
    const apr_array_header_t *groups;
    int confirm; /* see desk/licence.h */
} sd_role_edit_t;

/* Somebody who was taken out and has the role all the same. */
typedef struct sd_role_still_t {
    sd_account_t account;
    const apr_array_header_t *groups; /* full names of the groups that give it: const char * */
} sd_role_still_t;

/* *still: const sd_role_still_t *, empty if nobody is. */
SD_CHECKED sd_error_t *sd_role_edit(apr_array_header_t **still, sd_work_t *work, const sd_role_edit_t *edit);

/* Who has a role of a desk: a page of the accounts that were given it themselves; its groups (sd_user_group_t *). */
SD_CHECKED sd_error_t *sd_role_members(sd_list_t **users, apr_array_header_t **groups, sd_work_t *work,
                                       const char *desk, const char *role, sd_page_t page);

/* The text for people: "kim still has access through group staff", as an error of the field `field`. */
sd_error_t *sd_role_still_error(apr_pool_t *pool, const char *field, const apr_array_header_t *still);

/* Adds to *still (made if NULL) if the account has the role by groups; inside a transaction. */
SD_CHECKED sd_error_t *sd_role_note_still(apr_array_header_t **still, sd_work_t *work, sd_id_t desk_id,
                                          const char *role, const sd_account_t *account);

#endif
