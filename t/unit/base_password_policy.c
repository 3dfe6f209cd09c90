/* base/password.h: which passwords are taken. The dictionary is the one of the distribution. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "base/password.h"

#define GRIN "\xf0\x9f\x98\x80"
#define E_ACUTE "\xc3\xa9"

static apr_pool_t *pool;
static const char *const context[] = {"IT Help", "Anna M\xc3\xbcller", "c1", "a.lee1985", "Service Desk", NULL};

static const char *policy(const char *password)
{
    sd_error_t *error = sd_password_policy(pool, "password", password, context);
    if (!error) {
        return "ok";
    }
    assert_int_equal(error->kind, SD_ERROR_INPUT);
    assert_string_equal(error->field, "password");
    assert_null(error->next);
    assert_true(strncmp(error->key, "sd.validation.password.", 23) == 0);
    assert_null(strstr(error->text, "%"));
    return error->key + 23;
}

static void expect_all(const char *const *passwords, size_t count, const char *expected)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = policy(passwords[i]);
        if (strcmp(got, expected) != 0) {
            fail_msg("'%s' is %s, expected %s", passwords[i], got, expected);
        }
    }
}

#define EXPECT_ALL(expected, ...)                                                                                      \
    do {                                                                                                               \
        static const char *const rows_[] = {__VA_ARGS__};                                                              \
        expect_all(rows_, sizeof rows_ / sizeof rows_[0], expected);                                                   \
    } while (0)

/* `count` different characters, so that no other rule speaks: code points from U+3400 on. */
static char *han(int count)
{
    char *text = apr_palloc(pool, (apr_size_t)count * 3 + 1);
    for (int i = 0; i < count; i++) {
        int point = 0x3400 + i * 7;
        text[3 * i] = (char)(0xe0 | point >> 12);
        text[3 * i + 1] = (char)(0x80 | (point >> 6 & 63));
        text[3 * i + 2] = (char)(0x80 | (point & 63));
    }
    text[3 * count] = '\0';
    return text;
}

static void test_length(void **state)
{
    (void)state;
    EXPECT_ALL("short", "", "a", "blue tram rain");
    EXPECT_ALL("ok", "blue tram rains");
    assert_string_equal(policy(NULL), "short");
    assert_string_equal(policy(han(14)), "short");
    assert_string_equal(policy(han(15)), "ok");
    assert_string_equal(policy(han(128)), "ok");
    assert_string_equal(policy(han(129)), "long");

    char ascii[1100];
    for (size_t i = 0; i < sizeof ascii; i++) {
        ascii[i] = "tomzvqhxkwpgd"[(i * i + i / 13) % 13];
    }
    ascii[129] = '\0';
    assert_string_equal(policy(ascii), "long");
    ascii[128] = '\0';
    assert_string_equal(policy(ascii), "ok");
    ascii[128] = 'x';
    ascii[1099] = '\0';
    assert_string_equal(policy(ascii), "long");
}

static void test_length_counts_composed_characters(void **state)
{
    (void)state;
    /* 15 code points decomposed, 14 composed */
    EXPECT_ALL("short", "caf"
                        "e\xcc\x81"
                        " au lait x");
    EXPECT_ALL("ok", "caf"
                     "e\xcc\x81"
                     " au lait xy");
}

static void test_text_rules(void **state)
{
    (void)state;
    EXPECT_ALL("utf8", "correct horse \xff battery", "\xed\xa0\x80 correct horse battery", "correct horse battery\xc3");
    EXPECT_ALL("control", "correct horse\tbattery", "correct horse battery\n", "correct\x01horse battery",
               "correct\x7fhorse battery", "correct\xc2\x85horse battery");
    /* a huge one is long, whatever it is made of: nothing else is computed */
    char *huge = apr_palloc(pool, 10000001);
    memset(huge, '\xff', 10000000);
    huge[10000000] = '\0';
    assert_string_equal(policy(huge), "long");
}

static void test_no_composition_rule(void **state)
{
    (void)state;
    EXPECT_ALL("ok", "correct horse battery", "correcthorsebattery", "the cat sat on the mat", "winter rain blue tram",
               "CORRECT HORSE BATTERY", "we were there before", "eight hundred and two", "deed seed need feed",
               "8475920174658392", "kT7#pQ2$vX9@mL4&", " leading and trailing ", "horse 92837465019283",
               "!$%&/()=?*+'#-_.:,;<>|", "0123 tram 4567 rain blue");
    EXPECT_ALL("ok", GRIN
               "\xf0\x9f\x8e\x89\xf0\x9f\x9a\x80\xf0\x9f\x90\x8e\xf0\x9f\x94\x8b\xf0\x9f\x8c\x8d\xf0\x9f\x8c"
               "\x9e\xf0\x9f\x8c\x9d\xf0\x9f\x8d\x8e\xf0\x9f\x8d\x8f\xf0\x9f\x8d\x8c\xf0\x9f\x8d\x87\xf0\x9f\x8d\x93"
               "\xf0\x9f\x8d\x92\xf0\x9f\xa5\x9d");
}

static void test_random_hex_is_taken(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        char *hex;
        assert_null(sd_random_hex(&hex, pool, &sd_random_system, 12));
        assert_string_equal(policy(hex), "ok");
    }
}

static void test_repetition(void **state)
{
    (void)state;
    EXPECT_ALL("weak", "passwordpassword", "abcabcabcabcabc", "aaaaaaaaaaaaaaa", "PasswordPassword1!",
               "ab ab ab ab ab ab", "monkeymonkeymonk", "Xy7!Xy7!Xy7!Xy7!", "iloveyouiloveyou", "MonkeyMONKEYmonkey",
               "2024zebrazebra2024",
               E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE
                   E_ACUTE E_ACUTE,
               GRIN GRIN GRIN GRIN GRIN GRIN GRIN GRIN GRIN GRIN GRIN GRIN GRIN GRIN GRIN);
    /* a piece that could stand alone may come twice */
    EXPECT_ALL("ok", "correct horse battery correct horse battery ");
}

static void test_rows(void **state)
{
    (void)state;
    EXPECT_ALL("weak", "abcdefghijklmnop", "123456789012345", "qwertyuiopasdfgh", "1q2w3e4r5t6y7u8i",
               "1qaz2wsx3edc4rfv", "zyxwvutsrqponmlk", "aaaabbbbccccdddd", "11111111111111112", "abcdefgh12345678",
               "QWERTYUIOPASDF!", "mlkjhgfdsaqwertz", "poiuytrewq098765");
}

static void test_dictionary(void **state)
{
    (void)state;
    EXPECT_ALL("weak", "characteristically", "counterrevolutionary", "administrator123", "p a s s w o r d ! !",
               "password12345678", "Incomprehensible1", "ylevisneherpmocni");
    sd_error_t *error = sd_password_policy(pool, "password", "characteristically", NULL);
    assert_non_null(error);
    assert_string_equal(error->text, "This password is easy to guess: it is based on a word of the dictionary.");
}

/* cracklib translates its verdicts; the rule must not depend on the language of the process. */
static void test_dictionary_in_another_language(void **state)
{
    (void)state;
    setenv("LANGUAGE", "de", 1);
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    EXPECT_ALL("weak", "characteristically");
    EXPECT_ALL("ok", "correct horse battery");
    setlocale(LC_ALL, "C");
    unsetenv("LANGUAGE");
}

static void test_context(void **state)
{
    (void)state;
    EXPECT_ALL("context", "ithelp2024ithelp", "ITHelp-2024-2025!", "IT Help 2024 2025", "IT-HELP (19851224)",
               "Service Desk 2026 rocks", "servicedesk20262027", "annam\xc3\xbcller123456", "ANNAM\xc3\x9cLLER-123456",
               "annamu\xcc\x88ller1234567", "Anna1985Help1985xyz", "a.lee1985a-lee1985?",
               "m\xc3\xbcller M\xc3\x9cLLER 7",
               "\xef\xbc\xa9\xef\xbc\xb4\xef\xbc\xa8\xef\xbd\x85\xef\xbd\x8c\xef\xbd\x90 2024 2025"); /* full width */
    /* 8 other characters are enough, 7 are not */
    EXPECT_ALL("context", "ithelp bluetra 2024");
    EXPECT_ALL("ok", "ithelp bluetram 2024", "my service desk is quite blue", "anna sails to the lighthouse");
    /* without a context word the rule is silent, also about digits */
    EXPECT_ALL("ok", "8475920174658392", "c1 c1c1 93 84c1 7265c1");
}

static void test_context_words(void **state)
{
    (void)state;
    static const char *const odd[] = {"", "abc", "\xff\xfe", "....", "1984", NULL};
    assert_null(sd_password_policy(pool, "password", "abc 93847 abc 20571", odd));
    assert_null(sd_password_policy(pool, "password", "correct horse battery", odd));
    assert_null(sd_password_policy(pool, "password", "ithelp2024ithelp", NULL));
    static const char *const none[] = {NULL};
    assert_null(sd_password_policy(pool, "password", "ithelp2024ithelp", none));
}

static void *check_many(void *baton)
{
    int *failed = baton;
    apr_pool_t *own;
    apr_pool_create(&own, NULL);
    for (int i = 0; i < 50; i++) {
        sd_error_t *word = sd_password_policy(own, "password", "characteristically", context);
        *failed |= !word || strcmp(word->key, "sd.validation.password.weak") != 0;
        *failed |= sd_password_policy(own, "password", "correct horse battery", context) != NULL;
    }
    apr_pool_destroy(own);
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t thread[4];
    int failed[4] = {0};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, check_many, &failed[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(failed[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_length_counts_composed_characters),
        cmocka_unit_test(test_text_rules),
        cmocka_unit_test(test_no_composition_rule),
        cmocka_unit_test(test_random_hex_is_taken),
        cmocka_unit_test(test_repetition),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_dictionary),
        cmocka_unit_test(test_dictionary_in_another_language),
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_context_words),
        cmocka_unit_test(test_threads),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
