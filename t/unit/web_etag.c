/* web/etag: tags that are made, compared and taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <apr_general.h>

/* Compiled in: the library ends at desk/, and this file of web/ needs no server either. */
#include "web/etag.c"

/* The first 16 digits of the SHA-256 of "abc" (FIPS 180-4, example 1). */
#define HASH "ba7816bf8f01cfea"

static apr_pool_t *pool;

static void test_make(void **state)
{
    (void)state;
    assert_string_equal(sd_etag_make(pool, NULL, "abc", 3), "\"" HASH "\"");
    assert_string_equal(sd_etag_make(pool, "7", "abc", 3), "\"7-" HASH "\"");
}

static void test_matches(void **state)
{
    (void)state;
    static const char etag[] = "\"7-" HASH "\"";
    static const char *const same[] = {
        "\"7-" HASH "\"",
        "W/\"7-" HASH "\"",
        "*",
        " * ",
        "\"7-" HASH "-gzip\"",
        "W/\"7-" HASH "-br\"",
        "\"x\", \"7-" HASH "\"",
        "\"x\",W/\"y\" ,\"7-" HASH "\"",
    };
    static const char *const other[] = {
        "",
        "\"\"",
        "\"7-" HASH,
        "7-" HASH,
        "\"7-" HASH "x\"",
        "\"7-" HASH "-zip\"",
        "\"8-" HASH "\"",
        "\"" HASH "\"",
        "\"7-ba7816bf8f01cfe\"",
        "w/\"7-" HASH "\"",
        "\"x\" *",
        ", ,",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_true(sd_etag_matches(same[i], etag));
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        assert_false(sd_etag_matches(other[i], etag));
    }
}

static void test_version(void **state)
{
    (void)state;
    static const char *const ours[] = {"\"7-" HASH "\"", " \"7-" HASH "\" ", "\"7-" HASH "-gzip\""};
    static const char *const nobodys[] = {
        "",
        "7",
        "\"7\"",
        "\"7-\"",
        "\"7-xyz\"",
        "W/\"7-" HASH "\"",
        "\"7-" HASH "\", \"8-" HASH "\"",
        "\"7-" HASH,
        "\"" HASH "\"",
        "\"7-" HASH "0\"",
        "\"7-" HASH "-x\"",
        "**",
    };
    assert_null(sd_etag_version(pool, "*"));
    assert_null(sd_etag_version(pool, " * "));
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        assert_string_equal(sd_etag_version(pool, ours[i]), "7");
    }
    for (size_t i = 0; i < sizeof nobodys / sizeof *nobodys; i++) {
        assert_string_equal(sd_etag_version(pool, nobodys[i]), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_version),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
