/* Captchas: a word that only the server can read out of a challenge, and an answer that counts once. */
#include "fixture.h"

#include <apr_hash.h>

#include "desk/captcha.h"
#include "desk/setting.h"
#include "web/captcha_picture.h"

#define FORM "signup|HELP|cookie-1"

static void fixture_pepper(int id, unsigned char byte)
{
    fixture.site.passwords.current.id = id;
    memset(fixture.site.passwords.current.key, byte, SD_DIGEST_BYTES);
}

static const char *issue(void)
{
    const char *challenge;

    assert_good(sd_captcha_issue(&challenge, &fixture.site, fixture.pool, FORM));
    return challenge;
}

static const char *word_of(const char *challenge)
{
    unsigned char seed[SD_DIGEST_BYTES];
    const char *word;

    assert_good(sd_captcha_word(&word, seed, &fixture.site, fixture.pool, challenge));
    return word;
}

static int check(sd_captcha_proof_t *proof, const char *form, const char *challenge, const char *answer)
{
    return sd_captcha_check(proof, &fixture.site, fixture.pool, form, challenge, answer);
}

typedef struct use_t {
    sd_work_t *work;
    const sd_captcha_proof_t *proof;
} use_t;

static sd_error_t *use_in_write(void *baton)
{
    use_t *use = baton;

    return sd_captcha_use(use->work, use->proof);
}

static sd_error_t *use(const sd_captcha_proof_t *proof)
{
    use_t call = {fixture_work(0), proof};

    return sd_work_write(call.work, use_in_write, &call);
}

static void test_right_answer_counts_once(void **state)
{
    sd_captcha_proof_t proof;
    const char *challenge = issue();

    (void)state;
    assert_int_equal(strlen(word_of(challenge)), 5);
    assert_true(check(&proof, FORM, challenge, word_of(challenge)));
    assert_good(use(&proof));
    assert_bad_field(use(&proof), SD_ERROR_INPUT, "captcha", "sd.validation.captcha");
    assert_true(check(&proof, FORM, challenge, word_of(challenge)));
    assert_bad_field(use(&proof), SD_ERROR_INPUT, "captcha", "sd.validation.captcha");
}

/* Two thousand for one form in the same millisecond: no two begin alike, and their words are spread. */
static void test_drawn(void **state)
{
    apr_hash_t *starts = apr_hash_make(fixture.pool), *words = apr_hash_make(fixture.pool);

    (void)state;
    for (int i = 0; i < 2000; i++) {
        const char *challenge = issue(), *word = word_of(challenge);
        const char *start = apr_pstrmemdup(fixture.pool, challenge, 2 + 16);

        assert_null(apr_hash_get(starts, start, APR_HASH_KEY_STRING));
        apr_hash_set(starts, start, APR_HASH_KEY_STRING, word);
        apr_hash_set(words, word, APR_HASH_KEY_STRING, word);
    }
    assert_in_range(apr_hash_count(words), 1990, 2000); /* of 1.9 million */
}

static void test_answers_of_people(void **state)
{
    sd_captcha_proof_t proof;

    (void)state;
    const char *challenge = issue();
    const char *word = word_of(challenge);
    char *spaced =
        apr_psprintf(fixture.pool, " %c %c%c%c %c ", word[0] | 0x20, word[1], word[2] | 0x20, word[3], word[4]);
    assert_true(check(&proof, FORM, challenge, spaced));
    assert_false(check(&proof, FORM, challenge, apr_pstrcat(fixture.pool, word, "A", NULL)));
    assert_false(check(&proof, FORM, challenge, apr_pstrndup(fixture.pool, word, 4)));
    assert_false(check(&proof, FORM, challenge, ""));
    assert_false(check(&proof, FORM, challenge, NULL));
    /* A wrong one is used up too: the ticket is there to do it with. */
    assert_non_null(proof.ticket);
}

static void test_other_forms_and_words(void **state)
{
    sd_captcha_proof_t proof;
    const char *challenge = issue(), *other = issue();

    (void)state;
    assert_string_not_equal(challenge, other);
    assert_string_not_equal(word_of(challenge), word_of(other));
    assert_false(check(&proof, "signup|HELP|cookie-2", challenge, word_of(challenge)));
    assert_false(check(&proof, "signup|HR|cookie-1", challenge, word_of(challenge)));
    assert_false(check(&proof, FORM, challenge, word_of(other)));
}

static void test_end(void **state)
{
    sd_captcha_proof_t proof;
    const char *challenge = issue();
    const char *word = word_of(challenge);

    (void)state;
    fixture_clock_move(10 * SD_MINUTE - 1);
    assert_true(check(&proof, FORM, challenge, word));
    assert_good(use(&proof));
    fixture_clock_move(1);
    assert_false(check(&proof, FORM, challenge, word));
    assert_null(proof.ticket);
    /* Nobody gains time by a clock put back behind the making of the challenge. */
    fixture_clock_move(-13 * SD_MINUTE);
    assert_false(check(&proof, FORM, challenge, word));
}

static void test_forgotten_tickets_are_over(void **state)
{
    sd_captcha_proof_t old, fresh;
    const char *challenge = issue();

    (void)state;
    assert_true(check(&old, FORM, challenge, word_of(challenge)));
    assert_good(use(&old));
    fixture_clock_move(11 * SD_MINUTE);
    challenge = issue();
    assert_true(check(&fresh, FORM, challenge, word_of(challenge)));
    assert_good(use(&fresh));
    assert_int_equal(fixture_number("SELECT count(*) FROM captcha_use"), 1);
    assert_bad_field(use(&old), SD_ERROR_INPUT, "captcha", "sd.validation.captcha");
}

static void test_what_the_server_did_not_make(void **state)
{
    static const char *const strangers[] = {"",    ".",         "....", "1....", "1.a.b.c.d", "0.00.00.00.00",
                                            "-1.", "99.x.y.z.w"};
    sd_captcha_proof_t proof;
    unsigned char seed[SD_DIGEST_BYTES];
    const char *word;

    (void)state;
    for (apr_size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        assert_bad(sd_captcha_word(&word, seed, &fixture.site, fixture.pool, strangers[i]), SD_ERROR_NOT_FOUND);
        assert_false(check(&proof, FORM, strangers[i], "ABDEF"));
        assert_null(proof.ticket);
    }
    const char *challenge = issue();
    for (apr_size_t i = 0; challenge[i]; i++) {
        char *bent = apr_pstrdup(fixture.pool, challenge);
        bent[i] = bent[i] == '1' ? '2' : '1';
        assert_false(check(&proof, FORM, bent, word_of(challenge)));
        assert_null(proof.ticket);
    }
    assert_bad(sd_captcha_word(&word, seed, &fixture.site, fixture.pool, NULL), SD_ERROR_NOT_FOUND);
}

static void test_keys(void **state)
{
    sd_captcha_proof_t proof;
    const char *challenge = issue();
    const char *word = word_of(challenge);

    (void)state;
    fixture.site.passwords.previous = fixture.site.passwords.current;
    fixture_pepper(2, 9);
    assert_true(check(&proof, FORM, challenge, word));
    fixture.site.passwords.previous.id = 0;
    assert_false(check(&proof, FORM, challenge, word));
    fixture.site.passwords.current.id = 0;
    assert_bad(sd_captcha_issue(&challenge, &fixture.site, fixture.pool, FORM), SD_ERROR_UNAVAILABLE);
}

static void test_setting(void **state)
{
    int on = 1;

    (void)state;
    assert_good(sd_captcha_is_on(&on, fixture_work(0)));
    assert_false(on);
    assert_good(sd_setting_set(fixture_operator(), "captcha", "true"));
    assert_good(sd_captcha_is_on(&on, fixture_work(0)));
    assert_true(on);
}

static void test_picture(void **state)
{
    sd_captcha_picture_t one, again, other;
    unsigned char seed[SD_DIGEST_BYTES] = {1};

    (void)state;
    assert_good(sd_captcha_picture_draw(&one, fixture.pool, "ABDEF", seed));
    assert_good(sd_captcha_picture_draw(&again, fixture.pool, "ABDEF", seed));
    seed[0] = 2;
    assert_good(sd_captcha_picture_draw(&other, fixture.pool, "ABDEF", seed));
    assert_memory_equal(one.bytes, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(one.length, again.length);
    assert_memory_equal(one.bytes, again.bytes, one.length);
    assert_true(other.length != one.length || memcmp(other.bytes, one.bytes, one.length) != 0);
    assert_in_range(one.length, 500, 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_right_answer_counts_once),
        desk_test(test_drawn),
        desk_test(test_answers_of_people),
        desk_test(test_other_forms_and_words),
        desk_test(test_end),
        desk_test(test_forgotten_tickets_are_over),
        desk_test(test_what_the_server_did_not_make),
        desk_test(test_keys),
        desk_test(test_setting),
        desk_test(test_picture),
    };

    return cmocka_run_group_tests_name("desk captcha", tests, NULL, NULL);
}
