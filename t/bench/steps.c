/*
 * How much the database does for each operation of desk/ that people do most: steps of SQLite's virtual machine, rows
 * walked without an index, and sorts. Unlike time these are the same in each run, so a table that grew by a thousand
 * must not show in them.
 *
 *   steps DATABASE     made by `generate`; the operations that write do write
 *
 * The answer is a line for each operation: name, steps, rows of full scans, sorts; separated by tabs. On PostgreSQL
 * (DATABASE is a conninfo, the server has pg_stat_statements) it is the name and the buffers that were touched.
 */
#include "operations.h"

static long count(bench_t *bench, int what)
{
    long sum = 0;

    for (sqlite3_stmt *i = sqlite3_next_stmt(bench->db, NULL); i; i = sqlite3_next_stmt(bench->db, i)) {
        sum += sqlite3_stmt_status(i, what, 1);
    }
    return sum;
}

static sd_error_t *measure_sqlite(bench_t *bench, const operation_t *operation)
{
    long steps, scans, sorts;

    (void)count(bench, SQLITE_STMTSTATUS_VM_STEP);
    (void)count(bench, SQLITE_STMTSTATUS_FULLSCAN_STEP);
    (void)count(bench, SQLITE_STMTSTATUS_SORT);
    SD_TRY(operation->run(bench));
    steps = count(bench, SQLITE_STMTSTATUS_VM_STEP);
    scans = count(bench, SQLITE_STMTSTATUS_FULLSCAN_STEP);
    sorts = count(bench, SQLITE_STMTSTATUS_SORT);
    printf("%s\t%ld\t%ld\t%ld\n", operation->name, steps, scans, sorts);
    return NULL;
}

/* ---- PostgreSQL ---- */

static PGconn *counter; /* looks at the server from beside */

static const char begin_counting[] = "SELECT pg_stat_statements_reset()";
static const char counted[] = "SELECT coalesce(sum(shared_blks_hit + shared_blks_read), 0)::bigint FROM"
                              " pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'";

static sd_error_t *ask_counter(long *number, const bench_t *bench, const char *text)
{
    PGresult *result = PQexec(counter, text);

    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        return sd_error_private(bench->pool, SD_ERROR_UNAVAILABLE, "%s", PQerrorMessage(counter));
    }
    *number = atol(PQgetvalue(result, 0, 0));
    PQclear(result);
    return NULL;
}

/* A plan is made anew for each of the first five times; what counts is how it goes on. */
static sd_error_t *measure_pgsql(bench_t *bench, const operation_t *operation)
{
    long buffers;

    for (int i = 0; i < 6; i++) {
        SD_TRY(operation->run(bench));
    }
    SD_TRY(ask_counter(&buffers, bench, begin_counting));
    for (int i = 0; i < 10; i++) {
        SD_TRY(operation->run(bench));
    }
    SD_TRY(ask_counter(&buffers, bench, counted));
    printf("%s\t%.1f\n", operation->name, (double)buffers / 10);
    return NULL;
}

/* The first time prepares. */
static sd_error_t *measure(bench_t *bench, const operation_t *operation)
{
    SD_TRY(operation->run(bench));
    return bench->server ? measure_pgsql(bench, operation) : measure_sqlite(bench, operation);
}

static sd_error_t *measure_all(bench_t *bench)
{
    for (size_t i = 0; i < OPERATIONS; i++) {
        SD_TRY(measure(bench, &operations[i]));
    }
    return NULL;
}

int main(int argc, char **argv)
{
    sd_error_t *error;
    bench_t bench;

    if (argc != 2) {
        fputs("steps DATABASE\n", stderr);
        return 2;
    }
    error = bench_open(&bench, argv[1]);
    if (is_conninfo(argv[1])) {
        counter = PQconnectdb(argv[1]);
    }
    if (!error) {
        error = measure_all(&bench);
    }
    PQfinish(counter);
    return bench_close(&bench, "steps", error);
}
