/* SQL over directory. */
#include "store/directories.h"

#include "store/rows.h"

#define COLUMNS "id, name, CASE WHEN kind = 'internal' THEN 1 ELSE 0 END, trusted_addresses, position"

SD_SQL(directory_find, "SELECT " COLUMNS " FROM directory WHERE name = $1");
SD_SQL(directory_by_id, "SELECT " COLUMNS " FROM directory WHERE id = $1");
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
