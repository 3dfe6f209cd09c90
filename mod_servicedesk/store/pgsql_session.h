/*
 * The conversation with one PostgreSQL server, for store/pgsql.c alone: sends what was prepared by libpq's PQsend...
 * calls, waits for the answer no longer than the store allows, and tells what an error means.
 *
 * The session belongs to a pooled connection and lives in its pool; the native handle is mod_dbd's or the tool's.
 */
#ifndef SD_STORE_PGSQL_SESSION_H
#define SD_STORE_PGSQL_SESSION_H

#include <apr_hash.h>
#include <libpq-fe.h>

#include "store/driver.h"

/* A unit of work never waits for a person: whoever is idle in a transaction for so long is no more. */
#define SD_PGSQL_IDLE_MILLISECONDS 30000

typedef struct sd_pgsql_t {
    PGconn *connection;
    int backend;                    /* the server process that knows the statements and settings below; 0 is none */
    apr_pool_t *statement_pool;     /* emptied with each new backend */
    apr_hash_t *statements;         /* const sd_sql_t ** -> what pgsql.c keeps of it */
    unsigned last_statement;        /* the number in the name of the newest */
    int session_milliseconds;       /* the session's own statement_timeout; -1 if it was never set */
    char state[6];                  /* SQLSTATE of the last failure */
    unsigned long trips;            /* how often it was waited for the server */
    struct sd_pgsql_queue_t *queue; /* store/pgsql_queue.h */
} sd_pgsql_t;

/* Is the connection alive and idle? A dead one is connected anew, by its conninfo; settings are made where missing. */
SD_CHECKED sd_error_t *sd_pgsql_revive(sd_store_t *store);

/*
 * Takes the answer to what was sent (`sent` is what PQsend... returned): the last result, or the error of the first
 * that failed. `*result` is the caller's to clear; NULL with an error. A server that does not answer in time is hung up
 * on, so that the connection cannot be mistaken for an idle one.
 */
SD_CHECKED sd_error_t *sd_pgsql_answer(PGresult **result, sd_store_t *store, const char *name, int sent);

/*
 * Takes the answers to `count` statements that were sent in pipeline mode, in one wait: the result of each, good or
 * bad, the caller's to clear; after a bad one the rest are PGRES_PIPELINE_ABORTED. An error is a lost connection,
 * without results.
 */
SD_CHECKED sd_error_t *sd_pgsql_answers(PGresult **results, int count, sd_store_t *store, const char *name);

int sd_pgsql_is_good(const PGresult *result);
/* What a bad result means. */
SD_CHECKED sd_error_t *sd_pgsql_failure(sd_store_t *store, const char *name, const PGresult *result);
/* The error of a connection that is of no more use; it is hung up. */
SD_CHECKED sd_error_t *sd_pgsql_lost(sd_store_t *store, const char *name, const char *why);

/* One or more statements without parameters and without rows. */
SD_CHECKED sd_error_t *sd_pgsql_simple(sd_store_t *store, const char *name, const char *text);

#endif
