/* The PostgreSQL driver: bounds, connections that are lost, sessions that keep nothing, and the schema. */
#include "pgsql_fixture.h"

#include <pthread.h>
#include <signal.h>

SD_SQL_EACH(nap, NULL, "SELECT pg_sleep(5)");
SD_SQL_EACH(short_nap, NULL, "SELECT pg_sleep(0.5)");
SD_SQL_EACH(be_impatient, NULL, "SELECT set_config('idle_in_transaction_session_timeout', '50', false)");
SD_SQL_EACH(setting, NULL, "SELECT setting FROM pg_settings WHERE name = $1");

/* ---- bounds and lost connections ---- */

static sd_error_t *take_a_nap(void *baton)
{
    return sd_store_execute(baton, &nap, SD_NO_VALUES, NULL);
}

static void test_a_statement_is_bounded(void **state)
{
    apr_interval_time_t start = apr_time_now();

    (void)state;
    fixture.store->statement_milliseconds = 200;
    assert_says(sd_store_write(fixture.store, take_a_nap, fixture.store), SD_ERROR_UNAVAILABLE, "57014");
    assert_in_range(apr_time_now() - start, 100000, 2 * APR_USEC_PER_SEC);
    fixture.store->statement_milliseconds = 5000;
    add_thing("goes on", 1);
}

static int backend(const side_t *side)
{
    return PQbackendPID(side->raw.pgsql);
}

/* A server process that stands still answers nothing: the connection is given up, and the next unit has another. */
static void test_silence_is_bounded(void **state)
{
    side_t side;
    apr_int64_t number;
    int pid;
    apr_interval_time_t start;

    (void)state;
    open_side(&side);
    pid = backend(&side);
    side.store->statement_milliseconds = 100;
    assert_int_equal(kill(pid, SIGSTOP), 0);
    start = apr_time_now();
    assert_says(sd_store_number(side.store, &count_all, SD_NO_VALUES, 0, &number), SD_ERROR_UNAVAILABLE,
                "does not answer");
    assert_in_range(apr_time_now() - start, APR_USEC_PER_SEC, 4 * APR_USEC_PER_SEC);
    assert_int_equal(PQstatus(side.raw.pgsql), CONNECTION_BAD);
    sd_store_return(side.store);
    assert_good(sd_store_lend(side.store, side.pool));
    assert_good(sd_store_number(side.store, &count_all, SD_NO_VALUES, 9, &number));
    assert_int_equal(number, 0);
    assert_int_not_equal(backend(&side), pid);
    kill(pid, SIGCONT);
    close_side(&side);
}

static void terminate(const side_t *side)
{
    fixture_text("SELECT pg_terminate_backend(%d, 5000)", backend(side));
}

static sd_error_t *terminate_inside(void *baton)
{
    thing_t *thing = baton;

    SD_TRY(add_in_write(thing));
    fixture_text("SELECT pg_terminate_backend(%d, 5000)", (int)thing->n);
    return NULL;
}

static const char *setting_of(const side_t *side, const char *name)
{
    const char *value = "";

    assert_good(sd_store_query(side->store, &setting, SD_VALUES(SD_TEXT(name)), append_name, &value));
    return value;
}

/* The end of the server's process is noticed before it is asked anything; statements and settings are made anew. */
static void test_a_terminated_backend(void **state)
{
    side_t side;
    apr_int64_t number;

    (void)state;
    open_side(&side);
    assert_good(sd_store_number(side.store, &count_all, SD_NO_VALUES, 9, &number));
    for (int i = 0; i < 3; i++) {
        sd_store_return(side.store);
        terminate(&side);
        assert_good(sd_store_lend(side.store, side.pool));
        assert_good(sd_store_number(side.store, &count_all, SD_NO_VALUES, 9, &number));
        assert_int_equal(number, 0);
        assert_string_equal(setting_of(&side, "statement_timeout"), "5000 ");
        assert_string_equal(setting_of(&side, "idle_in_transaction_session_timeout"), "30000 ");
        assert_string_equal(setting_of(&side, "synchronous_commit"), "on ");
    }
    close_side(&side);
}

static void test_a_backend_that_ends_within(void **state)
{
    side_t side;
    apr_int64_t number;
    thing_t thing;

    (void)state;
    open_side(&side);
    thing = (thing_t){.store = side.store, .name = "half", .n = backend(&side)};
    assert_bad(sd_store_write(side.store, terminate_inside, &thing), SD_ERROR_UNAVAILABLE);
    assert_int_equal(thing.runs, 1);
    assert_bad(sd_store_number(side.store, &count_all, SD_NO_VALUES, 0, &number), SD_ERROR_UNAVAILABLE);
    sd_store_return(side.store);
    assert_good(sd_store_lend(side.store, side.pool));
    thing = (thing_t){.store = side.store, .name = "whole"};
    assert_good(sd_store_write(side.store, add_in_write, &thing));
    close_side(&side);
    assert_int_equal(count_things(), 1);
}

static sd_error_t *idle_inside(void *baton)
{
    thing_t *thing = baton;

    SD_TRY(add_in_write(thing));
    SD_TRY(sd_store_execute(thing->store, &be_impatient, SD_NO_VALUES, NULL));
    SD_TRY(sd_store_settle(thing->store));
    apr_sleep(apr_time_from_msec(400));
    return add_in_write(&(thing_t){.store = thing->store, .name = "late"});
}

/* A transaction that stands still for too long is ended by the server: nothing of it is there, and nobody says so. */
static void test_a_transaction_that_idles(void **state)
{
    side_t side;
    thing_t thing;

    (void)state;
    open_side(&side);
    thing = (thing_t){.store = side.store, .name = "early"};
    assert_says(sd_store_write(side.store, idle_inside, &thing), SD_ERROR_UNAVAILABLE, "25P03");
    assert_int_equal(thing.runs, 1);
    sd_store_return(side.store);
    assert_good(sd_store_lend(side.store, side.pool));
    assert_int_equal(count_things(), 0);
    assert_string_equal(setting_of(&side, "idle_in_transaction_session_timeout"), "30000 ");
    assert_good(sd_store_write(side.store, add_in_write, &thing));
    close_side(&side);
    assert_int_equal(count_things(), 1);
}

/* What somebody else did to the session is repaired: outside of a transaction at once, within it by running again. */
static sd_error_t *take_a_short_nap(void *store)
{
    return sd_store_query(store, &short_nap, SD_NO_VALUES, NULL, NULL);
}

static void test_long_reads(void **state)
{
    (void)state;
    fixture.store->statement_milliseconds = 100;
    assert_good(sd_store_read_long(fixture.store, take_a_short_nap, fixture.store));
    assert_says(sd_store_read(fixture.store, take_a_short_nap, fixture.store), SD_ERROR_UNAVAILABLE, "57014");
    fixture.store->statement_milliseconds = 5000;
}

static void test_lost_statements(void **state)
{
    thing_t thing = {.store = fixture.store, .name = "third"};
    apr_int64_t number;

    (void)state;
    add_thing("first", 1);
    assert_good(sd_store_number(fixture.store, &count_all, SD_NO_VALUES, 9, &number));
    fixture_run("DEALLOCATE ALL");
    assert_good(sd_store_number(fixture.store, &count_all, SD_NO_VALUES, 9, &number));
    assert_int_equal(number, 1);
    add_thing("second", 2);
    fixture_run("DEALLOCATE ALL");
    assert_good(sd_store_write(fixture.store, add_in_write, &thing));
    assert_int_equal(thing.runs, 2); /* however many were lost */
    assert_int_equal(count_things(), 3);
}

static void test_a_table_that_changes(void **state)
{
    int rows = 0;

    (void)state;
    add_thing("first", 1);
    assert_good(sd_store_query(fixture.store, &all_of, SD_NO_VALUES, ask_again, &rows));
    fixture_run("ALTER TABLE thing ADD COLUMN more BIGINT");
    assert_bad(sd_store_query(fixture.store, &all_of, SD_NO_VALUES, ask_again, &rows), SD_ERROR_UNAVAILABLE);
    assert_good(sd_store_query(fixture.store, &all_of, SD_NO_VALUES, ask_again, &rows));
    assert_int_equal(rows, 2);
}

/* An open transaction that somebody forgot is no idle connection. */
static void test_a_transaction_left_open(void **state)
{
    side_t side;
    apr_int64_t number;

    (void)state;
    open_side(&side);
    sd_store_return(side.store);
    raw_run(&side.raw, "BEGIN; INSERT INTO thing (name) VALUES ('forgotten')");
    assert_good(sd_store_lend(side.store, side.pool));
    assert_good(sd_store_number(side.store, &count_all, SD_NO_VALUES, 9, &number));
    assert_int_equal(number, 0);
    close_side(&side);
}

static void test_nothing_is_kept_in_the_session(void **state)
{
    side_t side;
    thing_t thing;
    char *prepared;

    (void)state;
    raw_open(&side.raw, fixture.place);
    apr_pool_create(&side.pool, NULL);
    assert_good(sd_store_attach(&side.store, side.pool, "pgsql", side.raw.pgsql, fixture.writer));
    sd_store_keep_statements(side.store, 0);
    assert_good(sd_store_lend(side.store, side.pool));
    thing = (thing_t){.store = side.store, .name = "one", .owner = 0};
    assert_good(sd_store_write(side.store, add_in_write, &thing));
    prepared = raw_text(&side.raw, "SELECT count(*) || ' ' || current_setting('statement_timeout')"
                                   " FROM pg_prepared_statements");
    assert_string_equal(prepared, "0 0");
    free(prepared);
    side.store->statement_milliseconds = 200;
    assert_says(sd_store_write(side.store, take_a_nap, side.store), SD_ERROR_UNAVAILABLE, "57014");
    close_side(&side);
}

typedef struct maker_t {
    sd_store_t *store;
    pthread_t thread;
    int steps;
    side_t side;
    sd_error_t *error;
} maker_t;

/* Everybody who comes first makes the schema: one of them does. */
static void *migrate(void *baton)
{
    maker_t *maker = baton;

    maker->error = sd_schema_migrate(maker->store, &maker->steps);
    return NULL;
}

static void test_many_make_the_schema(void **state)
{
    maker_t makers[4];
    int steps = 0;

    (void)state;
    fixture_run("SET client_min_messages = error; DROP SCHEMA %s CASCADE; CREATE SCHEMA %s", fixture.place,
                fixture.place);
    for (int i = 0; i < 4; i++) {
        makers[i] = (maker_t){.steps = 0};
        open_side(&makers[i].side);
        makers[i].store = makers[i].side.store;
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&makers[i].thread, NULL, migrate, &makers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(makers[i].thread, NULL);
        assert_good(makers[i].error);
        steps += makers[i].steps;
        close_side(&makers[i].side);
    }
    assert_int_equal(steps, sd_schema_newest());
}

static void test_the_check_finds(void **state)
{
    const char *findings = "";

    (void)state;
    assert_good(sd_schema_check(fixture.store, append_name, &findings));
    assert_string_equal(findings, "");
    fixture_run("DROP INDEX comment_request; DROP TABLE subscription");
    assert_good(sd_schema_check(fixture.store, append_name, &findings));
    assert_non_null(strstr(findings, "schema: the index comment_request is missing"));
    assert_non_null(strstr(findings, "schema: the table subscription is missing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pgsql_test(test_a_statement_is_bounded),   pgsql_test(test_silence_is_bounded),
        pgsql_test(test_a_terminated_backend),     pgsql_test(test_a_backend_that_ends_within),
        pgsql_test(test_a_transaction_that_idles), pgsql_test(test_long_reads),
        pgsql_test(test_lost_statements),          pgsql_test(test_a_table_that_changes),
        pgsql_test(test_a_transaction_left_open),  pgsql_test(test_nothing_is_kept_in_the_session),
        pgsql_test(test_many_make_the_schema),     pgsql_test(test_the_check_finds),
    };

    return cmocka_run_group_tests_name("pgsql connection", tests, NULL, NULL);
}
