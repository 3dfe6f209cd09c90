/*
 * web/mustache: the public specification (where MUSTACHE_SPEC_DIR names it), messages, bounds and complaints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "web/mustache.h"

static apr_pool_t *root, *pool;

/* ---- a scene of JSON: partials and messages are texts in objects ---- */

typedef struct play_t {
    const json_t *partials;
    const json_t *messages;
} play_t;

static const sd_mustache_t *compiled_or_null(const char *text)
{
    const sd_mustache_t *compiled = NULL;
    return text && !sd_mustache_compile(&compiled, pool, text, strlen(text)) ? compiled : NULL;
}

static const sd_mustache_t *partial(void *baton, const char *name)
{
    return compiled_or_null(json_string_value(json_object_get(((play_t *)baton)->partials, name)));
}

static const sd_mustache_t *message(void *baton, const char *key, const json_t *count)
{
    const json_t *found = json_object_get(((play_t *)baton)->messages, key);
    const char *text = json_string_value(found);
    const sd_mustache_t *compiled = NULL;
    if (json_is_object(found)) {
        text = json_string_value(json_object_get(found, json_integer_value(count) == 1 ? "one" : "other"));
    }
    return text && !sd_mustache_compile_message(&compiled, pool, text) ? compiled : NULL;
}

static const char *render_in(const char *template, const json_t *context, play_t *play, int plain)
{
    sd_mustache_scene_t scene = {partial, message, play, plain};
    const sd_mustache_t *compiled;
    const char *text = NULL;
    apr_size_t length = 0;
    sd_error_t *error = sd_mustache_compile(&compiled, pool, template, strlen(template));
    if (!error) {
        error = sd_mustache_render(&text, &length, pool, compiled, context, &scene);
    }
    if (error) {
        return apr_pstrcat(pool, "error: ", error->detail, NULL);
    }
    assert_int_equal(length, strlen(text));
    return text;
}

static const char *render(const char *template, const char *context)
{
    json_t *value = json_loads(context, JSON_DECODE_ANY, NULL);
    play_t play = {NULL, NULL};
    assert_non_null(value);
    const char *text = render_in(template, value, &play, 0);
    json_decref(value);
    return text;
}

/* ---- the specification ---- */

static int run_case(const char *file, const json_t *test)
{
    play_t play = {json_object_get(test, "partials"), NULL};
    const char *expected = json_string_value(json_object_get(test, "expected"));
    const char *got =
        render_in(json_string_value(json_object_get(test, "template")), json_object_get(test, "data"), &play, 0);
    if (strcmp(got, expected) == 0) {
        return 0;
    }
    print_error("%s, %s:\n  expected [%s]\n  rendered [%s]\n", file, json_string_value(json_object_get(test, "name")),
                expected, got);
    return 1;
}

static void test_specification(void **state)
{
    static const struct {
        const char *file;
        size_t cases;
    } parts[] = {{"comments", 12}, {"delimiters", 14}, {"interpolation", 42},
                 {"inverted", 22}, {"partials", 12},   {"sections", 34}};
    const char *directory = getenv("MUSTACHE_SPEC_DIR");
    int bad = 0;
    (void)state;
    if (!directory) {
        print_message("# the specification is skipped: MUSTACHE_SPEC_DIR names none\n");
        return;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        json_t *spec = json_load_file(apr_pstrcat(pool, directory, "/", parts[i].file, ".json", NULL), 0, NULL);
        const json_t *tests = json_object_get(spec, "tests");
        assert_true(json_array_size(tests) >= parts[i].cases);
        for (size_t j = 0; j < json_array_size(tests); j++) {
            bad += run_case(parts[i].file, json_array_get(tests, j));
        }
        json_decref(spec);
    }
    assert_int_equal(bad, 0);
}

/* ---- what the pages rely on, specification at hand or not ---- */

static void test_values(void **state)
{
    (void)state;
    assert_string_equal(render("a {{b}} {{{b}}} {{&b}} {{c.d}} {{none}}|", "{\"b\":\"<'\\\"&>\",\"c\":{\"d\":3}}"),
                        "a &lt;&#39;&quot;&amp;&gt; <'\"&> <'\"&> 3 |");
    assert_string_equal(render("{{yes}} {{no}} {{real}} {{list}} {{object}}|",
                               "{\"yes\":true,\"no\":false,\"real\":0.5,\"list\":[1],\"object\":{}}"),
                        "true false 0.5  |");
    assert_string_equal(render("{{#a}}{{.}},{{/a}}{{^a}}none{{/a}}", "{\"a\":[1,2]}"), "1,2,");
    assert_string_equal(render("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":\"\"}"), "no");
    assert_string_equal(render("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":0}"), "yes");
    assert_string_equal(render("", "{}"), "");
    assert_string_equal(render("{{a}}", "{\"a\":\"{{b}} ${7*7} {{7*7}}\",\"b\":1}"), "{{b}} ${7*7} {{7*7}}");
}

static void test_lines(void **state)
{
    (void)state;
    assert_string_equal(render("<ul>\n  {{#a}}\n  <li>{{.}}</li>\n  {{/a}}\n</ul>\n", "{\"a\":[1,2]}"),
                        "<ul>\n  <li>1</li>\n  <li>2</li>\n</ul>\n");
    play_t play = {json_pack("{s:s,s:s}", "outer", "o\n  {{>inner}}\n\no\n", "inner", "{{a}}\ni\n"), NULL};
    json_t *context = json_pack("{s:s}", "a", "1\n2");
    assert_string_equal(render_in("[\n  {{>outer}}\n]", context, &play, 0), "[\n  o\n    1\n2\n    i\n\n  o\n]");
    json_decref(context);
    json_decref((json_t *)play.partials);
}

static void test_messages(void **state)
{
    json_t *messages = json_pack("{s:s,s:{s:s,s:s}}", "hello", "Fish & <{{name}}>", "seats", "one", "{{count}} seat",
                                 "other", "{{count}} seats");
    json_t *context =
        json_pack("{s:s,s:{s:s,s:i},s:i}", "name", "Kim & Co", "b", "name", "Lee", "count", 1, "count", 2);
    play_t play = {NULL, messages};
    (void)state;
    assert_string_equal(render_in("{{t.hello}} {{{t.hello}}}", context, &play, 0),
                        "Fish &amp; &lt;Kim &amp; Co&gt; Fish & <Kim & Co>");
    assert_string_equal(render_in("{{t.hello}} {{name}}", context, &play, 1), "Fish & <Kim & Co> Kim & Co");
    assert_string_equal(render_in("{{#b}}{{t.hello}} {{t.seats}}{{/b}}, {{t.seats}}", context, &play, 0),
                        "Fish &amp; &lt;Lee&gt; 1 seat, 2 seats");
    assert_string_equal(render_in("<{{t.none}}> {{name}}", context, &play, 0), "<> Kim &amp; Co");
    json_decref(messages);
    json_decref(context);
}

static void test_broken_templates(void **state)
{
    static const char *const broken[] = {
        "{{a",
        "{{{a}}",
        "{{#a}}",
        "{{/a}}",
        "{{#a}}{{#b}}{{/a}}{{/b}}",
        "{{}}",
        "{{a b}}",
        "{{a..b}}",
        "{{.a}}",
        "{{#}}{{/}}",
        "{{=a}}",
        "{{=<% %> x=}}",
        "{{> }}",
        "{{=12345678901234567 b=}}",
    };
    const sd_mustache_t *compiled;
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        sd_error_t *error = sd_mustache_compile(&compiled, pool, broken[i], strlen(broken[i]));
        if (!error || !strstr(error->detail, "line 1: ")) {
            fail_msg("%s: %s", broken[i], error ? error->detail : "was accepted");
        }
    }
    sd_error_t *error = sd_mustache_compile(&compiled, pool, "\n\n{{#a}}\n{{/b}}", 15);
    assert_non_null(error);
    assert_string_equal(error->detail, "line 4: a section is closed that is not the innermost open one: b");
    assert_non_null(sd_mustache_compile(&compiled, pool, "a\0b", 3));
    error = sd_mustache_compile_message(&compiled, pool, "see {{#a}}this{{/a}}");
    assert_non_null(error);
    assert_non_null(sd_mustache_compile_message(&compiled, pool, "{{{a}}}"));
    assert_null(sd_mustache_compile_message(&compiled, pool, "{{a}} and\n{{b.c}}"));
}

static const char *times(const char *text, int count)
{
    apr_size_t length = strlen(text);
    char *all = apr_palloc(pool, length * (apr_size_t)count + 1);
    for (int i = 0; i < count; i++) {
        memcpy(all + length * (apr_size_t)i, text, length);
    }
    all[length * (apr_size_t)count] = '\0';
    return all;
}

static void test_bounds(void **state)
{
    json_t *partials = json_pack("{s:s,s:s,s:s,s:s}", "self", "x{{>self}}", "twice", "{{>twice}}{{>twice}}", "long",
                                 times("{{a}}", 64), "longer", times("{{>long}}", 64));
    json_t *context = json_object();
    const sd_mustache_t *compiled;
    play_t play = {partials, NULL};
    (void)state;
    json_object_set_new(context, "a", json_string(times("a", 2048)));
    assert_non_null(strstr(render_in("{{>self}}", context, &play, 0), "too many partials"));
    assert_non_null(strstr(render_in("{{>twice}}", context, &play, 0), "too many"));
    assert_int_equal(strlen(render_in("{{>long}}", context, &play, 0)), 64 * 2048);
    assert_non_null(strstr(render_in("{{>longer}}", context, &play, 0), "too many bytes"));

    assert_non_null(
        strstr(render_in(times("{{#a}}", SD_MUSTACHE_NESTING + 1), context, &play, 0), "too many sections"));
    const char *much = times("a", SD_MUSTACHE_SOURCE + 1);
    assert_non_null(sd_mustache_compile(&compiled, pool, much, SD_MUSTACHE_SOURCE + 1));
    assert_null(sd_mustache_compile(&compiled, pool, much, SD_MUSTACHE_SOURCE));
    json_decref(partials);
    json_decref(context);
}

/* Steps without bytes: lists inside lists that say nothing. */
static void test_steps(void **state)
{
    json_t *list = json_array(), *context = json_object();
    play_t play = {NULL, NULL};
    (void)state;
    for (int i = 0; i < 200; i++) {
        json_array_append_new(list, json_integer(i));
    }
    json_object_set_new(context, "l", list);
    assert_non_null(
        strstr(render_in("{{#l}}{{#l}}{{#l}}{{x}}{{/l}}{{/l}}{{/l}}", context, &play, 0), "too many steps"));
    json_decref(context);
}

static int setup(void **state)
{
    (void)state;
    return apr_pool_create(&pool, root) != APR_SUCCESS;
}

static int teardown(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_specification, setup, teardown),
        cmocka_unit_test_setup_teardown(test_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_templates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_steps, setup, teardown),
    };
    apr_initialize();
    apr_pool_create(&root, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(root);
    apr_terminate();
    return failed;
}
