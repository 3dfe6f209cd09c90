/*
 * Groups: made and filled by administrators (those of the module), or told by an Apache authentication (those of other
 * directories, which can only be looked at, deleted, and put into groups of the module). A group is named by its id,
 * its name if it is the module's, else by "directory/name". What groups give follows in the same transaction.
 */
#ifndef SD_DESK_USER_GROUP_H
#define SD_DESK_USER_GROUP_H

#include "desk/work.h"
#include "store/groups.h"

#define SD_GROUP_NAME_LENGTH 100
#define SD_GROUP_DESCRIPTION_LENGTH 500
/* So many groups may lie above each other. */
#define SD_GROUP_DEPTH 8

/* Looked up by whoever may find people, in order of id; `directory` NULL: of all. */
SD_CHECKED sd_error_t *sd_user_group_list(sd_list_t **groups, sd_work_t *work, const char *directory, sd_page_t page);
SD_CHECKED sd_error_t *sd_user_group_find(const sd_user_group_t **group, sd_work_t *work, const char *named);

/* The rest by operator or system admin. NULL leaves a text as it is. */
SD_CHECKED sd_error_t *sd_user_group_create(const sd_user_group_t **group, sd_work_t *work, const char *name,
                                            const char *description);
SD_CHECKED sd_error_t *sd_user_group_update(const sd_user_group_t **group, sd_work_t *work, const char *named,
                                            const char *name, const char *description);
SD_CHECKED sd_error_t *sd_user_group_delete(sd_work_t *work, const char *named);

/* Accounts that are members themselves; groups (sd_user_group_t *) whose members are members. */
SD_CHECKED sd_error_t *sd_user_group_members(sd_list_t **accounts, sd_work_t *work, const char *named, sd_page_t page);
SD_CHECKED sd_error_t *sd_user_group_children(apr_array_header_t **groups, sd_work_t *work, const char *named);

typedef enum sd_edit_t { SD_EDIT_ADD, SD_EDIT_REMOVE, SD_EDIT_REPLACE } sd_edit_t;

/* Names: arrays of const char *; NULL leaves that list alone. Names that nobody has are errors, and nothing changes. */
typedef struct sd_user_group_edit_t {
    sd_edit_t edit;
    const apr_array_header_t *users;
    const apr_array_header_t *groups;
    int confirm; /* see desk/licence.h */
} sd_user_group_edit_t;

SD_CHECKED sd_error_t *sd_user_group_edit(sd_work_t *work, const char *named, const sd_user_group_edit_t *edit);

/* The groups that `names` name: const sd_user_group_t *, inside a transaction; each unknown one is an error. */
SD_CHECKED sd_error_t *sd_user_group_all_named(apr_array_header_t **groups, sd_work_t *work,
                                               const apr_array_header_t *names);
/* Is the group of this id among them? */
int sd_user_groups_hold(const apr_array_header_t *groups, sd_id_t id);

#endif
