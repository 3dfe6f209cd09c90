/* web/form and web/form_token: forms are read strictly, and their tokens belong to one page of one visitor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "web/form.h"
#include "web/form_token.h"
#include "web/json.h"

static apr_pool_t *pool;

static const char *parse(const char *text)
{
    json_t *form = NULL;
    apr_size_t length;
    sd_error_t *error = sd_form_parse(&form, pool, text, strlen(text));
    if (error) {
        assert_null(form);
        assert_string_equal(error->key, "sd.form.malformed");
        return "malformed";
    }
    const char *json = sd_json_text(&length, pool, form);
    json_decref(form);
    return json;
}

static void test_parse(void **state)
{
    (void)state;
    assert_string_equal(parse(""), "{}");
    assert_string_equal(parse("a=b"), "{\"a\":\"b\"}");
    assert_string_equal(parse("a=b+c&&d=%ED%95%9C&e"), "{\"a\":\"b c\",\"d\":\"한\",\"e\":\"\"}");
    assert_string_equal(parse("a=1&a=2&a=3"), "{\"a\":[\"1\",\"2\",\"3\"]}");
    assert_string_equal(parse("a=b=c&=d"), "{\"a\":\"b=c\",\"\":\"d\"}");
    assert_string_equal(parse("a=%0d%0a"), "{\"a\":\"\\r\\n\"}");
    static const char *const bad[] = {"a=%",   "a=%4",   "a=%zz",    "a=%00",      "%00=a",
                                      "a=%ff", "a=\xc3", "a=%c0%af", "a=%ed%a0%80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_string_equal(parse(bad[i]), "malformed");
    }
}

static void test_number_of_fields(void **state)
{
    char *text = apr_palloc(pool, 4 * (SD_FORM_FIELDS + 1) + 1);
    (void)state;
    for (int i = 0; i <= SD_FORM_FIELDS; i++) {
        memcpy(text + 4 * i, "a=b&", 4);
    }
    text[4 * SD_FORM_FIELDS - 1] = '\0';
    assert_string_not_equal(parse(text), "malformed");
    text[4 * SD_FORM_FIELDS - 1] = '&';
    text[4 * (SD_FORM_FIELDS + 1) - 1] = '\0';
    assert_string_equal(parse(text), "malformed");
}

static void test_media(void **state)
{
    (void)state;
    assert_true(sd_media_is_form("application/x-www-form-urlencoded"));
    assert_true(sd_media_is_form("Application/X-WWW-Form-Urlencoded; charset=UTF-8"));
    assert_false(sd_media_is_form("application/x-www-form-urlencoded; charset=latin1"));
    assert_false(sd_media_is_form("application/json"));
    assert_false(sd_media_is_form("multipart/form-data; boundary=x"));
    assert_false(sd_media_is_form(NULL));
}

/* ---- tokens ---- */

static const unsigned char key[SD_DIGEST_BYTES] = "a key of thirty-two bytes, alway";
#define NONCE "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define NOW ((sd_time_t)1700000000000)

static const char *make(const sd_form_proof_t *proof)
{
    const char *token = NULL;
    assert_null(sd_form_token_make(&token, pool, &sd_random_system, proof));
    return token;
}

static const char *changed_at(const char *token, apr_size_t at)
{
    char *changed = apr_pstrdup(pool, token);
    changed[at] = changed[at] == 'a' ? 'b' : 'a';
    return changed;
}

static void test_token_of_a_session(void **state)
{
    sd_form_proof_t proof = {.key = key, .path = "/account", .secret = "secret", .now = NOW}, other = proof;
    const char *token = make(&proof), *again = make(&proof);
    (void)state;
    assert_int_equal(strlen(token), 86);
    assert_string_not_equal(token, again);
    assert_true(sd_form_token_check(pool, &proof, token));
    assert_true(sd_form_token_check(pool, &proof, again));
    for (apr_size_t i = 0; i < 85; i++) {
        assert_false(sd_form_token_check(pool, &proof, changed_at(token, i)));
    }
    assert_false(sd_form_token_check(pool, &proof, NULL));
    assert_false(sd_form_token_check(pool, &proof, ""));
    assert_false(sd_form_token_check(pool, &proof, apr_pstrcat(pool, token, "A", NULL)));
    assert_false(sd_form_token_check(pool, &proof, apr_pstrmemdup(pool, token, 85)));
    other.path = "/account/password";
    assert_false(sd_form_token_check(pool, &other, token));
    other = proof;
    other.secret = "secret of another";
    assert_false(sd_form_token_check(pool, &other, token));
    other.secret = NULL;
    other.nonce = NONCE;
    assert_false(sd_form_token_check(pool, &other, token));
}

/* How many places of texts of that length, drawn 200 times, hold fewer than 20 letters: none, if each bit is random. */
static int dull_places(const char *const texts[200], apr_size_t length)
{
    int dull = 0;
    for (apr_size_t at = 0; at < length; at++) {
        char seen[256] = {0};
        int letters = 0;
        for (int i = 0; i < 200; i++) {
            letters += !seen[(unsigned char)texts[i][at]];
            seen[(unsigned char)texts[i][at]] = 1;
        }
        dull += letters < 20;
    }
    return dull;
}

/* The same secret looks different on each page, all of it: else a compressed answer tells of it, letter by letter. */
static void test_drawn(void **state)
{
    sd_form_proof_t proof = {.key = key, .path = "/account", .secret = "secret", .now = NOW};
    const char *tokens[200], *nonces[200];
    (void)state;
    for (int i = 0; i < 200; i++) {
        tokens[i] = make(&proof);
        assert_null(sd_form_nonce(&nonces[i], pool, &sd_random_system));
        assert_true(sd_form_nonce_is_one(nonces[i]));
    }
    assert_int_equal(dull_places(tokens, 85), 0);
    assert_int_equal(dull_places(nonces, 42), 0);
}

static void test_token_before_a_session(void **state)
{
    sd_form_proof_t proof = {.key = key, .path = "/account/signin", .nonce = NONCE, .now = NOW}, other = proof;
    const char *token = make(&proof);
    (void)state;
    assert_true(sd_form_token_check(pool, &proof, token));
    for (apr_size_t i = 0; i < strlen(token); i++) {
        assert_false(sd_form_token_check(pool, &proof, changed_at(token, i)));
    }
    other.now = NOW + SD_FORM_LIFETIME;
    assert_true(sd_form_token_check(pool, &other, token));
    other.now++;
    assert_false(sd_form_token_check(pool, &other, token));
    other.now = NOW - 1;
    assert_false(sd_form_token_check(pool, &other, token));
    other = proof;
    other.nonce = "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_false(sd_form_token_check(pool, &other, token));
    other.nonce = NULL;
    assert_false(sd_form_token_check(pool, &other, token));
    other = proof;
    other.path = "/account/signup";
    assert_false(sd_form_token_check(pool, &other, token));
    other = proof;
    other.user = "anna";
    other.directory = "htpasswd";
    assert_false(sd_form_token_check(pool, &other, token));
    static const char *const odd[] = {"",           ".",    "1.", ".abc", "-1.abc", "170000000000000000000000.a",
                                      "\xc3\xa9.a", "1e3.a"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        assert_false(sd_form_token_check(pool, &proof, odd[i]));
    }
}

static void test_nonce(void **state)
{
    const char *one, *two;
    (void)state;
    assert_null(sd_form_nonce(&one, pool, &sd_random_system));
    assert_null(sd_form_nonce(&two, pool, &sd_random_system));
    assert_string_not_equal(one, two);
    assert_true(sd_form_nonce_is_one(one));
    assert_false(sd_form_nonce_is_one(NULL));
    assert_false(sd_form_nonce_is_one(""));
    assert_false(sd_form_nonce_is_one("AAAA\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

static int setup(void **state)
{
    (void)state;
    return apr_pool_create(&pool, NULL) != APR_SUCCESS;
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
        cmocka_unit_test_setup_teardown(test_parse, setup, teardown),
        cmocka_unit_test_setup_teardown(test_number_of_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(test_media, setup, teardown),
        cmocka_unit_test_setup_teardown(test_token_of_a_session, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drawn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_token_before_a_session, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nonce, setup, teardown),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
