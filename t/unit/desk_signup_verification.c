/*
 * Signup: what was allowed a moment ago is looked at again, when a link is used and when its effect is written. Cases:
 * rules 1.3; security.md 179, 182.
 */
#include "signup_fixture.h"

#include "desk/account.h"

/* Whatever a face made of it: without an answer nobody comes in, but by an agent's hand. */
static void test_no_answer_to_the_captcha(void **state)
{
    sd_signup_input_t input = form("zoe@example.org");

    (void)state;
    open_desk("HELP");
    set("captcha", "true");
    assert_bad_field(sign_up_with(&input), SD_ERROR_INPUT, "captcha", "sd.validation.captcha");
    input.captcha = &(sd_captcha_proof_t){NULL, 0};
    assert_bad_field(sign_up_with(&input), SD_ERROR_INPUT, "captcha", "sd.validation.captcha");
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 0);
    input.captcha = NULL;
    input.asks_people = 1;
    assert_good(sign_up_with(&input));
    assert_null(arrive(mailed()));
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 0);
    assert_string_equal(fixture_text("SELECT state FROM signup"), "waiting");
}

/* The site's own door, and a desk's own switch, take with them what was begun there, and leave the other alone. */
static void test_each_door_takes_its_own(void **state)
{
    sd_signup_input_t at_site = form("yan@example.org");
    sd_desk_access_t access;

    (void)state;
    open_desk("HELP");
    set("site_signup", "public");
    at_site.desk = NULL;
    assert_good(sign_up_with(&at_site));
    const char *of_site = mailed();
    sign_up("zoe@example.org");
    const char *of_desk = mailed();
    set("site_signup", "private");
    assert_string_equal(fixture_text("SELECT address FROM signup"), "zoe@example.org");
    set("site_signup", "public");
    assert_dead(of_site);
    assert_good(sign_up_with(&at_site));
    assert_good(sd_desk_access_change(&access, fixture_operator(), "HELP", &(sd_desk_access_input_t){NULL, 0, -1, 0}));
    assert_string_equal(fixture_text("SELECT address FROM signup"), "yan@example.org");
    assert_good(sd_desk_access_change(&access, fixture_operator(), "HELP", &(sd_desk_access_input_t){NULL, 1, -1, 0}));
    assert_dead(of_desk);
    sign_up("zoe@example.org");
    assert_non_null(arrive(mailed()));
}

/* What a closing desk leaves behind, say because it was written in this moment, is dead for as long as it is closed. */
static void test_what_is_left_behind_a_closed_door_is_dead(void **state)
{
    static const char *const doors[][2] = {
        {"UPDATE desk SET signup = 0", "UPDATE desk SET signup = 1"},
        {"UPDATE desk SET open = 0", "UPDATE desk SET open = 1"},
        {"UPDATE desk SET access = 'listed'", "UPDATE desk SET access = 'accounts'"},
        {"UPDATE directory SET writable = 0", "UPDATE directory SET writable = 1"},
    };

    (void)state;
    open_desk("HELP");
    sign_up("zoe@example.org");
    const char *token = mailed();
    for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
        sd_verification_t *verification;
        const sd_account_t *account;

        fixture_run("%s", doors[i][0]);
        assert_bad(sd_verification_find(&verification, fixture_work(0), token), SD_ERROR_NOT_FOUND);
        fixture_run("%s", doors[i][1]);
        assert_good(sd_verification_find(&verification, fixture_work(0), token));
        assert_good(sd_verification_compare(verification, FIXTURE_PASSWORD));
        fixture_run("%s", doors[i][0]);
        assert_bad(sd_verification_finish(&account, verification), SD_ERROR_NOT_FOUND);
        assert_int_equal(fixture_number("SELECT count(*) FROM account"), 0);
        fixture_run("%s", doors[i][1]);
    }
    assert_non_null(arrive(token));
}

/* The switch is asked for again when the password has been hashed. */
static void test_the_door_closes_meanwhile(void **state)
{
    static const char *const proofs[] = {"address-first", "at-once"};

    (void)state;
    open_desk("HELP");
    for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++) {
        sd_signup_input_t input = form("zoe@example.org");
        sd_signup_t *signup;

        set("signup_proof", proofs[i]);
        assert_good(sd_signup_check(&signup, fixture_work(0), &input));
        assert_good(sd_signup_hash(signup));
        fixture_run("UPDATE desk SET signup = 0");
        assert_bad(sd_signup_submit(signup), SD_ERROR_NOT_FOUND);
        assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 0);
        assert_int_equal(fixture_number("SELECT count(*) FROM account"), 0);
        assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 0);
        fixture_run("UPDATE desk SET signup = 1");
    }
    sign_up("zoe@example.org");
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 1);
}

/* The account that was there at once is looked at when its address is proven, and that address once more. */
static void test_at_once_is_judged_when_it_is_proven(void **state)
{
    static const char *const changes[][2] = {
        {"UPDATE account SET state = 'disabled' WHERE name_key = 'zoe@example.org'",
         "UPDATE account SET state = 'active' WHERE name_key = 'zoe@example.org'"},
        {"UPDATE account SET name = 'zoe', name_key = 'zoe' WHERE name_key = 'zoe@example.org'",
         "UPDATE account SET name = 'zoe@example.org', name_key = 'zoe@example.org' WHERE name_key = 'zoe'"},
    };
    sd_verification_t *verification;
    const sd_account_t *account;

    (void)state;
    open_desk("HELP");
    set("signup_proof", "at-once");
    sign_up("zoe@example.org");
    const char *token = mailed();
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        fixture_run("%s", changes[i][0]);
        assert_bad(sd_verification_find(&verification, fixture_work(0), token), SD_ERROR_NOT_FOUND);
        fixture_run("%s", changes[i][1]);
    }
    fixture_account("other");
    assert_good(sd_verification_find(&verification, fixture_work(0), token));
    assert_good(sd_verification_compare(verification, FIXTURE_PASSWORD));
    fixture_run("UPDATE account SET address = 'zoe@example.org', address_key = 'zoe@example.org'"
                " WHERE name = 'other'");
    sd_error_t *error = sd_verification_finish(&account, verification);
    assert_bad(error, SD_ERROR_NOT_FOUND);
    assert_string_equal(error->key, "sd.mailed_token.dead");
    fixture_run("UPDATE account SET address = 'other@example.org', address_key = 'other@example.org'"
                " WHERE name = 'other'");
    assert_int_equal(fixture_number("SELECT address_proven FROM account WHERE name_key = 'zoe@example.org'"), 0);
    assert_non_null(arrive(token));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_no_answer_to_the_captcha),
        desk_test(test_each_door_takes_its_own),
        desk_test(test_what_is_left_behind_a_closed_door_is_dead),
        desk_test(test_the_door_closes_meanwhile),
        desk_test(test_at_once_is_judged_when_it_is_proven),
    };

    return cmocka_run_group_tests_name("desk signup_verification", tests, NULL, NULL);
}
