/* base/error.h: what an error carries, chains of errors, statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <apr_general.h>

#include "base/error.h"

static apr_pool_t *pool;

static void test_new(void **state)
{
    (void)state;
    sd_error_t *error = sd_error_new(pool, SD_ERROR_CONFLICT, "sd.x", "%d of %s", 3, "five");
    assert_int_equal(error->kind, SD_ERROR_CONFLICT);
    assert_string_equal(error->key, "sd.x");
    assert_string_equal(error->text, "3 of five");
    assert_null(error->field);
    assert_null(error->detail);
    assert_null(error->next);
    assert_int_equal(error->retry_after, 0);
}

/* The format has the meaning that printf gives it, of which APR's own formatter knows only a part. */
static void test_formats_of_printf(void **state)
{
    (void)state;
    sd_error_t *error =
        sd_error_new(pool, SD_ERROR_INPUT, "sd.x", "%zu %.3s %5.1f|%-4d|%%", (size_t)7, "abcdef", 2.5, 9);
    assert_string_equal(error->text, "7 abc   2.5|9   |%");
}

static void test_long_text_is_whole(void **state)
{
    (void)state;
    char text[20001];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    sd_error_t *error = sd_error_new(pool, SD_ERROR_INPUT, "sd.x", "%s", text);
    assert_int_equal(strlen(error->text), 20000);
}

static void test_field(void **state)
{
    (void)state;
    char field[] = "summary";
    sd_error_t *error = sd_error_field(pool, field, "sd.validation.long", "At most %d.", 255);
    field[0] = 'X'; /* the error keeps a copy */
    assert_int_equal(error->kind, SD_ERROR_INPUT);
    assert_string_equal(error->field, "summary");
    assert_string_equal(error->key, "sd.validation.long");
    assert_string_equal(error->text, "At most 255.");
    assert_null(sd_error_field(pool, NULL, "sd.x", "x")->field);
}

static void test_not_found_is_one_text(void **state)
{
    (void)state;
    sd_error_t *error = sd_error_not_found(pool);
    assert_int_equal(error->kind, SD_ERROR_NOT_FOUND);
    assert_string_equal(error->key, "sd.not.found");
    assert_string_equal(error->text, "The requested resource does not exist, or you may not see it.");
    assert_null(error->field);
    assert_null(error->detail);
}

static void test_private_detail_stays_private(void **state)
{
    (void)state;
    sd_error_t *error = sd_error_private(pool, SD_ERROR_INTERNAL, "table %s", "account");
    assert_int_equal(error->kind, SD_ERROR_INTERNAL);
    assert_string_equal(error->key, "sd.internal");
    assert_string_equal(error->detail, "table account");
    assert_null(strstr(error->text, "account"));
    assert_int_equal(error->retry_after, 0);

    error = sd_error_private(pool, SD_ERROR_UNAVAILABLE, "locked for %d ms", 1600);
    assert_int_equal(error->kind, SD_ERROR_UNAVAILABLE);
    assert_string_equal(error->key, "sd.unavailable");
    assert_string_equal(error->text, "The service desk cannot reach its database at the moment. Try again shortly.");
    assert_string_equal(error->detail, "locked for 1600 ms");
    assert_int_equal(error->retry_after, 2);
}

/* No other kind has a fixed text, so a private error of another kind is our fault. */
static void test_private_of_another_kind(void **state)
{
    (void)state;
    assert_int_equal(sd_error_private(pool, SD_ERROR_INPUT, "x")->kind, SD_ERROR_INTERNAL);
}

static void test_append(void **state)
{
    (void)state;
    sd_error_t *a = sd_error_field(pool, "a", "sd.x", "x");
    sd_error_t *b = sd_error_field(pool, "b", "sd.x", "x");
    sd_error_t *c = sd_error_field(pool, "c", "sd.x", "x");
    assert_null(sd_error_append(NULL, NULL));
    assert_ptr_equal(sd_error_append(NULL, a), a);
    assert_ptr_equal(sd_error_append(a, NULL), a);
    assert_null(a->next);
    assert_ptr_equal(sd_error_append(a, b), a);
    assert_ptr_equal(sd_error_append(a, c), a);
    assert_ptr_equal(a->next, b);
    assert_ptr_equal(b->next, c);
    assert_null(c->next);
}

static sd_error_t *fails(int *calls)
{
    ++*calls;
    return sd_error_not_found(pool);
}

static sd_error_t *tries(int *calls, int *reached)
{
    SD_TRY(NULL);
    SD_TRY(fails(calls));
    *reached = 1;
    return NULL;
}

static void test_try(void **state)
{
    (void)state;
    int calls = 0, reached = 0;
    sd_error_t *error = tries(&calls, &reached);
    assert_non_null(error);
    assert_int_equal(error->kind, SD_ERROR_NOT_FOUND);
    assert_int_equal(calls, 1);
    assert_int_equal(reached, 0);
}

static void test_status(void **state)
{
    (void)state;
    assert_int_equal(sd_error_status(SD_ERROR_INPUT), 400);
    assert_int_equal(sd_error_status(SD_ERROR_SIGN_IN), 401);
    assert_int_equal(sd_error_status(SD_ERROR_FORBIDDEN), 403);
    assert_int_equal(sd_error_status(SD_ERROR_NOT_FOUND), 404);
    assert_int_equal(sd_error_status(SD_ERROR_METHOD), 405);
    assert_int_equal(sd_error_status(SD_ERROR_CONFLICT), 409);
    assert_int_equal(sd_error_status(SD_ERROR_STALE), 412);
    assert_int_equal(sd_error_status(SD_ERROR_TOO_LARGE), 413);
    assert_int_equal(sd_error_status(SD_ERROR_MEDIA_TYPE), 415);
    assert_int_equal(sd_error_status(SD_ERROR_THROTTLED), 429);
    assert_int_equal(sd_error_status(SD_ERROR_INTERNAL), 500);
    assert_int_equal(sd_error_status(SD_ERROR_UNAVAILABLE), 503);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_formats_of_printf),
        cmocka_unit_test(test_long_text_is_whole),
        cmocka_unit_test(test_field),
        cmocka_unit_test(test_not_found_is_one_text),
        cmocka_unit_test(test_private_detail_stays_private),
        cmocka_unit_test(test_private_of_another_kind),
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_try),
        cmocka_unit_test(test_status),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
