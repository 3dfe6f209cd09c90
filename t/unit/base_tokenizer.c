/* base/tokenizer.h: words of many scripts, and that a word of a query is a word of the text it should find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "base/tokenizer.h"

static apr_pool_t *pool;

static apr_array_header_t *words(const char *text)
{
    apr_array_header_t *found = NULL;
    assert_null(sd_tokenizer_words(&found, pool, text));
    return found;
}

static void expect(const char *text, const char *expected)
{
    assert_string_equal(apr_array_pstrcat(pool, words(text), '|'), expected);
}

static void test_nothing(void **state)
{
    (void)state;
    assert_int_equal(words("")->nelts, 0);
    assert_int_equal(words("  \t\r\n ")->nelts, 0);
    assert_int_equal(words("... --- !?/\\ _ $ %")->nelts, 0);
    assert_int_equal(words("\xf0\x9f\x98\x80 \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb")->nelts, 0);
    assert_int_equal(words("\xcc\x81")->nelts, 0); /* a mark without a letter */
}

static void test_words(void **state)
{
    (void)state;
    expect("Hello, World", "hello|world");
    expect("the printer, THE Printer", "the|printer|the|printer"); /* in order, repeats included */
    expect("can't won\xe2\x80\x99t", "can't|won\xe2\x80\x99t");
    expect("3.14 1,000 10.0.0.1", "3.14|1,000|10.0.0.1");
    expect("anna@example.com", "anna|example.com");
    expect("HELP-12", "help|12");
    expect("foo_bar", "foo_bar");
    expect("The quick (\"brown\") fox can't jump 32.3 feet, right?", "the|quick|brown|fox|can't|jump|32.3|feet|right");
    expect("a\nb\tc", "a|b|c");
    expect("x+y=z", "x|y|z");
}

static void test_forms_are_one(void **state)
{
    (void)state;
    expect("\xc3\x89"
           "COLE e\xcc\x81"
           "cole",
           "\xc3\xa9"
           "cole|\xc3\xa9"
           "cole");
    expect("Stra\xc3\x9f"
           "e STRASSE",
           "strasse|strasse");
    expect("\xef\xbc\xa6\xef\xbc\xa1\xef\xbc\xb8", "fax"); /* full width */
    expect("\xef\xac\x81le", "file");                      /* ligature */
    expect("co\xc2\xad"
           "operate",
           "cooperate"); /* soft hyphen */
    expect("foo\xe2\x80\x8b"
           "bar",
           "foobar"); /* zero width space is not seen */
    expect("\xd0\x9f\xd1\x80\xd0\xb8\xd0\xbd\xd1\x82\xd0\xb5\xd1\x80",
           "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbd\xd1\x82\xd0\xb5\xd1\x80");
}

static void test_korean(void **state)
{
    (void)state;
    expect("\xed\x99\x98\xeb\xb6\x88", "\xed\x99\x98\xeb\xb6\x88");
    expect("\xed\x99\x98\xeb\xb6\x88\xec\x9d\x84", "\xed\x99\x98\xeb\xb6\x88|\xeb\xb6\x88\xec\x9d\x84");
    expect("\xec\xa3\xbc\xeb\xac\xb8 \xed\x99\x98\xeb\xb6\x88", "\xec\xa3\xbc\xeb\xac\xb8|\xed\x99\x98\xeb\xb6\x88");
    expect("\xed\x99\x98", "\xed\x99\x98");
    /* jamo, as some systems write file names, are the same syllables */
    expect("\xe1\x84\x92\xe1\x85\xaa\xe1\x86\xab\xe1\x84\x87\xe1\x85\xae\xe1\x86\xaf", "\xed\x99\x98\xeb\xb6\x88");
}

static void test_japanese_and_chinese(void **state)
{
    (void)state;
    expect("\xe5\x8d\xb0\xe5\x88\xb7", "\xe5\x8d\xb0\xe5\x88\xb7");
    /* a run over Han, hiragana and katakana, with the mark of a long vowel */
    expect("\xe5\x8d\xb0\xe5\x88\xb7\xe3\x81\x8c\xe3\x82\xa8\xe3\x83\xa9\xe3\x83\xbc",
           "\xe5\x8d\xb0\xe5\x88\xb7|\xe5\x88\xb7\xe3\x81\x8c|\xe3\x81\x8c\xe3\x82\xa8|\xe3\x82\xa8\xe3\x83\xa9|"
           "\xe3\x83\xa9\xe3\x83\xbc");
    /* half-width katakana with its voice mark: GA RA */
    expect("\xef\xbd\xb6\xef\xbe\x9e\xef\xbe\x97", "\xe3\x82\xac\xe3\x83\xa9");
    /* punctuation parts runs */
    expect("\xe5\x8d\xb0\xe5\x88\xb7\xe3\x80\x82\xe7\xb4\x99", "\xe5\x8d\xb0\xe5\x88\xb7|\xe7\xb4\x99");
    /* a variation selector chooses a glyph, not another character */
    expect("\xe8\x91\x9b\xf3\xa0\x84\x80\xe5\x9f\x8e", "\xe8\x91\x9b\xe5\x9f\x8e");
    /* beyond the basic plane */
    expect("\xf0\xa0\xae\xb7\xe9\x87\x8e", "\xf0\xa0\xae\xb7\xe9\x87\x8e");
}

static void test_mixed_scripts(void **state)
{
    (void)state;
    expect("VPN\xed\x99\x98\xeb\xb6\x88VPN", "vpn|\xed\x99\x98\xeb\xb6\x88|vpn");
    expect("PDF\xe5\x8d\xb0\xe5\x88\xb7 2024", "pdf|\xe5\x8d\xb0\xe5\x88\xb7|2024");
    expect("2024\xe5\xb9\xb4"
           "12\xe6\x9c\x88",
           "2024|\xe5\xb9\xb4|12|\xe6\x9c\x88");
    expect("ok\xf0\x9f\x98\x80"
           "fine",
           "ok|fine");
    expect("\xe5\x8d\xb0\xf0\x9f\x98\x80\xe5\x88\xb7", "\xe5\x8d\xb0|\xe5\x88\xb7");
    expect("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d abc", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d|abc"); /* Hebrew */
    expect("\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80",      /* Devanagari with marks */
           "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80");
}

/* Every word of a short query is among the words of a text that contains the query. */
static void test_query_is_found(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"\xed\x99\x98\xeb\xb6\x88", "\xec\xa3\xbc\xeb\xac\xb8\xed\x99\x98\xeb\xb6\x88\xec\x9a\x94\xec\xb2\xad"},
        {"\xe5\x8d\xb0\xe5\x88\xb7", "\xe3\x83\x97\xe3\x83\xaa\xe3\x83\xb3\xe3\x82\xbf\xe3\x81\xa7\xe5\x8d\xb0\xe5\x88"
                                     "\xb7\xe4\xb8\x8d\xe5\x8f\xaf"},
        {"PRINTER", "My printer's broken: the (Printer) eats paper"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        apr_array_header_t *query = words(rows[i][0]), *text = words(rows[i][1]);
        assert_int_equal(query->nelts, 1);
        int found = 0;
        for (int j = 0; j < text->nelts; j++) {
            found |= strcmp(APR_ARRAY_IDX(query, 0, const char *), APR_ARRAY_IDX(text, j, const char *)) == 0;
        }
        assert_true(found);
    }
}

static void test_long_words(void **state)
{
    (void)state;
    char text[201];
    memset(text, 'a', 200);
    text[200] = '\0';
    apr_array_header_t *found = words(text);
    assert_int_equal(found->nelts, 1);
    assert_int_equal(strlen(APR_ARRAY_IDX(found, 0, const char *)), 64);

    text[64] = '\0';
    assert_string_equal(APR_ARRAY_IDX(words(text), 0, const char *), text);

    /* 63 ASCII letters and one of two bytes: cut before it, not through it */
    memcpy(text + 63, "\xc3\xa9z", 4);
    found = words(text);
    assert_int_equal(found->nelts, 1);
    assert_int_equal(strlen(APR_ARRAY_IDX(found, 0, const char *)), 63);

    /* one character with many marks, alone and in a run of Han */
    char *marks = apr_pstrdup(pool, "\xe5\x8d\xb0");
    for (int i = 0; i < 100; i++) {
        marks = apr_pstrcat(pool, marks, "\xcc\x96", NULL);
    }
    found = words(apr_pstrcat(pool, marks, "\xe5\x88\xb7", NULL));
    assert_int_equal(found->nelts, 1);
    assert_in_range(strlen(APR_ARRAY_IDX(found, 0, const char *)), 3, 64);
}

static void test_much_text(void **state)
{
    (void)state;
    enum { WORDS = 100000 };
    char *text = apr_palloc(pool, WORDS * 5 + 1);
    for (int i = 0; i < WORDS; i++) {
        memcpy(text + i * 5, "word ", 5);
    }
    text[WORDS * 5] = '\0';
    assert_int_equal(words(text)->nelts, WORDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_forms_are_one),
        cmocka_unit_test(test_korean),
        cmocka_unit_test(test_japanese_and_chinese),
        cmocka_unit_test(test_mixed_scripts),
        cmocka_unit_test(test_query_is_found),
        cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_much_text),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
