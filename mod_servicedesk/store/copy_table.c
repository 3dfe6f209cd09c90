/* Columns out of the catalogue, statements out of columns. */
#include "store/copy_table.h"

#include <string.h>

#include <apr_strings.h>

SD_SQL_EACH(copy_columns,
            "SELECT name, CASE WHEN type LIKE '%TEXT%' THEN 1 ELSE 0 END, pk FROM pragma_table_info($1) ORDER BY cid",
            "SELECT a.attname, CASE WHEN a.atttypid = 25 THEN 1 ELSE 0 END,"
            " coalesce(array_position(i.indkey::int2[], a.attnum), -1) + 1"
            " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary"
            " WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum");

typedef struct reading_t {
    sd_copy_table_t *table;
    apr_pool_t *pool;
} reading_t;

static sd_error_t *take_column(void *baton, sd_row_t *row)
{
    reading_t *reading = baton;
    sd_copy_table_t *table = reading->table;
    sd_copy_column_t *column = apr_array_push(table->columns);

    column->name = apr_pstrdup(reading->pool, sd_row_text(row, 0));
    column->is_text = sd_row_bool(row, 1);
    column->key = (int)sd_row_int(row, 2);
    column->is_moving = strcmp(table->name, "desk_number") == 0 && strcmp(column->name, "last") == 0;
    if (column->key > 0 && column->key <= (int)(sizeof(table->key_columns) / sizeof(table->key_columns[0]))) {
        table->key_columns[column->key - 1] = table->columns->nelts - 1;
        table->key_count++;
    }
    table->has_id |= column->key == 1 && strcmp(column->name, "id") == 0;
    return NULL;
}

static const char *name_of(const sd_copy_table_t *table, int i)
{
    return APR_ARRAY_IDX(table->columns, i, sd_copy_column_t).name;
}

/* "a, b", "a DESC, b DESC", "$1, $2" ... */
static const char *list_of_keys(apr_pool_t *pool, const sd_copy_table_t *table, const char *behind)
{
    const char *list = "";

    for (int i = 0; i < table->key_count; i++) {
        list = apr_pstrcat(pool, list, i ? ", " : "", name_of(table, table->key_columns[i]), behind, NULL);
    }
    return list;
}

static const char *list_of_numbers(apr_pool_t *pool, int count)
{
    const char *list = "";

    for (int i = 1; i <= count; i++) {
        list = apr_psprintf(pool, "%s%s$%d", list, i > 1 ? ", " : "", i);
    }
    return list;
}

/* The last number of a desk is kept in a sequence on PostgreSQL; the column there says where it began. */
static const char *list_of_columns(apr_pool_t *pool, const sd_copy_table_t *table, int on_pgsql)
{
    const char *list = "";

    for (int i = 0; i < table->columns->nelts; i++) {
        const char *name = name_of(table, i);

        if (on_pgsql && APR_ARRAY_IDX(table->columns, i, sd_copy_column_t).is_moving) {
            name = "coalesce(pg_sequence_last_value(('desk_number_' || desk_id)::regclass), last)";
        }
        list = apr_pstrcat(pool, list, i ? ", " : "", name, NULL);
    }
    return list;
}

static const char *assignments(apr_pool_t *pool, const sd_copy_table_t *table)
{
    const char *list = "";

    for (int i = 0; i < table->columns->nelts; i++) {
        const char *name = name_of(table, i);

        if (!APR_ARRAY_IDX(table->columns, i, sd_copy_column_t).key) {
            list = apr_pstrcat(pool, list, *list ? ", " : "", name, " = excluded.", name, NULL);
        }
    }
    return *list ? apr_pstrcat(pool, "DO UPDATE SET ", list, NULL) : "DO NOTHING";
}

static sd_sql_t statement(apr_pool_t *pool, const sd_copy_table_t *table, const char *act, const char *sqlite,
                          const char *pgsql)
{
    return (sd_sql_t){apr_pstrcat(pool, "copy_", act, "_", table->name, NULL), sqlite, pgsql};
}

static const char *select_text(apr_pool_t *pool, const sd_copy_table_t *table, int on_pgsql, int behind)
{
    const char *where = "";

    if (behind) {
        where = apr_psprintf(pool, " WHERE (%s) > (%s)", list_of_keys(pool, table, ""),
                             list_of_numbers(pool, table->key_count));
    }
    return apr_psprintf(pool, "SELECT %s FROM %s%s ORDER BY %s LIMIT $%d", list_of_columns(pool, table, on_pgsql),
                        table->name, where, list_of_keys(pool, table, ""), behind ? table->key_count + 1 : 1);
}

static void make_statements(apr_pool_t *pool, sd_copy_table_t *table)
{
    const char *last = apr_psprintf(pool, "SELECT %s FROM %s ORDER BY %s LIMIT 1", list_of_keys(pool, table, ""),
                                    table->name, list_of_keys(pool, table, " DESC"));
    const char *put = apr_psprintf(pool, "INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (%s) %s", table->name,
                                   list_of_columns(pool, table, 0), list_of_numbers(pool, table->columns->nelts),
                                   list_of_keys(pool, table, ""), assignments(pool, table));
    const char *count = apr_psprintf(pool, "SELECT count(*) FROM %s", table->name);

    table->first = statement(pool, table, "first", select_text(pool, table, 0, 0), select_text(pool, table, 1, 0));
    table->next = statement(pool, table, "next", select_text(pool, table, 0, 1), select_text(pool, table, 1, 1));
    table->last_key = statement(pool, table, "last", last, last);
    table->put = statement(pool, table, "put", put, put);
    table->count = statement(pool, table, "count", count, count);
}

sd_error_t *sd_copy_table_make(sd_copy_table_t **table, apr_pool_t *pool, sd_store_t *store, const char *name)
{
    sd_copy_table_t *made = apr_pcalloc(pool, sizeof(*made));
    reading_t reading = {made, pool};

    made->name = apr_pstrdup(pool, name);
    made->columns = apr_array_make(pool, 16, sizeof(sd_copy_column_t));
    SD_TRY(sd_store_query(store, &copy_columns, SD_VALUES(SD_TEXT(name)), take_column, &reading));
    if (!made->key_count) {
        return sd_error_private(sd_store_pool(store), SD_ERROR_INTERNAL, "copy: the table %s has no key", name);
    }
    make_statements(pool, made);
    *table = made;
    return NULL;
}
