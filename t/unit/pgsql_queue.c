/* Statements that nobody waits for: how many round trips they cost, and where their errors come out. */
#include "pgsql_fixture.h"

#include "store/pgsql_session.h"

SD_SQL_EACH(put, NULL, "INSERT INTO thing (name, n) VALUES ($1, $2)");
SD_SQL_EACH(put_twin, NULL, "INSERT INTO thing (n, name) VALUES ($1, $2)");
SD_SQL_EACH(name_of, NULL, "SELECT name FROM thing WHERE n = $1");
SD_SQL_EACH(name_again, NULL, "SELECT t.name FROM thing t WHERE t.n = $1");

static unsigned long trips(void)
{
    return ((const sd_pgsql_t *)fixture.store->state)->trips;
}

static sd_error_t *put_one(const char *name, apr_int64_t n)
{
    return sd_store_execute(fixture.store, &put, SD_VALUES(SD_TEXT(name), SD_INT(n)), NULL);
}

static sd_error_t *do_nothing(void *baton)
{
    (void)baton;
    return NULL;
}

static sd_error_t *put_three(void *baton)
{
    (void)baton;
    SD_TRY(put_one("a", 1));
    SD_TRY(put_one("b", 2));
    return put_one("c", 3);
}

static void test_what_nobody_waits_for_is_one_trip(void **state)
{
    unsigned long before;

    (void)state;
    assert_good(sd_store_write(fixture.store, put_three, NULL));
    assert_int_equal(count_things(), 3);
    fixture_run("DELETE FROM thing");
    before = trips();
    assert_good(sd_store_write(fixture.store, put_three, NULL));
    assert_int_equal(trips() - before, 1);
    assert_good(sd_store_write(fixture.store, do_nothing, NULL));
    assert_good(sd_store_read(fixture.store, do_nothing, NULL));
    assert_int_equal(trips() - before, 1);
    assert_int_equal(count_things(), 3);
}

static sd_error_t *put_and_count(void *baton)
{
    SD_TRY(put_three(NULL));
    SD_TRY(sd_store_number(fixture.store, &count_all, SD_NO_VALUES, 0, baton));
    return put_one("d", 4);
}

static void test_who_waits_waits_for_all(void **state)
{
    apr_int64_t count = -1;
    unsigned long before = trips();

    (void)state;
    assert_good(sd_store_write(fixture.store, put_and_count, &count));
    assert_int_equal(count, 3);
    assert_int_equal(trips() - before, 2);
    assert_int_equal(count_things(), 4);
}

/* ---- asked ahead ---- */

typedef struct ahead_t {
    const char *first, *second;
    int settle;
} ahead_t;

static sd_error_t *ask_two(void *baton)
{
    ahead_t *ahead = baton;

    SD_TRY(sd_store_ask(fixture.store, &name_of, SD_VALUES(SD_INT(1)), append_name, &ahead->first));
    SD_TRY(sd_store_ask(fixture.store, &name_again, SD_VALUES(SD_INT(2)), append_name, &ahead->second));
    assert_string_equal(ahead->first, "");
    if (ahead->settle) {
        SD_TRY(sd_store_settle(fixture.store));
        assert_string_equal(ahead->first, "a ");
        assert_string_equal(ahead->second, "b ");
    }
    return NULL;
}

static void test_asked_ahead(void **state)
{
    ahead_t ahead = {"", "", 0};
    unsigned long before;

    (void)state;
    assert_good(sd_store_write(fixture.store, put_three, NULL));
    before = trips();
    assert_good(sd_store_read(fixture.store, ask_two, &ahead));
    assert_string_equal(ahead.first, "a ");
    assert_string_equal(ahead.second, "b ");
    assert_int_equal(trips() - before, 1);
    ahead = (ahead_t){"", "", 1};
    assert_good(sd_store_write(fixture.store, ask_two, &ahead));
    assert_int_equal(trips() - before, 3);
    ahead.first = "";
    assert_good(sd_store_ask(fixture.store, &name_of, SD_VALUES(SD_INT(3)), append_name, &ahead.first));
    assert_string_equal(ahead.first, "c ");
}

/* The row of one statement asks another one, while the next ones' rows are still to be shown. */
static sd_error_t *ask_in_rows(void *baton)
{
    const char *last = "";

    SD_TRY(sd_store_ask(fixture.store, &all_of, SD_NO_VALUES, ask_again, baton));
    SD_TRY(sd_store_query(fixture.store, &name_of, SD_VALUES(SD_INT(3)), append_name, &last));
    assert_string_equal(last, "c ");
    return NULL;
}

static void test_rows_may_ask(void **state)
{
    int rows = 0;

    (void)state;
    assert_good(sd_store_write(fixture.store, put_three, NULL));
    assert_good(sd_store_read(fixture.store, ask_in_rows, &rows));
    assert_int_equal(rows, 3);
}

/* ---- errors ---- */

static sd_error_t *put_twice(void *baton)
{
    SD_TRY(put_one("same", 1));
    SD_TRY(put_one("same", 2));
    SD_TRY(put_one("other", 3));
    *(int *)baton += 1;
    return NULL;
}

/* Nothing is acknowledged before all of it has succeeded. */
static void test_an_error_comes_out_at_the_end(void **state)
{
    int told = 0;

    (void)state;
    assert_says(sd_store_write(fixture.store, put_twice, &told), SD_ERROR_CONFLICT, "put: ");
    assert_int_equal(told, 1);
    assert_int_equal(count_things(), 0);
    add_thing("next", 1);
}

static sd_error_t *put_twice_and_count(void *baton)
{
    apr_int64_t count = -1;

    SD_TRY(put_twice(baton));
    SD_TRY(sd_store_number(fixture.store, &count_all, SD_NO_VALUES, -1, &count));
    fail_msg("counted %d", (int)count);
    return NULL;
}

static sd_error_t *put_twice_and_settle(void *baton)
{
    SD_TRY(put_twice(baton));
    assert_bad(sd_store_settle(fixture.store), SD_ERROR_CONFLICT);
    return NULL;
}

static void test_an_error_comes_out_where_somebody_waits(void **state)
{
    int told = 0;

    (void)state;
    assert_says(sd_store_write(fixture.store, put_twice_and_count, &told), SD_ERROR_CONFLICT, "put: ");
    assert_says(sd_store_write(fixture.store, put_twice_and_settle, &told), SD_ERROR_UNAVAILABLE, "had failed");
    assert_int_equal(told, 2);
    assert_int_equal(count_things(), 0);
}

/* What was to be prepared behind an error was not, and is when it is needed again. */
static sd_error_t *put_by_both(void *baton)
{
    apr_int64_t n = *(apr_int64_t *)baton;

    SD_TRY(put_one("one", n));
    return sd_store_execute(fixture.store, &put_twin, SD_VALUES(SD_INT(n), SD_TEXT("two")), NULL);
}

static void test_preparing_behind_an_error(void **state)
{
    apr_int64_t n = 7;

    (void)state;
    add_thing("one", 1);
    assert_bad(sd_store_write(fixture.store, put_by_both, &n), SD_ERROR_CONFLICT);
    fixture_run("DELETE FROM thing");
    assert_good(sd_store_write(fixture.store, put_by_both, &n));
    assert_int_equal(count_things(), 2);
}

static sd_error_t *put_and_lose(void *baton)
{
    SD_TRY(put_three(NULL));
    fixture_text("SELECT pg_terminate_backend(%d, 5000)", *(int *)baton);
    return NULL;
}

static void test_a_backend_that_ends_before_the_answers(void **state)
{
    sd_store_t *store = fixture.store;
    side_t side;
    int pid;

    (void)state;
    open_side(&side);
    fixture.store = side.store;
    pid = PQbackendPID(side.raw.pgsql);
    assert_bad(sd_store_write(side.store, put_and_lose, &pid), SD_ERROR_UNAVAILABLE);
    sd_store_return(side.store);
    assert_good(sd_store_lend(side.store, side.pool));
    assert_good(sd_store_write(side.store, put_three, NULL));
    fixture.store = store;
    close_side(&side);
    assert_int_equal(count_things(), 3);
}

/* ---- many, and nothing kept ---- */

static sd_error_t *put_many(void *baton)
{
    int count = *(int *)baton;

    for (int i = 0; i < count; i++) {
        SD_TRY(put_one(apr_psprintf(fixture.pool, "%d", i), i));
    }
    return NULL;
}

static void test_many_are_sent_in_parts(void **state)
{
    int count = 1000;
    unsigned long before = trips();

    (void)state;
    assert_good(sd_store_write(fixture.store, put_many, &count));
    assert_int_equal(count_things(), 1000);
    assert_in_range(trips() - before, 10, 30);
}

static void test_without_kept_statements(void **state)
{
    ahead_t ahead = {"", "", 1};
    side_t side;
    sd_store_t *store = fixture.store;

    (void)state;
    raw_open(&side.raw, fixture.place);
    apr_pool_create(&side.pool, NULL);
    assert_good(sd_store_attach(&side.store, side.pool, "pgsql", side.raw.pgsql, fixture.writer));
    sd_store_keep_statements(side.store, 0);
    assert_good(sd_store_lend(side.store, side.pool));
    fixture.store = side.store;
    assert_good(sd_store_write(side.store, put_three, NULL));
    assert_good(sd_store_read(side.store, ask_two, &ahead));
    assert_string_equal(ahead.second, "b ");
    fixture.store = store;
    close_side(&side);
    assert_int_equal(count_things(), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pgsql_test(test_what_nobody_waits_for_is_one_trip),
        pgsql_test(test_who_waits_waits_for_all),
        pgsql_test(test_asked_ahead),
        pgsql_test(test_rows_may_ask),
        pgsql_test(test_an_error_comes_out_at_the_end),
        pgsql_test(test_an_error_comes_out_where_somebody_waits),
        pgsql_test(test_preparing_behind_an_error),
        pgsql_test(test_a_backend_that_ends_before_the_answers),
        pgsql_test(test_many_are_sent_in_parts),
        pgsql_test(test_without_kept_statements),
    };

    return cmocka_run_group_tests_name("pgsql queue", tests, NULL, NULL);
}
