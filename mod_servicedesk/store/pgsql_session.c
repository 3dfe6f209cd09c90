/* One conversation with a PostgreSQL server: waiting, errors, the first words to a new backend. */
#include "store/pgsql_session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <apr_strings.h>

/* The server's own statement_timeout should end a statement; this is for a server that says nothing any more. */
#define SILENCE_MILLISECONDS 1000
#define OLDEST_SERVER 130000

/* How often a write may run again that met a row's deletion: if it is no race, it is ours to repair. */
#define FEW_TIMES 3
#define ANY_TIMES 1000000

typedef struct meaning_t {
    const char *state; /* SQLSTATE, or its class */
    sd_error_kind_t kind;
    int again; /* how often the transaction may run again */
    int hang_up;
} meaning_t;

/* The first that fits. What is not here is our own mistake. */
static const meaning_t meanings[] = {
    {"40001", SD_ERROR_UNAVAILABLE, ANY_TIMES, 0}, /* serialization failure */
    {"40P01", SD_ERROR_UNAVAILABLE, ANY_TIMES, 0}, /* deadlock */
    {"23503", SD_ERROR_INTERNAL, FEW_TIMES, 0},    /* a row that was read went away before another named it */
    {"26000", SD_ERROR_UNAVAILABLE, FEW_TIMES, 0}, /* the prepared statement is not there */
    {"0A000", SD_ERROR_UNAVAILABLE, FEW_TIMES, 0}, /* its result has other columns now; serializable on a standby */
    {"25006", SD_ERROR_UNAVAILABLE, 0, 1},         /* a standby: another server takes writes */
    {"55P03", SD_ERROR_UNAVAILABLE, 0, 0},         /* lock_timeout */
    {"08", SD_ERROR_UNAVAILABLE, 0, 0},            /* connection */
    {"25P03", SD_ERROR_UNAVAILABLE, 0, 0},         /* idle in transaction */
    {"53", SD_ERROR_UNAVAILABLE, 0, 0},            /* disk, memory, connections */
    {"57", SD_ERROR_UNAVAILABLE, 0, 0},            /* cancelled, shut down, crashed */
    {"58", SD_ERROR_UNAVAILABLE, 0, 0},            /* the system below it */
    {"XX001", SD_ERROR_UNAVAILABLE, 0, 0},         /* damaged data */
    {"XX002", SD_ERROR_UNAVAILABLE, 0, 0},         /* damaged index */
};

static const meaning_t *meaning_of(const char *state)
{
    for (apr_size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (strncmp(state, meanings[i].state, strlen(meanings[i].state)) == 0) {
            return &meanings[i];
        }
    }
    return NULL;
}

/* libpq says that a connection is bad only after it has read its end, and mod_dbd asks libpq. */
static void hang_up(PGconn *connection)
{
    if (PQsocket(connection) >= 0) {
        shutdown(PQsocket(connection), SHUT_RDWR);
    }
    while (PQstatus(connection) == CONNECTION_OK && PQconsumeInput(connection)) {
    }
}

/* The first line: what follows are hints, and the values that a constraint refused. */
static const char *first_line(apr_pool_t *pool, const char *message)
{
    return apr_pstrmemdup(pool, message, strcspn(message, "\n"));
}

/* A line or two for each server that was tried: in one line. */
static const char *all_lines(apr_pool_t *pool, const char *message)
{
    const char *text = "";
    char *rest, *copy = apr_pstrdup(pool, message);

    for (char *line = apr_strtok(copy, "\n\t", &rest); line; line = apr_strtok(NULL, "\n\t", &rest)) {
        text = apr_pstrcat(pool, text, *text ? "; " : "", line, NULL);
    }
    return text;
}

sd_error_t *sd_pgsql_lost(sd_store_t *store, const char *name, const char *why)
{
    sd_pgsql_t *session = store->state;
    sd_error_t *error =
        sd_error_private(store->pool, SD_ERROR_UNAVAILABLE, "%s: postgresql: %s", name, first_line(store->pool, why));

    hang_up(session->connection);
    return error;
}

static sd_error_t *unique(sd_store_t *store, const char *name, const char *message)
{
    sd_error_t *error = sd_error_new(store->pool, SD_ERROR_CONFLICT, "sd.store.unique", "It exists already.");

    error->detail = apr_psprintf(store->pool, "%s: %s", name, message);
    return error;
}

sd_error_t *sd_pgsql_failure(sd_store_t *store, const char *name, const PGresult *result)
{
    sd_pgsql_t *session = store->state;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const meaning_t *meaning;
    sd_error_t *error;

    if (!state) {
        return sd_pgsql_lost(store, name, PQresultErrorMessage(result));
    }
    apr_cpystrn(session->state, state, sizeof(session->state));
    message = first_line(store->pool, message ? message : "?");
    if (strcmp(state, "23505") == 0) {
        return unique(store, name, message);
    }
    meaning = meaning_of(state);
    error = sd_error_private(store->pool, meaning ? meaning->kind : SD_ERROR_INTERNAL, "%s: postgresql %s: %s", name,
                             state, message);
    if (meaning) {
        store->lost_race = meaning->again;
        if (meaning->hang_up) {
            hang_up(session->connection);
        }
    }
    return error;
}

/* ---- waiting ---- */

typedef struct wait_t {
    sd_store_t *store;
    PGconn *connection;
    const char *name;
    apr_interval_time_t end; /* in ticks; 0 is never */
} wait_t;

static sd_error_t *wait_for(const wait_t *wait, short events)
{
    struct pollfd descriptor = {PQsocket(wait->connection), events, 0};
    int left = -1, ready;

    if (wait->end) {
        apr_interval_time_t ticks = wait->end - sd_store_ticks();
        left = ticks > 0 ? (int)(ticks / 1000) + 1 : 0;
    }
    ready = descriptor.fd < 0 ? -1 : poll(&descriptor, 1, left);
    if (ready == 0) {
        return sd_pgsql_lost(wait->store, wait->name, "the server does not answer");
    }
    if (ready < 0 && (descriptor.fd < 0 || errno != EINTR)) {
        return sd_pgsql_lost(wait->store, wait->name, "the connection is closed");
    }
    return NULL;
}

static sd_error_t *flush(const wait_t *wait)
{
    int more;

    while ((more = PQflush(wait->connection)) == 1) {
        SD_TRY(wait_for(wait, POLLIN | POLLOUT));
        if (!PQconsumeInput(wait->connection)) {
            more = -1;
            break;
        }
    }
    return more == 0 ? NULL : sd_pgsql_lost(wait->store, wait->name, PQerrorMessage(wait->connection));
}

static sd_error_t *next_result(PGresult **result, const wait_t *wait)
{
    while (PQisBusy(wait->connection)) {
        SD_TRY(wait_for(wait, POLLIN));
        if (!PQconsumeInput(wait->connection)) {
            return sd_pgsql_lost(wait->store, wait->name, PQerrorMessage(wait->connection));
        }
    }
    *result = PQgetResult(wait->connection);
    return NULL;
}

int sd_pgsql_is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static wait_t wait_of(sd_store_t *store, const char *name)
{
    sd_pgsql_t *session = store->state;
    wait_t wait = {store, session->connection, name, 0};

    if (store->statement_milliseconds) {
        wait.end =
            sd_store_ticks() + (store->statement_milliseconds + SILENCE_MILLISECONDS) * (apr_interval_time_t)1000;
    }
    session->trips++;
    return wait;
}

/* The last result of one statement, or the first bad one. */
static sd_error_t *one_answer(PGresult **result, const wait_t *wait)
{
    PGresult *last = NULL, *next = NULL;
    sd_error_t *error;

    while (!(error = next_result(&next, wait)) && next) {
        if (last && !sd_pgsql_is_good(last)) {
            PQclear(next);
            continue;
        }
        PQclear(last);
        last = next;
    }
    if (!error && !last) {
        error = sd_pgsql_lost(wait->store, wait->name, "no answer");
    }
    if (error) {
        PQclear(last);
        last = NULL;
    }
    *result = last;
    return error;
}

sd_error_t *sd_pgsql_answer(PGresult **result, sd_store_t *store, const char *name, int sent)
{
    sd_pgsql_t *session = store->state;
    wait_t wait = wait_of(store, name);
    sd_error_t *error;

    *result = NULL;
    if (!sent) {
        return sd_pgsql_lost(store, name, PQerrorMessage(session->connection));
    }
    SD_TRY(flush(&wait));
    SD_TRY(one_answer(result, &wait));
    if (sd_pgsql_is_good(*result)) {
        return NULL;
    }
    error = sd_pgsql_failure(store, name, *result);
    PQclear(*result);
    *result = NULL;
    return error;
}

static sd_error_t *all_answers(PGresult **results, int count, const wait_t *wait)
{
    PGresult *end = NULL;
    sd_error_t *error;

    SD_TRY(flush(wait));
    for (int i = 0; i < count; i++) {
        SD_TRY(one_answer(&results[i], wait));
    }
    SD_TRY(next_result(&end, wait));
    error = PQresultStatus(end) == PGRES_PIPELINE_SYNC
                ? NULL
                : sd_pgsql_lost(wait->store, wait->name, "the answers do not end where they should");
    PQclear(end);
    return error;
}

sd_error_t *sd_pgsql_answers(PGresult **results, int count, sd_store_t *store, const char *name)
{
    sd_pgsql_t *session = store->state;
    wait_t wait = wait_of(store, name);
    sd_error_t *error;

    memset(results, 0, (apr_size_t)count * sizeof(*results));
    if (!PQpipelineSync(session->connection)) {
        return sd_pgsql_lost(store, name, PQerrorMessage(session->connection));
    }
    error = all_answers(results, count, &wait);
    for (int i = 0; error && i < count; i++) {
        /* The last words of a server that ends tell more than that it has ended. */
        if (results[i] && PQresultErrorField(results[i], PG_DIAG_SQLSTATE)) {
            error = sd_pgsql_failure(store, name, results[i]);
        }
        PQclear(results[i]);
        results[i] = NULL;
    }
    return error;
}

sd_error_t *sd_pgsql_simple(sd_store_t *store, const char *name, const char *text)
{
    sd_pgsql_t *session = store->state;
    PGresult *result;

    SD_TRY(sd_pgsql_answer(&result, store, name, PQsendQuery(session->connection, text)));
    PQclear(result);
    return NULL;
}

/* ---- a new backend ---- */

static void say_nothing(void *baton, const PGresult *notice)
{
    (void)baton;
    (void)notice;
}

static sd_error_t *check_server(sd_store_t *store)
{
    sd_pgsql_t *session = store->state;
    const char *encoding = PQparameterStatus(session->connection, "server_encoding");

    if (PQserverVersion(session->connection) < OLDEST_SERVER) {
        return sd_error_private(store->pool, SD_ERROR_UNAVAILABLE, "postgresql: the server is older than 13");
    }
    if (!encoding || strcmp(encoding, "UTF8") != 0) {
        return sd_error_private(store->pool, SD_ERROR_UNAVAILABLE,
                                "postgresql: the database has the encoding %s, it must be UTF8",
                                encoding ? encoding : "?");
    }
    return NULL;
}

/*
 * By its indexes each statement is planned, however little the server knows about the tables: they are written for
 * that, as SQLite runs them, and the test of plans sees what people get. Left to itself the planner walks through a
 * table where a page has a limit that it does not know, or where nothing was analysed yet. What is left as the only way
 * although it is off counts as so dear that the server would compile the statement each time, or share it among
 * processes: hence the next two.
 *
 * And planned once, not for the values of each call: that took most of the time of a short statement, and for a value
 * that is rare by the statistics (the requests of an agent who has few) it looked the same things up for each row.
 */
#define PLANS                                                                                                          \
    "; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off"                 \
    "; SET max_parallel_workers_per_gather = 0; SET plan_cache_mode = force_generic_plan"

static sd_error_t *make_settings(sd_store_t *store)
{
    sd_pgsql_t *session = store->state;
    const char *text = apr_psprintf(store->pool,
                                    "SET statement_timeout = %d; SET idle_in_transaction_session_timeout = %d;"
                                    " SET client_encoding = 'UTF8'" PLANS,
                                    store->statement_milliseconds, SD_PGSQL_IDLE_MILLISECONDS);

    SD_TRY(sd_pgsql_simple(store, "settings", text));
    session->session_milliseconds = store->statement_milliseconds;
    return NULL;
}

/* What the session before it knew, this one does not. */
static sd_error_t *greet(sd_store_t *store)
{
    sd_pgsql_t *session = store->state;

    session->backend = 0;
    apr_pool_clear(session->statement_pool);
    session->statements = apr_hash_make(session->statement_pool);
    session->session_milliseconds = -1;
    PQsetNoticeReceiver(session->connection, say_nothing, NULL);
    /* What is larger than the socket's buffer would otherwise wait without a bound. */
    if (PQsetnonblocking(session->connection, 1) != 0) {
        return sd_pgsql_lost(store, "greeting", PQerrorMessage(session->connection));
    }
    SD_TRY(check_server(store));
    if (store->keeps_statements) {
        SD_TRY(make_settings(store));
    }
    session->backend = PQbackendPID(session->connection);
    return NULL;
}

/* A server that has ended says so on the socket, long before anybody asks it something. */
static void look_at_socket(PGconn *connection)
{
    struct pollfd descriptor = {PQsocket(connection), POLLIN, 0};

    while (PQstatus(connection) == CONNECTION_OK && poll(&descriptor, 1, 0) == 1) {
        if (!PQconsumeInput(connection)) {
            hang_up(connection);
        }
    }
}

sd_error_t *sd_pgsql_revive(sd_store_t *store)
{
    sd_pgsql_t *session = store->state;
    PGconn *connection = session->connection;

    look_at_socket(connection);
    if (PQstatus(connection) == CONNECTION_OK && PQtransactionStatus(connection) != PQTRANS_IDLE) {
        hang_up(connection);
    }
    if (PQstatus(connection) != CONNECTION_OK) {
        PQreset(connection);
        session->backend = 0;
    }
    if (PQstatus(connection) != CONNECTION_OK) {
        return sd_error_private(store->pool, SD_ERROR_UNAVAILABLE, "postgresql: %s",
                                all_lines(store->pool, PQerrorMessage(connection)));
    }
    return session->backend == PQbackendPID(connection) ? NULL : greet(store);
}
