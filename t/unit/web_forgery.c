/* web/forgery: whose requests count under /rest, and what is JSON by its Content-Type (security.md group E). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <apr_general.h>

/* Compiled in: the library ends at desk/, and this file of web/ needs no server either. */
#include "web/forgery.c"

#define BASE "https://desk.example/help"

static apr_pool_t *pool;

static int status_of(sd_forgery_t request)
{
    if (!request.base_url) {
        request.base_url = BASE;
    }
    sd_error_t *error = sd_forgery_check(pool, &request);
    return error ? sd_error_status(error->kind) : 200;
}

#define STATUS(...) status_of((sd_forgery_t){__VA_ARGS__})

static void test_content_type_of_post(void **state)
{
    (void)state;
    assert_int_equal(STATUS(.method = "POST", .content_type = "application/json"), 200);
    assert_int_equal(STATUS(.method = "POST", .content_type = "application/json;charset=UTF-8"), 200);
    assert_int_equal(STATUS(.method = "POST"), 415);
    assert_int_equal(STATUS(.method = "POST", .content_type = "text/plain"), 415);
    assert_int_equal(STATUS(.method = "POST", .content_type = "application/x-www-form-urlencoded"), 415);
    assert_int_equal(STATUS(.method = "POST", .content_type = "multipart/form-data; boundary=x"), 415);
    assert_int_equal(STATUS(.method = "POST", .content_type = "text/plain; application/json"), 415);
    assert_int_equal(STATUS(.method = "POST", .content_type = "application/json;charset=x"), 415);
}

static void test_other_methods_need_no_type(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET", "PUT", "DELETE", "PATCH"};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(STATUS(.method = methods[i]), 200);
        assert_int_equal(STATUS(.method = methods[i], .content_type = "application/x-www-form-urlencoded"), 200);
        assert_int_equal(STATUS(.method = methods[i], .origin = "https://evil.example"), 403);
        assert_int_equal(STATUS(.method = methods[i], .fetch_site = "cross-site"), 403);
    }
}

static void test_origin(void **state)
{
    (void)state;
    static const char *const foreign[] = {
        "null",
        "",
        "https://evil.example",
        "http://desk.example",
        "https://desk.example:8443",
        "https://desk.example.evil.tld",
        "https://evildesk.example",
        "https://desk.exampl",
        "https://desk.example/help",
        "desk.example",
        "https://",
        "https://desk.example:80",
    };
    assert_int_equal(STATUS(.method = "DELETE", .origin = "https://desk.example"), 200);
    assert_int_equal(STATUS(.method = "DELETE", .origin = "https://DESK.example"), 200);
    assert_int_equal(STATUS(.method = "DELETE", .origin = "https://desk.example:443"), 200);
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        assert_int_equal(STATUS(.method = "DELETE", .origin = foreign[i]), 403);
    }
}

static void test_origin_with_a_port(void **state)
{
    (void)state;
    static const char base[] = "http://127.0.0.1:8080";
    assert_int_equal(STATUS(.method = "PUT", .base_url = base, .origin = "http://127.0.0.1:8080"), 200);
    assert_int_equal(STATUS(.method = "PUT", .base_url = base, .origin = "http://127.0.0.1"), 403);
    assert_int_equal(STATUS(.method = "PUT", .base_url = base, .origin = "http://localhost:8080"), 403);
    assert_int_equal(STATUS(.method = "PUT", .base_url = "http://a:80/x", .origin = "http://a"), 200);
    assert_int_equal(STATUS(.method = "PUT", .base_url = "https://a:80", .origin = "https://a"), 403);
}

static void test_fetch_site(void **state)
{
    (void)state;
    assert_int_equal(STATUS(.method = "GET", .fetch_site = "same-origin"), 200);
    assert_int_equal(STATUS(.method = "GET", .fetch_site = "none"), 200);
    assert_int_equal(STATUS(.method = "GET", .fetch_site = "same-site"), 403);
    assert_int_equal(STATUS(.method = "GET", .fetch_site = "cross-site"), 403);
    assert_int_equal(STATUS(.method = "GET", .fetch_site = "anything"), 403);
    assert_int_equal(STATUS(.method = "POST", .content_type = "application/json", .fetch_site = "same-site"), 403);
}

static void test_bearer_is_never_sent_by_a_browser(void **state)
{
    (void)state;
    assert_int_equal(STATUS(.method = "POST", .bearer = 1, .content_type = "text/plain",
                            .origin = "https://evil.example", .fetch_site = "cross-site"),
                     200);
}

static void test_json_types(void **state)
{
    (void)state;
    static const char *const json[] = {
        "application/json",
        "APPLICATION/JSON",
        " application/json ",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ; Charset=utf8",
        "application/json; odata=verbose",
        "application/json;",
        "application/json; charset=utf-8; v=1",
    };
    static const char *const not_json[] = {
        "",
        "application",
        "application/jsonp",
        "application/json+x",
        "text/json",
        "application/json, text/plain",
        "application/json x",
        "application/json;charset=utf-16",
        "application/json;charset=",
        "application/json;charset=\"",
        "application/json; v=1; charset=latin1",
        "application/vnd.api+json",
        "application/json/x",
    };
    assert_false(sd_media_is_json(NULL));
    for (size_t i = 0; i < sizeof json / sizeof *json; i++) {
        assert_true(sd_media_is_json(json[i]));
    }
    for (size_t i = 0; i < sizeof not_json / sizeof *not_json; i++) {
        assert_false(sd_media_is_json(not_json[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content_type_of_post),
        cmocka_unit_test(test_other_methods_need_no_type),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_origin_with_a_port),
        cmocka_unit_test(test_fetch_site),
        cmocka_unit_test(test_bearer_is_never_sent_by_a_browser),
        cmocka_unit_test(test_json_types),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
