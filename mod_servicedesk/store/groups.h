/*
 * Rows of user_group, user_group_member and user_group_child. A group belongs to a directory: those of the internal one
 * are made and filled by administrators, with people and groups of every directory; those of other directories are what
 * an Apache authentication told at the last sign-in, and hold people of that directory alone. Who changes members or
 * children here refreshes what follows from them: store/grants.h.
 */
#ifndef SD_STORE_GROUPS_H
#define SD_STORE_GROUPS_H

#include <apr_tables.h>

#include "store/records.h"
#include "store/store.h"

typedef struct sd_user_group_t {
    sd_id_t id;
    sd_id_t directory_id;
    const char *directory;
    int internal; /* of the module's own directory: may be edited */
    const char *name;
    const char *description;
    const char *full_name; /* the name, behind "directory/" unless it is internal */
} sd_user_group_t;

/*
 * The columns of a group as every statement selects them, from `user_group g JOIN directory e ON e.id =
 * g.directory_id`; read by sd_user_group_of_row() from column `first` on.
 */
#define SD_GROUP_COLUMNS                                                                                               \
    "g.id, g.directory_id, e.name, CASE WHEN e.kind = 'internal' THEN 1 ELSE 0 END, g.name, g.description"
#define SD_GROUP_WIDTH 6

void sd_user_group_of_row(sd_user_group_t *group, apr_pool_t *pool, sd_row_t *row, int first);
void *sd_user_group_record(apr_pool_t *pool, sd_row_t *row); /* of these columns alone: sd_record_fn of store/rows.h */

/* `text` is an id, "directory/name", or the name of an internal group. NULL if there is none. */
SD_CHECKED sd_error_t *sd_groups_named(const sd_user_group_t **group, sd_store_t *store, const char *text);
/* The same without ids, for texts that are names by all means. */
SD_CHECKED sd_error_t *sd_groups_of_name(const sd_user_group_t **group, sd_store_t *store, const char *full_name);
SD_CHECKED sd_error_t *sd_groups_of_directory(const sd_user_group_t **group, sd_store_t *store, sd_id_t directory_id,
                                              const char *name_key);

/* In order of id: of all directories, or of one with `directory_id` not 0. */
SD_CHECKED sd_error_t *sd_groups_list(sd_list_t **groups, sd_store_t *store, sd_id_t directory_id, sd_page_t page);

SD_CHECKED sd_error_t *sd_groups_insert(sd_id_t *id, sd_store_t *store, sd_id_t directory_id, const char *name,
                                        const char *name_key, const char *description, sd_time_t created);
SD_CHECKED sd_error_t *sd_groups_update(sd_store_t *store, sd_id_t id, const char *name, const char *name_key,
                                        const char *description);
/* With everything that hangs on it. */
SD_CHECKED sd_error_t *sd_groups_delete(sd_store_t *store, sd_id_t id);

/* Accounts that are members themselves, and the groups whose members are members. */
SD_CHECKED sd_error_t *sd_groups_members(sd_list_t **accounts, sd_store_t *store, sd_id_t id, sd_page_t page);
SD_CHECKED sd_error_t *sd_groups_children(apr_array_header_t **groups, sd_store_t *store, sd_id_t id);
SD_CHECKED sd_error_t *sd_groups_add_member(int *changed, sd_store_t *store, sd_id_t id, sd_id_t account_id);
SD_CHECKED sd_error_t *sd_groups_remove_member(int *changed, sd_store_t *store, sd_id_t id, sd_id_t account_id);
SD_CHECKED sd_error_t *sd_groups_add_child(int *changed, sd_store_t *store, sd_id_t id, sd_id_t child_id);
SD_CHECKED sd_error_t *sd_groups_remove_child(int *changed, sd_store_t *store, sd_id_t id, sd_id_t child_id);

/* How many steps there are above a group, and below it; whether `other` is the group or below it. */
SD_CHECKED sd_error_t *sd_groups_height(apr_int64_t *above, apr_int64_t *below, sd_store_t *store, sd_id_t id);
SD_CHECKED sd_error_t *sd_groups_holds(int *holds, sd_store_t *store, sd_id_t id, sd_id_t other);

/* Full names of all groups of an account, nested ones too, sorted by byte: const char *. */
SD_CHECKED sd_error_t *sd_groups_of(apr_array_header_t **names, sd_store_t *store, sd_id_t account_id);
/* Is it in the group, by whatever way? */
SD_CHECKED sd_error_t *sd_groups_is_member(int *member, sd_store_t *store, sd_id_t id, sd_id_t account_id);

/* Names of the groups of one directory that the account is in, sorted by byte; and the same made to be `names`: a group
 * that is new becomes a row, one without members stays one. */
SD_CHECKED sd_error_t *sd_groups_told(apr_array_header_t **names, sd_store_t *store, sd_id_t account_id,
                                      sd_id_t directory_id);
SD_CHECKED sd_error_t *sd_groups_tell(sd_store_t *store, sd_id_t account_id, sd_id_t directory_id,
                                      const apr_array_header_t *names, sd_time_t now);

#endif
