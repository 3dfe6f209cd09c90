/* What was sent and not answered yet, and the prepared statements that it uses. */
#include "store/pgsql_queue.h"

#include <string.h>

#include <apr_strings.h>

/* Of pg_type; these never change. */
#define TYPE_INT8 20
#define TYPE_TEXT 25
/* So many are on their way at once; then they are waited for. */
#define MOST_PENDING 64
#define MOST_OPENING 4

typedef struct statement_t {
    const sd_sql_t *sql;
    char name[16];
} statement_t;

typedef struct pending_t {
    const char *name;
    const sd_sql_t *prepares; /* not a run, but the preparation of this one */
    const sd_sql_t *sql;      /* of a run */
    sd_row_fn fn;
    void *baton;
    apr_int64_t *changed;
    const char *tag; /* what the server says when it has ended the transaction */
} pending_t;

typedef struct sd_pgsql_queue_t {
    const sd_sql_t *begin;           /* of a transaction, if that was not sent yet */
    char opening[MOST_OPENING][120]; /* what belongs to it */
    int opening_count;
    pending_t pending[MOST_PENDING];
    int count;
} queue_t;

/* The arguments of libpq's calls. */
typedef struct parameters_t {
    int count;
    Oid types[SD_PGSQL_MOST_VALUES];
    const char *values[SD_PGSQL_MOST_VALUES];
    int lengths[SD_PGSQL_MOST_VALUES];
    int formats[SD_PGSQL_MOST_VALUES];
    char numbers[SD_PGSQL_MOST_VALUES][8];
} parameters_t;

struct sd_pgsql_queue_t *sd_pgsql_queue_make(apr_pool_t *pool)
{
    return apr_pcalloc(pool, sizeof(queue_t));
}

/* ---- values ---- */

static void put_number(char bytes[8], apr_int64_t number)
{
    apr_uint64_t rest = (apr_uint64_t)number;

    for (int i = 7; i >= 0; i--) {
        bytes[i] = (char)(rest & 0xff);
        rest >>= 8;
    }
}

static void put_value(parameters_t *parameters, int i, const sd_value_t *value)
{
    int is_text = value->type == SD_VALUE_TEXT || value->type == SD_VALUE_NULL_TEXT;

    parameters->types[i] = is_text ? TYPE_TEXT : TYPE_INT8;
    parameters->formats[i] = !is_text;
    parameters->lengths[i] = is_text ? 0 : 8;
    parameters->values[i] = value->type == SD_VALUE_TEXT ? value->text : NULL;
    if (value->type == SD_VALUE_INTEGER) {
        put_number(parameters->numbers[i], value->integer);
        parameters->values[i] = parameters->numbers[i];
    }
}

static sd_error_t *put_values(parameters_t *parameters, sd_store_t *store, const sd_pgsql_call_t *call)
{
    if (call->count > SD_PGSQL_MOST_VALUES) {
        return sd_error_private(store->pool, SD_ERROR_INTERNAL, "%s: %d values are too many", call->sql->name,
                                call->count);
    }
    parameters->count = call->count;
    for (int i = 0; i < call->count; i++) {
        put_value(parameters, i, &call->values[i]);
    }
    return NULL;
}

/* ---- statements ---- */

static statement_t *add_statement(sd_pgsql_t *session, const sd_sql_t *sql)
{
    statement_t *made = apr_pcalloc(session->statement_pool, sizeof(*made));

    made->sql = sql;
    apr_snprintf(made->name, sizeof(made->name), "sd_%u", ++session->last_statement);
    apr_hash_set(session->statements, &made->sql, sizeof(made->sql), made);
    return made;
}

static void forget_statement(sd_pgsql_t *session, const sd_sql_t *sql)
{
    apr_hash_set(session->statements, &sql, sizeof(sql), NULL);
}

/* If the server has lost one it has lost them all. One may answer other columns than it did. Both are prepared anew. */
static void forget_stale(sd_pgsql_t *session, const sd_sql_t *sql)
{
    if (strcmp(session->state, "26000") == 0) {
        apr_hash_clear(session->statements);
    } else if (strcmp(session->state, "0A000") == 0) {
        forget_statement(session, sql);
    }
}

static int send_prepare(sd_pgsql_t *session, const statement_t *statement, const parameters_t *parameters)
{
    return PQsendPrepare(session->connection, statement->name, statement->sql->pgsql, parameters->count,
                         parameters->types);
}

static int send_run(sd_store_t *store, const sd_sql_t *sql, const statement_t *statement,
                    const parameters_t *parameters)
{
    sd_pgsql_t *session = store->state;

    if (!statement) {
        return PQsendQueryParams(session->connection, sql->pgsql, parameters->count, parameters->types,
                                 parameters->values, parameters->lengths, parameters->formats, 0);
    }
    return PQsendQueryPrepared(session->connection, statement->name, parameters->count, parameters->values,
                               parameters->lengths, parameters->formats, 0);
}

/* ---- outside a transaction ---- */

static sd_error_t *execute(PGresult **result, sd_store_t *store, const sd_sql_t *sql, const parameters_t *parameters)
{
    sd_pgsql_t *session = store->state;
    statement_t *statement = store->keeps_statements ? apr_hash_get(session->statements, &sql, sizeof(sql)) : NULL;
    sd_error_t *error;

    if (store->keeps_statements && !statement) {
        statement = add_statement(session, sql);
        error = sd_pgsql_answer(result, store, sql->name, send_prepare(session, statement, parameters));
        if (error) {
            forget_statement(session, sql);
            return error;
        }
        PQclear(*result);
    }
    session->state[0] = '\0';
    error = sd_pgsql_answer(result, store, sql->name, send_run(store, sql, statement, parameters));
    if (error) {
        forget_stale(session, sql);
    }
    return error;
}

sd_error_t *sd_pgsql_each_row(sd_store_t *store, PGresult *result, sd_row_fn fn, void *baton)
{
    sd_pgsql_cursor_t cursor = {result, 0};
    sd_row_t row = {store, &cursor, 0};
    int count = fn ? PQntuples(result) : 0;

    for (; cursor.row < count; cursor.row++) {
        SD_TRY(fn(baton, &row));
    }
    return NULL;
}

static sd_error_t *hand_out(sd_store_t *store, PGresult *result, sd_row_fn fn, void *baton, apr_int64_t *changed)
{
    if (changed) {
        /* A SELECT says how many rows it found, and changes none. */
        *changed = strncmp(PQcmdStatus(result), "SELECT", 6) == 0 ? 0 : apr_atoi64(PQcmdTuples(result));
    }
    return sd_pgsql_each_row(store, result, fn, baton);
}

sd_error_t *sd_pgsql_run_alone(sd_store_t *store, const sd_pgsql_call_t *call)
{
    sd_pgsql_t *session = store->state;
    parameters_t parameters;
    PGresult *result;
    sd_error_t *error;

    SD_TRY(put_values(&parameters, store, call));
    error = execute(&result, store, call->sql, &parameters);
    if (error && strcmp(session->state, "26000") == 0) {
        error = execute(&result, store, call->sql, &parameters);
    }
    SD_TRY(error);
    error = hand_out(store, result, call->fn, call->baton, call->changed);
    PQclear(result);
    return error;
}

/* ---- within one ---- */

void sd_pgsql_open(sd_store_t *store, const sd_sql_t *begin)
{
    sd_pgsql_t *session = store->state;

    session->queue->begin = begin;
}

void sd_pgsql_open_with(sd_store_t *store, const char *text)
{
    sd_pgsql_t *session = store->state;
    queue_t *queue = session->queue;

    if (queue->opening_count < MOST_OPENING) {
        apr_cpystrn(queue->opening[queue->opening_count], text, sizeof(queue->opening[0]));
        queue->opening_count++;
    }
}

/* What was told to open does not. */
static void forget_opening(queue_t *queue)
{
    queue->begin = NULL;
    queue->opening_count = 0;
}

int sd_pgsql_is_open(const sd_store_t *store)
{
    const sd_pgsql_t *session = store->state;
    PGTransactionStatusType status = PQtransactionStatus(session->connection);

    if (session->queue->begin || session->queue->count) {
        return PQstatus(session->connection) == CONNECTION_OK;
    }
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

/* What was on its way when the connection was lost never comes. */
static sd_error_t *give_up(sd_store_t *store, const char *name)
{
    sd_pgsql_t *session = store->state;

    forget_opening(session->queue);
    session->queue->count = 0;
    return sd_pgsql_lost(store, name, PQerrorMessage(session->connection));
}

static sd_error_t *append(sd_store_t *store, const pending_t *pending, int sent)
{
    sd_pgsql_t *session = store->state;
    queue_t *queue = session->queue;

    if (!sent) {
        return give_up(store, pending->name);
    }
    queue->pending[queue->count++] = *pending;
    return NULL;
}

static sd_error_t *make_room(sd_store_t *store, int places)
{
    sd_pgsql_t *session = store->state;

    return session->queue->count + places > MOST_PENDING ? sd_pgsql_settle(store) : NULL;
}

static sd_error_t *find_statement(const statement_t **statement, sd_store_t *store, const sd_sql_t *sql,
                                  const parameters_t *parameters)
{
    sd_pgsql_t *session = store->state;

    *statement = store->keeps_statements ? apr_hash_get(session->statements, &sql, sizeof(sql)) : NULL;
    if (*statement || !store->keeps_statements) {
        return NULL;
    }
    *statement = add_statement(session, sql);
    return append(store, &(pending_t){.name = sql->name, .prepares = sql},
                  send_prepare(session, *statement, parameters));
}

/* BEGIN, COMMIT and ROLLBACK are prepared like the others: else the server would parse them each time. */
static sd_error_t *send_control(sd_store_t *store, const pending_t *pending)
{
    static const parameters_t none;
    const statement_t *statement;

    SD_TRY(find_statement(&statement, store, pending->sql, &none));
    return append(store, pending, send_run(store, pending->sql, statement, &none));
}

static sd_error_t *send_opening(sd_store_t *store)
{
    sd_pgsql_t *session = store->state;
    queue_t *queue = session->queue;
    pending_t begin = {.name = "begin", .sql = queue->begin};
    int count = queue->opening_count;

    forget_opening(queue);
    if (begin.sql) {
        SD_TRY(send_control(store, &begin));
    }
    for (int i = 0; i < count; i++) {
        SD_TRY(append(store, &(pending_t){.name = "begin"},
                      PQsendQueryParams(session->connection, queue->opening[i], 0, NULL, NULL, NULL, NULL, 0)));
    }
    return NULL;
}

static sd_error_t *enter_pipeline(sd_store_t *store)
{
    sd_pgsql_t *session = store->state;

    if (PQpipelineStatus(session->connection) == PQ_PIPELINE_OFF && !PQenterPipelineMode(session->connection)) {
        return give_up(store, "pipeline");
    }
    SD_TRY(make_room(store, MOST_OPENING + 4)); /* and BEGIN and a statement, each with its preparation */
    return send_opening(store);
}

static sd_error_t *leave_pipeline(sd_store_t *store)
{
    sd_pgsql_t *session = store->state;

    if (PQpipelineStatus(session->connection) != PQ_PIPELINE_OFF && !PQexitPipelineMode(session->connection)) {
        return give_up(store, "pipeline");
    }
    return NULL;
}

/* The COMMIT of a transaction that has failed succeeds, and rolls back. */
static sd_error_t *judge_end(sd_store_t *store, const pending_t *pending, PGresult *result)
{
    if (!pending->tag || strcmp(PQcmdStatus(result), pending->tag) == 0) {
        return NULL;
    }
    return sd_error_private(store->pool, SD_ERROR_UNAVAILABLE, "%s: the transaction had failed", pending->name);
}

/* The first error of all; what was not prepared for it is forgotten. */
static sd_error_t *judge(sd_store_t *store, const pending_t *pending, PGresult *const *results, int count)
{
    sd_pgsql_t *session = store->state;
    sd_error_t *error = NULL;

    session->state[0] = '\0';
    for (int i = 0; i < count; i++) {
        if (sd_pgsql_is_good(results[i])) {
            error = error ? error : judge_end(store, &pending[i], results[i]);
            continue;
        }
        if (!error) {
            error = sd_pgsql_failure(store, pending[i].name, results[i]);
            if (pending[i].sql) {
                forget_stale(session, pending[i].sql);
            }
        }
        if (pending[i].prepares) {
            forget_statement(session, pending[i].prepares);
        }
    }
    return error;
}

static sd_error_t *hand_out_all(sd_store_t *store, const pending_t *pending, PGresult *const *results, int count)
{
    for (int i = 0; i < count; i++) {
        if (pending[i].sql) {
            SD_TRY(hand_out(store, results[i], pending[i].fn, pending[i].baton, pending[i].changed));
        }
    }
    return NULL;
}

/* Rows are shown when all answers are there: their callbacks may run other statements. */
sd_error_t *sd_pgsql_settle(sd_store_t *store)
{
    sd_pgsql_t *session = store->state;
    queue_t *queue = session->queue;
    pending_t pending[MOST_PENDING];
    PGresult *results[MOST_PENDING];
    int count = queue->count;
    sd_error_t *error;

    if (!count) {
        return NULL;
    }
    memcpy(pending, queue->pending, (apr_size_t)count * sizeof(pending[0]));
    queue->count = 0;
    SD_TRY(sd_pgsql_answers(results, count, store, pending[count - 1].name));
    error = judge(store, pending, results, count);
    if (!error) {
        error = hand_out_all(store, pending, results, count);
    }
    for (int i = 0; i < count; i++) {
        PQclear(results[i]);
    }
    return error;
}

sd_error_t *sd_pgsql_run_within(sd_store_t *store, const sd_pgsql_call_t *call, int later)
{
    const statement_t *statement;
    parameters_t parameters;
    pending_t pending = {
        .name = call->sql->name, .sql = call->sql, .fn = call->fn, .baton = call->baton, .changed = call->changed};

    SD_TRY(put_values(&parameters, store, call));
    SD_TRY(enter_pipeline(store));
    SD_TRY(find_statement(&statement, store, call->sql, &parameters));
    SD_TRY(append(store, &pending, send_run(store, call->sql, statement, &parameters)));
    return later ? NULL : sd_pgsql_settle(store);
}

sd_error_t *sd_pgsql_open_now(sd_store_t *store)
{
    sd_pgsql_t *session = store->state;

    if (session->queue->begin) {
        SD_TRY(enter_pipeline(store));
    }
    SD_TRY(sd_pgsql_settle(store));
    return leave_pipeline(store);
}

/* ---- its end ---- */

sd_error_t *sd_pgsql_end(sd_store_t *store, const sd_sql_t *sql)
{
    sd_pgsql_t *session = store->state;
    queue_t *queue = session->queue;
    pending_t pending = {.name = sql->name, .sql = sql, .tag = sql->pgsql};
    sd_error_t *error, *left = NULL;

    if (queue->begin) {
        forget_opening(queue); /* the server has not heard of it */
        return NULL;
    }
    SD_TRY(enter_pipeline(store));
    SD_TRY(send_control(store, &pending));
    error = sd_pgsql_settle(store);
    if (!sd_pgsql_is_open(store)) {
        left = leave_pipeline(store);
    }
    return error ? error : left;
}
