/*
 * The SQLite driver, on the native handle: the one file that knows the library's names.
 *
 * Statements are kept prepared for the life of the connection. One that is running is out of the cache, so a row
 * callback may run the same statement again. Each is reset at its end: one left open would hold its read transaction,
 * and with it the log file's growth, until somebody uses it again.
 */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <sqlite3.h>

#include "store/checkpoint.h"
#include "store/driver.h"

/* Writers queue on the writer lock; the library's own waiting is for what it does not see (a shell, recovery). */
#define BUSY_MILLISECONDS 250
#define CHECKPOINT_MILLISECONDS 50
/* Virtual machine steps between two looks at the clock: under a millisecond. */
#define STEPS_PER_LOOK 20000

SD_SQL_EACH(begin_read, "BEGIN", NULL);
SD_SQL_EACH(begin_write, "BEGIN IMMEDIATE", NULL);
SD_SQL_EACH(savepoint, "SAVEPOINT one", NULL);
SD_SQL_EACH(savepoint_release, "RELEASE one", NULL);
SD_SQL_EACH(savepoint_rollback, "ROLLBACK TO one", NULL);
SD_SQL_EACH(schema_exists, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_step'", NULL);
SD_SQL_EACH(check_integrity,
            "SELECT 'integrity: ' || integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'", NULL);
SD_SQL_EACH(check_foreign_keys,
            "SELECT 'foreign key: ' || \"table\" || ' row ' || coalesce(rowid, '?') || ' has no ' || parent"
            " FROM pragma_foreign_key_check",
            NULL);

SD_SQL_EACH(check_schema_findings,
            "SELECT 'schema: the ' || json_extract(e.value, '$.type') || ' ' || json_extract(e.value, '$.name') ||"
            " CASE WHEN m.name IS NULL THEN ' is missing' ELSE ' is not as its steps make it' END"
            " FROM json_each($1) AS e LEFT JOIN sqlite_schema AS m ON m.type = json_extract(e.value, '$.type')"
            " AND m.name = json_extract(e.value, '$.name') WHERE m.sql IS NOT json_extract(e.value, '$.sql')",
            NULL);

static const sd_sql_t *const checks[] = {&check_integrity, &check_foreign_keys, NULL};

typedef struct cached_t {
    const sd_sql_t *sql;
    sqlite3_stmt *idle; /* NULL while it runs */
} cached_t;

typedef struct connection_t {
    sqlite3 *db;
    apr_hash_t *statements;       /* const sd_sql_t ** -> cached_t */
    int ready;                    /* the settings that need the file are made */
    apr_interval_time_t deadline; /* of the running statement, in ticks; 0 is none */
} connection_t;

static int is_unavailable(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
        return 1;
    default:
        return 0;
    }
}

static sd_error_t *failure(sd_store_t *store, const char *name, int code)
{
    connection_t *connection = store->state;
    const char *message = sqlite3_errmsg(connection->db);
    sd_error_t *error;

    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID) {
        error = sd_error_new(store->pool, SD_ERROR_CONFLICT, "sd.store.unique", "It exists already.");
        error->detail = apr_psprintf(store->pool, "%s: %s", name, message);
        return error;
    }
    return sd_error_private(store->pool, is_unavailable(code) ? SD_ERROR_UNAVAILABLE : SD_ERROR_INTERNAL,
                            "%s: sqlite %d: %s", name, code, message);
}

/* ---- statements ---- */

static sd_error_t *check_parameters(sd_store_t *store, const char *name, sqlite3_stmt *statement)
{
    int count = sqlite3_bind_parameter_count(statement);

    for (int i = 1; i <= count; i++) {
        const char *spelled = sqlite3_bind_parameter_name(statement, i);
        char expected[16];

        apr_snprintf(expected, sizeof(expected), "$%d", i);
        if (!spelled || strcmp(spelled, expected) != 0) {
            return sd_error_private(store->pool, SD_ERROR_INTERNAL, "%s: parameter %d is written %s", name, i,
                                    spelled ? spelled : "without a name");
        }
    }
    return NULL;
}

static sd_error_t *prepare(sd_store_t *store, const char *name, const char *text, unsigned int flags,
                           sqlite3_stmt **statement)
{
    connection_t *connection = store->state;
    const char *tail = NULL;
    sd_error_t *error;
    int code = sqlite3_prepare_v3(connection->db, text, -1, flags, statement, &tail);

    if (code != SQLITE_OK) {
        return failure(store, name, code);
    }
    if (!*statement || tail[strspn(tail, " \n")]) {
        error = sd_error_private(store->pool, SD_ERROR_INTERNAL, "%s: not exactly one statement", name);
    } else {
        error = check_parameters(store, name, *statement);
    }
    if (error) {
        sqlite3_finalize(*statement);
        *statement = NULL;
    }
    return error;
}

static cached_t *find_cached(connection_t *connection, const sd_sql_t *sql)
{
    cached_t *cached = apr_hash_get(connection->statements, &sql, sizeof(sql));

    if (!cached) {
        cached = apr_pcalloc(apr_hash_pool_get(connection->statements), sizeof(*cached));
        cached->sql = sql;
        apr_hash_set(connection->statements, &cached->sql, sizeof(cached->sql), cached);
    }
    return cached;
}

static sd_error_t *take(sd_store_t *store, cached_t *cached, sqlite3_stmt **statement)
{
    *statement = cached->idle;
    cached->idle = NULL;
    if (*statement) {
        return NULL;
    }
    return prepare(store, cached->sql->name, cached->sql->sqlite, SQLITE_PREPARE_PERSISTENT, statement);
}

static void give_back(cached_t *cached, sqlite3_stmt *statement)
{
    if (cached->idle) {
        sqlite3_finalize(statement);
        return;
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    cached->idle = statement;
}

static apr_status_t finalise_all(void *baton)
{
    connection_t *connection = baton;

    for (apr_hash_index_t *i = apr_hash_first(NULL, connection->statements); i; i = apr_hash_next(i)) {
        cached_t *cached = apr_hash_this_val(i);

        sqlite3_finalize(cached->idle);
        cached->idle = NULL;
    }
    sqlite3_progress_handler(connection->db, 0, NULL, NULL);
    return APR_SUCCESS;
}

/* ---- running ---- */

static int is_over(void *baton)
{
    const connection_t *connection = baton;

    return connection->deadline && sd_store_ticks() > connection->deadline;
}

/* Returns the deadline of the statement outside, whose row callback this one may be running in. */
static apr_interval_time_t start_clock(sd_store_t *store)
{
    connection_t *connection = store->state;
    apr_interval_time_t outer = connection->deadline;

    connection->deadline = 0;
    if (store->statement_milliseconds) {
        connection->deadline = sd_store_ticks() + store->statement_milliseconds * (apr_interval_time_t)1000;
    }
    return outer;
}

static int bind_one(sqlite3_stmt *statement, int index, const sd_value_t *value)
{
    switch (value->type) {
    case SD_VALUE_INTEGER:
        return sqlite3_bind_int64(statement, index, value->integer);
    case SD_VALUE_TEXT:
        return sqlite3_bind_text(statement, index, value->text, -1, SQLITE_STATIC);
    case SD_VALUE_NULL_INTEGER:
    case SD_VALUE_NULL_TEXT:
        break;
    }
    return sqlite3_bind_null(statement, index);
}

static sd_error_t *bind_all(sd_store_t *store, const sd_sql_t *sql, sqlite3_stmt *statement, const sd_value_t *values,
                            int count)
{
    if (count != sqlite3_bind_parameter_count(statement)) {
        return sd_error_private(store->pool, SD_ERROR_INTERNAL, "%s: %d values for %d parameters", sql->name, count,
                                sqlite3_bind_parameter_count(statement));
    }
    for (int i = 0; i < count; i++) {
        int code = bind_one(statement, i + 1, &values[i]);

        if (code != SQLITE_OK) {
            return failure(store, sql->name, code);
        }
    }
    return NULL;
}

static sd_error_t *each_row(sd_store_t *store, const char *name, sd_row_t *row, sd_row_fn fn, void *baton)
{
    int code;

    while ((code = sqlite3_step(row->cursor)) == SQLITE_ROW) {
        sd_error_t *error = fn ? fn(baton, row) : NULL;

        if (error) {
            return error;
        }
    }
    return code == SQLITE_DONE ? NULL : failure(store, name, code);
}

static sd_error_t *run_prepared(sd_store_t *store, const sd_sql_t *sql, sqlite3_stmt *statement,
                                const sd_value_t *values, int count, sd_row_fn fn, void *baton, apr_int64_t *changed)
{
    connection_t *connection = store->state;
    sd_row_t row = {store, statement, 0};
    int writes = !sqlite3_stmt_readonly(statement);

    if (writes && store->transaction == SD_STORE_REHEARSING) {
        return sd_store_end_rehearsal(store, sql);
    }
    if (writes && store->transaction != SD_STORE_WRITING) {
        return sd_error_private(store->pool, SD_ERROR_INTERNAL, "%s: a write outside sd_store_write()", sql->name);
    }
    SD_TRY(bind_all(store, sql, statement, values, count));
    SD_TRY(each_row(store, sql->name, &row, fn, baton));
    if (changed) {
        *changed = writes ? sqlite3_changes64(connection->db) : 0;
    }
    return NULL;
}

static sd_error_t *run(sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count, sd_row_fn fn,
                       void *baton, apr_int64_t *changed, int later)
{
    connection_t *connection = store->state;
    cached_t *cached = find_cached(connection, sql);
    apr_interval_time_t outer = start_clock(store);
    sqlite3_stmt *statement;
    sd_error_t *error = take(store, cached, &statement);

    (void)later; /* there is nobody to wait for */
    if (!error) {
        error = run_prepared(store, sql, statement, values, count, fn, baton, changed);
        give_back(cached, statement);
    }
    connection->deadline = outer;
    return error;
}

static sd_error_t *begin(sd_store_t *store)
{
    return run(store, store->transaction == SD_STORE_WRITING ? &begin_write : &begin_read, NULL, 0, NULL, NULL, NULL,
               0);
}

static sd_error_t *script(sd_store_t *store, const char *text)
{
    connection_t *connection = store->state;
    apr_interval_time_t outer = start_clock(store);
    int code = sqlite3_exec(connection->db, text, NULL, NULL, NULL);

    connection->deadline = outer;
    return code == SQLITE_OK ? NULL : failure(store, "script", code);
}

static sd_error_t *plan(sd_store_t *store, const sd_sql_t *sql, sd_row_fn fn, void *baton)
{
    const char *text = apr_pstrcat(store->pool, "EXPLAIN QUERY PLAN ", sql->sqlite, NULL);
    sd_row_t row = {store, NULL, 3};
    sqlite3_stmt *statement;
    sd_error_t *error;

    SD_TRY(prepare(store, sql->name, text, 0, &statement));
    row.cursor = statement;
    error = each_row(store, sql->name, &row, fn, baton);
    sqlite3_finalize(statement);
    return error;
}

static int cell_null(sd_row_t *row, int column)
{
    return sqlite3_column_type(row->cursor, row->first + column) == SQLITE_NULL;
}

static apr_int64_t cell_int(sd_row_t *row, int column)
{
    return sqlite3_column_int64(row->cursor, row->first + column);
}

static const char *cell_text(sd_row_t *row, int column, apr_size_t *length)
{
    const unsigned char *text = sqlite3_column_text(row->cursor, row->first + column);

    *length = (apr_size_t)sqlite3_column_bytes(row->cursor, row->first + column);
    return (const char *)text;
}

/* ---- the connection ---- */

static int in_transaction(sd_store_t *store)
{
    connection_t *connection = store->state;

    return !sqlite3_get_autocommit(connection->db);
}

static const char *writer_path(sd_store_t *store)
{
    connection_t *connection = store->state;
    const char *path = sqlite3_db_filename(connection->db, "main");

    return path && *path ? path : NULL;
}

static int keep_answer(void *baton, int columns, char **cells, char **names)
{
    (void)names;
    if (columns > 0 && cells[0]) {
        apr_cpystrn(baton, cells[0], 16);
    }
    return 0;
}

static sd_error_t *set(sd_store_t *store, const char *pragma, char answer[16])
{
    connection_t *connection = store->state;
    int code;

    answer[0] = '\0';
    code = sqlite3_exec(connection->db, pragma, keep_answer, answer, NULL);
    return code == SQLITE_OK ? NULL : failure(store, pragma, code);
}

/* Two connections that switch a fresh file at once would refuse each other without waiting: hence the writer lock. */
static sd_error_t *switch_to_wal(sd_store_t *store)
{
    char mode[16];
    sd_error_t *error;

    SD_TRY(sd_writer_lock(store->writer, store));
    error = set(store, "PRAGMA journal_mode=WAL", mode);
    sd_writer_unlock(store->writer);
    if (!error && strcmp(mode, "wal") != 0) {
        error = sd_error_private(store->pool, SD_ERROR_UNAVAILABLE, "sqlite: journal mode stays \"%s\" instead of wal",
                                 mode);
    }
    return error;
}

/* A file that may only be read is read in whatever mode it has; so is a database in memory. */
static sd_error_t *make_settings(sd_store_t *store)
{
    connection_t *connection = store->state;
    char mode[16], ignored[16];

    SD_TRY(set(store, "PRAGMA journal_mode", mode));
    if (strcmp(mode, "wal") != 0 && writer_path(store) && sqlite3_db_readonly(connection->db, "main") == 0) {
        SD_TRY(switch_to_wal(store));
    }
    SD_TRY(set(store, "PRAGMA synchronous=FULL", ignored));
    SD_TRY(set(store, "PRAGMA cell_size_check=ON", ignored));
    sqlite3_wal_autocheckpoint(connection->db, SD_CHECKPOINT_NET);
    connection->ready = 1;
    return NULL;
}

static sd_error_t *probe(sd_store_t *store)
{
    connection_t *connection = store->state;
    int moved = 0;

    if (sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved) {
        return sd_error_private(store->pool, SD_ERROR_UNAVAILABLE,
                                "sqlite: the database file was moved, replaced or deleted while it was open");
    }
    if (in_transaction(store)) {
        SD_TRY(script(store, "ROLLBACK"));
    }
    return connection->ready ? NULL : make_settings(store);
}

static sd_error_t *checkpoint(sd_store_t *store, sd_checkpoint_mode_t mode, sd_log_state_t *log)
{
    static const int modes[] = {
        [SD_CHECKPOINT_BESIDE] = SQLITE_CHECKPOINT_PASSIVE,
        [SD_CHECKPOINT_RESTART] = SQLITE_CHECKPOINT_RESTART,
        [SD_CHECKPOINT_TRUNCATE] = SQLITE_CHECKPOINT_TRUNCATE,
    };
    connection_t *connection = store->state;
    int code, frames = 0;

    /* How long writers wait for readers of the old log. */
    sqlite3_busy_timeout(connection->db, CHECKPOINT_MILLISECONDS);
    code = sqlite3_wal_checkpoint_v2(connection->db, "main", modes[mode], &frames, NULL);
    sqlite3_busy_timeout(connection->db, BUSY_MILLISECONDS);
    *log = (sd_log_state_t){frames > 0 ? frames : 0, (code & 0xff) == SQLITE_BUSY};
    return code == SQLITE_OK || log->busy ? NULL : failure(store, "checkpoint", code);
}

/* The switches that need no look into the file, so that they hold from the first statement on. */
static int set_switches(sqlite3 *db)
{
    int foreign_keys = 0, trusted = 1, defensive = 0, extensions = 1;

    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_MILLISECONDS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, &foreign_keys);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &trusted);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, &defensive);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, &extensions);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0); /* no statement opens another file */
    return foreign_keys && !trusted && defensive && !extensions;
}

static sd_error_t *attach(sd_store_t *store, void *native)
{
    connection_t *connection = apr_pcalloc(store->connection_pool, sizeof(*connection));

    connection->db = native;
    connection->statements = apr_hash_make(store->connection_pool);
    if (!set_switches(connection->db)) {
        return sd_error_private(store->connection_pool, SD_ERROR_INTERNAL,
                                "sqlite: the library refuses foreign keys or its safety switches");
    }
    sqlite3_progress_handler(connection->db, STEPS_PER_LOOK, is_over, connection);
    apr_pool_cleanup_register(store->connection_pool, connection, finalise_all, apr_pool_cleanup_null);
    store->state = connection;
    return NULL;
}

/* What the steps make, told by the library itself after they ran in a database of memory: a JSON array. */
static int describe_steps(const char **expected, apr_pool_t *pool, sqlite3 *memory)
{
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_OK;

    for (const sd_schema_step_t *step = sd_schema_steps_sqlite; step->number && code == SQLITE_OK; step++) {
        code = sqlite3_exec(memory, step->text, NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_prepare_v2(memory,
                                  "SELECT json_group_array(json_object('type', type, 'name', name, 'sql', sql))"
                                  " FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!'",
                                  -1, &statement, NULL);
    }
    if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        *expected = apr_pstrdup(pool, (const char *)sqlite3_column_text(statement, 0));
        code = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return code;
}

static sd_error_t *check_schema(sd_store_t *store, sd_row_fn fn, void *baton)
{
    const char *expected = NULL;
    sqlite3 *memory = NULL;
    int code = sqlite3_open(":memory:", &memory);

    if (code == SQLITE_OK) {
        code = describe_steps(&expected, store->pool, memory);
    }
    sqlite3_close(memory);
    if (code != SQLITE_OK) {
        return sd_error_private(store->pool, SD_ERROR_INTERNAL, "sqlite: the steps do not run in memory: %d", code);
    }
    return sd_store_query(store, &check_schema_findings, SD_VALUES(SD_TEXT(expected)), fn, baton);
}

const sd_driver_t sd_driver_sqlite = {
    .name = "sqlite3",
    .steps = sd_schema_steps_sqlite,
    .attach = attach,
    .probe = probe,
    .run = run,
    .script = script,
    .begin = begin,
    .schema_exists = &schema_exists,
    .checks = checks,
    .check_schema = check_schema,
    .writer_path = writer_path,
    .savepoint = &savepoint,
    .release = &savepoint_release,
    .rollback_to = &savepoint_rollback,
    .in_transaction = in_transaction,
    .checkpoint = checkpoint,
    .cell_null = cell_null,
    .cell_int = cell_int,
    .cell_text = cell_text,
    .plan = plan,
};
