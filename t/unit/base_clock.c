/* base/clock.h: the four faces of a moment far back, now and far ahead; dates that exist. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include <apr_general.h>

#include "base/clock.h"

static apr_pool_t *pool;

static sd_time_t read_baton(void *baton)
{
    return *(sd_time_t *)baton;
}

static void test_clock_is_handed_in(void **state)
{
    (void)state;
    sd_time_t now = 1000;
    sd_clock_t clock = {read_baton, &now};
    assert_int_equal(sd_clock_now(&clock), 1000);
    now += 2 * SD_DAY;
    assert_int_equal(sd_clock_now(&clock), 172801000);
}

/* Not time(): that one may stand some milliseconds behind. */
static sd_time_t milliseconds(void)
{
    struct timespec moment;

    assert_int_equal(clock_gettime(CLOCK_REALTIME, &moment), 0);
    return (sd_time_t)moment.tv_sec * 1000 + moment.tv_nsec / 1000000;
}

static void test_system_clock_counts_milliseconds(void **state)
{
    (void)state;
    sd_time_t before = milliseconds();
    sd_time_t now = sd_clock_now(&sd_clock_system);
    sd_time_t after = milliseconds();
    assert_true(now >= before && now <= after);
}

static void test_faces(void **state)
{
    (void)state;
    static const struct {
        sd_time_t time;
        const char *iso8601, *jira, *friendly;
    } rows[] = {
        {1444315320000, "2015-10-08T14:42:00+0000", "2015-10-08T14:42:00.000+0000", "08/Oct/15 2:42 PM"},
        {0, "1970-01-01T00:00:00+0000", "1970-01-01T00:00:00.000+0000", "01/Jan/70 12:00 AM"},
        {-1, "1969-12-31T23:59:59+0000", "1969-12-31T23:59:59.999+0000", "31/Dec/69 11:59 PM"},
        {-SD_DAY, "1969-12-31T00:00:00+0000", "1969-12-31T00:00:00.000+0000", "31/Dec/69 12:00 AM"},
        {1709165109007, "2024-02-29T00:05:09+0000", "2024-02-29T00:05:09.007+0000", "29/Feb/24 12:05 AM"},
        {978264000999, "2000-12-31T12:00:00+0000", "2000-12-31T12:00:00.999+0000", "31/Dec/00 12:00 PM"},
        {253402300799999, "9999-12-31T23:59:59+0000", "9999-12-31T23:59:59.999+0000", "31/Dec/99 11:59 PM"},
        {253402300800000, "10000-01-01T00:00:00+0000", "10000-01-01T00:00:00.000+0000", "01/Jan/00 12:00 AM"},
        {-62135596800000, "0001-01-01T00:00:00+0000", "0001-01-01T00:00:00.000+0000", "01/Jan/01 12:00 AM"},
        {-62167219200000, "0000-01-01T00:00:00+0000", "0000-01-01T00:00:00.000+0000", "01/Jan/00 12:00 AM"},
        {-62167219200001, "-0001-12-31T23:59:59+0000", "-0001-12-31T23:59:59.999+0000", "31/Dec/01 11:59 PM"},
        {INT64_MAX, "292278994-08-17T07:12:55+0000", "292278994-08-17T07:12:55.807+0000", "17/Aug/94 7:12 AM"},
        {INT64_MIN, "-292275055-05-16T16:47:04+0000", "-292275055-05-16T16:47:04.192+0000", "16/May/55 4:47 PM"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(sd_time_iso8601(pool, rows[i].time), rows[i].iso8601);
        assert_string_equal(sd_time_jira(pool, rows[i].time), rows[i].jira);
        assert_string_equal(sd_time_friendly(pool, rows[i].time), rows[i].friendly);
    }
}

static void test_faces_know_no_time_zone(void **state)
{
    (void)state;
    setenv("TZ", "Asia/Kolkata", 1);
    tzset();
    assert_string_equal(sd_time_iso8601(pool, 1444315320000), "2015-10-08T14:42:00+0000");
    assert_string_equal(sd_time_friendly(pool, 1444315320000), "08/Oct/15 2:42 PM");
    unsetenv("TZ");
    tzset();
}

/* Against the C library, day by day over 800 years: every leap rule and month is passed. */
static void test_calendar_against_gmtime(void **state)
{
    (void)state;
    for (time_t day = -146097; day < 146097; day++) {
        time_t seconds = day * 86400 + 3723;
        struct tm tm;
        char expected[64];
        assert_non_null(gmtime_r(&seconds, &tm));
        strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S+0000", &tm);
        assert_string_equal(sd_time_iso8601(pool, (sd_time_t)seconds * 1000), expected);
        if (day % 1000 == 0) {
            apr_pool_clear(pool);
        }
    }
}

static void test_dates(void **state)
{
    (void)state;
    static const char *const good[] = {"2024-02-29", "2000-02-29", "1999-12-31",
                                       "2023-04-30", "0000-01-01", "9999-12-31"};
    static const char *const bad[] = {
        "2023-02-29",          "1900-02-29",  "2023-04-31",
        "2023-13-01",          "2023-00-10",  "2023-01-00",
        "2023-01-32",          "2023-1-01",   "2023-01-1",
        "2023/01/01",          "20230101",    "",
        " 2023-01-01",         "2023-01-01 ", "+023-01-01",
        "-023-01-01",          "2023-01-0a",  "12023-01-01",
        "2023-01-01T00:00:00", "2023-01--1",  "\xef\xbc\x92-23-01-01",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!sd_time_is_date(good[i])) {
            fail_msg("refused: %s", good[i]);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (sd_time_is_date(bad[i])) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    assert_false(sd_time_is_date(NULL));
}

static void test_typed_moments(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        sd_time_t time;
    } good[] = {
        {"0", 0},
        {"1444315320000", 1444315320000},
        {"2015-10-08", 1444262400000},
        {"2015-10-08T14:42", 1444315320000},
        {"2015-10-08T14:42:00", 1444315320000},
        {"2015-10-08T14:42:00Z", 1444315320000},
        {"2015-10-08T14:42:00+0000", 1444315320000},
        {"2015-10-08T23:42:00+09:00", 1444315320000},
        {"2015-10-08T09:12:00-0530", 1444315320000},
        {"2024-02-29T23:59:59Z", 1709251199000},
    };
    static const char *const bad[] = {
        "",
        "x",
        "-1",
        "1.5",
        "1234567890123456",
        "2015-10-8",
        "2015-02-29",
        "2015-10-08T",
        "2015-10-08 14:42",
        "2015-10-08T24:00",
        "2015-10-08T14:60",
        "2015-10-08T14:42:60",
        "2015-10-08T14:42:00z",
        "2015-10-08T14:42:00+9",
        "2015-10-08T14:42:00+2400",
        "2015-10-08T14:42:00+0060",
        "2015-10-08T14:42:00Zx",
        "2015-10-08x",
        "2015-10-08T14",
        "2015-10-08T14:42:00+09:0",
        " 2015-10-08",
        "1969-12-31",
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        sd_time_t time = 7;
        assert_true(sd_time_of_text(&time, good[i].text));
        assert_int_equal(time, good[i].time);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sd_time_t time = 7;
        assert_false(sd_time_of_text(&time, bad[i]));
        assert_int_equal(time, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_is_handed_in),
        cmocka_unit_test(test_system_clock_counts_milliseconds),
        cmocka_unit_test(test_faces),
        cmocka_unit_test(test_faces_know_no_time_zone),
        cmocka_unit_test(test_calendar_against_gmtime),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_typed_moments),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
