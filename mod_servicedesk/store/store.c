/* The store's common half: lending, transactions and typed values over whichever driver the connection has. */
#include "store/store.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include <apr_strings.h>

#include "store/driver.h"
#include "store/rehearsal.h"

SD_SQL(commit, "COMMIT");
SD_SQL(rollback, "ROLLBACK");

/* The linker's own symbols around the section that SD_SQL() fills. */
extern const sd_sql_t *const __start_sd_sql[] __attribute__((visibility("hidden")));
extern const sd_sql_t *const __stop_sd_sql[] __attribute__((visibility("hidden")));

/* How long a write that lost against others sleeps before it runs again, in microseconds: at random up to these. */
#define SHORTEST_SLEEP 500
#define LONGEST_SLEEP 50000

static const sd_driver_t *const drivers[] = {&sd_driver_sqlite, &sd_driver_pgsql};

void sd_sql_all(const sd_sql_t *const **first, const sd_sql_t *const **last)
{
    *first = __start_sd_sql;
    *last = __stop_sd_sql;
}

apr_interval_time_t sd_store_ticks(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (apr_interval_time_t)now.tv_sec * APR_USEC_PER_SEC + now.tv_nsec / 1000;
}

sd_value_t sd_value_text(const char *text)
{
    return (sd_value_t){text ? SD_VALUE_TEXT : SD_VALUE_NULL_TEXT, 0, text};
}

sd_value_t sd_value_id(apr_int64_t id)
{
    return (sd_value_t){id ? SD_VALUE_INTEGER : SD_VALUE_NULL_INTEGER, id, NULL};
}

apr_int64_t sd_row_int(sd_row_t *row, int column)
{
    return row->store->driver->cell_int(row, column);
}

int sd_row_bool(sd_row_t *row, int column)
{
    return sd_row_int(row, column) != 0;
}

const char *sd_row_text(sd_row_t *row, int column)
{
    apr_size_t length = 0;
    const char *text = row->store->driver->cell_text(row, column, &length);

    return text ? apr_pstrmemdup(row->store->pool, text, length) : NULL;
}

apr_pool_t *sd_row_pool(const sd_row_t *row)
{
    return row->store->pool;
}

apr_pool_t *sd_store_pool(const sd_store_t *store)
{
    return store->pool;
}

apr_pool_t *sd_store_use_pool(sd_store_t *store, apr_pool_t *pool)
{
    apr_pool_t *before = store->pool;

    store->pool = pool;
    return before;
}

static sd_error_t *check_lent(sd_store_t *store)
{
    return store->pool ? NULL : sd_error_private(store->connection_pool, SD_ERROR_INTERNAL, "the store is not lent");
}

/*
 * A unit of work that lost its transaction must not go on: the database ends it by itself when the disk is full, and
 * every further statement would be committed alone.
 */
sd_error_t *sd_store_check_usable(sd_store_t *store, const sd_sql_t *sql)
{
    SD_TRY(check_lent(store));
    if (store->transaction != SD_STORE_IDLE && !store->driver->in_transaction(store)) {
        return sd_error_private(store->pool, SD_ERROR_UNAVAILABLE, "%s: the database has ended the transaction",
                                sql->name);
    }
    return NULL;
}

sd_error_t *sd_store_end_rehearsal(sd_store_t *store, const sd_sql_t *sql)
{
    store->reached_change = 1;
    return sd_error_private(store->pool, SD_ERROR_INTERNAL, "%s: only a rehearsal", sql->name);
}

/* Who takes no notice of the end of a rehearsal comes no further for that. */
static sd_error_t *check_stage(sd_store_t *connection, const sd_sql_t *sql)
{
    return connection->reached_change ? sd_store_end_rehearsal(connection, sql)
                                      : sd_store_check_usable(connection, sql);
}

static sd_error_t *run_on(sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count, sd_row_fn fn,
                          void *baton, apr_int64_t *changed, int later)
{
    sd_store_t *connection;
    sd_error_t *error;

    SD_TRY(sd_front_borrow(&connection, store));
    error = check_stage(connection, sql);
    if (!error) {
        error = connection->driver->run(connection, sql, values, count, fn, baton, changed, later);
    }
    sd_front_return(store);
    return error;
}

sd_error_t *sd_store_query(sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count, sd_row_fn fn,
                           void *baton)
{
    return run_on(store, sql, values, count, fn, baton, NULL, 0);
}

sd_error_t *sd_store_execute(sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count,
                             apr_int64_t *changed)
{
    return run_on(store, sql, values, count, NULL, NULL, changed, changed == NULL);
}

sd_error_t *sd_store_ask(sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count, sd_row_fn fn,
                         void *baton)
{
    return run_on(store, sql, values, count, fn, baton, NULL, 1);
}

/* A front that has no connection has nothing on its way. */
sd_error_t *sd_store_settle(sd_store_t *store)
{
    sd_store_t *connection = store->group ? store->lent : store;

    return connection && connection->driver->settle ? connection->driver->settle(connection) : NULL;
}

sd_error_t *sd_store_plan(sd_store_t *store, const sd_sql_t *sql, sd_row_fn fn, void *baton)
{
    SD_TRY(sd_store_check_usable(store, sql));
    return store->driver->plan(store, sql, fn, baton);
}

static sd_error_t first_row_seen; /* its address ends a query after the first row; never seen by a caller */

static sd_error_t *take_number(void *baton, sd_row_t *row)
{
    if (!row->store->driver->cell_null(row, 0)) {
        *(apr_int64_t *)baton = sd_row_int(row, 0);
    }
    return &first_row_seen;
}

sd_error_t *sd_store_number(sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count,
                            apr_int64_t none, apr_int64_t *number)
{
    sd_error_t *error;

    *number = none;
    error = sd_store_query(store, sql, values, count, take_number, number);
    return error == &first_row_seen ? NULL : error;
}

sd_error_t *sd_store_run_plain(sd_store_t *store, const sd_sql_t *sql)
{
    return store->driver->run(store, sql, NULL, 0, NULL, NULL, NULL, 0);
}

/* An error of the rollback says nothing new: the next lend finds a connection that is not idle and refuses it. */
void sd_store_roll_back(sd_store_t *store)
{
    if (store->driver->in_transaction(store)) {
        sd_error_t *ignored = sd_store_run_plain(store, &rollback);
        (void)ignored;
    }
}

sd_error_t *sd_store_commit(sd_store_t *store)
{
    SD_TRY(sd_store_check_usable(store, &commit));
    return sd_store_run_plain(store, &commit);
}

static sd_error_t *run_and_end(sd_store_t *store, sd_store_fn fn, void *baton)
{
    sd_error_t *error = fn(baton);

    if (!error) {
        error = store->doom;
    }
    if (!error) {
        error = sd_store_commit(store);
    }
    sd_store_roll_back(store);
    return error;
}

static _Atomic apr_uint64_t moments; /* transactions that this process has begun */

static void end(sd_store_t *store)
{
    store->transaction = SD_STORE_IDLE;
    store->doom = NULL;
    store->held = 0;
    store->reached_change = 0;
}

sd_error_t *sd_store_begin(sd_store_t *store, sd_store_transaction_t transaction)
{
    sd_error_t *error;

    store->transaction = transaction;
    store->doom = NULL;
    store->lost_race = 0;
    store->moment = atomic_fetch_add(&moments, 1) + 1;
    error = store->driver->begin(store);
    if (error) {
        sd_store_roll_back(store);
        end(store);
    }
    return error;
}

sd_error_t *sd_store_transact(sd_store_t *store, sd_store_transaction_t transaction, sd_store_fn fn, void *baton)
{
    sd_error_t *error;

    SD_TRY(sd_store_begin(store, transaction));
    error = run_and_end(store, fn, baton);
    end(store);
    return error;
}

sd_error_t *sd_store_hold(sd_store_t *store)
{
    if (store->group || store->transaction != SD_STORE_IDLE) {
        return NULL;
    }
    SD_TRY(check_lent(store));
    SD_TRY(sd_store_begin(store, SD_STORE_READING));
    store->held = 1;
    return NULL;
}

apr_uint64_t sd_store_moment(const sd_store_t *store)
{
    const sd_store_t *connection = store->group ? store->lent : store;

    return connection && connection->transaction != SD_STORE_IDLE ? connection->moment : 0;
}

static sd_error_t *read_held(sd_store_t *store, sd_store_fn fn, void *baton)
{
    sd_error_t *error;

    store->held = 0;
    error = run_and_end(store, fn, baton);
    end(store);
    return error;
}

static void let_go(sd_store_t *store)
{
    if (store->held) {
        sd_store_roll_back(store);
        end(store);
    }
}

static sd_error_t *read_on(sd_store_t *connection, sd_store_fn fn, void *baton)
{
    if (connection->held) {
        return read_held(connection, fn, baton);
    }
    if (connection->transaction != SD_STORE_IDLE) {
        return fn(baton);
    }
    SD_TRY(check_lent(connection));
    return sd_store_transact(connection, SD_STORE_READING, fn, baton);
}

sd_error_t *sd_store_read(sd_store_t *store, sd_store_fn fn, void *baton)
{
    sd_store_t *connection;
    sd_error_t *error;

    SD_TRY(sd_front_borrow(&connection, store));
    error = read_on(connection, fn, baton);
    sd_front_return(store);
    return error;
}

sd_error_t *sd_store_read_long(sd_store_t *store, sd_store_fn fn, void *baton)
{
    int bound = store->statement_milliseconds;
    sd_error_t *error;

    store->statement_milliseconds = 0;
    error = sd_store_read(store, fn, baton);
    store->statement_milliseconds = bound;
    return error;
}

static sd_error_t *join_write(sd_store_t *store, sd_store_fn fn, void *baton)
{
    sd_error_t *error = fn(baton);

    if (error && !store->doom) {
        store->doom = error;
    }
    return error;
}

static sd_error_t *write_locked(sd_store_t *store, sd_store_fn fn, void *baton)
{
    sd_error_t *error = sd_store_transact(store, SD_STORE_WRITING, fn, baton);

    sd_writer_unlock(store->writer);
    return error;
}

static sd_error_t *write_behind(sd_store_t *store, sd_store_fn fn, void *baton)
{
    int over;

    SD_TRY(sd_rehearse_and_lock(&over, store, fn, baton));
    return over ? NULL : write_locked(store, fn, baton);
}

/* A schema cannot be rehearsed: what reads it finds no tables. */
static sd_error_t *write_schema_behind(sd_store_t *store, sd_store_fn fn, void *baton)
{
    SD_TRY(sd_writer_lock(store->writer, store));
    return write_locked(store, fn, baton);
}

static sd_error_t *write_if_idle(sd_store_t *store, sd_store_fn fn, void *baton)
{
    SD_TRY(sd_writer_try_lock(store->writer, store));
    return write_locked(store, fn, baton);
}

/* Sleeps for a while that grows with the attempts and is never the same for two of those who lost together. */
static void sleep_at_random(int attempt)
{
    apr_interval_time_t most = SHORTEST_SLEEP;
    apr_interval_time_t seed = sd_store_ticks();

    while (attempt-- > 0 && most < LONGEST_SLEEP) {
        most *= 2;
    }
    apr_sleep((seed ^ (apr_interval_time_t)(apr_uintptr_t)&seed >> 4) % most);
}

/* What has lost against other writers is run again until it wins, for as long as a writer may wait for its turn. */
static sd_error_t *write_beside(sd_store_t *store, sd_store_fn fn, void *baton)
{
    apr_interval_time_t end = sd_store_ticks() + sd_writer_milliseconds(store->writer) * (apr_interval_time_t)1000;
    sd_error_t *error;

    for (int attempt = 0;; attempt++) {
        store->races = attempt;
        error = sd_store_transact(store, SD_STORE_WRITING, fn, baton);
        store->races = 0;
        if (!error || attempt >= store->lost_race || store->isolation == SD_STORE_NOTE || sd_store_ticks() > end) {
            return error;
        }
        sleep_at_random(attempt);
    }
}

static sd_error_t *write_on(sd_store_t *store, sd_store_isolation_t isolation, sd_store_fn fn, void *baton)
{
    let_go(store);
    if (store->transaction >= SD_STORE_REHEARSING) {
        return join_write(store, fn, baton);
    }
    if (store->transaction == SD_STORE_READING) {
        return sd_error_private(store->pool, SD_ERROR_INTERNAL, "a write inside a read");
    }
    SD_TRY(check_lent(store));
    store->isolation = isolation;
    if (store->driver->writers_at_once) {
        return write_beside(store, fn, baton);
    }
    return isolation == SD_STORE_NOTE     ? write_if_idle(store, fn, baton)
           : isolation == SD_STORE_SCHEMA ? write_schema_behind(store, fn, baton)
                                          : write_behind(store, fn, baton);
}

/* What waits for others anyway, waits in the group; a note does not. */
static sd_error_t *write_isolated(sd_store_t *store, sd_store_isolation_t isolation, sd_store_fn fn, void *baton)
{
    sd_store_t *connection;
    sd_error_t *error;

    if (store->group && !store->lent && isolation != SD_STORE_NOTE) {
        return sd_group_write(store, fn, baton);
    }
    SD_TRY(sd_front_borrow(&connection, store));
    error = write_on(connection, isolation, fn, baton);
    sd_front_return(store);
    return error;
}

sd_error_t *sd_store_write(sd_store_t *store, sd_store_fn fn, void *baton)
{
    return write_isolated(store, SD_STORE_ALONE, fn, baton);
}

sd_error_t *sd_store_write_turns(sd_store_t *store, sd_store_fn fn, void *baton)
{
    return write_isolated(store, SD_STORE_TURNS, fn, baton);
}

sd_error_t *sd_store_write_rows(sd_store_t *store, sd_store_fn fn, void *baton)
{
    return write_isolated(store, SD_STORE_ROWS, fn, baton);
}

sd_error_t *sd_store_write_idle(sd_store_t *store, sd_store_fn fn, void *baton)
{
    return write_isolated(store, SD_STORE_NOTE, fn, baton);
}

sd_error_t *sd_store_write_count(sd_store_t *store, sd_store_fn fn, void *baton)
{
    return write_isolated(store, SD_STORE_COUNT, fn, baton);
}

sd_error_t *sd_store_write_schema(sd_store_t *store, sd_store_fn fn, void *baton)
{
    return write_isolated(store, SD_STORE_SCHEMA, fn, baton);
}

int sd_store_writes_at_once(const sd_store_t *store)
{
    return store->driver && store->driver->writers_at_once; /* a front has no driver before it borrows */
}

int sd_store_is_kept(sd_store_t *store)
{
    return store->driver->writers_at_once || store->driver->writer_path(store) != NULL;
}

void sd_store_keep_statements(sd_store_t *store, int keep)
{
    store->keeps_statements = keep;
}

static const sd_driver_t *find_driver(const char *name)
{
    for (apr_size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        if (strcmp(drivers[i]->name, name) == 0) {
            return drivers[i];
        }
    }
    return NULL;
}

sd_error_t *sd_store_attach(sd_store_t **store, apr_pool_t *connection_pool, const char *driver, void *native,
                            sd_writer_t *writer)
{
    sd_store_t *made = apr_pcalloc(connection_pool, sizeof(*made));

    *store = NULL;
    made->driver = find_driver(driver);
    if (!made->driver) {
        return sd_error_private(connection_pool, SD_ERROR_UNAVAILABLE, "no store for the database driver \"%s\"",
                                driver);
    }
    made->connection_pool = connection_pool;
    made->writer = writer;
    made->native = native;
    made->statement_milliseconds = SD_STORE_STATEMENT_MILLISECONDS;
    made->keeps_statements = 1;
    SD_TRY(made->driver->attach(made, native));
    *store = made;
    return NULL;
}

sd_error_t *sd_store_lend(sd_store_t *store, apr_pool_t *pool)
{
    sd_error_t *error;

    if (store->pool) {
        return sd_error_private(pool, SD_ERROR_INTERNAL, "the store is lent already");
    }
    store->pool = pool;
    error = store->driver->probe(store);
    if (error) {
        store->pool = NULL;
    }
    return error;
}

void sd_store_return(sd_store_t *store)
{
    if (!store->pool) {
        return;
    }
    sd_store_roll_back(store);
    end(store);
    store->pool = NULL;
}
