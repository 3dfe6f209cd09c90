/*
 * One operation of desk/ so many times, or nothing but its SQL so many times: for a counter of instructions, which is
 * told the difference between two numbers of times.
 *
 *   replay DATABASE OPERATION TIMES            the operation, over store/ and desk/
 *   replay DATABASE OPERATION TIMES bare       the statements that it runs, as libsqlite3 was told them
 *
 * Both run the operation once first, and take down its statements with their values; the answer is how many there were.
 * Each time ends in a rollback, so that the next one finds what the one before found, and both sides leave the commit
 * out.
 */
#include "operations.h"

#define MOST 200

typedef struct replay_t {
    bench_t bench;
    const operation_t *operation;
    char *texts[MOST];
    sqlite3_stmt *statements[MOST];
    int count;
    apr_int64_t sum; /* of what was read, so that nothing can be left out */
} replay_t;

static sd_error_t undone; /* its address rolls back */

static sd_error_t *run_and_undo(void *baton)
{
    replay_t *replay = baton;

    SD_TRY(replay->operation->run(&replay->bench));
    return &undone;
}

/* Rows and errors of one time go with the pool that was lent for it. */
static sd_error_t *run_once(replay_t *replay)
{
    bench_t *bench = &replay->bench;
    apr_pool_t *pool;
    sd_error_t *error;

    sd_store_return(bench->work.store);
    apr_pool_create(&pool, bench->pool);
    bench->work.pool = pool;
    SD_TRY(sd_store_lend(bench->work.store, pool));
    error = sd_store_write(bench->work.store, run_and_undo, replay);
    sd_store_return(bench->work.store);
    bench->work.pool = bench->pool;
    SD_TRY(sd_store_lend(bench->work.store, bench->pool));
    if (error != &undone) {
        return error;
    }
    apr_pool_destroy(pool);
    return NULL;
}

/* ---- the bare side ---- */

static int take_down(unsigned int kind, void *baton, void *statement, void *text)
{
    replay_t *replay = baton;

    (void)kind;
    (void)text;
    if (replay->count < MOST) {
        replay->texts[replay->count++] = sqlite3_expanded_sql(statement);
    }
    return 0;
}

static sd_error_t *prepare_bare(replay_t *replay)
{
    bench_t *bench = &replay->bench;

    for (int i = 0; i < replay->count; i++) {
        if (sqlite3_prepare_v3(bench->db, replay->texts[i], -1, SQLITE_PREPARE_PERSISTENT, &replay->statements[i],
                               NULL) != SQLITE_OK) {
            return sd_error_private(bench->pool, SD_ERROR_INTERNAL, "%s: %s", replay->texts[i],
                                    sqlite3_errmsg(bench->db));
        }
    }
    return NULL;
}

static int step_bare(replay_t *replay, sqlite3_stmt *statement)
{
    int code;

    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            if (sqlite3_column_type(statement, i) == SQLITE_INTEGER) {
                replay->sum += sqlite3_column_int64(statement, i);
            } else if (sqlite3_column_type(statement, i) == SQLITE_TEXT) {
                replay->sum += *sqlite3_column_text(statement, i);
            }
        }
    }
    sqlite3_reset(statement);
    return code;
}

static sd_error_t *run_bare(replay_t *replay)
{
    bench_t *bench = &replay->bench;

    for (int i = 0; i < replay->count; i++) {
        if (step_bare(replay, replay->statements[i]) != SQLITE_DONE) {
            return sd_error_private(bench->pool, SD_ERROR_INTERNAL, "%s: %s", replay->texts[i],
                                    sqlite3_errmsg(bench->db));
        }
    }
    return NULL;
}

static sd_error_t *record(replay_t *replay)
{
    sd_error_t *error;

    sqlite3_trace_v2(replay->bench.db, SQLITE_TRACE_STMT, take_down, replay);
    error = run_once(replay);
    sqlite3_trace_v2(replay->bench.db, 0, NULL, NULL);
    printf("%d\n", replay->count);
    return error;
}

static sd_error_t *leave_the_store(replay_t *replay)
{
    SD_TRY(prepare_bare(replay));
    sd_store_return(replay->bench.work.store);
    sqlite3_progress_handler(replay->bench.db, 0, NULL, NULL);
    return NULL;
}

static void forget_bare(replay_t *replay)
{
    for (int i = 0; i < replay->count; i++) {
        sqlite3_finalize(replay->statements[i]);
        sqlite3_free(replay->texts[i]);
    }
}

/* ---- both ---- */

static sd_error_t *run_times(replay_t *replay, int times, sd_error_t *(*run)(replay_t *replay))
{
    for (int i = 0; i < times; i++) {
        SD_TRY(run(replay));
    }
    return NULL;
}

static const operation_t *find_operation(const char *name)
{
    for (size_t i = 0; i < OPERATIONS; i++) {
        if (strcmp(operations[i].name, name) == 0) {
            return &operations[i];
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    replay_t replay = {.count = 0};
    int bare = argc == 5 && strcmp(argv[4], "bare") == 0;
    sd_error_t *error;

    replay.operation = argc > 3 ? find_operation(argv[2]) : NULL;
    if (!replay.operation || (argc > 4 && !bare)) {
        fputs("replay DATABASE OPERATION TIMES [bare]\n", stderr);
        return 2;
    }
    error = bench_open(&replay.bench, argv[1]);
    if (!error) {
        error = record(&replay);
    }
    if (!error && bare) {
        error = leave_the_store(&replay);
    }
    if (!error) {
        error = run_times(&replay, atoi(argv[3]), bare ? run_bare : run_once);
    }
    forget_bare(&replay);
    return bench_close(&replay.bench, "replay", error);
}
