/* web/json: what is JSON and what is not (RFC 8259, security.md group J), and what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_time.h>

/* Compiled in: the library ends at desk/, and this file of web/ needs no server either. */
#include "web/json.c"

static apr_pool_t *pool;

static const char *key_of(const char *text, apr_size_t length, int any)
{
    json_t *value;
    sd_error_t *error = sd_json_parse(&value, pool, text, length, any);
    if (!error) {
        assert_non_null(value);
        json_decref(value);
        return "fine";
    }
    assert_null(value);
    assert_int_equal(error->kind, SD_ERROR_INPUT);
    return error->key;
}

static void assert_key(const char *text, const char *key)
{
    if (strcmp(key_of(text, strlen(text), 0), key) != 0) {
        fail_msg("%s: %s, not %s", text, key_of(text, strlen(text), 0), key);
    }
}

static void test_accepted(void **state)
{
    (void)state;
    assert_key("{}", "fine");
    assert_key(" \t\r\n{\"a\":[1,-0,2.5e3,true,false,null,\"\"]}\n", "fine");
    assert_key("[]", "fine");
    assert_key("{\"a\":\"\\u00e9\\ud83d\\ude00\\/\\b\"}", "fine");
    assert_key("{\"a\":9223372036854775807,\"b\":-9223372036854775808,\"c\":9007199254740993}", "fine");
    assert_key("{\"a\":1,\"A\":2}", "fine");
    assert_key("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}", "fine");
    assert_key("{\"a\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}", "fine");
}

static void test_syntax(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "}",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\" 1}",
        "{\"a\":}",
        "[1 2]",
        "nul",
        "1",
        "\"a\"",
        "{}{}",
        "{} x",
        "[] // c",
        "/* c */ {}",
        "[01]",
        "[+1]",
        "[.5]",
        "[1.]",
        "[1e]",
        "[NaN]",
        "[Infinity]",
        "[-]",
        "[0x10]",
        "[\"\t\"]",
        "[\"\n\"]",
        "[\"\\x\"]",
        "[\"\\u12\"]",
        "[\"\\ud800\"]",
        "[\"\\udc00\\ud800\"]",
        "[\"a]",
        "[\"\\\"]",
        "\xef\xbb\xbf{}",
        "[True]",
        "[\"a\"b]",
        "{\"a\":1 \"b\":2}",
        "[,1]",
        "{\"a\":1,,\"b\":2}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_key(bad[i], "sd.json.syntax");
    }
}

static void test_duplicates(void **state)
{
    (void)state;
    assert_key("{\"public\":true,\"public\":false}", "sd.json.duplicate");
    assert_key("{\"public\":true,\"\\u0070ublic\":false}", "sd.json.duplicate");
    assert_key("{\"a\":{\"b\":1,\"b\":1}}", "sd.json.duplicate");
}

static void test_numbers(void **state)
{
    (void)state;
    char digits[20002];
    memset(digits, '9', sizeof digits);
    digits[0] = '[';
    digits[20000] = ']';
    digits[20001] = '\0';
    assert_key("[9223372036854775808]", "sd.json.number");
    assert_key("[-9223372036854775809]", "sd.json.number");
    assert_key("[1e400]", "sd.json.number");
    assert_key("[-1e400]", "sd.json.number");
    assert_key(digits, "sd.json.number");
}

static void test_nul(void **state)
{
    (void)state;
    assert_key("[\"a\\u0000b\"]", "sd.json.nul");
    assert_key("{\"a\\u0000b\":1}", "sd.json.nul");
    assert_string_equal(key_of("[\"a\0b\"]", 7, 0), "sd.json.utf8");
    assert_string_equal(key_of("{}\0", 3, 0), "sd.json.utf8");
}

static void test_encodings(void **state)
{
    (void)state;
    assert_key("[\"\xff\"]", "sd.json.utf8");
    assert_key("[\"\xc0\xaf\"]", "sd.json.utf8");
    assert_key("[\"\xed\xa0\x80\"]", "sd.json.utf8");
    assert_string_equal(key_of("\xff\xfe{\0}\0", 6, 0), "sd.json.utf8");
    assert_string_equal(key_of("\0{\0}", 4, 0), "sd.json.utf8");
}

static void test_truncated_everywhere(void **state)
{
    (void)state;
    static const char whole[] = "{\"a\":[1,{\"b\":\"\\u00e9\\\"c\"},-2.5e-3,true,null]}";
    assert_string_equal(key_of(whole, strlen(whole), 0), "fine");
    for (size_t length = 0; length < strlen(whole); length++) {
        assert_string_equal(key_of(whole, length, 0), "sd.json.syntax");
    }
}

static void test_depth(void **state)
{
    (void)state;
    static char deep[5000000];
    char just[2 * SD_JSON_DEPTH + 3];
    memset(just, '[', SD_JSON_DEPTH);
    memset(just + SD_JSON_DEPTH, ']', SD_JSON_DEPTH);
    assert_string_equal(key_of(just, 2 * SD_JSON_DEPTH, 0), "fine");
    memset(just, '[', SD_JSON_DEPTH + 1);
    memset(just + SD_JSON_DEPTH + 1, ']', SD_JSON_DEPTH + 1);
    assert_string_equal(key_of(just, 2 * SD_JSON_DEPTH + 2, 0), "sd.json.depth");
    memset(deep, '[', sizeof deep);
    assert_string_equal(key_of(deep, sizeof deep, 0), "sd.json.depth");
    for (size_t i = 0; i + 5 <= sizeof deep; i += 5) {
        memcpy(deep + i, "{\"a\":", 5);
    }
    assert_string_equal(key_of(deep, sizeof deep, 0), "sd.json.depth");
}

static void test_any(void **state)
{
    (void)state;
    static const char *const scalars[] = {"1", "\"a\"", "true", "null", "-2.5", " 7 "};
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++) {
        assert_string_equal(key_of(scalars[i], strlen(scalars[i]), 1), "fine");
    }
    assert_string_equal(key_of("1 2", 3, 1), "sd.json.syntax");
    assert_string_equal(key_of("", 0, 1), "sd.json.syntax");
}

static void test_text(void **state)
{
    (void)state;
    apr_size_t length;
    json_t *value =
        json_pack("{s:s, s:[i,b,n], s:s}", "z", "\xe2\x80\xa8<\"\\\x1f", "a", 1, 1, "m", "\xf0\x9f\x98\x80");
    const char *text = sd_json_text(&length, pool, value);
    assert_string_equal(text,
                        "{\"z\":\"\xe2\x80\xa8<\\\"\\\\\\u001F\",\"a\":[1,true,null],\"m\":\"\xf0\x9f\x98\x80\"}");
    assert_int_equal(length, strlen(text));
    json_decref(value);
}

static void check_like_jansson(json_t *value)
{
    apr_size_t length;
    char *expected = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *text = sd_json_text(&length, pool, value);
    assert_non_null(expected);
    assert_string_equal(text, expected);
    assert_int_equal(length, strlen(expected));
    free(expected);
    json_decref(value);
}

static void test_text_is_what_jansson_says(void **state)
{
    (void)state;
    char all[128];
    for (int i = 1; i < 128; i++) {
        all[i - 1] = (char)i;
    }
    all[127] = '\0';
    check_like_jansson(json_string(all));
    check_like_jansson(json_pack("{s:s, s:s}", all, all, "", "\xc3\xbc\xe2\x82\xac"));
    check_like_jansson(json_stringn("a\0b", 3));
    check_like_jansson(json_pack("[f,f,f,f]", 0.1, -1e300, 3.0, 1e-7));
    check_like_jansson(json_pack("[I,I,i]", (json_int_t)INT64_MAX, (json_int_t)INT64_MIN, 0));
    check_like_jansson(json_pack("[[],{},[{}],{s:[]},b,b,n,s]", "x", 1, 0, ""));
    check_like_jansson(json_null());
}

static void test_long_text(void **state)
{
    (void)state;
    apr_size_t length;
    json_t *value = json_array();
    for (int i = 0; i < 20000; i++) {
        json_array_append_new(value, json_integer(i));
    }
    const char *text = sd_json_text(&length, pool, value);
    json_t *again;
    assert_int_equal(length, strlen(text));
    assert_null(sd_json_parse(&again, pool, text, length, 0));
    assert_true(json_equal(value, again));
    json_decref(value);
    json_decref(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),   cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_duplicates), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_nul),        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_depth),      cmocka_unit_test(test_truncated_everywhere),
        cmocka_unit_test(test_any),        cmocka_unit_test(test_text),
        cmocka_unit_test(test_long_text),  cmocka_unit_test(test_text_is_what_jansson_says),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
