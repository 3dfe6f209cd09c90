/* web/route_tree: which row a path finds, and which paths are the path of nothing (security.md table D-paths). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <apr_general.h>

/* Compiled in: the library ends at desk/, and this file of web/ needs no server either. */
#include "web/route_tree.c"

static apr_pool_t *pool;
static sd_route_tree_t *tree;
static sd_route_match_t match;

static int find(const char *method, const char *path)
{
    return sd_route_tree_find(&match, tree, pool, method, path);
}

static void assert_row(const char *method, const char *path, const char *row)
{
    assert_true(find(method, path));
    assert_non_null(match.row);
    assert_string_equal(match.row, row);
}

static int setup(void **state)
{
    (void)state;
    tree = sd_route_tree_create(pool);
    sd_route_tree_add(tree, "GET", "/rest/request", "list");
    sd_route_tree_add(tree, "POST", "/rest/request", "create");
    sd_route_tree_add(tree, "POST", "/rest/request/validate", "validate");
    sd_route_tree_add(tree, "GET", "/rest/request/{issue}", "get");
    sd_route_tree_add(tree, "GET", "/rest/request/{issue}/comment/{comment}", "comment");
    sd_route_tree_add(tree, "DELETE", "/rest/request/{issue}/comment/{comment}", "uncomment");
    sd_route_tree_add(tree, "PUT", "/rest/request/{issue}/notification", "subscribe");
    sd_route_tree_add(tree, "GET", "/rest/a/{1}/{2}/{3}/{4}/{5}", "five");
    return 0;
}

static void test_methods(void **state)
{
    (void)state;
    assert_row("GET", "/rest/request", "list");
    assert_row("POST", "/rest/request", "create");
    assert_row("HEAD", "/rest/request", "list");
    assert_row("PUT", "/rest/request/HELP-1/notification", "subscribe");
}

static void test_unknown_methods_learn_what_is_allowed(void **state)
{
    (void)state;
    static const char *const methods[] = {"PUT",   "DELETE",   "FOO",   "get",    "Get",
                                          "TRACK", "PROPFIND", "PATCH", "OPTIONS"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        assert_true(find(methods[i], "/rest/request"));
        assert_null(match.row);
        assert_string_equal(match.allow, "GET, HEAD, OPTIONS, POST");
    }
    assert_true(find("POST", "/rest/request/HELP-1/comment/7"));
    assert_string_equal(match.allow, "DELETE, GET, HEAD, OPTIONS");
    assert_true(find("HEAD", "/rest/request/validate"));
    assert_null(match.row);
    assert_string_equal(match.allow, "OPTIONS, POST");
    assert_true(find("GET", "/rest/request/HELP-1/notification"));
    assert_string_equal(match.allow, "OPTIONS, PUT");
}

static void test_captures(void **state)
{
    (void)state;
    assert_row("GET", "/rest/request/HELP-1/comment/42", "comment");
    assert_string_equal(match.parts[0], "HELP-1");
    assert_string_equal(match.parts[1], "42");
    assert_null(match.parts[2]);
    assert_row("GET", "/rest/request/...", "get");
    assert_string_equal(match.parts[0], "...");
    assert_row("GET", "/rest/request/\xec\x95\x88 b?c", "get");
    assert_string_equal(match.parts[0], "\xec\x95\x88 b?c");
    assert_false(find("GET", "/rest/a/1/2/3/4/5"));
}

static void test_literals_win(void **state)
{
    (void)state;
    assert_row("POST", "/rest/request/validate", "validate");
    assert_null(match.parts[0]);
    assert_true(find("GET", "/rest/request/validate"));
    assert_null(match.row);
    assert_row("GET", "/rest/request/Validate", "get");
}

static void test_paths_of_nothing(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "",
        "/",
        "rest/request",
        "/rest",
        "/rest/",
        "/rest/requests",
        "/rest/reques",
        "/REST/request",
        "/rest/Request",
        "/rest/request/",
        "/rest//request",
        "//rest/request",
        "/rest/request//comment/1",
        "/rest/./request",
        "/rest/request/.",
        "/rest/request/..",
        "/rest/request/../request",
        "/rest/request/%48ELP-1",
        "/rest/request/..%2fx",
        "/rest/request/HELP-1;x",
        "/rest;a=b/request",
        "/rest/request/..;/comment/1",
        "/rest/request/a\\b",
        "/rest/request/a\nb",
        "/rest/request/a\tb",
        "/rest/request/\x01",
        "/rest/request/\x7f",
        "/rest/request/\xc0\xae\xc0\xae",
        "/rest/request/\xe9",
        "/rest/request/\xed\xa0\x80",
        "/rest/request /x",
        "/rest/request.",
        "/rest/request/HELP-1/comment",
        "/rest/request/HELP-1/comment/1/x",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (find("GET", paths[i])) {
            fail_msg("found: %s", paths[i]);
        }
    }
}

static void test_a_row_twice(void **state)
{
    (void)state;
    assert_false(sd_route_tree_add(tree, "GET", "/rest/request/{other}", "again"));
    assert_true(sd_route_tree_add(tree, "POST", "/rest/request/{other}", "more"));
    assert_row("GET", "/rest/request/x", "get");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_methods, setup),
        cmocka_unit_test_setup(test_unknown_methods_learn_what_is_allowed, setup),
        cmocka_unit_test_setup(test_captures, setup),
        cmocka_unit_test_setup(test_literals_win, setup),
        cmocka_unit_test_setup(test_paths_of_nothing, setup),
        cmocka_unit_test_setup(test_a_row_twice, setup),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
