/*
 * The statements of one PostgreSQL transaction on their way, for store/pgsql.c alone: each is sent when it is told, in
 * libpq's pipeline mode, and whoever must know an answer waits for all that were sent before, in one round trip. What
 * nobody looks at (BEGIN, a write whose number of rows is not asked for, a read that was asked for ahead) costs no trip
 * of its own. An error of one of them is that of the next one that waits, at the latest of the COMMIT.
 *
 * Part of a session, in its pool. Outside a transaction the connection is not in pipeline mode, as others find it.
 */
#ifndef SD_STORE_PGSQL_QUEUE_H
#define SD_STORE_PGSQL_QUEUE_H

#include "store/pgsql_session.h"

#define SD_PGSQL_MOST_VALUES 64

/* What one statement is and who wants to know. */
typedef struct sd_pgsql_call_t {
    const sd_sql_t *sql;
    const sd_value_t *values;
    int count;
    sd_row_fn fn;
    void *baton;
    apr_int64_t *changed;
} sd_pgsql_call_t;

typedef struct sd_pgsql_cursor_t {
    PGresult *result;
    int row;
} sd_pgsql_cursor_t;

struct sd_pgsql_queue_t *sd_pgsql_queue_make(apr_pool_t *pool);

/* Runs a statement outside a transaction, and waits for it. */
SD_CHECKED sd_error_t *sd_pgsql_run_alone(sd_store_t *store, const sd_pgsql_call_t *call);

/* The beginning of a transaction: goes out before its first statement. */
void sd_pgsql_open(sd_store_t *store, const sd_sql_t *begin);

/* What goes out right behind it; the text need live no longer than the call. */
void sd_pgsql_open_with(sd_store_t *store, const char *text);

/* Runs a statement in the transaction; `later`: it is not waited for. */
SD_CHECKED sd_error_t *sd_pgsql_run_within(sd_store_t *store, const sd_pgsql_call_t *call, int later);

/* Waits for all that is on its way. */
SD_CHECKED sd_error_t *sd_pgsql_settle(sd_store_t *store);

/* COMMIT or ROLLBACK, with all that is on its way. */
SD_CHECKED sd_error_t *sd_pgsql_end(sd_store_t *store, const sd_sql_t *sql);

/* Is a transaction open, or told to open? */
int sd_pgsql_is_open(const sd_store_t *store);

/* Opens the transaction now, and leaves pipeline mode: for statements that it does not know. */
SD_CHECKED sd_error_t *sd_pgsql_open_now(sd_store_t *store);

/* The rows of a result. */
SD_CHECKED sd_error_t *sd_pgsql_each_row(sd_store_t *store, PGresult *result, sd_row_fn fn, void *baton);

#endif
