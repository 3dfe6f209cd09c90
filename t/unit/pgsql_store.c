/*
 * The PostgreSQL driver: values, errors, transactions beside others. It runs on PostgreSQL alone; what the driver
 * shares with SQLite's is tested by everything in desk_*.c.
 */
#include "pgsql_fixture.h"

#include <pthread.h>

SD_SQL_EACH(add_quietly, NULL, "INSERT INTO thing (name, n) VALUES ($1, $2) ON CONFLICT DO NOTHING");
SD_SQL_EACH(get, NULL, "SELECT id, name, n, owner, n = $2, name IS NULL FROM thing WHERE id = $1");
SD_SQL_EACH(names, NULL, "SELECT name FROM thing ORDER BY name");
SD_SQL_EACH(total, NULL, "SELECT coalesce(sum(n), 0) FROM thing");
SD_SQL_EACH(n_of, NULL, "SELECT n FROM thing WHERE id = $1");
SD_SQL_EACH(set_n, NULL, "UPDATE thing SET n = $2 WHERE id = $1");
SD_SQL_EACH(add_one, NULL, "UPDATE thing SET n = n + 1 WHERE id = $1 RETURNING n");
SD_SQL_EACH(sync_now, NULL, "SELECT current_setting('synchronous_commit')");
SD_SQL_EACH(echo, NULL, "SELECT $1, $2");
SD_SQL_EACH(fail_with, NULL, "SELECT fail_with($1)");
SD_SQL_EACH(not_a_table, NULL, "SELECT 1 FROM nothing");
SD_SQL_EACH(of_sqlite, "SELECT 1", NULL);

/* ---- values ---- */

static sd_error_t *look_at_thing(void *baton, sd_row_t *row)
{
    assert_int_equal(sd_row_int(row, 0), 1);
    assert_string_equal(sd_row_text(row, 1), "\xed\x99\x98\xeb\xb6\x88");
    assert_true(sd_row_int(row, 2) == INT64_MIN);
    assert_null(sd_row_text(row, 3));
    assert_int_equal(sd_row_int(row, 3), 0);
    assert_int_equal(sd_row_bool(row, 4), 1);
    assert_int_equal(sd_row_bool(row, 5), 0);
    *(int *)baton += 1;
    return NULL;
}

static void test_values(void **state)
{
    int seen = 0;

    (void)state;
    add_thing("\xed\x99\x98\xeb\xb6\x88", INT64_MIN);
    assert_good(sd_store_query(fixture.store, &get, SD_VALUES(SD_INT(1), SD_INT(INT64_MIN)), look_at_thing, &seen));
    assert_int_equal(seen, 1);
    assert_good(sd_store_query(fixture.store, &get, SD_VALUES(SD_INT(2), SD_INT(0)), look_at_thing, &seen));
    assert_int_equal(seen, 1);
}

static sd_error_t *take_texts(void *baton, sd_row_t *row)
{
    const char **texts = baton;

    texts[0] = sd_row_text(row, 0);
    texts[1] = sd_row_text(row, 1);
    return NULL;
}

/* A statement is prepared with the types of its first values; a NULL at first does not make it another. */
static void test_null_has_a_type(void **state)
{
    const char *texts[2];

    (void)state;
    assert_good(sd_store_query(fixture.store, &echo, SD_VALUES(SD_TEXT(NULL), SD_ID_OR_NULL(0)), take_texts, texts));
    assert_null(texts[0]);
    assert_null(texts[1]);
    assert_good(sd_store_query(fixture.store, &echo, SD_VALUES(SD_TEXT("a'b"), SD_ID_OR_NULL(7)), take_texts, texts));
    assert_string_equal(texts[0], "a'b");
    assert_string_equal(texts[1], "7");
}

/* The cluster of the tests sorts otherwise by itself; texts sort by their bytes, as on SQLite. */
static void test_order_is_that_of_bytes(void **state)
{
    const char *all = "";

    (void)state;
    add_thing("b", 1);
    add_thing("B", 1);
    add_thing("a-b", 1);
    add_thing("ab", 1);
    assert_good(sd_store_query(fixture.store, &names, SD_NO_VALUES, append_name, &all));
    assert_string_equal(all, "B a-b ab b ");
}

static void test_a_row_may_ask_again(void **state)
{
    int rows = 0;

    (void)state;
    add_thing("a", 1);
    add_thing("b", 1);
    assert_good(sd_store_query(fixture.store, &all_of, SD_NO_VALUES, ask_again, &rows));
    assert_int_equal(rows, 2);
}

/* ---- errors ---- */

static void test_errors(void **state)
{
    thing_t twice = {.store = fixture.store, .name = "one"}, orphan = {.store = fixture.store, .owner = 99};
    apr_int64_t number;
    sd_error_t *error;

    (void)state;
    add_thing("one", 1);
    error = sd_store_write(fixture.store, add_in_write, &twice);
    assert_says(error, SD_ERROR_CONFLICT, "unique");
    assert_string_equal(error->key, "sd.store.unique");
    assert_null(strstr(error->detail, "one)"));
    assert_says(sd_store_write(fixture.store, add_in_write, &orphan), SD_ERROR_INTERNAL, "23503");
    assert_in_range(orphan.runs, 2, 10); /* it might have been a race */
    assert_says(sd_store_number(fixture.store, &not_a_table, SD_NO_VALUES, 0, &number), SD_ERROR_INTERNAL, "42P01");
    assert_says(sd_store_number(fixture.store, &of_sqlite, SD_NO_VALUES, 0, &number), SD_ERROR_INTERNAL,
                "no statement");
    assert_int_equal(count_things(), 1);
}

typedef struct failure_t {
    const char *state;
    sd_error_kind_t kind;
    int most_runs;
    ConnStatusType then; /* of the connection */
} failure_t;

typedef struct fails_t {
    const failure_t *failure;
    side_t side;
    int runs;
} fails_t;

static sd_error_t *fail_in_write(void *baton)
{
    fails_t *fails = baton;

    fails->runs++;
    return sd_store_execute(fails->side.store, &fail_with, SD_VALUES(SD_TEXT(fails->failure->state)), NULL);
}

/* What the server says is told as what it is: not here now, ours, worth another try, or another server's matter. */
static void test_what_errors_mean(void **state)
{
    static const failure_t failures[] = {
        {"53100", SD_ERROR_UNAVAILABLE, 1, CONNECTION_OK},  /* disk full */
        {"53200", SD_ERROR_UNAVAILABLE, 1, CONNECTION_OK},  /* out of memory */
        {"53300", SD_ERROR_UNAVAILABLE, 1, CONNECTION_OK},  /* too many connections */
        {"58030", SD_ERROR_UNAVAILABLE, 1, CONNECTION_OK},  /* an error of reading or writing */
        {"57014", SD_ERROR_UNAVAILABLE, 1, CONNECTION_OK},  /* cancelled */
        {"08006", SD_ERROR_UNAVAILABLE, 1, CONNECTION_OK},  /* a connection behind it failed */
        {"XX001", SD_ERROR_UNAVAILABLE, 1, CONNECTION_OK},  /* damaged */
        {"XX002", SD_ERROR_UNAVAILABLE, 1, CONNECTION_OK},  /* damaged, an index */
        {"25006", SD_ERROR_UNAVAILABLE, 1, CONNECTION_BAD}, /* a standby */
        {"23502", SD_ERROR_INTERNAL, 1, CONNECTION_OK},     /* ours */
        {"P0001", SD_ERROR_INTERNAL, 1, CONNECTION_OK},     {"23505", SD_ERROR_CONFLICT, 1, CONNECTION_OK},
        {"23503", SD_ERROR_INTERNAL, 4, CONNECTION_OK},     {"26000", SD_ERROR_UNAVAILABLE, 4, CONNECTION_OK},
        {"0A000", SD_ERROR_UNAVAILABLE, 4, CONNECTION_OK},
    };

    (void)state;
    fixture_run("CREATE FUNCTION fail_with(code text) RETURNS bigint LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = code; END $$");
    for (apr_size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        fails_t fails = {&failures[i], .runs = 0};

        open_side(&fails.side);
        assert_says(sd_store_write(fails.side.store, fail_in_write, &fails), failures[i].kind, "as told");
        assert_int_equal(fails.runs, failures[i].most_runs);
        assert_int_equal(PQstatus(fails.side.raw.pgsql), failures[i].then);
        sd_store_return(fails.side.store);
        assert_good(sd_store_lend(fails.side.store, fails.side.pool));
        close_side(&fails.side);
    }
}

/* Those who lost a race run again for as long as a writer may wait, and no longer. */
static void test_races_are_bounded(void **state)
{
    static const failure_t races[] = {{.state = "40001"}, {.state = "40P01"}};

    (void)state;
    assert_good(sd_writer_create(&fixture.writer, fixture.pool, 300));
    fixture_run("CREATE FUNCTION fail_with(code text) RETURNS bigint LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = code; END $$");
    for (int i = 0; i < 2; i++) {
        fails_t fails = {&races[i], .runs = 0};
        apr_interval_time_t start = sd_store_ticks();

        open_side(&fails.side);
        assert_says(sd_store_write(fails.side.store, fail_in_write, &fails), SD_ERROR_UNAVAILABLE, races[i].state);
        assert_in_range(fails.runs, 5, 1000);
        assert_in_range(sd_store_ticks() - start, 300000, 3 * APR_USEC_PER_SEC);
        close_side(&fails.side);
    }
}

static sd_error_t *write_inside(void *baton)
{
    (void)baton;
    return sd_store_execute(fixture.store, &add_quietly, SD_VALUES(SD_TEXT("x"), SD_INT(1)), NULL);
}

static void test_writes_have_a_transaction(void **state)
{
    (void)state;
    assert_says(write_inside(NULL), SD_ERROR_INTERNAL, "outside");
    assert_says(sd_store_read(fixture.store, write_inside, NULL), SD_ERROR_INTERNAL, "outside");
    assert_good(sd_store_write(fixture.store, write_inside, NULL));
    assert_int_equal(count_things(), 1);
}

/* COMMIT of a transaction that has failed is no error to the server, and rolls back. */
static sd_error_t *hide_a_failure(void *baton)
{
    sd_error_t *ignored;

    SD_TRY(add_in_write(baton));
    ignored = sd_store_number(fixture.store, &not_a_table, SD_NO_VALUES, 0, &((thing_t *)baton)->n);
    assert_non_null(ignored);
    return NULL;
}

static void test_a_hidden_failure_is_none_of_a_commit(void **state)
{
    thing_t thing = {.store = fixture.store, .name = "lost"};

    (void)state;
    assert_says(sd_store_write(fixture.store, hide_a_failure, &thing), SD_ERROR_UNAVAILABLE, "had failed");
    assert_int_equal(count_things(), 0);
    add_thing("next", 1);
}

static void test_changed_rows(void **state)
{
    apr_int64_t changed = -1;

    (void)state;
    assert_good(sd_store_execute(fixture.store, &count_all, SD_NO_VALUES, &changed));
    assert_int_equal(changed, 0);
}

/* ---- beside others ---- */

typedef struct sum_t {
    sd_store_t *store;
    side_t *other;
    const char *name;
    apr_int64_t seen;
    int runs;
} sum_t;

/* Writes what depends on all rows; the first time another writer comes between. */
static sd_error_t *add_the_total(void *baton)
{
    sum_t *sum = baton;

    SD_TRY(sd_store_number(sum->store, &total, SD_NO_VALUES, 0, &sum->seen));
    if (sum->runs++ == 0) {
        sum_t between = {.store = sum->other->store, .name = "between", .runs = 1};

        assert_good(sd_store_write(sum->other->store, add_the_total, &between));
    }
    return sd_store_execute(sum->store, &add_quietly, SD_VALUES(SD_TEXT(sum->name), SD_INT(sum->seen + 1)), NULL);
}

/* Both read all and write a row that the other has not seen: as if one had come after the other. */
static void test_a_write_is_alone(void **state)
{
    side_t other;
    sum_t sum = {.store = fixture.store, .other = &other, .name = "outer"};

    (void)state;
    open_side(&other);
    assert_good(sd_store_write(fixture.store, add_the_total, &sum));
    assert_int_equal(sum.runs, 2);
    assert_int_equal(fixture_number("SELECT n FROM thing WHERE name = 'between'"), 1);
    assert_int_equal(fixture_number("SELECT n FROM thing WHERE name = 'outer'"), 2);
    close_side(&other);
}

typedef struct raise_t {
    sd_store_t *store;
    apr_int64_t id;
    pthread_t thread;
    int times;
    int by_rows;
    int runs;
    apr_pool_t *pool;
    side_t side;
    sd_error_t *error;
} raise_t;

static sd_error_t *look_at_text(void *baton, sd_row_t *row)
{
    *(const char **)baton = sd_row_text(row, 0);
    return NULL;
}

/* What was read is written back one higher: two at once would lose one. */
static sd_error_t *raise_in_write(void *baton)
{
    raise_t *raise = baton;
    apr_int64_t n;

    SD_TRY(sd_store_number(raise->store, &n_of, SD_VALUES(SD_INT(raise->id)), 0, &n));
    return sd_store_execute(raise->store, &set_n, SD_VALUES(SD_INT(raise->id), SD_INT(n + 1)), NULL);
}

static void *raise_many(void *baton)
{
    raise_t *raise = baton;

    for (int i = 0; i < raise->times && !raise->error; i++) {
        raise->error = raise->by_rows ? sd_store_write_rows(raise->store, raise_in_write, raise)
                                      : sd_store_write(raise->store, raise_in_write, raise);
    }
    return NULL;
}

static void test_no_update_is_lost(void **state)
{
    raise_t raises[4];
    apr_int64_t id = add_thing("counter", 0);

    (void)state;
    for (int i = 0; i < 4; i++) {
        raises[i] = (raise_t){.id = id, .times = 50, .by_rows = i % 2};
        open_side(&raises[i].side);
        raises[i].store = raises[i].side.store;
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&raises[i].thread, NULL, raise_many, &raises[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(raises[i].thread, NULL);
        assert_good(raises[i].error);
        close_side(&raises[i].side);
    }
    assert_int_equal(fixture_number("SELECT n FROM thing"), 200);
}

/* So slowly that all who run at once undo each other but for one. */
static sd_error_t *raise_slowly(void *baton)
{
    raise_t *raise = baton;
    apr_int64_t n;

    raise->runs++;
    SD_TRY(sd_store_number(raise->store, &n_of, SD_VALUES(SD_INT(raise->id)), 0, &n));
    apr_sleep(apr_time_from_msec(100));
    return sd_store_execute(raise->store, &set_n, SD_VALUES(SD_INT(raise->id), SD_INT(n + 1)), NULL);
}

static void *raise_one_slowly(void *baton)
{
    raise_t *raise = baton;

    raise->error = raise->by_rows ? sd_store_write_rows(raise->store, raise_slowly, raise)
                                  : sd_store_write(raise->store, raise_slowly, raise);
    return NULL;
}

/* Two races are lost together; after that each wins. Without turns the last of seven would lose six. */
static void test_losers_take_turns(void **state)
{
    raise_t raises[7];
    apr_int64_t id = add_thing("counter", 0);

    (void)state;
    for (int i = 0; i < 7; i++) {
        raises[i] = (raise_t){.id = id, .by_rows = i % 2};
        open_side(&raises[i].side);
        raises[i].store = raises[i].side.store;
    }
    for (int i = 0; i < 7; i++) {
        assert_int_equal(pthread_create(&raises[i].thread, NULL, raise_one_slowly, &raises[i]), 0);
    }
    for (int i = 0; i < 7; i++) {
        pthread_join(raises[i].thread, NULL);
        assert_good(raises[i].error);
        assert_in_range(raises[i].runs, 1, 4);
        close_side(&raises[i].side);
    }
    assert_int_equal(fixture_number("SELECT n FROM thing"), 7);
}

static sd_error_t *count_in_write(void *baton)
{
    raise_t *raise = baton;
    apr_int64_t n;

    raise->runs++;
    return sd_store_number(raise->store, &add_one, SD_VALUES(SD_INT(raise->id)), 0, &n);
}

static void *count_many(void *baton)
{
    raise_t *raise = baton;

    for (int i = 0; i < raise->times && !raise->error; i++) {
        raise->error = sd_store_write_count(raise->store, count_in_write, raise);
    }
    return NULL;
}

/* Those who count in one row wait for it and are not run again, and the row is held for no sync. */
static void test_nobody_who_counts_is_undone(void **state)
{
    raise_t raises[4];
    apr_int64_t id = add_thing("counter", 0);

    (void)state;
    for (int i = 0; i < 4; i++) {
        raises[i] = (raise_t){.id = id, .times = 100};
        open_side(&raises[i].side);
        raises[i].store = raises[i].side.store;
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&raises[i].thread, NULL, count_many, &raises[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(raises[i].thread, NULL);
        assert_good(raises[i].error);
        assert_int_equal(raises[i].runs, 100);
        close_side(&raises[i].side);
    }
    assert_int_equal(fixture_number("SELECT n FROM thing"), 400);
}

static sd_error_t *look_at_sync(void *baton)
{
    return sd_store_query(fixture.store, &sync_now, SD_NO_VALUES, look_at_text, baton);
}

/* Whatever else is acknowledged is on the disk before. */
static void test_only_a_count_is_not_synced(void **state)
{
    sd_error_t *(*const others[])(sd_store_t *, sd_store_fn, void *) = {
        sd_store_write, sd_store_write_turns, sd_store_write_rows, sd_store_write_idle, sd_store_write_schema,
    };
    const char *now = "";

    (void)state;
    assert_good(sd_store_write_count(fixture.store, look_at_sync, &now));
    assert_string_equal(now, "off");
    for (apr_size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_good(others[i](fixture.store, look_at_sync, &now));
        assert_string_equal(now, "on");
    }
}

/* A note gives up where a row is taken; it does not wait for its owner. */
static void test_a_note_does_not_wait(void **state)
{
    raise_t raise = {.store = fixture.store, .id = add_thing("taken", 0)};
    raw_t holder;
    apr_interval_time_t start;

    (void)state;
    raw_open(&holder, fixture.place);
    raw_run(&holder, "BEGIN; UPDATE thing SET n = 5");
    start = apr_time_now();
    assert_says(sd_store_write_idle(fixture.store, raise_in_write, &raise), SD_ERROR_UNAVAILABLE, "55P03");
    assert_in_range(apr_time_now() - start, 0, 2 * APR_USEC_PER_SEC);
    raw_run(&holder, "COMMIT");
    raw_close(&holder);
    assert_good(sd_store_write_idle(fixture.store, raise_in_write, &raise));
    assert_int_equal(fixture_number("SELECT n FROM thing"), 6);
}

static sd_error_t *read_twice(void *baton)
{
    apr_int64_t before, after;
    side_t *other = baton;
    thing_t thing = {.store = other->store, .name = "new"};

    SD_TRY(sd_store_number(fixture.store, &count_all, SD_NO_VALUES, 0, &before));
    assert_good(sd_store_write(other->store, add_in_write, &thing));
    SD_TRY(sd_store_number(fixture.store, &count_all, SD_NO_VALUES, 0, &after));
    assert_int_equal(before, after);
    return NULL;
}

static void test_a_read_sees_one_state(void **state)
{
    side_t other;

    (void)state;
    open_side(&other);
    assert_good(sd_store_read(fixture.store, read_twice, &other));
    close_side(&other);
    assert_int_equal(count_things(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pgsql_test(test_values),
        pgsql_test(test_null_has_a_type),
        pgsql_test(test_order_is_that_of_bytes),
        pgsql_test(test_a_row_may_ask_again),
        pgsql_test(test_errors),
        pgsql_test(test_what_errors_mean),
        pgsql_test(test_races_are_bounded),
        pgsql_test(test_writes_have_a_transaction),
        pgsql_test(test_a_hidden_failure_is_none_of_a_commit),
        pgsql_test(test_changed_rows),
        pgsql_test(test_a_write_is_alone),
        pgsql_test(test_no_update_is_lost),
        pgsql_test(test_losers_take_turns),
        pgsql_test(test_nobody_who_counts_is_undone),
        pgsql_test(test_only_a_count_is_not_synced),
        pgsql_test(test_a_note_does_not_wait),
        pgsql_test(test_a_read_sees_one_state),
    };

    return cmocka_run_group_tests_name("pgsql store", tests, NULL, NULL);
}
