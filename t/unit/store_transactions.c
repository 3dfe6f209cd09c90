/* Transactions of the store: all or nothing, whatever fails, and across processes that die. */
#include "store_fixture.h"

#include <signal.h>

SD_SQL(add, "INSERT INTO thing (name) VALUES ($1)");
SD_SQL(add_owned, "INSERT INTO thing (name, owner) VALUES ($1, $2)");
SD_SQL(add_large, "INSERT INTO thing (name) VALUES ($1 || hex(zeroblob(2000)))");
SD_SQL(add_endless, "INSERT INTO thing (name) WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
                    " SELECT 'endless ' || n FROM c");
SD_SQL(count_all, "SELECT count(*) FROM thing");
SD_SQL(get_counter, "SELECT n FROM counter");
SD_SQL(set_counter, "UPDATE counter SET n = $1");

static connection_t connection;

static int setup(void **state)
{
    fixture_setup(state);
    connection_begin(&connection, *state);
    run_raw(connection.db, "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
                           " owner INTEGER REFERENCES thing (id)); CREATE TABLE counter (n INTEGER NOT NULL);"
                           "INSERT INTO counter (n) VALUES (0)");
    return 0;
}

static int teardown(void **state)
{
    connection_close(&connection);
    return fixture_teardown(state);
}

static sd_error_t *add_name(const char *name)
{
    return sd_store_execute(connection.store, &add, SD_VALUES(SD_TEXT(name)), NULL);
}

static void check_idle_with(void **state, int rows)
{
    assert_true(sqlite3_get_autocommit(connection.db));
    assert_int_equal(connection.store->transaction, SD_STORE_IDLE);
    assert_int_equal(number_in_file(*state, "SELECT count(*) FROM thing"), rows);
}

static sd_error_t *add_two(void *baton)
{
    (void)baton;
    SD_TRY(add_name("one"));
    return add_name("two");
}

static void test_commit(void **state)
{
    assert_null(sd_store_write(connection.store, add_two, NULL));
    check_idle_with(state, 2);
}

static sd_error_t *add_and_fail(void *baton)
{
    (void)baton;
    SD_TRY(add_name("lost"));
    return sd_error_not_found(sd_store_pool(connection.store));
}

static void test_error_rolls_back(void **state)
{
    assert_error(sd_store_write(connection.store, add_and_fail, NULL), SD_ERROR_NOT_FOUND);
    check_idle_with(state, 0);
}

static sd_error_t *add_twice_the_same(void *baton)
{
    sd_error_t *error;

    SD_TRY(add_name("same"));
    error = add_name("same");
    return baton ? error : NULL;
}

static void test_conflict_undoes_its_statement_only(void **state)
{
    assert_error(sd_store_write(connection.store, add_twice_the_same, state), SD_ERROR_CONFLICT);
    check_idle_with(state, 0);
    assert_null(sd_store_write(connection.store, add_twice_the_same, NULL));
    check_idle_with(state, 1);
}

/* ---- nesting ---- */

static sd_error_t *nest_good(void *baton)
{
    (void)baton;
    SD_TRY(add_name("outer"));
    SD_TRY(sd_store_write(connection.store, add_two, NULL));
    return sd_store_read(connection.store, add_twice_the_same, NULL);
}

static void test_nested_joins(void **state)
{
    assert_null(sd_store_write(connection.store, nest_good, NULL));
    check_idle_with(state, 4);
}

static sd_error_t *nest_and_swallow(void *baton)
{
    sd_error_t *error = sd_store_write(connection.store, add_and_fail, NULL);

    (void)baton;
    assert_error(error, SD_ERROR_NOT_FOUND);
    return add_name("after");
}

static void test_swallowed_nested_error_dooms(void **state)
{
    assert_error(sd_store_write(connection.store, nest_and_swallow, NULL), SD_ERROR_NOT_FOUND);
    check_idle_with(state, 0);
    assert_null(sd_store_write(connection.store, add_two, NULL));
    check_idle_with(state, 2);
}

static sd_error_t *write_inside(void *baton)
{
    (void)baton;
    return sd_store_write(connection.store, add_two, NULL);
}

static sd_error_t *execute_inside(void *baton)
{
    (void)baton;
    return add_name("sneaked in");
}

static void test_write_inside_read_is_refused(void **state)
{
    assert_error_says(sd_store_read(connection.store, write_inside, NULL), SD_ERROR_INTERNAL, "a write inside a read");
    check_idle_with(state, 0);
    assert_error_says(sd_store_read(connection.store, execute_inside, NULL), SD_ERROR_INTERNAL,
                      "outside sd_store_write");
    check_idle_with(state, 0);
}

/* ---- reads see one state ---- */

static sd_error_t *count_twice(void *baton)
{
    apr_int64_t *counts = baton;
    fixture_t *fixture = (fixture_t *)(apr_uintptr_t)counts[2];
    sqlite3 *other = NULL;

    SD_TRY(sd_store_number(connection.store, &count_all, SD_NO_VALUES, -1, &counts[0]));
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    run_raw(other, "INSERT INTO thing (name) VALUES ('meanwhile')");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    return sd_store_number(connection.store, &count_all, SD_NO_VALUES, -1, &counts[1]);
}

static void test_read_sees_one_state(void **state)
{
    apr_int64_t counts[3] = {-1, -1, (apr_int64_t)(apr_uintptr_t)*state};

    assert_null(sd_store_read(connection.store, count_twice, counts));
    assert_int_equal(counts[0], 0);
    assert_int_equal(counts[1], 0);
    check_idle_with(state, 1);
    assert_int_equal(sqlite3_txn_state(connection.db, "main"), SQLITE_TXN_NONE);
}

/* ---- a read that is begun before somebody runs in it ---- */

static void insert_meanwhile(fixture_t *fixture, const char *text)
{
    sqlite3 *other = NULL;

    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    run_raw(other, text);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

static sd_error_t *count_into(void *baton)
{
    return sd_store_number(connection.store, &count_all, SD_NO_VALUES, -1, baton);
}

static void test_held_read_is_the_next_one(void **state)
{
    apr_uint64_t moment;
    apr_int64_t count;

    assert_int_equal(sd_store_moment(connection.store), 0);
    assert_null(sd_store_hold(connection.store));
    moment = sd_store_moment(connection.store);
    assert_int_not_equal(moment, 0);
    assert_null(count_into(&count));
    assert_int_equal(count, 0);
    insert_meanwhile(*state, "INSERT INTO thing (name) VALUES ('meanwhile')");
    assert_null(sd_store_hold(connection.store)); /* it is held already */
    assert_int_equal(sd_store_moment(connection.store), moment);
    assert_null(sd_store_read(connection.store, count_into, &count));
    assert_int_equal(count, 0);
    check_idle_with(state, 1);
    assert_int_equal(sd_store_moment(connection.store), 0);
    assert_null(sd_store_read(connection.store, count_into, &count));
    assert_int_equal(count, 1);
    assert_null(sd_store_hold(connection.store));
    assert_int_not_equal(sd_store_moment(connection.store), moment);
}

static void test_held_read_gives_way(void **state)
{
    assert_null(sd_store_hold(connection.store));
    insert_meanwhile(*state, "INSERT INTO thing (name) VALUES ('meanwhile')");
    assert_null(sd_store_write(connection.store, add_two, NULL));
    check_idle_with(state, 3);
    assert_null(sd_store_hold(connection.store));
    assert_error_says(sd_store_read(connection.store, write_inside, NULL), SD_ERROR_INTERNAL, "a write inside a read");
    check_idle_with(state, 3);
    assert_null(sd_store_hold(connection.store));
    sd_store_return(connection.store);
    check_idle_with(state, 3);
    assert_null(sd_store_lend(connection.store, connection.work));
}

/* ---- the database fails ---- */

static sd_error_t *fill_disk(void *baton)
{
    char name[32];

    (void)baton;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "%d ", i);
        SD_TRY(sd_store_execute(connection.store, &add_large, SD_VALUES(SD_TEXT(name)), NULL));
    }
    return NULL;
}

static void test_full_disk(void **state)
{
    assert_null(sd_store_write(connection.store, add_two, NULL));
    run_raw(connection.db, "PRAGMA max_page_count = 20");
    assert_error_says(sd_store_write(connection.store, fill_disk, NULL), SD_ERROR_UNAVAILABLE, "full");
    check_idle_with(state, 2);
    run_raw(connection.db, "PRAGMA max_page_count = 20000");
    assert_null(sd_store_write(connection.store, fill_disk, NULL));
    check_idle_with(state, 1002);
}

/* The library rolls back by itself here; what follows must not be committed statement by statement. */
static sd_error_t *go_on_after_interrupt(void *baton)
{
    sd_error_t *error;

    SD_TRY(add_name("before"));
    connection.store->statement_milliseconds = 20;
    error = sd_store_execute(connection.store, &add_endless, SD_NO_VALUES, NULL);
    connection.store->statement_milliseconds = 0;
    assert_error_says(error, SD_ERROR_UNAVAILABLE, "interrupted");
    assert_true(sqlite3_get_autocommit(connection.db));
    if (baton) {
        assert_error_says(add_name("after"), SD_ERROR_UNAVAILABLE, "has ended the transaction");
    }
    return NULL;
}

static void test_lost_transaction_is_noticed(void **state)
{
    assert_error_says(sd_store_write(connection.store, go_on_after_interrupt, state), SD_ERROR_UNAVAILABLE,
                      "has ended the transaction");
    check_idle_with(state, 0);
    assert_error_says(sd_store_write(connection.store, go_on_after_interrupt, NULL), SD_ERROR_UNAVAILABLE,
                      "has ended the transaction");
    check_idle_with(state, 0);
    assert_null(sd_store_write(connection.store, add_two, NULL));
    check_idle_with(state, 2);
}

static sd_error_t *leave_an_orphan(void *baton)
{
    (void)baton;
    run_raw(connection.db, "PRAGMA defer_foreign_keys = ON");
    return sd_store_execute(connection.store, &add_owned, SD_VALUES(SD_TEXT("orphan"), SD_INT(99)), NULL);
}

static void test_failed_commit(void **state)
{
    assert_error_says(sd_store_write(connection.store, leave_an_orphan, NULL), SD_ERROR_INTERNAL, "commit");
    check_idle_with(state, 0);
    assert_null(sd_store_write(connection.store, add_two, NULL));
    check_idle_with(state, 2);
}

/* ---- processes ---- */

static sd_error_t *count_up(void *baton)
{
    sd_store_t *store = baton;
    apr_int64_t number;

    SD_TRY(sd_store_number(store, &get_counter, SD_NO_VALUES, -1, &number));
    return sd_store_execute(store, &set_counter, SD_VALUES(SD_INT(number + 1)), NULL);
}

static pid_t start_counting(fixture_t *fixture, int rounds)
{
    pid_t child = fork();

    if (child == 0) {
        connection_t own;

        connection_begin(&own, fixture);
        for (int i = 0; i < rounds; i++) {
            if (sd_store_write(own.store, count_up, own.store)) {
                _exit(1);
            }
        }
        _exit(0);
    }
    return child;
}

static void test_processes_take_turns(void **state)
{
    pid_t children[3];

    connection_close(&connection);
    for (int i = 0; i < 3; i++) {
        children[i] = start_counting(*state, 100);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(wait_child(children[i]), 0);
    }
    assert_int_equal(number_in_file(*state, "SELECT n FROM counter"), 300);
    connection_begin(&connection, *state);
}

typedef struct victim_t {
    sd_store_t *store;
    int pipe;
} victim_t;

static sd_error_t *write_and_wait(void *baton)
{
    victim_t *victim = baton;

    for (int i = 0; i < 500; i++) {
        SD_TRY(
            sd_store_execute(victim->store, &add, SD_VALUES(SD_TEXT(apr_itoa(sd_store_pool(victim->store), i))), NULL));
    }
    if (write(victim->pipe, "!", 1) == 1) {
        pause();
    }
    return NULL;
}

static void test_killed_writer_leaves_nothing(void **state)
{
    int ends[2];
    char byte;
    pid_t child;

    connection_close(&connection);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        connection_t own;
        victim_t victim;

        connection_begin(&own, *state);
        victim = (victim_t){own.store, ends[1]};
        _exit(sd_store_write(own.store, write_and_wait, &victim) ? 1 : 0);
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(wait_child(child), -1);
    close(ends[0]);
    close(ends[1]);
    connection_begin(&connection, *state);
    assert_null(sd_store_write(connection.store, add_two, NULL));
    check_idle_with(state, 2);
}

#define transaction_test(fn_) cmocka_unit_test_setup_teardown(fn_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        transaction_test(test_commit),
        transaction_test(test_error_rolls_back),
        transaction_test(test_conflict_undoes_its_statement_only),
        transaction_test(test_nested_joins),
        transaction_test(test_swallowed_nested_error_dooms),
        transaction_test(test_write_inside_read_is_refused),
        transaction_test(test_read_sees_one_state),
        transaction_test(test_held_read_is_the_next_one),
        transaction_test(test_held_read_gives_way),
        transaction_test(test_full_disk),
        transaction_test(test_lost_transaction_is_noticed),
        transaction_test(test_failed_commit),
        transaction_test(test_processes_take_turns),
        transaction_test(test_killed_writer_leaves_nothing),
    };

    return cmocka_run_group_tests_name("store transactions", tests, NULL, NULL);
}
