/*
 * The store alone: units of work a second beside a bare libsqlite3 loop that runs the same SQL, in the same run.
 *
 *   store [seconds a measurement, default 2] [folder for the databases, default the system's temporary one]
 *
 * read:   an account by its id, in a transaction of its own
 * write:  the rows of a new request, committed to the disk (synchronous=FULL)
 * The store's side includes lending, returning and, for writes, the writer lock. Both sides take turns within a second.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <sqlite3.h>

#include "store/driver.h"
#include "store/schema.h"

#define ACCOUNTS 10000
#define ROUNDS 8

SD_SQL(bench_account,
       "SELECT id, public_id, name, address, display_name, state, generation, created FROM account WHERE id = $1");
SD_SQL(bench_number, "UPDATE desk_number SET last = last + 1 WHERE desk_id = $1 RETURNING last");
SD_SQL(bench_request,
       "INSERT INTO request (desk_id, key, request_type_id, reporter_id, author_id, summary, summary_key, status,"
       " status_at, open, created, updated, public_updated)"
       " VALUES ($1, $2, 1, $3, $3, $4, $4, 'waiting-for-support', $5, 1, $5, $5, $5) RETURNING id");
SD_SQL(bench_value, "INSERT INTO request_value (request_id, position, field_id, label, kind, visible, value)"
                    " VALUES ($1, $2, 'description', 'Description', 'paragraph', 1, $3)");
SD_SQL(bench_status, "INSERT INTO status_change (request_id, status, account_id, at)"
                     " VALUES ($1, 'waiting-for-support', $2, $3)");
SD_SQL(bench_count, "INSERT INTO desk_count (desk_id, account_id, open_requests, closed_requests, last_activity)"
                    " VALUES ($1, $2, 1, 0, $3) ON CONFLICT (desk_id, account_id)"
                    " DO UPDATE SET open_requests = open_requests + 1, last_activity = excluded.last_activity");
SD_SQL(bench_audit, "INSERT INTO audit (at, account_id, actor, face, act, object_type, object_id, desk_id, result)"
                    " VALUES ($1, $2, 'somebody', 'rest', 'request.create', 'request', $3, $4, 'done')");

static const char description[] =
    "The printer on the second floor prints every page twice since this morning. Switching it off and on again did "
    "not help. We need it for the invoices, which leave the house at noon.";
static const char summary[] = "The printer prints every page twice";
static const sd_time_t moment = 1700000000000;

/* ---- one side of the comparison ---- */

typedef struct side_t {
    const char *name;
    sqlite3 *db;
    sd_store_t *store; /* NULL: the bare side */
    apr_pool_t *work;
    sqlite3_stmt *begin, *begin_write, *commit;
    sqlite3_stmt *account, *number, *request, *value, *status, *count, *audit;
    unsigned int seed;
    apr_int64_t sum; /* of what was read, so that nothing can be left out */
} side_t;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "store: %s: %s\n", what, why ? why : "no detail");
    exit(1);
}

static void must(sd_error_t *error)
{
    if (error) {
        die(error->text, error->detail);
    }
}

static void check(side_t *side, int good)
{
    if (!good) {
        die(side->name, sqlite3_errmsg(side->db));
    }
}

static apr_int64_t next_account(side_t *side)
{
    return 1 + rand_r(&side->seed) % ACCOUNTS;
}

/* ---- the store's way ---- */

static sd_error_t *read_account(void *baton, sd_row_t *row)
{
    side_t *side = baton;

    side->sum += sd_row_int(row, 0) + sd_row_int(row, 6) + sd_row_int(row, 7);
    for (int i = 1; i < 6; i++) {
        side->sum += *sd_row_text(row, i);
    }
    return NULL;
}

static sd_error_t *store_get_account(void *baton)
{
    side_t *side = baton;

    return sd_store_query(side->store, &bench_account, SD_VALUES(SD_INT(next_account(side))), read_account, side);
}

static sd_error_t *store_add_request(void *baton)
{
    side_t *side = baton;
    sd_store_t *store = side->store;
    apr_int64_t number, id, account = next_account(side);
    const char *key;

    SD_TRY(sd_store_number(store, &bench_number, SD_VALUES(SD_INT(1)), 0, &number));
    key = apr_psprintf(sd_store_pool(store), "HELP-%" APR_INT64_T_FMT, number);
    SD_TRY(sd_store_number(store, &bench_request,
                           SD_VALUES(SD_INT(1), SD_TEXT(key), SD_INT(account), SD_TEXT(summary), SD_INT(moment)), 0,
                           &id));
    SD_TRY(sd_store_execute(store, &bench_value, SD_VALUES(SD_INT(id), SD_INT(1), SD_TEXT(description)), NULL));
    SD_TRY(sd_store_execute(store, &bench_value, SD_VALUES(SD_INT(id), SD_INT(2), SD_TEXT(summary)), NULL));
    SD_TRY(sd_store_execute(store, &bench_status, SD_VALUES(SD_INT(id), SD_INT(account), SD_INT(moment)), NULL));
    SD_TRY(sd_store_execute(store, &bench_count, SD_VALUES(SD_INT(1), SD_INT(account), SD_INT(moment)), NULL));
    return sd_store_execute(store, &bench_audit, SD_VALUES(SD_INT(moment), SD_INT(account), SD_TEXT(key), SD_INT(1)),
                            NULL);
}

static void store_read(side_t *side)
{
    must(sd_store_lend(side->store, side->work));
    must(sd_store_read(side->store, store_get_account, side));
    sd_store_return(side->store);
    apr_pool_clear(side->work);
}

static void store_write(side_t *side)
{
    must(sd_store_lend(side->store, side->work));
    must(sd_store_write(side->store, store_add_request, side));
    sd_store_return(side->store);
    apr_pool_clear(side->work);
}

/* ---- the bare way ---- */

static void bare_run(side_t *side, sqlite3_stmt *statement)
{
    int code;

    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    }
    check(side, code == SQLITE_DONE);
    sqlite3_reset(statement);
}

static apr_int64_t bare_number(side_t *side, sqlite3_stmt *statement)
{
    apr_int64_t number;

    check(side, sqlite3_step(statement) == SQLITE_ROW);
    number = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return number;
}

static void bare_read(side_t *side)
{
    sqlite3_stmt *statement = side->account;

    bare_run(side, side->begin);
    sqlite3_bind_int64(statement, 1, next_account(side));
    check(side, sqlite3_step(statement) == SQLITE_ROW);
    side->sum +=
        sqlite3_column_int64(statement, 0) + sqlite3_column_int64(statement, 6) + sqlite3_column_int64(statement, 7);
    for (int i = 1; i < 6; i++) {
        side->sum += *sqlite3_column_text(statement, i);
    }
    sqlite3_reset(statement);
    bare_run(side, side->commit);
}

static void bare_value(side_t *side, apr_int64_t id, int position, const char *value)
{
    sqlite3_bind_int64(side->value, 1, id);
    sqlite3_bind_int(side->value, 2, position);
    sqlite3_bind_text(side->value, 3, value, -1, SQLITE_STATIC);
    bare_run(side, side->value);
}

static apr_int64_t bare_request(side_t *side, const char *key, apr_int64_t account)
{
    sqlite3_bind_int(side->request, 1, 1);
    sqlite3_bind_text(side->request, 2, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(side->request, 3, account);
    sqlite3_bind_text(side->request, 4, summary, -1, SQLITE_STATIC);
    sqlite3_bind_int64(side->request, 5, moment);
    return bare_number(side, side->request);
}

static void bare_write(side_t *side)
{
    apr_int64_t id, account = next_account(side);
    char key[32];

    bare_run(side, side->begin_write);
    sqlite3_bind_int(side->number, 1, 1);
    snprintf(key, sizeof(key), "HELP-%lld", (long long)bare_number(side, side->number));
    id = bare_request(side, key, account);
    bare_value(side, id, 1, description);
    bare_value(side, id, 2, summary);
    sqlite3_bind_int64(side->status, 1, id);
    sqlite3_bind_int64(side->status, 2, account);
    sqlite3_bind_int64(side->status, 3, moment);
    bare_run(side, side->status);
    sqlite3_bind_int(side->count, 1, 1);
    sqlite3_bind_int64(side->count, 2, account);
    sqlite3_bind_int64(side->count, 3, moment);
    bare_run(side, side->count);
    sqlite3_bind_int64(side->audit, 1, moment);
    sqlite3_bind_int64(side->audit, 2, account);
    sqlite3_bind_text(side->audit, 3, key, -1, SQLITE_STATIC);
    sqlite3_bind_int(side->audit, 4, 1);
    bare_run(side, side->audit);
    bare_run(side, side->commit);
}

/* ---- making both sides ---- */

static void run_raw(side_t *side, const char *text)
{
    check(side, sqlite3_exec(side->db, text, NULL, NULL, NULL) == SQLITE_OK);
}

static sqlite3_stmt *prepare(side_t *side, const char *text)
{
    sqlite3_stmt *statement = NULL;

    check(side, sqlite3_prepare_v3(side->db, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) == SQLITE_OK);
    return statement;
}

/* The store makes the tables on both sides; the bare side then lets go of it. */
static void open_side(side_t *side, const char *name, const char *path, sd_writer_t *writer, apr_pool_t *pool)
{
    memset(side, 0, sizeof(*side));
    side->name = name;
    side->seed = 7;
    check(side, sqlite3_open(path, &side->db) == SQLITE_OK);
    apr_pool_create(&side->work, NULL);
    must(sd_store_attach(&side->store, pool, "sqlite3", side->db, writer));
    must(sd_store_lend(side->store, side->work));
    must(sd_schema_ensure(side->store));
    sd_store_return(side->store);
}

static void make_bare(side_t *side)
{
    side->store = NULL;
    sqlite3_progress_handler(side->db, 0, NULL, NULL);
    side->begin = prepare(side, "BEGIN");
    side->begin_write = prepare(side, "BEGIN IMMEDIATE");
    side->commit = prepare(side, "COMMIT");
    side->account = prepare(side, bench_account.sqlite);
    side->number = prepare(side, bench_number.sqlite);
    side->request = prepare(side, bench_request.sqlite);
    side->value = prepare(side, bench_value.sqlite);
    side->status = prepare(side, bench_status.sqlite);
    side->count = prepare(side, bench_count.sqlite);
    side->audit = prepare(side, bench_audit.sqlite);
}

static void fill(side_t *side)
{
    run_raw(side,
            "BEGIN; INSERT OR IGNORE INTO directory (id, name, kind, writable, position, created)"
            " VALUES (1, 'own', 'internal', 1, 1, 1);"
            "INSERT INTO desk (id, key, name, access, created) VALUES (1, 'HELP', 'IT Help', 'accounts', 1);"
            "INSERT INTO desk_number (desk_id, last) VALUES (1, 0);"
            "INSERT INTO request_type (id, desk_id, name, search_key, created) VALUES (1, 1, 'Incident', 'i', 1);"
            "INSERT INTO account (id, public_id, directory_id, name, name_key, address, address_key, display_name,"
            " state, origin, created) WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 10000)"
            " SELECT n, 'id' || n, 1, 'name' || n, 'name' || n, n || '@example.com', n || '@example.com',"
            " 'Name ' || n, 'active', 'bench', 1 FROM c; COMMIT");
}

static void close_side(side_t *side)
{
    sqlite3_stmt *statement;

    while ((statement = sqlite3_next_stmt(side->db, NULL))) {
        sqlite3_finalize(statement);
    }
    apr_pool_destroy(side->work);
    check(side, sqlite3_close(side->db) == SQLITE_OK);
}

/* ---- measuring ---- */

typedef struct total_t {
    double seconds, processor;
    long runs;
} total_t;

static double now(clockid_t clock)
{
    struct timespec at;

    clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void measure(side_t *side, void (*run)(side_t *), double seconds, total_t *total)
{
    double start = now(CLOCK_MONOTONIC), processor = now(CLOCK_PROCESS_CPUTIME_ID), spent = 0;

    while (spent < seconds) {
        for (int i = 0; i < 10; i++) {
            run(side);
        }
        total->runs += 10;
        spent = now(CLOCK_MONOTONIC) - start;
    }
    total->seconds += spent;
    total->processor += now(CLOCK_PROCESS_CPUTIME_ID) - processor;
}

static void print_total(const char *what, const char *name, const total_t *total)
{
    printf("%-6s %-6s %9.0f /s %9.2f us %9.2f us CPU\n", what, name, (double)total->runs / total->seconds,
           total->seconds / (double)total->runs * 1e6, total->processor / (double)total->runs * 1e6);
}

static void compare(const char *what, side_t *store, void (*store_run)(side_t *), side_t *bare,
                    void (*bare_run_)(side_t *), double seconds)
{
    total_t ours = {0}, theirs = {0};

    for (int round = 0; round < ROUNDS; round++) {
        measure(store, store_run, seconds / ROUNDS, &ours);
        measure(bare, bare_run_, seconds / ROUNDS, &theirs);
    }
    print_total(what, "store", &ours);
    print_total(what, "bare", &theirs);
    printf("%-6s CPU of the store is %.2f times the bare program's\n", what,
           ours.processor / (double)ours.runs / (theirs.processor / (double)theirs.runs));
}

static char folder[200];

static void remove_database(const char *name)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-writer"};
    char path[256];

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s%s", folder, name, endings[i]);
        unlink(path);
    }
}

/* At any exit. */
static void clean_up(void)
{
    remove_database("store.db");
    remove_database("bare.db");
    rmdir(folder);
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 2;
    side_t store, bare;
    sd_writer_t *writer;
    apr_pool_t *pool, *bare_pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    apr_pool_create(&bare_pool, pool);
    snprintf(folder, sizeof(folder), "%s/sd-bench-XXXXXX", argc > 2 ? argv[2] : P_tmpdir);
    if (!mkdtemp(folder)) {
        die("mkdtemp", folder);
    }
    atexit(clean_up);
    must(sd_writer_create(&writer, pool, 5000));
    open_side(&store, "store", apr_pstrcat(pool, folder, "/store.db", NULL), writer, pool);
    open_side(&bare, "bare", apr_pstrcat(pool, folder, "/bare.db", NULL), writer, bare_pool);
    apr_pool_destroy(bare_pool);
    make_bare(&bare);
    fill(&store);
    fill(&bare);
    compare("read", &store, store_read, &bare, bare_read, seconds);
    compare("write", &store, store_write, &bare, bare_write, seconds);
    apr_pool_destroy(pool);
    close_side(&store);
    close_side(&bare);
    apr_terminate();
    return store.sum == 0 || bare.sum == 0;
}
