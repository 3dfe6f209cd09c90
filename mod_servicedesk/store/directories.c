/* SQL over directory. */
#include "store/directories.h"

#include "store/accounts.h"
#include "store/groups.h"
#include "store/rows.h"

#define COLUMNS                                                                                                        \
    "id, name, CASE WHEN kind = 'internal' THEN 1 ELSE 0 END, trusted_addresses, position, writable,"                  \
    " CASE WHEN sign_in = 'groups' THEN 1 ELSE 0 END"

SD_SQL(directory_find, "SELECT " COLUMNS " FROM directory WHERE name = $1");
SD_SQL(directory_by_id, "SELECT " COLUMNS " FROM directory WHERE id = $1");
SD_SQL(directory_list, "SELECT " COLUMNS " FROM directory ORDER BY position, id");
SD_SQL(directory_lets_in,
       "WITH RECURSIVE above (id) AS (SELECT group_id FROM directory_group WHERE directory_id = $1 AND purpose ="
       " 'default' UNION SELECT c.parent_id FROM above u JOIN user_group_child c ON c.child_id = u.id)"
       " SELECT count(*) FROM above b JOIN directory_group g ON g.directory_id = $1 AND g.purpose = 'sign-in'"
       " AND g.group_id = b.id");
SD_SQL(directory_set, "UPDATE directory SET writable = $1, sign_in = $2, position = $3 WHERE id = $4");
SD_SQL(directory_admins, "SELECT count(*) FROM account WHERE system_admin = 1 AND state = 'active' AND barred = 0");
SD_SQL(directory_same_address,
       "SELECT " SD_ACCOUNT_COLUMNS ", a.address_proven FROM account a JOIN directory d ON d.id = a.directory_id"
       " WHERE a.address_key IN (SELECT s.address_key FROM account s WHERE s.address_key IS NOT NULL"
       " GROUP BY s.address_key HAVING count(*) > 1) ORDER BY a.address_key, d.position, a.id");
SD_SQL(directory_groups,
       "SELECT " SD_GROUP_COLUMNS " FROM directory_group p JOIN user_group g ON g.id = p.group_id"
       " JOIN directory e ON e.id = g.directory_id WHERE p.directory_id = $1 AND p.purpose = $2 ORDER BY g.id");
SD_SQL(directory_groups_clear, "DELETE FROM directory_group WHERE directory_id = $1 AND purpose = $2");
SD_SQL(directory_groups_add, "INSERT INTO directory_group (directory_id, purpose, group_id) VALUES ($1, $2, $3)"
                             " ON CONFLICT DO NOTHING");
SD_SQL(directory_insert, "INSERT INTO directory (name, kind, writable, trusted_addresses, position, created)"
                         " SELECT $1, 'external', 0, $2, coalesce(max(position), 0) + 1, $3 FROM directory");
SD_SQL(directory_set_trusted, "UPDATE directory SET trusted_addresses = $1 WHERE id = $2");
SD_SQL(directory_count_internal, "SELECT count(*) FROM directory WHERE kind = 'internal' AND name = 'internal'");

static void *record(apr_pool_t *pool, sd_row_t *row)
{
    sd_directory_t *directory = apr_pcalloc(pool, sizeof(*directory));

    directory->id = sd_row_int(row, 0);
    directory->name = sd_row_text(row, 1);
    directory->internal = sd_row_bool(row, 2);
    directory->trusted_addresses = sd_row_bool(row, 3);
    directory->position = sd_row_int(row, 4);
    directory->writable = sd_row_bool(row, 5);
    directory->by_groups = sd_row_bool(row, 6);
    return directory;
}

sd_error_t *sd_directories_find(const sd_directory_t **directory, sd_store_t *store, const char *name)
{
    void *found;

    SD_TRY(sd_rows_one(&found, store, &directory_find, SD_VALUES(SD_TEXT(name)), record));
    *directory = found;
    return NULL;
}

sd_error_t *sd_directories_by_id(const sd_directory_t **directory, sd_store_t *store, sd_id_t id)
{
    void *found;

    SD_TRY(sd_rows_one(&found, store, &directory_by_id, SD_VALUES(SD_INT(id)), record));
    *directory = found;
    return NULL;
}

sd_error_t *sd_directories_list(apr_array_header_t **directories, sd_store_t *store)
{
    return sd_rows_all(directories, store, &directory_list, SD_NO_VALUES, record);
}

static const char *const purposes[] = {[SD_DIRECTORY_DEFAULT] = "default", [SD_DIRECTORY_SIGN_IN] = "sign-in"};

sd_error_t *sd_directories_groups(apr_array_header_t **groups, sd_store_t *store, sd_id_t directory_id,
                                  sd_directory_purpose_t purpose)
{
    return sd_rows_all(groups, store, &directory_groups, SD_VALUES(SD_INT(directory_id), SD_TEXT(purposes[purpose])),
                       sd_user_group_record);
}

sd_error_t *sd_directories_set_groups(sd_store_t *store, sd_id_t directory_id, sd_directory_purpose_t purpose,
                                      const apr_array_header_t *groups)
{
    SD_TRY(sd_store_execute(store, &directory_groups_clear, SD_VALUES(SD_INT(directory_id), SD_TEXT(purposes[purpose])),
                            NULL));
    for (int i = 0; i < groups->nelts; i++) {
        sd_id_t id = APR_ARRAY_IDX(groups, i, const sd_user_group_t *)->id;

        SD_TRY(sd_store_execute(store, &directory_groups_add,
                                SD_VALUES(SD_INT(directory_id), SD_TEXT(purposes[purpose]), SD_INT(id)), NULL));
    }
    return NULL;
}

sd_error_t *sd_directories_locks_out(int *locks_out, sd_store_t *store, const sd_directory_t *directory)
{
    apr_int64_t ways = 1;

    if (directory->by_groups) {
        SD_TRY(sd_store_number(store, &directory_lets_in, SD_VALUES(SD_INT(directory->id)), 0, &ways));
    }
    *locks_out = ways == 0;
    return NULL;
}

sd_error_t *sd_directories_insert(sd_store_t *store, const char *name, int trusted_addresses, sd_time_t created)
{
    return sd_store_execute(store, &directory_insert,
                            SD_VALUES(SD_TEXT(name), SD_INT(trusted_addresses != 0), SD_INT(created)), NULL);
}

sd_error_t *sd_directories_set_trusted(sd_store_t *store, sd_id_t id, int trusted_addresses)
{
    return sd_store_execute(store, &directory_set_trusted, SD_VALUES(SD_INT(trusted_addresses != 0), SD_INT(id)), NULL);
}

sd_error_t *sd_directories_set(sd_store_t *store, sd_id_t id, int writable, int by_groups, apr_int64_t position)
{
    return sd_store_execute(store, &directory_set,
                            SD_VALUES(SD_INT(writable != 0), SD_TEXT(by_groups ? "groups" : "everyone"),
                                      SD_INT(position), SD_INT(id)),
                            NULL);
}

sd_error_t *sd_directories_count_admins(apr_int64_t *count, sd_store_t *store)
{
    return sd_store_number(store, &directory_admins, SD_NO_VALUES, 0, count);
}

static void *same_address_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_same_address_t *same = apr_pcalloc(pool, sizeof(*same));

    sd_account_of_row(&same->account, row, 0);
    same->proven = sd_row_bool(row, SD_ACCOUNT_WIDTH);
    return same;
}

sd_error_t *sd_directories_same_address(apr_array_header_t **rows, sd_store_t *store)
{
    return sd_rows_all(rows, store, &directory_same_address, SD_NO_VALUES, same_address_record);
}

sd_error_t *sd_directories_count_internal(apr_int64_t *count, sd_store_t *store)
{
    return sd_store_number(store, &directory_count_internal, SD_NO_VALUES, 0, count);
}
