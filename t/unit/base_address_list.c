/* Pasted text into addresses, in every form that mail programs and spreadsheets have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <cmocka.h>

#include "base/address_list.h"

static apr_pool_t *pool;

/* "address=name|address=name". */
static const char *read_all(const char *text)
{
    apr_array_header_t *items = sd_address_list(pool, text);
    const char *told = "";

    for (int i = 0; i < items->nelts; i++) {
        const sd_address_item_t *item = APR_ARRAY_IDX(items, i, const sd_address_item_t *);

        told = apr_pstrcat(pool, told, i ? "|" : "", item->address, item->name ? "=" : "", item->name, NULL);
    }
    return told;
}

static const struct {
    const char *text;
    const char *items;
} cases[] = {
    {"", ""},
    {" \n\t,;; ", ""},
    {"a@b.example", "a@b.example"},
    {"a@b.example, c@d.example;e@f.example\ng@h.example\ti@j.example\r\nk@l.example",
     "a@b.example|c@d.example|e@f.example|g@h.example|i@j.example|k@l.example"},
    {"a@b.example c@d.example  e@f.example", "a@b.example|c@d.example|e@f.example"},
    {"Ann Ant <a@b.example>", "a@b.example=Ann Ant"},
    {"<a@b.example>", "a@b.example"},
    {"Ann <a@b.example>, Bob <b@b.example>", "a@b.example=Ann|b@b.example=Bob"},
    {"\"Ant, Ann\" <a@b.example>; \"Bug; Bob\" <b@b.example>", "a@b.example=Ant, Ann|b@b.example=Bug; Bob"},
    {"\"Ann \\\"Annie\\\" \\\\ Ant\" <a@b.example>", "a@b.example=Ann \"Annie\" \\ Ant"},
    {"\"\" <a@b.example>", "a@b.example"},
    {"a@b.example (Ann Ant)", "a@b.example=Ann Ant"},
    {"a@b.example (Ant, Ann), b@b.example", "a@b.example=Ant, Ann|b@b.example"},
    {"mailto:a@b.example, <MAILTO:b@b.example>", "a@b.example|b@b.example"},
    {"\xed\x99\x8d\xea\xb8\xb8\xeb\x8f\x99 <hong@b.example>", "hong@b.example=\xed\x99\x8d\xea\xb8\xb8\xeb\x8f\x99"},
    /* what is no address is told as it stands */
    {"nonsense, a@b.example", "nonsense|a@b.example"},
    {"two words, a@b.example", "two words|a@b.example"},
    {"a@b.example and c@d.example", "a@b.example and c@d.example"},
    {"<a@b.example>x@evil.example", "<a@b.example>x@evil.example"},
    {"Ann <a@b.example> Ant", "Ann <a@b.example> Ant"},
    /* what is never closed swallows nothing */
    {"\"Ann <a@b.example>\nb@b.example", "a@b.example=\"Ann|b@b.example"},
    {"Ann <a@b.example\nb@b.example", "Ann <a@b.example|b@b.example"},
    {"a@b.example (Ann\nb@b.example", "a@b.example (Ann|b@b.example"},
    {"\"a, b@b.example, c@d.example", "\"a|b@b.example|c@d.example"},
    {"\"Ann \\\nb@b.example, \"Bob\" <c@d.example>", "\"Ann \\|b@b.example|c@d.example=Bob"},
    {"\"a <b (c\n\"Ann\" <a@b.example>, d@e.example (Dee)", "\"a <b (c|a@b.example=Ann|d@e.example=Dee"},
    {"(<a@b.example> \"(\" (x)", "(<a@b.example> \"(\" (x)"},
    {"\\", "\\"},
    {"\"\\", "\"\\"},
    {"<>", ""},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(read_all(cases[i].text), cases[i].items);
    }
}

static void test_many(void **state)
{
    char *text = apr_palloc(pool, 20 * 10000 + 1), *at = text;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        at += apr_snprintf(at, 20, "a%d@b.example,", i);
    }
    assert_int_equal(sd_address_list(pool, text)->nelts, 10000);
}

/* What opens and never closes is looked for once: half a million of them were half a minute of a processor each. */
static void test_many_that_open(void **state)
{
    static const char *const openings[] = {"<", "\"", "(", "(<", "\\\""};
    enum { MANY = 500000 };
    char *text = apr_palloc(pool, 2 * MANY + 1);

    (void)state;
    for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
        size_t length = strlen(openings[i]);
        clock_t start = clock();

        for (size_t at = 0; at < MANY; at++) {
            memcpy(text + at * length, openings[i], length);
        }
        text[MANY * length] = '\0';
        sd_address_list(pool, text);
        assert_in_range((clock() - start) / CLOCKS_PER_SEC, 0, 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases), cmocka_unit_test(test_many),
                                       cmocka_unit_test(test_many_that_open)};

    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
