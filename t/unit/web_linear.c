/*
 * What is made of texts that strangers send takes as long as the text is: ten times the length costs about ten times
 * the time, and not a hundred times, for texts that are made to be dear. Measured in the time of the processor. Case:
 * security.md 225.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include "base/address.h"
#include "base/address_list.h"
#include "base/text.h"
#include "base/tokenizer.h"
#include "web/etag.h"
#include "web/form.h"
#include "web/html.h"
#include "web/json.h"
#include "web/mustache.h"

#define SHORT ((apr_size_t)30 * 1000)
#define LONG (10 * SHORT)
#define RUNS 3
#define MOST 20     /* times as long for ten times the text: marks that combine are sorted */
#define GRAIN 0.003 /* seconds within which nothing is told from noise */

typedef struct text_t {
    char *bytes;
    apr_size_t length;
} text_t;

typedef void (*transform_fn)(apr_pool_t *pool, const text_t *text);

/* ---- what is made of texts ---- */

static void ignore(const sd_error_t *error)
{
    (void)error;
}

static void list_addresses(apr_pool_t *pool, const text_t *text)
{
    assert_non_null(sd_address_list(pool, text->bytes));
}

static void parse_address(apr_pool_t *pool, const text_t *text)
{
    sd_address_t address;

    ignore(sd_address_parse(&address, pool, "email", text->bytes));
}

static void check_text(apr_pool_t *pool, const text_t *text)
{
    ignore(sd_text_check(pool, "name", text->bytes, 1, 10 * LONG, 1));
    ignore(sd_text_check(pool, "name", text->bytes, 1, 10 * LONG, 0));
    assert_non_null(sd_text_trim(pool, text->bytes));
    assert_non_null(sd_text_like(pool, text->bytes));
}

static void fold(apr_pool_t *pool, const text_t *text)
{
    const char *folded;

    ignore(sd_text_fold(&folded, pool, text->bytes));
}

static void compose(apr_pool_t *pool, const text_t *text)
{
    const char *composed;

    ignore(sd_text_compose(&composed, pool, text->bytes));
}

static void find_words(apr_pool_t *pool, const text_t *text)
{
    apr_array_header_t *words;

    ignore(sd_tokenizer_words(&words, pool, text->bytes));
}

static void read_form(apr_pool_t *pool, const text_t *text)
{
    json_t *form = NULL;

    ignore(sd_form_parse(&form, pool, text->bytes, text->length));
    sd_form_decode(pool, text->bytes, text->length);
    json_decref(form);
}

static void read_json(apr_pool_t *pool, const text_t *text)
{
    json_t *value = NULL;

    ignore(sd_json_parse(&value, pool, text->bytes, text->length, 1));
    json_decref(value);
}

static void compare_tags(apr_pool_t *pool, const text_t *text)
{
    sd_etag_matches(text->bytes, "\"none-0123456789abcdef\"");
    sd_etag_version(pool, text->bytes);
}

static void write_html(apr_pool_t *pool, const text_t *text)
{
    assert_non_null(sd_html_escape(pool, text->bytes));
    assert_non_null(sd_html_paragraphs(pool, text->bytes));
}

static void compile(apr_pool_t *pool, const text_t *text)
{
    const sd_mustache_t *compiled;

    ignore(sd_mustache_compile(&compiled, pool, text->bytes, text->length));
}

/* ---- texts ---- */

/* Repeated; a "#" is the number of the repetition. */
static const char *const patterns[] = {
    "a",
    " ",
    "a ",
    "\n",
    "\r\n\n",
    ",",
    ";",
    "<",
    ">",
    "\"",
    "\\",
    "(",
    "()",
    "%41",
    "%",
    "&",
    "a=b&",
    "k#=v&",
    "[",
    "{\"a\":",
    "{\"k\":1},",
    "\"k#\":",
    "\\u0041",
    "{{a}}",
    "{{#a}}",
    "{{",
    "{{{",
    "}}",
    "\"a\", ",
    "W/\"a\",",
    "*",
    "x@y.example,",
    "<x@y.example> ",
    "\"n\" <x@y.example>;",
    "@",
    ".",
    "a.",
    "-",
    "_%",
    "e\xcc\x81",
    "\xcc\x81",
    "\xcc\x81\xcc\xa3",
    "\xea\xb0\x80",
    "\xe1\x84\x80\xe1\x85\xa1",
    "\xd8\xa7",
    "\xe2\x80\x8d",
    "\xef\xb7\xba",
    "\xf0\x9f\x91\x8d",
    "don't ",
    "1.5,",
    "\xff",
};

static text_t repeat(const char *pattern, apr_size_t length)
{
    const char *number = strchr(pattern, '#');
    text_t text = {malloc(length + 32), 0};

    assert_non_null(text.bytes);
    for (int i = 0; text.length < length; i++) {
        char *end = text.bytes + text.length;

        if (number) {
            apr_snprintf(end, 32, "%.*s%d%s", (int)(number - pattern), pattern, i, number + 1);
        } else {
            apr_cpystrn(end, pattern, 32);
        }
        text.length += strlen(end);
    }
    return text;
}

/* Behind an opening that makes a parser go on. */
static text_t make(const char *before, const char *pattern, apr_size_t length)
{
    text_t text = repeat(pattern, length);
    text_t whole = {malloc(strlen(before) + text.length + 1), strlen(before) + text.length};

    assert_non_null(whole.bytes);
    memcpy(whole.bytes, before, strlen(before));
    memcpy(whole.bytes + strlen(before), text.bytes, text.length + 1);
    free(text.bytes);
    return whole;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double time_of(transform_fn fn, const text_t *text)
{
    apr_pool_t *pool;
    double start;

    apr_pool_create(&pool, NULL);
    start = seconds();
    fn(pool, text);
    start = seconds() - start;
    apr_pool_destroy(pool);
    return start;
}

#ifdef __SANITIZE_ADDRESS__
/* AddressSanitizer reads a string to its end each time that somebody looks for something in it: nothing is linear. */
static void compare(transform_fn fn, const char *before, const char *pattern)
{
    text_t few = make(before, pattern, SHORT / 10);

    time_of(fn, &few);
    free(few.bytes);
}
#else
/* What is measured once may have been disturbed, so it has more than one try. */
static void compare(transform_fn fn, const char *before, const char *pattern)
{
    text_t few = make(before, pattern, SHORT), many = make(before, pattern, LONG);
    double brief = 0, longer = 1e9;

    for (int i = 0; i < RUNS && longer > MOST * brief + GRAIN; i++) {
        double once = time_of(fn, &few);
        double again = time_of(fn, &many);

        brief = once > brief ? once : brief;
        longer = again < longer ? again : longer;
    }
    if (longer > MOST * brief + GRAIN) {
        fail_msg("\"%s%s%s...\": %.1f ms, ten times of it %.1f ms", before, pattern, pattern, 1000 * brief,
                 1000 * longer);
    }
    free(few.bytes);
    free(many.bytes);
}
#endif

static void is_linear(transform_fn fn, const char *before)
{
    for (apr_size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        compare(fn, "", patterns[i]);
        if (*before) {
            compare(fn, before, patterns[i]);
        }
    }
}

#define LINEAR(fn_, before_)                                                                                           \
    static void test_##fn_(void **state)                                                                               \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        is_linear(fn_, before_);                                                                                       \
    }

LINEAR(list_addresses, "\"")
LINEAR(parse_address, "x@")
LINEAR(check_text, "")
LINEAR(fold, "")
LINEAR(compose, "e")
LINEAR(find_words, "a")
LINEAR(read_form, "a=")
LINEAR(read_json, "[\"")
LINEAR(compare_tags, "\"")
LINEAR(write_html, "a\n\n")
LINEAR(compile, "{{#a}}")

static int setup(void **state)
{
    (void)state;
    return apr_initialize() == APR_SUCCESS ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    apr_terminate();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_addresses), cmocka_unit_test(test_parse_address),
        cmocka_unit_test(test_check_text),     cmocka_unit_test(test_fold),
        cmocka_unit_test(test_compose),        cmocka_unit_test(test_find_words),
        cmocka_unit_test(test_read_form),      cmocka_unit_test(test_read_json),
        cmocka_unit_test(test_compare_tags),   cmocka_unit_test(test_write_html),
        cmocka_unit_test(test_compile),
    };

    return cmocka_run_group_tests_name("linear", tests, setup, teardown);
}
