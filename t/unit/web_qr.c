/* Pictures of QR codes. What they say is read in t/pages-account.t. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "web/qr.h"

static apr_pool_t *pool;

static char *text_of(int length)
{
    char *text = apr_palloc(pool, (apr_size_t)length + 1);

    memset(text, 'x', (apr_size_t)length);
    text[length] = '\0';
    return text;
}

static void test_smallest(void **state)
{
    json_t *picture = sd_qr_picture(pool, "https://a");
    const char *path = json_string_value(json_object_get(picture, "path"));

    (void)state;
    assert_non_null(picture);
    /* 21 modules and four of edge on each side; the first row begins with the seven of a finder. */
    assert_int_equal(json_integer_value(json_object_get(picture, "size")), 29);
    assert_int_equal(strncmp(path, "M4 4h7v1h-7z", 12), 0);
    assert_null(strstr(path, "M3 "));
    json_decref(picture);
}

static void test_too_long(void **state)
{
    json_t *picture = sd_qr_picture(pool, text_of(2331));

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(picture, "size")), 177 + 8);
    json_decref(picture);
    assert_null(sd_qr_picture(pool, text_of(2332)));
    assert_null(sd_qr_picture(pool, ""));
}

static int setup(void **state)
{
    (void)state;
    apr_initialize();
    return apr_pool_create(&pool, NULL);
}

static int teardown(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smallest),
        cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests_name("web qr", tests, setup, teardown);
}
