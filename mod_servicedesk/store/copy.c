/* The copy of an instance: stretches of rows there, then a comparison. */
#include "store/copy.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/evp.h>

#include "store/copy_table.h"
#include "store/driver.h"
#include "store/schema.h"
#include "store/schema_tables.h"

#define STRETCH 1000

/* The counter behind a table's ids: the highest that was ever given out. */
SD_SQL_EACH(copy_last_id, "SELECT seq FROM sqlite_sequence WHERE name = $1",
            "SELECT pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass)");
SD_SQL_EACH(copy_set_last_id, "UPDATE sqlite_sequence SET seq = $1 WHERE name = $2 AND seq < $1",
            "SELECT setval(pg_get_serial_sequence($2, 'id')::regclass, $1) WHERE $1 > 0");
SD_SQL_EACH(copy_begin_last_id,
            "INSERT INTO sqlite_sequence (name, seq) SELECT $1, $2"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $1)",
            NULL);
SD_SQL(copy_has_accounts, "SELECT coalesce((SELECT a.id FROM account a WHERE a.id > 0 ORDER BY a.id LIMIT 1),"
                          " (SELECT k.id FROM desk k WHERE k.id > 0 ORDER BY k.id LIMIT 1), 0)");
SD_SQL_EACH(copy_desk_sequences, NULL,
            "SELECT 'DROP SEQUENCE desk_number_' || desk_id || ';' FROM desk_number ORDER BY desk_id");

SD_SQL(restore_end_sessions, "DELETE FROM session");
SD_SQL(restore_end_links, "UPDATE mailed_token SET revoked = $1 WHERE used IS NULL AND revoked IS NULL");

typedef struct run_t {
    const sd_copy_t *copy;
    apr_pool_t *pool;           /* of the tables and what else lasts */
    apr_pool_t *stretch;        /* emptied after each stretch */
    apr_array_header_t *tables; /* of sd_copy_table_t * */
} run_t;

typedef struct stretch_t {
    const sd_copy_table_t *table;
    apr_pool_t *pool;
    sd_store_t *to;
    apr_array_header_t *rows; /* of sd_value_t *, a value a column */
    EVP_MD_CTX *digest;       /* of the comparison; NULL while copying */
    sd_value_t *last;         /* the row that was seen last; its values live as long as `pool` */
    apr_int64_t count;
} stretch_t;

static void tell(const run_t *run, const char *act, const char *table, apr_int64_t rows, apr_int64_t total)
{
    if (run->copy->progress) {
        run->copy->progress(run->copy->baton, act, table, rows, total);
    }
}

static sd_value_t value_of(sd_row_t *row, int i, int is_text)
{
    const char *text = sd_row_text(row, i);

    if (!text) {
        return (sd_value_t){is_text ? SD_VALUE_NULL_TEXT : SD_VALUE_NULL_INTEGER, 0, NULL};
    }
    return is_text ? SD_TEXT(text) : SD_INT(apr_atoi64(text));
}

static sd_error_t *take_row(void *baton, sd_row_t *row)
{
    stretch_t *stretch = baton;
    int count = stretch->table->columns->nelts;
    sd_value_t *values = apr_palloc(stretch->pool, sizeof(*values) * (apr_size_t)count);

    for (int i = 0; i < count; i++) {
        values[i] = value_of(row, i, APR_ARRAY_IDX(stretch->table->columns, i, sd_copy_column_t).is_text);
    }
    APR_ARRAY_PUSH(stretch->rows, sd_value_t *) = values;
    return NULL;
}

/* The rows behind the last one seen; the store's own pool is not filled, whatever the size of the table. */
static sd_error_t *read_stretch(stretch_t *stretch, sd_store_t *from)
{
    const sd_copy_table_t *table = stretch->table;
    sd_value_t values[5];
    apr_pool_t *lent = from->pool;
    sd_error_t *error;

    stretch->rows = apr_array_make(stretch->pool, STRETCH, sizeof(sd_value_t *));
    for (int i = 0; stretch->last && i < table->key_count; i++) {
        values[i] = stretch->last[i];
    }
    from->pool = stretch->pool;
    if (stretch->last) {
        values[table->key_count] = SD_INT(STRETCH);
        error = sd_store_query(from, &table->next, values, table->key_count + 1, take_row, stretch);
    } else {
        error = sd_store_query(from, &table->first, SD_VALUES(SD_INT(STRETCH)), take_row, stretch);
    }
    from->pool = lent;
    return error;
}

/* The key of the last row of the stretch, out of its pool. */
static void remember_last(stretch_t *stretch, apr_pool_t *pool)
{
    const sd_copy_table_t *table = stretch->table;
    sd_value_t *row = APR_ARRAY_IDX(stretch->rows, stretch->rows->nelts - 1, sd_value_t *);

    stretch->last = apr_palloc(pool, sizeof(*stretch->last) * (apr_size_t)table->key_count);
    for (int i = 0; i < table->key_count; i++) {
        stretch->last[i] = row[table->key_columns[i]];
        stretch->last[i].text = apr_pstrdup(pool, stretch->last[i].text);
    }
}

static sd_error_t *put_rows(void *baton)
{
    stretch_t *stretch = baton;

    for (int i = 0; i < stretch->rows->nelts; i++) {
        SD_TRY(sd_store_execute(stretch->to, &stretch->table->put, APR_ARRAY_IDX(stretch->rows, i, sd_value_t *),
                                stretch->table->columns->nelts, NULL));
    }
    return NULL;
}

static sd_error_t *take_key(void *baton, sd_row_t *row)
{
    stretch_t *stretch = baton;
    const sd_copy_table_t *table = stretch->table;

    stretch->last = apr_palloc(stretch->pool, sizeof(*stretch->last) * (apr_size_t)table->key_count);
    for (int i = 0; i < table->key_count; i++) {
        const sd_copy_column_t *column = &APR_ARRAY_IDX(table->columns, table->key_columns[i], sd_copy_column_t);
        stretch->last[i] = value_of(row, i, column->is_text);
    }
    return NULL;
}

/* An earlier copy ended behind the target's last row. */
static sd_error_t *find_place(stretch_t *stretch, const run_t *run, apr_int64_t *there)
{
    const sd_copy_t *copy = run->copy;

    *there = 0;
    if (copy->resume) {
        SD_TRY(sd_store_query(copy->to, &stretch->table->last_key, SD_NO_VALUES, take_key, stretch));
        SD_TRY(sd_store_number(copy->to, &stretch->table->count, SD_NO_VALUES, 0, there));
    }
    return NULL;
}

static sd_error_t *copy_table(run_t *run, const sd_copy_table_t *table)
{
    const sd_copy_t *copy = run->copy;
    stretch_t stretch = {.table = table, .pool = run->pool, .to = copy->to};
    apr_int64_t total, done;
    int rows;

    SD_TRY(sd_store_number(copy->from, &table->count, SD_NO_VALUES, 0, &total));
    SD_TRY(find_place(&stretch, run, &done));
    stretch.pool = run->stretch;
    do {
        SD_TRY(read_stretch(&stretch, copy->from));
        rows = stretch.rows->nelts;
        if (rows) {
            SD_TRY(sd_store_write_rows(copy->to, put_rows, &stretch));
            remember_last(&stretch, run->pool);
        }
        done += rows;
        tell(run, "copied", table->name, done, total);
        apr_pool_clear(run->stretch);
    } while (rows == STRETCH);
    return NULL;
}

/* ---- the comparison ---- */

static void digest_value(EVP_MD_CTX *digest, const sd_value_t *value)
{
    char number[24];
    const char *text = value->text;

    if (value->type == SD_VALUE_INTEGER) {
        apr_snprintf(number, sizeof(number), "%" APR_INT64_T_FMT, value->integer);
        text = number;
    }
    EVP_DigestUpdate(digest, text ? "+" : "-", 1);
    if (text) {
        EVP_DigestUpdate(digest, text, strlen(text) + 1);
    }
}

static sd_error_t *digest_table(unsigned char hash[EVP_MAX_MD_SIZE], run_t *run, sd_store_t *store,
                                const sd_copy_table_t *table, EVP_MD_CTX *digest, apr_int64_t *count)
{
    stretch_t stretch = {.table = table, .pool = run->stretch};
    unsigned length;
    int rows;

    EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
    *count = 0;
    do {
        SD_TRY(read_stretch(&stretch, store));
        rows = stretch.rows->nelts;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < table->columns->nelts; j++) {
                if (!APR_ARRAY_IDX(table->columns, j, sd_copy_column_t).is_moving) {
                    digest_value(digest, &APR_ARRAY_IDX(stretch.rows, i, sd_value_t *)[j]);
                }
            }
        }
        if (rows) {
            remember_last(&stretch, run->pool);
        }
        *count += rows;
        apr_pool_clear(run->stretch);
    } while (rows == STRETCH);
    EVP_DigestFinal_ex(digest, hash, &length);
    return NULL;
}

static sd_error_t *compare_with(EVP_MD_CTX *digest, run_t *run, const sd_copy_table_t *table)
{
    unsigned char here[EVP_MAX_MD_SIZE] = {0}, there[EVP_MAX_MD_SIZE] = {0};
    apr_int64_t rows, copied;

    SD_TRY(digest_table(here, run, run->copy->from, table, digest, &rows));
    SD_TRY(digest_table(there, run, run->copy->to, table, digest, &copied));
    if (rows != copied || memcmp(here, there, sizeof(here)) != 0) {
        return sd_error_new(run->pool, SD_ERROR_CONFLICT, "sd.copy.differs",
                            "The rows of %s are not the same on both sides: %" APR_INT64_T_FMT
                            " there, %" APR_INT64_T_FMT " in the copy. Was one of them written to meanwhile?",
                            table->name, rows, copied);
    }
    tell(run, "compared", table->name, copied, rows);
    return NULL;
}

static sd_error_t *compare_table(run_t *run, const sd_copy_table_t *table)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    sd_error_t *error = digest ? compare_with(digest, run, table)
                               : sd_error_private(run->pool, SD_ERROR_INTERNAL, "no memory for a digest");

    EVP_MD_CTX_free(digest);
    return error;
}

/* ---- the whole ---- */

static sd_error_t *go_on_counting(run_t *run, const sd_copy_table_t *table)
{
    const sd_copy_t *copy = run->copy;
    apr_int64_t last, highest, ignored;
    sd_value_t name = SD_TEXT(table->name);

    SD_TRY(sd_store_number(copy->from, &table->last_key, SD_NO_VALUES, 0, &highest));
    SD_TRY(sd_store_number(copy->from, &copy_last_id, SD_VALUES(name), 0, &last));
    last = last > highest ? last : highest;
    if (!sd_store_writes_at_once(copy->to)) {
        SD_TRY(sd_store_execute(copy->to, &copy_begin_last_id, SD_VALUES(name, SD_INT(last)), NULL));
    }
    return sd_store_number(copy->to, &copy_set_last_id, SD_VALUES(SD_INT(last), name), 0, &ignored);
}

typedef struct counting_t {
    run_t *run;
    const sd_copy_table_t *table;
} counting_t;

static sd_error_t *count_in_write(void *baton)
{
    counting_t *counting = baton;

    return go_on_counting(counting->run, counting->table);
}

static sd_error_t *append_text(void *baton, sd_row_t *row)
{
    const char **all = baton;
    apr_pool_t *pool = row->store->pool;

    *all = apr_pstrcat(pool, *all, sd_row_text(row, 0), NULL);
    return NULL;
}

/* The rows that a new database begins with go too: what comes has them. */
static sd_error_t *empty_target(void *baton)
{
    run_t *run = baton;
    sd_store_t *to = run->copy->to;
    const char *script = "";

    if (sd_store_writes_at_once(to)) {
        SD_TRY(sd_store_query(to, &copy_desk_sequences, SD_NO_VALUES, append_text, &script));
    }
    for (int i = run->tables->nelts - 1; i >= 0; i--) {
        script = apr_pstrcat(run->pool, script, "DELETE FROM ", APR_ARRAY_IDX(run->tables, i, sd_copy_table_t *)->name,
                             ";", NULL);
    }
    return to->driver->script(to, script);
}

static sd_error_t *copy_all(run_t *run)
{
    for (int i = 0; i < run->tables->nelts; i++) {
        const sd_copy_table_t *table = APR_ARRAY_IDX(run->tables, i, sd_copy_table_t *);

        SD_TRY(copy_table(run, table));
        if (table->has_id) {
            SD_TRY(sd_store_write_rows(run->copy->to, count_in_write, &(counting_t){run, table}));
        }
    }
    for (int i = 0; i < run->tables->nelts; i++) {
        SD_TRY(compare_table(run, APR_ARRAY_IDX(run->tables, i, sd_copy_table_t *)));
    }
    return NULL;
}

/* Whoever writes beside waits until all is replaced; the first words of the transaction, so that it sees the rest. */
static sd_error_t *lock_target(run_t *run)
{
    sd_store_t *to = run->copy->to;
    const char *script = "LOCK TABLE ";

    if (!sd_store_writes_at_once(to)) {
        return NULL;
    }
    for (int i = 0; i < run->tables->nelts; i++) {
        script =
            apr_pstrcat(run->pool, script, i ? ", " : "", APR_ARRAY_IDX(run->tables, i, sd_copy_table_t *)->name, NULL);
    }
    return to->driver->script(to, apr_pstrcat(run->pool, script, " IN SHARE ROW EXCLUSIVE MODE", NULL));
}

static sd_error_t *replace_all(void *baton)
{
    SD_TRY(lock_target(baton));
    SD_TRY(empty_target(baton));
    return copy_all(baton);
}

/* Without an account nothing to speak of has been copied: what is there are the first rows of a schema. */
static sd_error_t *prepare_target(run_t *run)
{
    apr_int64_t used;

    SD_TRY(sd_store_number(run->copy->to, &copy_has_accounts, SD_NO_VALUES, 0, &used));
    if (!used) {
        return sd_store_write(run->copy->to, empty_target, run);
    }
    return run->copy->resume
               ? NULL
               : sd_error_new(run->pool, SD_ERROR_CONFLICT, "sd.copy.not.empty",
                              "The database to copy to is not empty. An interrupted copy goes on with --resume.");
}

/* In the source's one transaction. */
static sd_error_t *run_in_read(void *baton)
{
    run_t *run = baton;
    apr_array_header_t *names = sd_schema_tables(run->pool, run->copy->from->driver->steps);

    run->tables = apr_array_make(run->pool, names->nelts, sizeof(sd_copy_table_t *));
    for (int i = 0; i < names->nelts; i++) {
        sd_copy_table_t *table;
        SD_TRY(sd_copy_table_make(&table, run->pool, run->copy->from, APR_ARRAY_IDX(names, i, const char *)));
        APR_ARRAY_PUSH(run->tables, sd_copy_table_t *) = table;
    }
    if (run->copy->replace) {
        return sd_store_write_rows(run->copy->to, replace_all, run);
    }
    SD_TRY(prepare_target(run));
    return copy_all(run);
}

static sd_error_t *check_step(sd_store_t *store, apr_pool_t *pool)
{
    int step;

    SD_TRY(sd_schema_step(store, &step));
    if (step != sd_schema_newest()) {
        return sd_error_private(pool, SD_ERROR_UNAVAILABLE,
                                "the database to copy from stands at schema step %d, this program's newest is %d:"
                                " migrate it first",
                                step, sd_schema_newest());
    }
    return NULL;
}

sd_error_t *sd_copy_run(const sd_copy_t *copy)
{
    run_t run = {.copy = copy, .pool = sd_store_pool(copy->from)};
    int bounds[2] = {copy->from->statement_milliseconds, copy->to->statement_milliseconds};
    sd_error_t *error;

    SD_TRY(check_step(copy->from, run.pool));
    SD_TRY(sd_schema_migrate(copy->to, NULL));
    apr_pool_create(&run.stretch, run.pool);
    copy->from->statement_milliseconds = copy->to->statement_milliseconds = 0;
    error = sd_store_read(copy->from, run_in_read, &run);
    copy->from->statement_milliseconds = bounds[0];
    copy->to->statement_milliseconds = bounds[1];
    apr_pool_destroy(run.stretch);
    return error;
}

typedef struct ending_t {
    sd_store_t *store;
    sd_time_t now;
} ending_t;

static sd_error_t *end_in_write(void *baton)
{
    ending_t *ending = baton;

    SD_TRY(sd_store_execute(ending->store, &restore_end_sessions, SD_NO_VALUES, NULL));
    return sd_store_execute(ending->store, &restore_end_links, SD_VALUES(SD_INT(ending->now)), NULL);
}

sd_error_t *sd_copy_end_sign_ins(sd_store_t *store, sd_time_t now)
{
    return sd_store_write(store, end_in_write, &(ending_t){store, now});
}
