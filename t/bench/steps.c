/*
 * How much the database does for each operation of desk/ that people do most: steps of SQLite's virtual machine, rows
 * walked without an index, and sorts. Unlike time these are the same in each run, so a table that grew by a thousand
 * must not show in them.
 *
 *   steps DATABASE     made by `generate`; the operations that write do write
 *
 * The answer is a line for each operation: name, steps, rows of full scans, sorts; separated by tabs.
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

/* Twice: the first time prepares. */
static sd_error_t *measure(bench_t *bench, const operation_t *operation)
{
    long steps, scans, sorts;

    SD_TRY(operation->run(bench));
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
    if (!error) {
        error = measure_all(&bench);
    }
    return bench_close(&bench, "steps", error);
}
