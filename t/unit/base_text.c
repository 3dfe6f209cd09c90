/* base/text.h: what is UTF-8, what an input member may hold, normal forms, ids and booleans. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "base/text.h"

#define E_ACUTE "\xc3\xa9"
#define GRIN "\xf0\x9f\x98\x80"

static apr_pool_t *pool;

static void test_well_formed(void **state)
{
    (void)state;
    static const char *const good[] = {
        "",
        "a",
        "plain text of more than eight bytes",
        "\x01\x7f",
        "\xc2\x80",
        "\xdf\xbf", /* U+0080, U+07FF */
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xef\xbf\xbf", /* U+0800, U+D7FF, U+E000, U+FFFF */
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf", /* U+10000, U+10FFFF */
        "\xef\xbb\xbfmark",
        "\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
        "12345678\xc3\xa9-12345678\xc3\xa9",
        "1234567\xc3\xa9",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!sd_text_is_utf8(good[i], strlen(good[i]))) {
            fail_msg("refused: row %zu", i);
        }
    }
}

static void test_ill_formed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "\xff",
        "\xfe", /* no lead byte */
        "\xc0\x80",
        "\xc0\xaf",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf", /* overlong */
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf8\x88\x80\x80\x80",
        "\xfc\x84\x80\x80\x80\x80",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xed\xa0\xbd\xed\xb8\x80", /* surrogates, CESU-8 */
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xf7\xbf\xbf\xbf", /* beyond U+10FFFF */
        "\xc3",
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xe2",
        "\xf0", /* cut off */
        "\xc3(",
        "\xe2(\xa1",
        "\xe2\x82(",
        "\xf0(\x8c\xbc",
        "\xf0\x90(\xbc",
        "\xf0\x28\x8c\x28",
        "\xc3\xc3\xa9",
        "\xc3\xa9\xa9",
        "1234567\xc3",
        "12345678\x80",
        "123456781234567\xff",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (sd_text_is_utf8(bad[i], strlen(bad[i]))) {
            fail_msg("taken: row %zu", i);
        }
    }
}

/* A NUL or a bad byte is found wherever it stands, in and between the blocks of eight. */
static void test_every_position(void **state)
{
    (void)state;
    char text[40];
    for (size_t length = 1; length <= sizeof text; length++) {
        for (size_t at = 0; at < length; at++) {
            memset(text, 'x', sizeof text);
            assert_true(sd_text_is_utf8(text, length));
            text[at] = '\0';
            assert_false(sd_text_is_utf8(text, length));
            text[at] = '\x01';
            assert_true(sd_text_is_utf8(text, length));
            text[at] = '\x80';
            assert_false(sd_text_is_utf8(text, length));
            text[at] = '\xc3';
            assert_false(sd_text_is_utf8(text, length));
            if (at + 1 < length) {
                text[at + 1] = '\xa9';
                assert_true(sd_text_is_utf8(text, length));
            }
        }
    }
}

/* All three-byte strings that start beyond ASCII, against the ranges of the standard. */
static void test_three_bytes_against_the_standard(void **state)
{
    (void)state;
    for (unsigned a = 0x80; a < 0x100; a++) {
        for (unsigned b = 0; b < 0x100; b++) {
            for (unsigned c = 0; c < 0x100; c++) {
                char text[3] = {(char)a, (char)b, (char)c};
                int pair = a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf && c >= 1 && c <= 0x7f;
                unsigned point = (a & 15) << 12 | (b & 63) << 6 | (c & 63);
                int triple = (a & 0xf0) == 0xe0 && (b & 0xc0) == 0x80 && (c & 0xc0) == 0x80 && point >= 0x800 &&
                             (point < 0xd800 || point > 0xdfff);
                assert_int_equal(sd_text_is_utf8(text, 3), pair || triple);
            }
        }
    }
}

static void test_length(void **state)
{
    (void)state;
    assert_int_equal(sd_text_length(""), 0);
    assert_int_equal(sd_text_length("abc"), 3);
    assert_int_equal(sd_text_length("h" E_ACUTE "llo"), 5);
    assert_int_equal(sd_text_length(GRIN GRIN), 2);
    assert_int_equal(sd_text_length("\xed\x99\x98\xeb\xb6\x88"), 2); /* two Hangul syllables */
    assert_int_equal(sd_text_length("e\xcc\x81"), 2);                /* a letter and its mark */
}

static const char *check(const char *text, apr_size_t min, apr_size_t max, int lines)
{
    sd_error_t *error = sd_text_check(pool, "summary", text, min, max, lines);
    if (!error) {
        return "ok";
    }
    assert_int_equal(error->kind, SD_ERROR_INPUT);
    assert_string_equal(error->field, "summary");
    assert_true(strncmp(error->key, "sd.validation.", 14) == 0);
    assert_true(strlen(error->text) > 10);
    return error->key + 14;
}

static void test_check_length(void **state)
{
    (void)state;
    assert_string_equal(check("abc", 1, 3, 0), "ok");
    assert_string_equal(check("abcd", 1, 3, 0), "long");
    assert_string_equal(check(GRIN GRIN GRIN, 1, 3, 0), "ok");
    assert_string_equal(check(GRIN GRIN GRIN GRIN, 1, 3, 0), "long");
    assert_string_equal(check("", 0, 3, 0), "ok");
    assert_string_equal(check("", 1, 3, 0), "required");
    assert_string_equal(check(NULL, 1, 3, 0), "required");
    assert_string_equal(check(NULL, 0, 3, 0), "ok");
    assert_string_equal(check("   ", 1, 3, 0), "required");
    assert_string_equal(check("\xe3\x80\x80\xc2\xa0\xe2\x80\x83", 1, 9, 0), "required"); /* blanks of other scripts */
    assert_string_equal(check("   ", 0, 3, 0), "ok");
    assert_string_equal(check(" a ", 2, 9, 0), "short");
    assert_string_equal(check(" ab ", 2, 9, 0), "ok");
    assert_string_equal(check(" ab ", 2, 3, 0), "long"); /* towards the maximum blanks do count: they are stored */
    assert_string_equal(check("\n\t ", 1, 9, 1), "required");
}

static void test_check_characters(void **state)
{
    (void)state;
    assert_string_equal(check("a\x80", 1, 9, 0), "utf8");
    assert_string_equal(check("\xed\xa0\x80", 1, 9, 1), "utf8");
    static const char *const controls[] = {"a\x01", "\x1b[2J", "a\x7f", "\x08", "\xc2\x80", "\xc2\x9f", "\xc2\x85"};
    for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++) {
        assert_string_equal(check(controls[i], 0, 9, 0), "control");
        assert_string_equal(check(controls[i], 0, 9, 1), "control");
    }
    static const char *const breaks[] = {"a\tb", "a\nb", "a\r\nb", "\n", "a\r\n"};
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        assert_string_equal(check(breaks[i], 0, 9, 0), "control");
        assert_string_equal(check(breaks[i], 0, 9, 1), "ok");
    }
    assert_string_equal(check("a\rb", 0, 9, 1), "control");
    assert_string_equal(check("a\r", 0, 9, 1), "control");
    assert_string_equal(check("a\r\r\n", 0, 9, 1), "control");
    assert_string_equal(check("\xc2\xa0\xc2\xa9" E_ACUTE, 0, 9, 0), "ok");
    assert_string_equal(check("<b>&amp;'\"%n", 0, 20, 0), "ok");
}

static void test_check_texts(void **state)
{
    (void)state;
    assert_string_equal(sd_text_check(pool, "f", "abcd", 0, 3, 0)->text, "At most 3 characters are allowed.");
    assert_string_equal(sd_text_check(pool, "f", "a", 2, 3, 0)->text, "At least 2 characters are needed.");
}

static void test_trim(void **state)
{
    (void)state;
    assert_string_equal(sd_text_trim(pool, ""), "");
    assert_string_equal(sd_text_trim(pool, "a"), "a");
    assert_string_equal(sd_text_trim(pool, " \t\r\n a  b \n"), "a  b");
    assert_string_equal(sd_text_trim(pool, " \t "), "");
    assert_string_equal(sd_text_trim(pool, "\xe3\x80\x80" E_ACUTE "\xc2\xa0"), E_ACUTE);
    assert_string_equal(sd_text_trim(pool, " \xff\x80 "), "\xff\x80"); /* not UTF-8: the blanks go, no crash */
    assert_string_equal(sd_text_trim(pool, "\xe3\x80"), "\xe3\x80");
}

static const char *fold(const char *text)
{
    const char *folded = NULL;
    assert_null(sd_text_fold(&folded, pool, text));
    return folded;
}

static void test_fold(void **state)
{
    (void)state;
    assert_string_equal(fold(""), "");
    assert_string_equal(fold("Anna LEE 42"), "anna lee 42");
    assert_string_equal(fold("\xc3\x89"
                             "COLE"),
                        E_ACUTE "cole");
    assert_string_equal(fold("E\xcc\x81"
                             "cole"),
                        E_ACUTE "cole"); /* decomposed */
    assert_string_equal(fold("Stra\xc3\x9f"
                             "e"),
                        "strasse");
    assert_string_equal(fold("STRASSE"), "strasse");
    assert_string_equal(fold("\xef\xac\x81le"), "file");                               /* ligature fi */
    assert_string_equal(fold("\xef\xbc\xa1\xef\xbd\x82"), "ab");                       /* full width */
    assert_string_equal(fold("\xe2\x84\xa2"), "tm");                                   /* trade mark sign */
    assert_string_equal(fold("\xce\xa3\xcf\x82\xcf\x83"), "\xcf\x83\xcf\x83\xcf\x83"); /* three sigmas */
    assert_string_equal(fold("\xef\xbd\xb6\xef\xbe\x9e"), "\xe3\x82\xac");             /* half-width GA */
    assert_string_equal(fold(GRIN), GRIN);
    /* one text in two spellings: an iota below and a half-width sound mark, and the same in NFKC */
    assert_string_equal(fold("\xe1\xbe\xa2\xef\xbe\x9e"), fold("\xe1\xbd\xa2\xe3\x82\x99\xcd\x85"));
}

static void test_fold_is_stable(void **state)
{
    (void)state;
    /* Every code point but surrogates and NUL: folding what is folded changes nothing. */
    for (unsigned point = 1; point < 0x20000; point++) {
        if (point >= 0xd800 && point <= 0xdfff) {
            continue;
        }
        char text[5] = {0};
        if (point < 0x80) {
            text[0] = (char)point;
        } else if (point < 0x800) {
            text[0] = (char)(0xc0 | point >> 6);
            text[1] = (char)(0x80 | (point & 63));
        } else if (point < 0x10000) {
            text[0] = (char)(0xe0 | point >> 12);
            text[1] = (char)(0x80 | (point >> 6 & 63));
            text[2] = (char)(0x80 | (point & 63));
        } else {
            text[0] = (char)(0xf0 | point >> 18);
            text[1] = (char)(0x80 | (point >> 12 & 63));
            text[2] = (char)(0x80 | (point >> 6 & 63));
            text[3] = (char)(0x80 | (point & 63));
        }
        const char *once = fold(text);
        if (strcmp(fold(once), once) != 0) {
            fail_msg("U+%04X", point);
        }
        if (point % 4096 == 0) {
            apr_pool_clear(pool);
        }
    }
}

static void test_compose(void **state)
{
    (void)state;
    const char *composed;
    assert_null(sd_text_compose(&composed, pool, "Plain"));
    assert_string_equal(composed, "Plain");
    assert_null(sd_text_compose(&composed, pool, "E\xcc\x81\xef\xac\x81"));
    assert_string_equal(composed, "\xc3\x89\xef\xac\x81"); /* composed, but neither folded nor compatible */
}

static void test_id(void **state)
{
    (void)state;
    assert_true(sd_text_id("1") == 1);
    assert_true(sd_text_id("10042") == 10042);
    assert_true(sd_text_id("9223372036854775807") == INT64_MAX);
    static const char *const bad[] = {
        "",
        "0",
        "00",
        "01",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1\n",
        "0x1",
        "1e3",
        "1.0",
        "9223372036854775808",
        "18446744073709551617",
        "99999999999999999999999999",
        "a",
        "1a",
        "\xd9\xa1",
        "\xef\xbc\x91",
        "1,000",
        "1'",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (sd_text_id(bad[i]) != 0) {
            fail_msg("taken: '%s'", bad[i]);
        }
    }
    assert_true(sd_text_id(NULL) == 0);
}

static void test_boolean(void **state)
{
    (void)state;
    assert_int_equal(sd_text_boolean("true"), 1);
    assert_int_equal(sd_text_boolean("True"), 1);
    assert_int_equal(sd_text_boolean("TRUE"), 1);
    assert_int_equal(sd_text_boolean("1"), 1);
    assert_int_equal(sd_text_boolean("false"), 0);
    assert_int_equal(sd_text_boolean("False"), 0);
    assert_int_equal(sd_text_boolean("0"), 0);
    static const char *const bad[] = {"", "yes", "no", "on", "2", "01", "true ", " true", "truefalse", "t", "null"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(sd_text_boolean(bad[i]), -1);
    }
    assert_int_equal(sd_text_boolean(NULL), -1);
}

static void test_like(void **state)
{
    (void)state;
    assert_string_equal(sd_text_like(pool, ""), "");
    assert_string_equal(sd_text_like(pool, "50 % of a_b \\ *?"), "50 \\% of a\\_b \\\\ *?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_well_formed),
        cmocka_unit_test(test_ill_formed),
        cmocka_unit_test(test_every_position),
        cmocka_unit_test(test_three_bytes_against_the_standard),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_check_length),
        cmocka_unit_test(test_check_characters),
        cmocka_unit_test(test_check_texts),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_like),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_fold_is_stable),
        cmocka_unit_test(test_compose),
        cmocka_unit_test(test_id),
        cmocka_unit_test(test_boolean),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
