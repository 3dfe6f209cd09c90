/* store/checkpoint.h: the log is carried over beside writers and readers, begun anew when long, cut off at rest. */
#include "store_fixture.h"

#include "store/checkpoint.h"

SD_SQL(add, "INSERT INTO thing (text) VALUES (hex(zeroblob($1)))");
SD_SQL(count_all, "SELECT count(*) FROM thing");

static connection_t writer, worker;
static sd_checkpoint_t state_of_log;

static int setup(void **state)
{
    fixture_setup(state);
    connection_begin(&writer, *state);
    connection_begin(&worker, *state);
    run_raw(writer.db, "CREATE TABLE thing (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
    state_of_log = (sd_checkpoint_t){0};
    return 0;
}

static int teardown(void **state)
{
    connection_close(&worker);
    connection_close(&writer);
    return fixture_teardown(state);
}

static apr_off_t size_of_log(const fixture_t *fixture)
{
    struct stat about;

    assert_int_equal(stat(apr_pstrcat(fixture->pool, fixture->path, "-wal", NULL), &about), 0);
    return about.st_size;
}

static sd_error_t *add_pages(void *baton)
{
    return sd_store_execute(writer.store, &add, SD_VALUES(SD_INT(*(int *)baton * 2048)), NULL);
}

static void write_pages(int pages)
{
    assert_null(sd_store_write(writer.store, add_pages, &pages));
}

static void go_round(void)
{
    assert_null(sd_checkpoint_round(&state_of_log, worker.store));
}

static void test_log_that_rests_is_cut_off(void **state)
{
    apr_off_t before;

    write_pages(SD_CHECKPOINT_ANEW + 1);
    before = size_of_log(*state);
    for (int i = 0; i < 3; i++) {
        go_round();
    }
    assert_int_equal(size_of_log(*state), before); /* not worth it: it is written over */
    write_pages(SD_CHECKPOINT_LONG + 1);
    go_round();
    assert_true(size_of_log(*state) > before);
    go_round();
    assert_int_equal(size_of_log(*state), 0);
    assert_int_equal(number_in_file(*state, "SELECT count(*) FROM thing"), 2);
    go_round();
}

/* A commit does not carry it over, however long it is; the round does, and the log begins anew. */
static void test_long_log_is_begun_anew(void **state)
{
    apr_off_t grown;

    write_pages(SD_CHECKPOINT_LONG / 2);
    write_pages(SD_CHECKPOINT_LONG / 2);
    grown = size_of_log(*state);
    assert_true(grown > (apr_off_t)SD_CHECKPOINT_LONG * 4096);
    go_round();
    write_pages(100);
    assert_int_equal(size_of_log(*state), grown);
    go_round();
    assert_true(state_of_log.frames < 200);
}

static void test_net_holds_without_rounds(void **state)
{
    for (int i = 0; i < 12; i++) {
        write_pages(SD_CHECKPOINT_NET / 8);
    }
    assert_true(size_of_log(*state) < (apr_off_t)SD_CHECKPOINT_NET * 4096 * 5 / 4);
}

static sd_error_t *go_round_meanwhile(void *baton)
{
    apr_int64_t count;

    SD_TRY(sd_store_number(writer.store, &count_all, SD_NO_VALUES, -1, &count));
    assert_int_equal(count, 1);
    for (int i = 0; i < 20; i++) {
        go_round();
    }
    return sd_store_number(writer.store, &count_all, SD_NO_VALUES, -1, baton);
}

/* Neither the reader nor the rounds mind each other, and the rounds do not wait for it again and again. */
static void test_reader_who_stays(void **state)
{
    apr_interval_time_t start = sd_store_ticks();
    apr_int64_t count = 0;

    write_pages(SD_CHECKPOINT_LONG + 1);
    assert_null(sd_store_read(writer.store, go_round_meanwhile, &count));
    assert_int_equal(count, 1);
    assert_true(state_of_log.refusals > 1);
    assert_true(sd_store_ticks() - start < 1000000);
    assert_true(size_of_log(*state) > 0);
    while (size_of_log(*state) > 0) {
        go_round();
    }
}

static sd_error_t *go_round_in_write(void *baton)
{
    go_round();
    go_round();
    return add_pages(baton);
}

static void test_writer_is_left_alone(void **state)
{
    int pages = 1;

    write_pages(SD_CHECKPOINT_LONG + 1);
    go_round();
    assert_null(sd_store_write(writer.store, go_round_in_write, &pages));
    assert_int_equal(number_in_file(*state, "SELECT count(*) FROM thing"), 2);
}

#define checkpoint_test(fn_) cmocka_unit_test_setup_teardown(fn_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        checkpoint_test(test_log_that_rests_is_cut_off), checkpoint_test(test_long_log_is_begun_anew),
        checkpoint_test(test_net_holds_without_rounds),  checkpoint_test(test_reader_who_stays),
        checkpoint_test(test_writer_is_left_alone),
    };

    return cmocka_run_group_tests_name("store checkpoint", tests, NULL, NULL);
}
