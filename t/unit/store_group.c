/* Writes that share a transaction: each its own answer, whatever happens to the others, and one sync for all. */
#include "store_fixture.h"

#include <apr_atomic.h>
#include <pthread.h>

#include "store/batch.h"
#include "store/group.h"

SD_SQL(add, "INSERT INTO thing (name) VALUES ($1)");
SD_SQL(count_names, "SELECT count(*) FROM thing WHERE name = $1");
SD_SQL(name_of, "SELECT name FROM thing WHERE name = $1");

static connection_t connection;
static sd_group_t *group;
static int commits, opened, commits_to_refuse;

static int on_commit(void *baton)
{
    (void)baton;
    if (commits_to_refuse > 0) {
        commits_to_refuse--;
        return 1;
    }
    commits++;
    return 0;
}

static int setup(void **state)
{
    fixture_setup(state);
    connection_begin(&connection, *state);
    run_raw(connection.db, "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)");
    assert_null(sd_group_create(&group, ((fixture_t *)*state)->pool, WRITER_MILLISECONDS));
    commits = opened = commits_to_refuse = 0;
    sqlite3_commit_hook(connection.db, on_commit, NULL);
    return 0;
}

static int teardown(void **state)
{
    connection_close(&connection);
    return fixture_teardown(state);
}

static sd_error_t *open_connection(void *baton, sd_store_t **store)
{
    (void)baton;
    opened++;
    *store = connection.store;
    return NULL;
}

static void close_connection(void *baton)
{
    (void)baton;
    opened--;
}

static const sd_lender_t lender = {open_connection, close_connection, NULL};

/* ---- one after the other: the batch ---- */

typedef enum behaviour_t { SUCCEED, FAIL, SWALLOW, REPEAT_A_NAME, END_THE_TRANSACTION, END_IT_ONCE } behaviour_t;

typedef struct work_t {
    const char *name;
    behaviour_t behaviour;
    sd_store_t *front;
    int runs;
    const char *seen; /* read back, in the pool of the front */
    apr_uint64_t moment;
    sd_batch_write_t write;
} work_t;

static sd_error_t *add_name(void *baton)
{
    work_t *work = baton;

    return sd_store_execute(work->front, &add, SD_VALUES(SD_TEXT(work->name)), NULL);
}

static sd_error_t *take_name(void *baton, sd_row_t *row)
{
    ((work_t *)baton)->seen = sd_row_text(row, 0);
    return NULL;
}

static sd_error_t *add_and_fail(void *baton)
{
    SD_TRY(add_name(baton));
    return sd_error_not_found(sd_store_pool(((work_t *)baton)->front));
}

static sd_error_t *run_work(void *baton)
{
    work_t *work = baton;

    work->runs++;
    switch (work->behaviour) {
    case FAIL:
        return add_and_fail(work);
    case SWALLOW:
        assert_error(sd_store_write(work->front, add_and_fail, work), SD_ERROR_NOT_FOUND);
        return NULL;
    case END_IT_ONCE:
        if (work->runs > 1) {
            break;
        } /* fall through */
    case END_THE_TRANSACTION:
        run_raw(connection.db, "ROLLBACK"); /* as the library does when the disk is full */
        return work->behaviour == END_IT_ONCE ? NULL : add_name(work);
    case REPEAT_A_NAME:
    case SUCCEED:
        break;
    }
    SD_TRY(sd_store_write(work->front, add_name, work));
    return sd_store_query(work->front, &name_of, SD_VALUES(SD_TEXT(work->name)), take_name, work);
}

#define WORK(name_, behaviour_)                                                                                        \
    {                                                                                                                  \
        .name = (name_), .behaviour = (behaviour_)                                                                     \
    }

typedef struct queue_t {
    work_t *works;
    int count, next;
} queue_t;

static sd_batch_write_t *take_next(void *baton)
{
    queue_t *queue = baton;

    return queue->next < queue->count ? &queue->works[queue->next++].write : NULL;
}

static void run_all(fixture_t *fixture, work_t *works, int count)
{
    queue_t queue = {works, count, 1};

    for (int i = 0; i < count; i++) {
        apr_pool_t *pool;

        apr_pool_create(&pool, fixture->pool);
        works[i].front = sd_group_front(pool, group, &lender);
        works[i].write = (sd_batch_write_t){.front = works[i].front, .fn = run_work, .baton = &works[i]};
    }
    sd_batch_run(connection.store, &works[0].write, take_next, &queue);
    assert_true(sqlite3_get_autocommit(connection.db));
    assert_int_equal(connection.store->transaction, SD_STORE_IDLE);
    for (int i = 0; i < count; i++) {
        assert_null(works[i].front->lent);
    }
}

static int is_there(fixture_t *fixture, const char *name)
{
    return (int)number_in_file(fixture,
                               apr_psprintf(fixture->pool, "SELECT count(*) FROM thing WHERE name = '%s'", name));
}

static void check(fixture_t *fixture, const work_t *work, int runs, int success)
{
    if (success != !work->write.error) {
        fail_msg("%s: %s", work->name, work->write.error ? work->write.error->detail : "no error");
    }
    assert_int_equal(work->runs, runs);
    assert_int_equal(is_there(fixture, work->name), success);
}

static void test_one_commit_for_all(void **state)
{
    work_t works[] = {WORK("one", SUCCEED), WORK("two", SUCCEED), WORK("three", SUCCEED)};

    run_all(*state, works, 3);
    for (int i = 0; i < 3; i++) {
        check(*state, &works[i], 1, 1);
        assert_string_equal(works[i].seen, works[i].name);
    }
    assert_int_equal(commits, 1);
}

static void test_each_fails_alone(void **state)
{
    work_t works[] = {WORK("first", FAIL),    WORK("one", SUCCEED),       WORK("second", FAIL),
                      WORK("third", SWALLOW), WORK("one", REPEAT_A_NAME), WORK("two", SUCCEED)};

    run_all(*state, works, 6);
    check(*state, &works[0], 1, 0);
    check(*state, &works[1], 1, 1);
    check(*state, &works[2], 1, 0);
    check(*state, &works[3], 1, 0);
    check(*state, &works[5], 1, 1);
    assert_error(works[0].write.error, SD_ERROR_NOT_FOUND);
    assert_error(works[3].write.error, SD_ERROR_NOT_FOUND);
    assert_error(works[4].write.error, SD_ERROR_CONFLICT);
    assert_int_equal(commits, 1);
}

static void test_nothing_to_commit(void **state)
{
    work_t works[] = {WORK("one", FAIL), WORK("two", FAIL)};

    run_all(*state, works, 2);
    check(*state, &works[0], 1, 0);
    check(*state, &works[1], 1, 0);
    assert_int_equal(commits, 0);
}

/* What the first of a batch did to the transaction is its own affair. */
static void test_lost_by_the_first(void **state)
{
    work_t works[] = {WORK("gone", END_THE_TRANSACTION), WORK("one", SUCCEED)};

    run_all(*state, works, 2);
    check(*state, &works[0], 1, 0);
    assert_error_says(works[0].write.error, SD_ERROR_UNAVAILABLE, "has ended the transaction");
    check(*state, &works[1], 1, 1);
}

static void test_lost_in_company(void **state)
{
    work_t works[] = {WORK("one", SUCCEED), WORK("two", SUCCEED), WORK("gone", END_THE_TRANSACTION),
                      WORK("late", SUCCEED)};

    run_all(*state, works, 4);
    check(*state, &works[0], 2, 1);
    check(*state, &works[1], 2, 1);
    check(*state, &works[2], 2, 0);
    assert_error_says(works[2].write.error, SD_ERROR_UNAVAILABLE, "has ended the transaction");
    assert_int_equal(works[3].runs, 0); /* it was not taken, and waits for the next leader */
    assert_int_equal(commits, 2);
}

static void test_culprit_may_succeed_alone(void **state)
{
    work_t works[] = {WORK("one", SUCCEED), WORK("no", FAIL), WORK("two", END_IT_ONCE)};

    run_all(*state, works, 3);
    check(*state, &works[0], 2, 1);
    check(*state, &works[1], 1, 0);
    check(*state, &works[2], 2, 1);
    assert_int_equal(commits, 2);
}

static void test_refused_commit(void **state)
{
    work_t works[] = {WORK("one", SUCCEED), WORK("no", FAIL), WORK("two", SUCCEED)}, alone[] = {WORK("three", SUCCEED)};

    commits_to_refuse = 1;
    run_all(*state, works, 3);
    check(*state, &works[0], 2, 1);
    check(*state, &works[1], 1, 0);
    check(*state, &works[2], 2, 1);
    assert_int_equal(commits, 2);
    commits_to_refuse = 1;
    run_all(*state, alone, 1);
    check(*state, &alone[0], 1, 0);
}

static void test_full_disk(void **state)
{
    char *large = apr_palloc(((fixture_t *)*state)->pool, 200001);
    work_t works[] = {WORK("one", SUCCEED), WORK(large, SUCCEED), WORK("two", SUCCEED)};

    memset(large, 'x', 200000);
    large[200000] = '\0';
    run_raw(connection.db, "PRAGMA max_page_count = 20");
    run_all(*state, works, 3);
    assert_null(works[0].write.error);
    assert_error_says(works[1].write.error, SD_ERROR_UNAVAILABLE, "full");
    assert_null(works[2].write.error); /* run after it, or left to the next leader if the library dropped all */
    assert_int_equal(is_there(*state, "two"), works[2].runs);
    assert_int_equal(is_there(*state, "one"), 1);
    assert_int_equal(number_in_file(*state, "SELECT count(*) FROM thing WHERE length(name) > 5"), 0);
}

/* Errors live as long as the caller's pool, not the leader's. */
static void test_answers_are_the_callers(void **state)
{
    work_t works[] = {WORK("one", SUCCEED), WORK("no", FAIL), WORK("two", SUCCEED)};

    run_all(*state, works, 3);
    apr_pool_destroy(sd_store_pool(works[0].front));
    connection.store->pool = connection.work;
    assert_string_equal(works[1].write.error->key, sd_error_not_found(connection.work)->key);
    assert_string_equal(works[2].seen, "two");
}

/* ---- fronts ---- */

static sd_error_t *look_twice(void *baton)
{
    work_t *work = baton;
    apr_int64_t count;

    assert_int_equal(opened, 1);
    SD_TRY(sd_store_number(work->front, &count_names, SD_VALUES(SD_TEXT("one")), -1, &count));
    assert_int_equal(count, 1);
    assert_error_says(sd_store_write(work->front, add_name, work), SD_ERROR_INTERNAL, "a write inside a read");
    assert_int_equal(opened, 1);
    return NULL;
}

static void test_front_borrows(void **state)
{
    fixture_t *fixture = *state;
    work_t work = WORK("one", SUCCEED);
    apr_int64_t count;

    work.front = sd_group_front(connection.work, group, &lender);
    assert_ptr_equal(sd_store_pool(work.front), connection.work);
    assert_null(sd_store_write(work.front, run_work, &work));
    assert_int_equal(opened, 0);
    assert_null(sd_store_number(work.front, &count_names, SD_VALUES(SD_TEXT("one")), -1, &count));
    assert_int_equal(count, 1);
    assert_int_equal(opened, 0);
    assert_null(sd_store_read(work.front, look_twice, &work));
    assert_int_equal(opened, 0);
    work.name = "two";
    assert_null(sd_store_write_idle(work.front, add_name, &work));
    assert_int_equal(opened, 0);
    assert_int_equal(is_there(fixture, "two"), 1);
    assert_error_says(add_name(&work), SD_ERROR_INTERNAL, "a write outside");
    assert_int_equal(opened, 0);
}

static sd_error_t *note_moment(void *baton)
{
    work_t *work = baton;

    work->moment = sd_store_moment(work->front);
    return NULL;
}

/* Who was read in one transaction is read again in the next, also where both have one connection. */
static void test_each_transaction_is_a_moment(void **state)
{
    work_t work = WORK("one", SUCCEED);
    apr_uint64_t read, first;

    (void)state;
    work.front = sd_group_front(connection.work, group, &lender);
    assert_null(sd_store_read(work.front, note_moment, &work));
    read = work.moment;
    assert_null(sd_store_write(work.front, note_moment, &work));
    first = work.moment;
    assert_null(sd_store_write(work.front, note_moment, &work));
    assert_true(read && first && work.moment);
    assert_true(read != first && first != work.moment);
    assert_true(sd_store_moment(work.front) == 0);
}

static sd_error_t *refuse_connection(void *baton, sd_store_t **store)
{
    (void)store;
    return sd_error_private(baton, SD_ERROR_UNAVAILABLE, "no connection");
}

/* A leader without a connection leads nobody into trouble. */
static void test_no_connection(void **state)
{
    const sd_lender_t refusing = {refuse_connection, close_connection, connection.work};
    work_t work = WORK("one", SUCCEED);

    work.front = sd_group_front(connection.work, group, &refusing);
    assert_error_says(sd_store_write(work.front, run_work, &work), SD_ERROR_UNAVAILABLE, "no connection");
    assert_error_says(sd_store_read(work.front, run_work, &work), SD_ERROR_UNAVAILABLE, "no connection");
    work.front = sd_group_front(connection.work, group, &lender);
    assert_null(sd_store_write(work.front, run_work, &work));
    check(*state, &work, 1, 1);
}

/* ---- threads ---- */

#define THREADS 12
#define ROUNDS 40

typedef struct thread_t {
    pthread_t thread;
    int number;
    apr_uint32_t wrong; /* read by others while it grows: by atomics */
} thread_t;

static pthread_mutex_t lent = PTHREAD_MUTEX_INITIALIZER;

static sd_error_t *open_alone(void *baton, sd_store_t **store)
{
    pthread_mutex_lock(&lent);
    sd_store_return(connection.store);
    *store = connection.store;
    return sd_store_lend(connection.store, baton);
}

static void close_alone(void *baton)
{
    (void)baton;
    sd_store_return(connection.store);
    pthread_mutex_unlock(&lent);
}

static int write_round(thread_t *self, int round)
{
    work_t work = {.behaviour = round % 4 == 3 ? FAIL : SUCCEED};
    sd_error_t *error;
    apr_pool_t *pool;
    int good;

    apr_pool_create_unmanaged(&pool);
    work.name = apr_psprintf(pool, "%d-%d", self->number, round);
    work.front = sd_group_front(pool, group, &(sd_lender_t){open_alone, close_alone, pool});
    error = sd_store_write(work.front, run_work, &work);
    good = work.behaviour == FAIL ? error && error->kind == SD_ERROR_NOT_FOUND
                                  : !error && work.seen && strcmp(work.seen, work.name) == 0;
    apr_pool_destroy(pool);
    return good;
}

static void *write_many(void *baton)
{
    thread_t *self = baton;

    for (int round = 0; round < ROUNDS; round++) {
        if (!write_round(self, round)) {
            apr_atomic_inc32(&self->wrong);
        }
    }
    return NULL;
}

static void test_threads_share(void **state)
{
    thread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        threads[i] = (thread_t){.number = i};
        assert_int_equal(pthread_create(&threads[i].thread, NULL, write_many, &threads[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i].thread, NULL), 0);
        assert_int_equal(threads[i].wrong, 0);
    }
    assert_int_equal(number_in_file(*state, "SELECT count(*) FROM thing"), THREADS * ROUNDS * 3 / 4);
    assert_in_range(commits, 1, THREADS * ROUNDS / 2);
    assert_null(sd_store_lend(connection.store, connection.work));
}

/* While somebody else writes and writes, those who wait are told in time, and the leader too. */
static void test_waiting_is_bounded(void **state)
{
    fixture_t *fixture = *state;
    apr_interval_time_t start = sd_store_ticks();
    sd_writer_t *other, *patient = connection.store->writer;
    thread_t threads[3];

    assert_null(sd_writer_create(&other, fixture->pool, 100));
    assert_null(sd_writer_lock(patient, connection.store));
    connection.store->writer = other;
    assert_null(sd_group_create(&group, fixture->pool, 100));
    for (int i = 0; i < 3; i++) {
        threads[i] = (thread_t){.number = i};
        assert_int_equal(pthread_create(&threads[i].thread, NULL, write_many, &threads[i]), 0);
        apr_sleep(1000);
    }
    /* However slow the machine: until each of them has been told once. */
    for (int i = 0; i < 3; i++) {
        while (!apr_atomic_read32(&threads[i].wrong) && sd_store_ticks() - start < 30000000) {
            apr_sleep(1000);
        }
    }
    sd_writer_unlock(patient);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i].thread, NULL), 0);
        assert_in_range(threads[i].wrong, 1, ROUNDS - 1);
    }
    assert_in_range(sd_store_ticks() - start, 100000, 30000000);
    connection.store->writer = patient;
    assert_null(sd_store_lend(connection.store, connection.work));
}

#define group_test(fn_) cmocka_unit_test_setup_teardown(fn_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        group_test(test_one_commit_for_all),      group_test(test_each_fails_alone),
        group_test(test_nothing_to_commit),       group_test(test_lost_by_the_first),
        group_test(test_lost_in_company),         group_test(test_culprit_may_succeed_alone),
        group_test(test_refused_commit),          group_test(test_full_disk),
        group_test(test_answers_are_the_callers), group_test(test_front_borrows),
        group_test(test_no_connection),           group_test(test_threads_share),
        group_test(test_waiting_is_bounded),      group_test(test_each_transaction_is_a_moment),
    };

    return cmocka_run_group_tests_name("store group", tests, NULL, NULL);
}
