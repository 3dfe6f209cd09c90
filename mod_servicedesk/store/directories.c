/* SQL over directory. */
#include "store/directories.h"

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

sd_error_t *sd_directories_count_internal(apr_int64_t *count, sd_store_t *store)
{
    return sd_store_number(store, &directory_count_internal, SD_NO_VALUES, 0, count);
}
