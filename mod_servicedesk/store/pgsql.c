/*
 * The PostgreSQL driver, on the native handle; with pgsql_queue.c and pgsql_session.c the only file that knows libpq's
 * names.
 *
 * Statements are prepared once a backend, by its pid: a connection that was lost and made again has another. Parameters
 * are typed by their values, integers as int8 and texts as text, so that nothing is guessed. A result is read to its
 * end before its rows are shown, so a row callback may run other statements. In a transaction those whose answers
 * nobody waits for go out together (store/pgsql_queue.h).
 */
#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "store/pgsql_queue.h"
#include "store/schema_tables.h"

/* Oids of pg_type that never change. */
#define TYPE_BOOL 16
#define TYPE_INT8 20
#define TYPE_TEXT 25
/* "sd" and "schema" in ASCII: one lock for all who change a schema on this database. */
#define SCHEMA_LOCK "128086434508133"
#define NOTE_MILLISECONDS 20
/*
 * Races from which on the losers take turns, as large writes do from the start, or they could undo each other until
 * their time is over. They wait for a table that nobody changes: unlike a query, LOCK TABLE comes before what they see.
 */
#define RACES 2
/* Less than on SQLite: so long every connection to a server that was lost may hang before the next one is asked. */
#define STATEMENT_MILLISECONDS 5000

SD_SQL_EACH(pgsql_begin_reading, NULL, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
SD_SQL_EACH(pgsql_begin_serializable, NULL, "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE");
SD_SQL_EACH(pgsql_begin_repeatable, NULL, "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE");
SD_SQL_EACH(pgsql_begin_committed, NULL, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
SD_SQL_EACH(pgsql_schema_exists, NULL,
            "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('schema_step')");
SD_SQL_EACH(pgsql_check_indexes, NULL,
            "SELECT 'schema: the index ' || indexrelid::regclass || ' is not valid' FROM pg_catalog.pg_index"
            " WHERE NOT indisvalid AND indrelid::regclass::text IN (SELECT relname FROM pg_catalog.pg_class"
            " WHERE relnamespace = current_schema()::regnamespace)");
SD_SQL_EACH(pgsql_has_relation, NULL, "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass($1)");
SD_SQL_EACH(pgsql_say, NULL, "SELECT 'schema: the ' || $1 || ' ' || $2 || ' is missing'");

static const sd_sql_t *const checks[] = {&pgsql_check_indexes, NULL};

static int begins_with(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

/* What stands behind a WITH may write as well. */
static int is_read(const char *text)
{
    if (begins_with(text, "WITH ")) {
        return !strstr(text, ") INSERT INTO ") && !strstr(text, ") UPDATE ") && !strstr(text, ") DELETE FROM ");
    }
    return begins_with(text, "SELECT ");
}

static int is_control(const char *text)
{
    return strcmp(text, "COMMIT") == 0 || strcmp(text, "ROLLBACK") == 0;
}

static sd_error_t *check_allowed(sd_store_t *store, const sd_sql_t *sql)
{
    int allowed = store->transaction == SD_STORE_WRITING || is_read(sql->pgsql);
    return allowed
               ? NULL
               : sd_error_private(store->pool, SD_ERROR_INTERNAL, "%s: a write outside sd_store_write()", sql->name);
}

static sd_error_t *end_transaction(sd_store_t *store, const sd_sql_t *sql)
{
    if (strcmp(sql->pgsql, "ROLLBACK") == 0) {
        sd_error_t *ignored = sd_pgsql_settle(store); /* what fails is undone like the rest */
        (void)ignored;
    }
    return sd_pgsql_end(store, sql);
}

static sd_error_t *run(sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count, sd_row_fn fn,
                       void *baton, apr_int64_t *changed, int later)
{
    sd_pgsql_call_t call = {sql, values, count, fn, baton, changed};

    if (!sql->pgsql) {
        return sd_error_private(store->pool, SD_ERROR_INTERNAL, "%s: no statement of this database", sql->name);
    }
    if (is_control(sql->pgsql)) {
        return end_transaction(store, sql);
    }
    SD_TRY(check_allowed(store, sql));
    return store->transaction == SD_STORE_IDLE ? sd_pgsql_run_alone(store, &call)
                                               : sd_pgsql_run_within(store, &call, later);
}

/* Several statements in one text are nothing for pipeline mode: what opens the transaction goes before them. */
static sd_error_t *script(sd_store_t *store, const char *text)
{
    SD_TRY(sd_pgsql_open_now(store));
    return sd_pgsql_simple(store, "script", text);
}

/* ---- transactions ---- */

static const sd_sql_t *begin_of(const sd_store_t *store)
{
    if (store->transaction == SD_STORE_READING) {
        return &pgsql_begin_reading;
    }
    switch (store->isolation) {
    case SD_STORE_ROWS:
    case SD_STORE_NOTE:
        return &pgsql_begin_repeatable;
    case SD_STORE_COUNT:
    case SD_STORE_SCHEMA:
        return &pgsql_begin_committed;
    case SD_STORE_ALONE:
    case SD_STORE_TURNS:
        break;
    }
    return &pgsql_begin_serializable;
}

static int takes_turns(const sd_store_t *store)
{
    int loses = store->races >= RACES && (store->isolation == SD_STORE_ALONE || store->isolation == SD_STORE_ROWS);

    return store->transaction == SD_STORE_WRITING && (loses || store->isolation == SD_STORE_TURNS);
}

/* What is set for the transaction is gone with it, so that a pooler's session stays as it was. */
static sd_error_t *begin(sd_store_t *store)
{
    sd_pgsql_t *session = store->state;
    char text[80];

    sd_pgsql_open(store, begin_of(store));
    if (session->session_milliseconds != store->statement_milliseconds) {
        apr_snprintf(text, sizeof(text), "SET LOCAL statement_timeout = %d", store->statement_milliseconds);
        sd_pgsql_open_with(store, text);
        apr_snprintf(text, sizeof(text), "SET LOCAL idle_in_transaction_session_timeout = %d",
                     store->statement_milliseconds ? SD_PGSQL_IDLE_MILLISECONDS : 0);
        sd_pgsql_open_with(store, text);
    }
    if (store->transaction == SD_STORE_WRITING && store->isolation == SD_STORE_NOTE) {
        apr_snprintf(text, sizeof(text), "SET LOCAL lock_timeout = %d", NOTE_MILLISECONDS);
        sd_pgsql_open_with(store, text);
    }
    if (store->transaction == SD_STORE_WRITING && store->isolation == SD_STORE_COUNT) {
        sd_pgsql_open_with(store, "SET LOCAL synchronous_commit = off");
    }
    if (takes_turns(store)) {
        sd_pgsql_open_with(store, "LOCK TABLE schema_step IN SHARE UPDATE EXCLUSIVE MODE");
    }
    if (store->transaction == SD_STORE_WRITING && store->isolation == SD_STORE_SCHEMA) {
        sd_pgsql_open_with(store, "SELECT pg_advisory_xact_lock(" SCHEMA_LOCK ")");
    }
    return NULL;
}

static int in_transaction(sd_store_t *store)
{
    return sd_pgsql_is_open(store);
}

static const char *writer_path(sd_store_t *store)
{
    (void)store;
    return NULL;
}

static apr_status_t forget(void *baton)
{
    sd_pgsql_t *session = baton;

    PQsetNoticeReceiver(session->connection, NULL, NULL);
    return APR_SUCCESS;
}

static sd_error_t *attach(sd_store_t *store, void *native)
{
    sd_pgsql_t *session = apr_pcalloc(store->connection_pool, sizeof(*session));

    store->statement_milliseconds = STATEMENT_MILLISECONDS;
    session->connection = native;
    apr_pool_create(&session->statement_pool, store->connection_pool);
    apr_pool_tag(session->statement_pool, "servicedesk_statements");
    session->statements = apr_hash_make(session->statement_pool);
    session->queue = sd_pgsql_queue_make(store->connection_pool);
    apr_pool_cleanup_register(store->connection_pool, session, forget, apr_pool_cleanup_null);
    store->state = session;
    return NULL;
}

/* ---- cells ---- */

static int cell_null(sd_row_t *row, int column)
{
    const sd_pgsql_cursor_t *cursor = row->cursor;

    return PQgetisnull(cursor->result, cursor->row, row->first + column);
}

static apr_int64_t cell_int(sd_row_t *row, int column)
{
    const sd_pgsql_cursor_t *cursor = row->cursor;
    const char *text = PQgetvalue(cursor->result, cursor->row, row->first + column);

    if (PQftype(cursor->result, row->first + column) == TYPE_BOOL) {
        return text[0] == 't';
    }
    return apr_atoi64(text);
}

static const char *cell_text(sd_row_t *row, int column, apr_size_t *length)
{
    const sd_pgsql_cursor_t *cursor = row->cursor;

    if (cell_null(row, column)) {
        return NULL;
    }
    *length = (apr_size_t)PQgetlength(cursor->result, cursor->row, row->first + column);
    return PQgetvalue(cursor->result, cursor->row, row->first + column);
}

/* ---- plans and the schema, for tests and the operator ---- */

/*
 * A plan without values needs types without values: where the text does not tell them, the server names the first
 * parameter that is open. Returns its number, or 0.
 */
static int open_parameter(const char *message)
{
    const char *found = strstr(message, "parameter $");

    return found ? (int)apr_atoi64(found + strlen("parameter $")) : 0;
}

static sd_error_t *prepare_plan(sd_store_t *store, const sd_sql_t *sql, int *count)
{
    sd_pgsql_t *session = store->state;
    Oid types[SD_PGSQL_MOST_VALUES] = {0};
    PGresult *result;
    sd_error_t *error;

    for (int attempt = 0; attempt < 2 * SD_PGSQL_MOST_VALUES; attempt++) {
        error = sd_pgsql_answer(&result, store, sql->name,
                                PQsendPrepare(session->connection, "sd_plan", sql->pgsql, SD_PGSQL_MOST_VALUES, types));
        int number = error && error->detail ? open_parameter(error->detail) : 0;
        if (number < 1 || number > SD_PGSQL_MOST_VALUES || types[number - 1] == TYPE_INT8) {
            break;
        }
        types[number - 1] = types[number - 1] == 0 ? TYPE_TEXT : TYPE_INT8;
    }
    SD_TRY(error);
    PQclear(result);
    SD_TRY(sd_pgsql_answer(&result, store, sql->name, PQsendDescribePrepared(session->connection, "sd_plan")));
    *count = PQnparams(result);
    PQclear(result);
    return NULL;
}

static sd_error_t *explain(sd_store_t *store, const sd_sql_t *sql, int count, sd_row_fn fn, void *baton)
{
    sd_pgsql_t *session = store->state;
    const char *nulls = "";
    PGresult *result;
    sd_error_t *error;

    for (int i = 0; i < count; i++) {
        nulls = apr_pstrcat(store->pool, nulls, i ? ", NULL" : "(NULL", i == count - 1 ? ")" : "", NULL);
    }
    SD_TRY(sd_pgsql_answer(&result, store, sql->name,
                           PQsendQuery(session->connection,
                                       apr_pstrcat(store->pool, "EXPLAIN (COSTS OFF) EXECUTE sd_plan", nulls, NULL))));
    error = sd_pgsql_each_row(store, result, fn, baton);
    PQclear(result);
    return error;
}

static sd_error_t *plan(sd_store_t *store, const sd_sql_t *sql, sd_row_fn fn, void *baton)
{
    int count = 0;
    sd_error_t *error, *ended;

    if (!sql->pgsql) {
        return sd_error_private(store->pool, SD_ERROR_INTERNAL, "%s: no statement of this database", sql->name);
    }
    SD_TRY(prepare_plan(store, sql, &count));
    error = sd_pgsql_simple(store, "plan", "SET plan_cache_mode = force_generic_plan");
    if (!error) {
        error = explain(store, sql, count, fn, baton);
    }
    ended = sd_pgsql_simple(store, "plan", "DEALLOCATE sd_plan; RESET plan_cache_mode");
    return error ? error : ended;
}

/* The tables and indexes that the steps make, by name; the rest of them the server keeps itself. */
static sd_error_t *check_schema(sd_store_t *store, sd_row_fn fn, void *baton)
{
    const apr_array_header_t *relations = apr_table_elts(sd_schema_relations(store->pool, sd_schema_steps_pgsql));

    for (int i = 0; i < relations->nelts; i++) {
        const apr_table_entry_t *relation = &APR_ARRAY_IDX(relations, i, apr_table_entry_t);
        apr_int64_t found;

        SD_TRY(sd_store_number(store, &pgsql_has_relation, SD_VALUES(SD_TEXT(relation->key)), 0, &found));
        if (!found) {
            SD_TRY(sd_store_query(store, &pgsql_say, SD_VALUES(SD_TEXT(relation->val), SD_TEXT(relation->key)), fn,
                                  baton));
        }
    }
    return NULL;
}

const sd_driver_t sd_driver_pgsql = {
    .name = "pgsql",
    .steps = sd_schema_steps_pgsql,
    .attach = attach,
    .probe = sd_pgsql_revive,
    .run = run,
    .settle = sd_pgsql_settle,
    .script = script,
    .begin = begin,
    .schema_exists = &pgsql_schema_exists,
    .checks = checks,
    .check_schema = check_schema,
    .writers_at_once = 1,
    .writer_path = writer_path,
    .in_transaction = in_transaction,
    .cell_null = cell_null,
    .cell_int = cell_int,
    .cell_text = cell_text,
    .plan = plan,
};
