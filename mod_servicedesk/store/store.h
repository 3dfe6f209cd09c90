/*
 * The store: one database connection lent to one thread for one unit of work, spoken to in typed SQL.
 *
 * An sd_store_t belongs to a pooled connection (mod_dbd's, or the tool's own) and dies with the pool it was attached
 * in, while the native handle is still alive: that is where cached statements are finalised. Between sd_store_lend()
 * and sd_store_return() it belongs to the calling thread; rows and errors of that time live in the pool lent to it.
 * A unit of work never spans the reading of a body or the writing of an answer.
 *
 * SQL is written in the files of this directory and nowhere else, parameters as $1, $2 ... in the order of their first
 * appearance, which SQLite and PostgreSQL both understand. Booleans are 0 and 1, times are sd_time_t.
 */
#ifndef SD_STORE_STORE_H
#define SD_STORE_STORE_H

#include "base/clock.h"
#include "base/error.h"

typedef struct sd_store_t sd_store_t;
typedef struct sd_writer_t sd_writer_t;
typedef struct sd_row_t sd_row_t; /* the row under the cursor; valid inside the row callback only */

/* One statement. Static and constant: its address is the key of the statement cache. */
typedef struct sd_sql_t {
    const char *name;   /* "request_get", for logs and query plans */
    const char *sqlite; /* its text there; NULL if it is none of that database */
    const char *pgsql;
} sd_sql_t;

/*
 * Declares a statement of a store file and enters it in the list of all statements, which the query plan test walks.
 * One text for every database; where they cannot agree, SD_SQL_EACH() has the texts side by side.
 */
#define SD_SQL(name_, text_) SD_SQL_EACH(name_, text_, text_)
#define SD_SQL_EACH(name_, sqlite_, pgsql_)                                                                            \
    static const sd_sql_t name_ = {#name_, sqlite_, pgsql_};                                                           \
    static const sd_sql_t *const name_##_listed __attribute__((section("sd_sql"), used)) = &name_

/* Every statement linked into this program, from `*first` up to but not including `*last`. */
void sd_sql_all(const sd_sql_t *const **first, const sd_sql_t *const **last);

/* A NULL has the type of the place it stands in, too: PostgreSQL asks for the types of parameters. */
typedef enum sd_value_type_t {
    SD_VALUE_INTEGER,
    SD_VALUE_TEXT,
    SD_VALUE_NULL_INTEGER,
    SD_VALUE_NULL_TEXT
} sd_value_type_t;

typedef struct sd_value_t {
    sd_value_type_t type;
    apr_int64_t integer;
    const char *text; /* must outlive the call */
} sd_value_t;

#define SD_INT(n) ((sd_value_t){SD_VALUE_INTEGER, (apr_int64_t)(n), NULL})
#define SD_TEXT(s) (sd_value_text(s))     /* NULL becomes SQL NULL */
#define SD_ID_OR_NULL(n) (sd_value_id(n)) /* 0 becomes SQL NULL */
/* The two arguments `values, count` of the calls below. */
#define SD_VALUES(...)                                                                                                 \
    (const sd_value_t[]){__VA_ARGS__}, (int)(sizeof((const sd_value_t[]){__VA_ARGS__}) / sizeof(sd_value_t))
#define SD_NO_VALUES NULL, 0

sd_value_t sd_value_text(const char *text);
sd_value_t sd_value_id(apr_int64_t id);

/* Called once a row, in order. An error ends the query and is returned by it. */
typedef sd_error_t *(*sd_row_fn)(void *baton, sd_row_t *row);

apr_int64_t sd_row_int(sd_row_t *row, int column); /* SQL NULL is 0 */
int sd_row_bool(sd_row_t *row, int column);
apr_pool_t *sd_row_pool(const sd_row_t *row);       /* the lent pool */
const char *sd_row_text(sd_row_t *row, int column); /* a copy in the lent pool; SQL NULL is NULL */

/* Runs a statement that returns rows; `fn` may be NULL. INSERT ... RETURNING is one of these. */
SD_CHECKED sd_error_t *sd_store_query(sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count,
                                      sd_row_fn fn, void *baton);

/*
 * Runs a statement without rows; `*changed` is the number of rows that it changed. Where it is NULL nobody waits: in a
 * write on PostgreSQL the statement goes out with the next one that is waited for, in one round trip.
 */
SD_CHECKED sd_error_t *sd_store_execute(sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count,
                                        apr_int64_t *changed);

/* The first column of the first row as a number; `none` if there is no row or the value is NULL. */
SD_CHECKED sd_error_t *sd_store_number(sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count,
                                       apr_int64_t none, apr_int64_t *number);

/*
 * A read whose rows are wanted later: `fn` has been called for each when sd_store_settle() or another call that waits
 * is back, or the transaction has ended. Asked ahead, several cost one round trip. `fn` returns no error.
 */
SD_CHECKED sd_error_t *sd_store_ask(sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count,
                                    sd_row_fn fn, void *baton);

/* Waits for all that was not waited for. */
SD_CHECKED sd_error_t *sd_store_settle(sd_store_t *store);

/*
 * What was not waited for tells its error by the next call that waits, at the latest by the one that ends the
 * transaction: nothing is acknowledged before all of it has succeeded.
 *
 * Errors of these calls: SD_ERROR_UNAVAILABLE (missing, locked, full, moved, damaged, too slow), SD_ERROR_CONFLICT
 * with key "sd.store.unique" (a unique constraint), SD_ERROR_INTERNAL (everything else). A statement that writes is
 * refused as SD_ERROR_INTERNAL outside sd_store_write(): nothing is written without the writer lock.
 */

/* The database's plan for a statement, a line a step in column 0; nothing is run. */
SD_CHECKED sd_error_t *sd_store_plan(sd_store_t *store, const sd_sql_t *sql, sd_row_fn fn, void *baton);

typedef sd_error_t *(*sd_store_fn)(void *baton);

/*
 * One read of several statements that see one state of the database; one write, all or nothing, behind the writer lock.
 * Nested calls join the outer transaction (a write inside a read is a bug and refused as SD_ERROR_INTERNAL).
 * An error of `fn`, or of the commit, rolls everything back and is returned. A nested write that failed dooms the outer
 * one: it is rolled back with the same error even if its `fn` goes on and succeeds.
 *
 * A write sees the database as if it wrote alone, and so do the rules that it looks up first. SQLite has one writer at
 * a time; PostgreSQL lets them run side by side, undoes the one that another has overtaken, and `fn` is run again: it
 * builds what it hands out from nothing each time, and acts on nothing but the database.
 */
SD_CHECKED sd_error_t *sd_store_read(sd_store_t *store, sd_store_fn fn, void *baton);
/* The same for what reads a whole database: a statement may take as long as it takes. For tools.
 * Inside another read it is that one, with its bound. */
SD_CHECKED sd_error_t *sd_store_read_long(sd_store_t *store, sd_store_fn fn, void *baton);
SD_CHECKED sd_error_t *sd_store_write(sd_store_t *store, sd_store_fn fn, void *baton);
/* The same for a large one: on PostgreSQL those take turns, over all servers, where they would undo each other. */
SD_CHECKED sd_error_t *sd_store_write_turns(sd_store_t *store, sd_store_fn fn, void *baton);
/*
 * The cheaper write, for what people do all day long: PostgreSQL undoes it only if a row that it changes was changed by
 * another since it read it. That is enough where every rule is held by the rows it changes (what it has looked at, it
 * also updates) or by a constraint; a rule about other rows (the last administrator, at most so many) needs the other.
 */
SD_CHECKED sd_error_t *sd_store_write_rows(sd_store_t *store, sd_store_fn fn, void *baton);
/*
 * For counters that many writers have in common: a statement waits until it has its row and takes it as it is then, so
 * that nobody is undone, and the row is held for no sync of the disk (a crash of PostgreSQL may lose the last ones).
 * Each statement sees another state of the database: nothing that is read here decides about a later one.
 */
SD_CHECKED sd_error_t *sd_store_write_count(sd_store_t *store, sd_store_fn fn, void *baton);
/*
 * Begins a read that the next sd_store_read() runs in: what is asked until then sees the same state of the database. A
 * write, or the return of the store, ends it unused. Of no effect inside a transaction and on a front.
 */
SD_CHECKED sd_error_t *sd_store_hold(sd_store_t *store);
/* Tells the present transaction from all others of this process; 0 outside of one. */
apr_uint64_t sd_store_moment(const sd_store_t *store);
/* A write that gives up at once if another writer has the lock: for notes that may as well be made later. */
SD_CHECKED sd_error_t *sd_store_write_idle(sd_store_t *store, sd_store_fn fn, void *baton);

/*
 * Makes the store of a fresh connection, in a pool that dies before the connection does. The file is not touched yet:
 * its settings are made by the first sd_store_lend() that can, so a locked database does not spoil the connection.
 *   driver  apr_dbd's name of the database: "sqlite3", "pgsql"
 *   native  its native handle (sqlite3 *, PGconn *)
 *   writer  the process's one writer lock for this database, see sd_writer_create()
 */
SD_CHECKED sd_error_t *sd_store_attach(sd_store_t **store, apr_pool_t *connection_pool, const char *driver,
                                       void *native, sd_writer_t *writer);

/*
 * 0: nothing of a session outlives its transaction, neither prepared statements nor settings. For PostgreSQL behind a
 * pooler that gives each transaction another session. The default is 1; said right after sd_store_attach().
 */
void sd_store_keep_statements(sd_store_t *store, int keep);

/* Do writers of this database run side by side, so that nobody need queue? */
int sd_store_writes_at_once(const sd_store_t *store);

/* False for a database of SQLite in memory, of which each connection has its own: good for tests and nobody else. */
int sd_store_is_kept(sd_store_t *store);

/* Lends the store to the calling thread: rows and errors go to `pool`. Refused if the database was moved or deleted. */
SD_CHECKED sd_error_t *sd_store_lend(sd_store_t *store, apr_pool_t *pool);

/* Takes it back; an open transaction is rolled back. */
void sd_store_return(sd_store_t *store);

apr_pool_t *sd_store_pool(const sd_store_t *store); /* the pool lent with it */
/* Rows from here on live in another pool; answers the one before. For those who read a whole table bit by bit. */
apr_pool_t *sd_store_use_pool(sd_store_t *store, apr_pool_t *pool);

/*
 * The writer lock: one per process and database, made before any thread runs. Threads of this process queue on a mutex,
 * the one at its head takes flock() on "<database>-writer", so that every process has one contender.
 * `milliseconds` bounds the whole wait, or how long a write is run again; over it a write is SD_ERROR_UNAVAILABLE.
 */
SD_CHECKED sd_error_t *sd_writer_create(sd_writer_t **writer, apr_pool_t *pool, int milliseconds);

#endif
