/* SQL over user_group, user_group_member and user_group_child. */
#include "store/groups.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/accounts.h"
#include "store/directories.h"
#include "store/grants.h"
#include "store/rows.h"

#define FROM_GROUP " FROM user_group g JOIN directory e ON e.id = g.directory_id "

SD_SQL(group_by_id, "SELECT " SD_GROUP_COLUMNS FROM_GROUP "WHERE g.id = $1");
SD_SQL(group_by_name, "SELECT " SD_GROUP_COLUMNS FROM_GROUP "WHERE g.name_key = $1 AND g.directory_id = $2");
SD_SQL(group_list, "SELECT " SD_GROUP_COLUMNS FROM_GROUP "WHERE g.id > 0 ORDER BY g.id LIMIT $1 OFFSET $2");
SD_SQL(group_list_of_directory,
       "SELECT " SD_GROUP_COLUMNS FROM_GROUP "WHERE g.directory_id = $1 ORDER BY g.id LIMIT $2 OFFSET $3");
SD_SQL(group_insert, "INSERT INTO user_group (directory_id, name, name_key, description, created)"
                     " VALUES ($1, $2, $3, $4, $5) RETURNING id");
SD_SQL(group_update, "UPDATE user_group SET name = $1, name_key = $2, description = $3 WHERE id = $4");
SD_SQL(group_delete, "DELETE FROM user_group WHERE id = $1");
SD_SQL(group_members, "SELECT " SD_ACCOUNT_COLUMNS " FROM user_group_member m JOIN account a ON a.id = m.account_id"
                      " JOIN directory d ON d.id = a.directory_id WHERE m.group_id = $1"
                      " ORDER BY m.account_id LIMIT $2 OFFSET $3");
SD_SQL(group_children, "SELECT " SD_GROUP_COLUMNS " FROM user_group_child c JOIN user_group g ON g.id = c.child_id"
                       " JOIN directory e ON e.id = g.directory_id WHERE c.parent_id = $1 ORDER BY g.id");
SD_SQL(group_member_add, "INSERT INTO user_group_member (group_id, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
SD_SQL(group_member_remove, "DELETE FROM user_group_member WHERE group_id = $1 AND account_id = $2");
SD_SQL(group_child_add, "INSERT INTO user_group_child (parent_id, child_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
SD_SQL(group_child_remove, "DELETE FROM user_group_child WHERE parent_id = $1 AND child_id = $2");
/* The bound of depth that desk/ keeps is far below 20: it is here only so that no row can make them run for ever. */
SD_SQL(group_steps_above,
       "WITH RECURSIVE above (id, level) AS (SELECT id, 0 FROM user_group WHERE id = $1"
       " UNION SELECT c.parent_id, u.level + 1 FROM above u JOIN user_group_child c ON c.child_id = u.id"
       " WHERE u.level < 20) SELECT max(level) FROM above");
SD_SQL(group_steps_below,
       "WITH RECURSIVE below (id, level) AS (SELECT id, 0 FROM user_group WHERE id = $1"
       " UNION SELECT c.child_id, u.level + 1 FROM below u JOIN user_group_child c ON c.parent_id = u.id"
       " WHERE u.level < 20) SELECT max(level) FROM below");
SD_SQL(group_holds, "WITH RECURSIVE below (id) AS (SELECT id FROM user_group WHERE id = $1"
                    " UNION SELECT c.child_id FROM below u JOIN user_group_child c ON c.parent_id = u.id)"
                    " SELECT count(*) FROM below b WHERE b.id = $2");
SD_SQL(group_of_account,
       SD_GRANT_ABOVE_ACCOUNT "SELECT " SD_GROUP_COLUMNS " FROM above b JOIN user_group g ON g.id = b.id"
                              " JOIN directory e ON e.id = g.directory_id");
SD_SQL(group_has_account, SD_GRANT_ABOVE_ACCOUNT "SELECT count(*) FROM above b WHERE b.id = $2");
SD_SQL(group_told, "SELECT g.name FROM user_group_member m JOIN user_group g ON g.id = m.group_id"
                   " WHERE m.account_id = $1 AND g.directory_id = $2 ORDER BY g.name");
SD_SQL(group_leave_told, "DELETE FROM user_group_member WHERE account_id = $1 AND group_id IN"
                         " (SELECT m.group_id FROM user_group_member m JOIN user_group g ON g.id = m.group_id"
                         " WHERE m.account_id = $1 AND g.directory_id = $2)");
SD_SQL(group_see, "INSERT INTO user_group (directory_id, name, name_key, created) VALUES ($1, $2, $2, $3)"
                  " ON CONFLICT DO NOTHING");
SD_SQL(group_join_told, "INSERT INTO user_group_member (group_id, account_id)"
                        " SELECT g.id, a.id FROM user_group g JOIN account a ON a.id = $1"
                        " WHERE g.name_key = $2 AND g.directory_id = $3 ON CONFLICT DO NOTHING");

void sd_user_group_of_row(sd_user_group_t *group, apr_pool_t *pool, sd_row_t *row, int first)
{
    group->id = sd_row_int(row, first);
    group->directory_id = sd_row_int(row, first + 1);
    group->directory = sd_row_text(row, first + 2);
    group->internal = sd_row_bool(row, first + 3);
    group->name = sd_row_text(row, first + 4);
    group->description = sd_row_text(row, first + 5);
    group->full_name = group->internal ? group->name : apr_pstrcat(pool, group->directory, "/", group->name, NULL);
}

void *sd_user_group_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_user_group_t *group = apr_pcalloc(pool, sizeof(*group));

    sd_user_group_of_row(group, pool, row, 0);
    return group;
}

static sd_error_t *find(const sd_user_group_t **group, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values,
                        int count)
{
    void *found;

    *group = NULL;
    SD_TRY(sd_rows_one(&found, store, sql, values, count, sd_user_group_record));
    *group = found;
    return NULL;
}

sd_error_t *sd_groups_of_directory(const sd_user_group_t **group, sd_store_t *store, sd_id_t directory_id,
                                   const char *name_key)
{
    return find(group, store, &group_by_name, SD_VALUES(SD_TEXT(name_key), SD_INT(directory_id)));
}

/* Names of other directories may hold a slash themselves; those of the internal one may not. */
sd_error_t *sd_groups_of_name(const sd_user_group_t **group, sd_store_t *store, const char *full_name)
{
    const char *text = full_name, *slash = strchr(text, '/'), *name = slash ? slash + 1 : text;
    const sd_directory_t *directory;

    *group = NULL;
    SD_TRY(sd_directories_find(&directory, store,
                               slash ? apr_pstrmemdup(sd_store_pool(store), text, (apr_size_t)(slash - text))
                                     : "internal"));
    if (!directory) {
        return NULL;
    }
    if (directory->internal) {
        SD_TRY(sd_text_fold(&name, sd_store_pool(store), name));
    }
    return sd_groups_of_directory(group, store, directory->id, name);
}

sd_error_t *sd_groups_named(const sd_user_group_t **group, sd_store_t *store, const char *text)
{
    sd_id_t id = text ? sd_text_id(text) : 0;

    *group = NULL;
    if (!text || !sd_text_is_utf8(text, strlen(text))) {
        return NULL;
    }
    return id ? find(group, store, &group_by_id, SD_VALUES(SD_INT(id))) : sd_groups_of_name(group, store, text);
}

sd_error_t *sd_groups_list(sd_list_t **groups, sd_store_t *store, sd_id_t directory_id, sd_page_t page)
{
    if (directory_id) {
        return sd_rows_page(groups, store, &group_list_of_directory,
                            SD_VALUES(SD_INT(directory_id), SD_PAGE_VALUES(page)), page, sd_user_group_record);
    }
    return sd_rows_page(groups, store, &group_list, SD_VALUES(SD_PAGE_VALUES(page)), page, sd_user_group_record);
}

sd_error_t *sd_groups_insert(sd_id_t *id, sd_store_t *store, sd_id_t directory_id, const char *name,
                             const char *name_key, const char *description, sd_time_t created)
{
    return sd_rows_id(id, store, &group_insert,
                      SD_VALUES(SD_INT(directory_id), SD_TEXT(name), SD_TEXT(name_key), SD_TEXT(description),
                                SD_INT(created)));
}

sd_error_t *sd_groups_update(sd_store_t *store, sd_id_t id, const char *name, const char *name_key,
                             const char *description)
{
    return sd_store_execute(store, &group_update,
                            SD_VALUES(SD_TEXT(name), SD_TEXT(name_key), SD_TEXT(description), SD_INT(id)), NULL);
}

sd_error_t *sd_groups_delete(sd_store_t *store, sd_id_t id)
{
    return sd_store_execute(store, &group_delete, SD_VALUES(SD_INT(id)), NULL);
}

sd_error_t *sd_groups_members(sd_list_t **accounts, sd_store_t *store, sd_id_t id, sd_page_t page)
{
    return sd_rows_page(accounts, store, &group_members, SD_VALUES(SD_INT(id), SD_PAGE_VALUES(page)), page,
                        sd_accounts_record);
}

sd_error_t *sd_groups_children(apr_array_header_t **groups, sd_store_t *store, sd_id_t id)
{
    return sd_rows_all(groups, store, &group_children, SD_VALUES(SD_INT(id)), sd_user_group_record);
}

static sd_error_t *change(int *changed, sd_store_t *store, const sd_sql_t *sql, sd_id_t id, sd_id_t other)
{
    apr_int64_t rows;

    SD_TRY(sd_store_execute(store, sql, SD_VALUES(SD_INT(id), SD_INT(other)), &rows));
    *changed = rows > 0;
    return NULL;
}

sd_error_t *sd_groups_add_member(int *changed, sd_store_t *store, sd_id_t id, sd_id_t account_id)
{
    return change(changed, store, &group_member_add, id, account_id);
}

sd_error_t *sd_groups_remove_member(int *changed, sd_store_t *store, sd_id_t id, sd_id_t account_id)
{
    return change(changed, store, &group_member_remove, id, account_id);
}

sd_error_t *sd_groups_add_child(int *changed, sd_store_t *store, sd_id_t id, sd_id_t child_id)
{
    return change(changed, store, &group_child_add, id, child_id);
}

sd_error_t *sd_groups_remove_child(int *changed, sd_store_t *store, sd_id_t id, sd_id_t child_id)
{
    return change(changed, store, &group_child_remove, id, child_id);
}

sd_error_t *sd_groups_height(apr_int64_t *above, apr_int64_t *below, sd_store_t *store, sd_id_t id)
{
    SD_TRY(sd_store_number(store, &group_steps_above, SD_VALUES(SD_INT(id)), 0, above));
    return sd_store_number(store, &group_steps_below, SD_VALUES(SD_INT(id)), 0, below);
}

static sd_error_t *is_there(int *there, sd_store_t *store, const sd_sql_t *sql, sd_id_t first, sd_id_t second)
{
    apr_int64_t count;

    SD_TRY(sd_store_number(store, sql, SD_VALUES(SD_INT(first), SD_INT(second)), 0, &count));
    *there = count > 0;
    return NULL;
}

sd_error_t *sd_groups_holds(int *holds, sd_store_t *store, sd_id_t id, sd_id_t other)
{
    return is_there(holds, store, &group_holds, id, other);
}

sd_error_t *sd_groups_is_member(int *member, sd_store_t *store, sd_id_t id, sd_id_t account_id)
{
    return is_there(member, store, &group_has_account, account_id, id);
}

static int by_byte(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

sd_error_t *sd_groups_of(apr_array_header_t **names, sd_store_t *store, sd_id_t account_id)
{
    apr_array_header_t *groups;

    SD_TRY(sd_rows_all(&groups, store, &group_of_account, SD_VALUES(SD_INT(account_id)), sd_user_group_record));
    *names = apr_array_make(sd_store_pool(store), groups->nelts + 1, sizeof(const char *));
    for (int i = 0; i < groups->nelts; i++) {
        APR_ARRAY_PUSH(*names, const char *) = APR_ARRAY_IDX(groups, i, const sd_user_group_t *)->full_name;
    }
    qsort((*names)->elts, (size_t)(*names)->nelts, sizeof(const char *), by_byte);
    return NULL;
}

sd_error_t *sd_groups_told(apr_array_header_t **names, sd_store_t *store, sd_id_t account_id, sd_id_t directory_id)
{
    return sd_rows_all(names, store, &group_told, SD_VALUES(SD_INT(account_id), SD_INT(directory_id)), sd_rows_text);
}

sd_error_t *sd_groups_tell(sd_store_t *store, sd_id_t account_id, sd_id_t directory_id, const apr_array_header_t *names,
                           sd_time_t now)
{
    SD_TRY(sd_store_execute(store, &group_leave_told, SD_VALUES(SD_INT(account_id), SD_INT(directory_id)), NULL));
    for (int i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        SD_TRY(sd_store_execute(store, &group_see, SD_VALUES(SD_INT(directory_id), SD_TEXT(name), SD_INT(now)), NULL));
        SD_TRY(sd_store_execute(store, &group_join_told,
                                SD_VALUES(SD_INT(account_id), SD_TEXT(name), SD_INT(directory_id)), NULL));
    }
    return NULL;
}
