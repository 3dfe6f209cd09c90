/*
 * What a database must be able to do for store.c; one constant per database, found by apr_dbd's driver name.
 * A driver keeps its per-connection state behind store->state, allocated in the connection's pool.
 */
#ifndef SD_STORE_DRIVER_H
#define SD_STORE_DRIVER_H

#include <pthread.h>

#include <apr_time.h>

#include "store/group.h"
#include "store/schema_steps.h"
#include "store/store.h"

typedef enum sd_checkpoint_mode_t {
    SD_CHECKPOINT_BESIDE,  /* others, as far as they allow */
    SD_CHECKPOINT_RESTART, /* all of it, and the next writer begins at its start */
    SD_CHECKPOINT_TRUNCATE /* and the file is empty */
} sd_checkpoint_mode_t;

typedef struct sd_log_state_t {
    int frames; /* pages in it */
    int busy;   /* somebody was in the way, which is no error */
} sd_log_state_t;

typedef struct sd_driver_t {
    const char *name;
    const sd_schema_step_t *steps;
    /* Makes the statement cache and the cleanup that finalises it; does not touch the database. */
    sd_error_t *(*attach)(sd_store_t *store, void *native);
    /* Called at each lend: is the connection still the database's, and idle? Makes the settings that are missing. */
    sd_error_t *(*probe)(sd_store_t *store);
    /* `later`: within a transaction the answer may wait for settle(). */
    sd_error_t *(*run)(sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count, sd_row_fn fn,
                       void *baton, apr_int64_t *changed, int later);
    /* Waits for what was run later; NULL where nothing is. */
    sd_error_t *(*settle)(sd_store_t *store);
    /* A text of several statements without parameters: schema steps. */
    sd_error_t *(*script)(sd_store_t *store, const char *text);
    sd_error_t *(*begin)(sd_store_t *store); /* what store->transaction and store->isolation say */
    const sd_sql_t *schema_exists;           /* one row: has the database a table schema_step, 1 or 0 */
    const sd_sql_t *const *checks;           /* the database's own checks, a finding a row in column 0; ended by NULL */
    /* What is missing of the tables and indexes that the steps make, or differs: a finding a row in column 0. */
    sd_error_t *(*check_schema)(sd_store_t *store, sd_row_fn fn, void *baton);
    int writers_at_once; /* the database runs writers side by side: they need no lock, and may have to run again */
    /* The file whose "-writer" neighbour is the writer lock, or NULL if nobody else can write. */
    const char *(*writer_path)(sd_store_t *store);
    /* Where writes share transactions (store/batch.h): each has a savepoint; else NULL. */
    const sd_sql_t *savepoint;
    const sd_sql_t *release;
    const sd_sql_t *rollback_to;
    int (*in_transaction)(sd_store_t *store);
    /* Carries the log over (store/checkpoint.h); NULL where there is none. */
    sd_error_t *(*checkpoint)(sd_store_t *store, sd_checkpoint_mode_t mode, sd_log_state_t *log);
    /* The cells of the row under the cursor. */
    int (*cell_null)(sd_row_t *row, int column);
    apr_int64_t (*cell_int)(sd_row_t *row, int column);
    const char *(*cell_text)(sd_row_t *row, int column, apr_size_t *length);
    /* The plan of a statement, a line a step in column 0, for the query plan test. */
    sd_error_t *(*plan)(sd_store_t *store, const sd_sql_t *sql, sd_row_fn fn, void *baton);
} sd_driver_t;

typedef enum sd_store_transaction_t {
    SD_STORE_IDLE,
    SD_STORE_READING,
    SD_STORE_REHEARSING, /* a write, as far as reading goes: store/rehearsal.h */
    SD_STORE_WRITING
} sd_store_transaction_t;

/* What a write must not notice of the others where the database runs them side by side. */
typedef enum sd_store_isolation_t {
    SD_STORE_ALONE, /* anything */
    SD_STORE_TURNS, /* anything, and none of its kind runs beside it */
    SD_STORE_ROWS,  /* that the rows it changes were changed since it read them */
    SD_STORE_NOTE,  /* as ROWS, and it gives up rather than wait */
    SD_STORE_COUNT, /* nothing: a statement waits for its row, and takes it as it is then */
    SD_STORE_SCHEMA /* one at a time, and it sees what those before it did */
} sd_store_isolation_t;

struct sd_store_t {
    const sd_driver_t *driver;
    void *native; /* the database's own handle */
    void *state;  /* the driver's */
    apr_pool_t *connection_pool;
    apr_pool_t *pool; /* of the unit of work; NULL while not lent */
    sd_writer_t *writer;
    sd_store_transaction_t transaction;
    sd_store_isolation_t isolation;
    int reached_change; /* a rehearsal came to a statement that writes: it ends there */
    int races;          /* that this write has lost; the driver may let those who lose again and again take turns */
    int lost_race;      /* set by the driver: another writer was faster; how often the same may be run again */
    sd_error_t *doom;   /* of a nested write that failed: the outer one must not commit */
    int statement_milliseconds; /* what one statement may take; 0 is no bound */
    int held;                   /* the transaction is a read that sd_store_hold() began and nobody runs in yet */
    apr_uint64_t moment;        /* of the transaction: none of this process has the same */
    int schema_checked;         /* this connection has seen the schema it needs */
    int keeps_statements;       /* the session outlives the transaction: prepared statements, settings */
    /* Of a front, which has none of the above but the pool. */
    sd_group_t *group; /* NULL for the store of a connection */
    sd_lender_t lender;
    sd_store_t *lent; /* the connection that it works on at the moment */
    int uses;         /* of it, nested */
};

struct sd_row_t {
    sd_store_t *store;
    void *cursor; /* the driver's */
    int first;    /* the driver's column that is column 0 */
};

#define SD_STORE_STATEMENT_MILLISECONDS 10000

extern const sd_driver_t sd_driver_sqlite;
extern const sd_driver_t sd_driver_pgsql;

/* The parts of a transaction, for those who put several writes into one; the store is that of a connection. */
SD_CHECKED sd_error_t *sd_store_transact(sd_store_t *store, sd_store_transaction_t transaction, sd_store_fn fn,
                                         void *baton);
/* Begins one, which is another moment than all before; after an error the store is idle. */
SD_CHECKED sd_error_t *sd_store_begin(sd_store_t *store, sd_store_transaction_t transaction);
SD_CHECKED sd_error_t *sd_store_run_plain(sd_store_t *store, const sd_sql_t *sql);
/* Refuses if the database has ended the transaction; `sql` is for the story. */
SD_CHECKED sd_error_t *sd_store_check_usable(sd_store_t *store, const sd_sql_t *sql);
SD_CHECKED sd_error_t *sd_store_commit(sd_store_t *store);
void sd_store_roll_back(sd_store_t *store);

/* The connection to work on: the store itself, or what a front has or opens now; then it is given back. */
SD_CHECKED sd_error_t *sd_front_borrow(sd_store_t **connection, sd_store_t *store);
void sd_front_return(sd_store_t *store);
/* A front works on a connection that somebody else holds. */
void sd_front_attach(sd_store_t *front, sd_store_t *connection);
void sd_front_detach(sd_store_t *front);
SD_CHECKED sd_error_t *sd_group_write(sd_store_t *front, sd_store_fn fn, void *baton);

/* A statement that writes, in a rehearsal: an error, which nothing of it outlives. */
SD_CHECKED sd_error_t *sd_store_end_rehearsal(sd_store_t *store, const sd_sql_t *sql);

/* A write that changes the schema: one at a time, whoever else writes. */
SD_CHECKED sd_error_t *sd_store_write_schema(sd_store_t *store, sd_store_fn fn, void *baton);

/* Microseconds since some moment, never going back: for bounds, not for dates. */
apr_interval_time_t sd_store_ticks(void);

/* Waits for this process's turn and the other processes' lock; bounded by the writer's milliseconds. */
SD_CHECKED sd_error_t *sd_writer_lock(sd_writer_t *writer, sd_store_t *store);
/* The same, bounded by `milliseconds` as well; and without waiting for anybody. */
SD_CHECKED sd_error_t *sd_writer_lock_within(sd_writer_t *writer, sd_store_t *store, int milliseconds);
SD_CHECKED sd_error_t *sd_writer_try_lock(sd_writer_t *writer, sd_store_t *store);
void sd_writer_unlock(sd_writer_t *writer);
int sd_writer_milliseconds(const sd_writer_t *writer);
/* A condition whose waits are bounded in ticks. */
void sd_writer_init_condition(pthread_cond_t *condition);

#endif
