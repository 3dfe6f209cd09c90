/* base/random.h: the system's source, a source of the test, and what a failing source does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <apr_general.h>

#include "base/random.h"

static apr_pool_t *pool;

static apr_status_t count_up(void *baton, unsigned char *bytes, apr_size_t length)
{
    unsigned char *next = baton;
    for (apr_size_t i = 0; i < length; i++) {
        bytes[i] = (*next)++;
    }
    return APR_SUCCESS;
}

static apr_status_t broken(void *baton, unsigned char *bytes, apr_size_t length)
{
    (void)baton;
    memset(bytes, 0, length);
    return APR_EGENERAL;
}

static void test_handed_in(void **state)
{
    (void)state;
    unsigned char next = 0x0e;
    sd_random_t random = {count_up, &next};
    unsigned char bytes[3] = {0};
    assert_null(sd_random_fill(pool, &random, bytes, sizeof bytes));
    assert_memory_equal(bytes, "\x0e\x0f\x10", 3);
    char *hex;
    assert_null(sd_random_hex(&hex, pool, &random, 4));
    assert_string_equal(hex, "11121314");
}

static void test_failure_is_an_error(void **state)
{
    (void)state;
    sd_random_t random = {broken, NULL};
    unsigned char bytes[8];
    char *hex = NULL;
    sd_error_t *error = sd_random_fill(pool, &random, bytes, sizeof bytes);
    assert_non_null(error);
    assert_int_equal(error->kind, SD_ERROR_UNAVAILABLE);
    assert_non_null(error->detail);
    assert_non_null(sd_random_hex(&hex, pool, &random, 8));
    assert_null(hex);
}

static void test_system(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    static unsigned char seen[COUNT][16];
    for (int i = 0; i < COUNT; i++) {
        assert_null(sd_random_fill(pool, &sd_random_system, seen[i], sizeof seen[i]));
        for (int j = 0; j < i; j++) {
            assert_memory_not_equal(seen[i], seen[j], sizeof seen[i]);
        }
    }
    char *hex;
    assert_null(sd_random_hex(&hex, pool, &sd_random_system, 20));
    assert_int_equal(strlen(hex), 40);
    assert_int_equal(strspn(hex, "0123456789abcdef"), 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handed_in),
        cmocka_unit_test(test_failure_is_an_error),
        cmocka_unit_test(test_system),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
