/*
 * Somebody has the writer lock: a write that will be refused, or has nothing to change, is over at once, and nobody
 * else is. The lock is held from outside, as another child or the tool would.
 */
#include "store_fixture.h"

#include <fcntl.h>
#include <sys/file.h>

#include "store/group.h"
#include "store/rehearsal.h"

#define PATIENCE 300 /* milliseconds that a writer waits for its turn */

SD_SQL(add, "INSERT INTO thing (name) VALUES ($1)");
SD_SQL(count_names, "SELECT count(*) FROM thing WHERE name = $1");
SD_SQL(count_missing, "SELECT count(*) FROM nothing_there");

static connection_t connection;
static sd_group_t *group;
static sd_store_t *front;
static int lock, opened, reads_to_fail;

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

static int setup(void **state)
{
    static const sd_lender_t lender = {open_connection, close_connection, NULL};
    fixture_t *fixture;

    fixture_setup(state);
    fixture = *state;
    assert_null(sd_writer_create(&fixture->writer, fixture->pool, PATIENCE));
    connection_begin(&connection, fixture);
    run_raw(connection.db, "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)");
    assert_null(sd_group_create(&group, fixture->pool, PATIENCE));
    front = sd_group_front(connection.work, group, &lender);
    lock = open(apr_pstrcat(fixture->pool, fixture->path, "-writer", NULL), O_RDWR | O_CREAT, 0600);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    opened = reads_to_fail = 0;
    return 0;
}

static int teardown(void **state)
{
    close(lock);
    assert_int_equal(opened, 0);
    connection_close(&connection);
    return fixture_teardown(state);
}

typedef struct work_t {
    sd_store_t *store;
    const char *name;
    int refuse_first, refuse_last, swallow, nested, runs, changes;
    apr_int64_t found;
} work_t;

static sd_error_t *add_name(void *baton)
{
    work_t *work = baton;

    return sd_store_execute(work->store, &add, SD_VALUES(SD_TEXT(work->name)), NULL);
}

static sd_error_t *change(work_t *work)
{
    sd_error_t *error = work->nested ? sd_store_write(work->store, add_name, work) : add_name(work);

    if (!error) {
        work->changes++;
    }
    return work->swallow ? NULL : error;
}

static sd_error_t *run_work(void *baton)
{
    work_t *work = baton;

    work->runs++;
    SD_TRY(sd_store_number(work->store, &count_names, SD_VALUES(SD_TEXT("one")), -1, &work->found));
    if (work->refuse_first) {
        return sd_error_not_found(sd_store_pool(work->store));
    }
    if (work->name) {
        SD_TRY(change(work));
    }
    if (work->swallow) {
        SD_TRY(sd_store_number(work->store, &count_names, SD_VALUES(SD_TEXT("one")), -1, &work->found));
    }
    return work->refuse_last ? sd_error_not_found(sd_store_pool(work->store)) : NULL;
}

static sd_error_t *timed(apr_interval_time_t *took, work_t *work)
{
    apr_interval_time_t began = sd_store_ticks();
    sd_error_t *error = sd_store_write(work->store, run_work, work);

    *took = (sd_store_ticks() - began) / 1000;
    assert_true(sqlite3_get_autocommit(connection.db));
    return error;
}

static void check_waits(work_t work)
{
    apr_interval_time_t took;

    assert_error_says(timed(&took, &work), SD_ERROR_UNAVAILABLE, "another process holds the writer lock");
    assert_true(took >= PATIENCE);
    assert_int_equal(work.runs, 1);
    assert_int_equal(work.changes, 0);
}

static void check_both(void (*check)(sd_store_t *store))
{
    check(connection.store);
    check(front);
}

static void refused(sd_store_t *store)
{
    work_t work = {.store = store, .name = "one", .refuse_first = 1};
    apr_interval_time_t took;

    assert_error(timed(&took, &work), SD_ERROR_NOT_FOUND);
    assert_true(took < PATIENCE);
    assert_int_equal(work.runs, 1);
}

static void test_refused_at_once(void **state)
{
    (void)state;
    check_both(refused);
}

static void unchanging(sd_store_t *store)
{
    work_t work = {.store = store};
    apr_interval_time_t took;

    assert_null(timed(&took, &work));
    assert_true(took < PATIENCE);
    assert_int_equal(work.runs, 1);
    assert_int_equal(work.found, 0);
}

static void test_nothing_to_change(void **state)
{
    (void)state;
    check_both(unchanging);
}

/* Whatever comes after the first change is not known before it is made. */
static void changing(sd_store_t *store)
{
    check_waits((work_t){.store = store, .name = "one"});
    check_waits((work_t){.store = store, .name = "one", .refuse_last = 1});
    check_waits((work_t){.store = store, .name = "one", .nested = 1});
    check_waits((work_t){.store = store, .name = "one", .swallow = 1});
    check_waits((work_t){.store = store, .name = "one", .swallow = 1, .refuse_last = 1});
}

static void test_changes_wait(void **state)
{
    (void)state;
    check_both(changing);
}

/* The turn comes: all is asked again, and then done. */
static void test_run_again_in_turn(void **state)
{
    work_t work = {.store = connection.store, .name = "one"};
    int over;

    assert_null(sd_rehearse(&over, work.store, run_work, &work));
    assert_int_equal(over, 0);
    assert_int_equal(number_in_file(*state, "SELECT count(*) FROM thing"), 0);
    assert_int_equal(flock(lock, LOCK_UN), 0);
    assert_null(sd_store_write(work.store, run_work, &work));
    assert_int_equal(work.runs, 2);
    assert_int_equal(number_in_file(*state, "SELECT count(*) FROM thing"), 1);
    assert_null(sd_store_number(work.store, &count_names, SD_VALUES(SD_TEXT("one")), -1, &work.found));
    assert_int_equal(work.found, 1);
}

/* Nobody has the lock: the reads are not paid for twice. */
static void idle(sd_store_t *store)
{
    work_t work = {.store = store, .refuse_first = 1};

    assert_error(sd_store_write(store, run_work, &work), SD_ERROR_NOT_FOUND);
    assert_int_equal(work.runs, 1);
    work = (work_t){.store = store, .name = store == front ? "two" : "one"};
    assert_null(sd_store_write(store, run_work, &work));
    assert_int_equal(work.runs, 1);
}

static void test_not_held_without_need(void **state)
{
    (void)state;
    assert_int_equal(flock(lock, LOCK_UN), 0);
    check_both(idle);
}

static sd_error_t *fail_to_read(void *baton)
{
    work_t *work = baton;

    work->runs++;
    if (reads_to_fail-- > 0) {
        return sd_error_private(sd_store_pool(work->store), SD_ERROR_UNAVAILABLE, "not now");
    }
    return sd_store_number(work->store, &count_missing, SD_NO_VALUES, -1, &work->found);
}

/* A database that is not there now may be there later; one that says something else says it. */
static void test_unavailable_is_no_answer(void **state)
{
    work_t work = {.store = connection.store};
    int over;

    (void)state;
    reads_to_fail = 1;
    assert_null(sd_rehearse(&over, work.store, fail_to_read, &work));
    assert_int_equal(over, 0);
    assert_error_says(sd_rehearse(&over, work.store, fail_to_read, &work), SD_ERROR_INTERNAL, "nothing_there");
    assert_int_equal(over, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refused_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_to_change, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changes_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_run_again_in_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_held_without_need, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unavailable_is_no_answer, setup, teardown),
    };

    return cmocka_run_group_tests_name("store rehearsal", tests, NULL, NULL);
}
