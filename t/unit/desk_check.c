/* The integrity check: silent about what the house makes, and a line about each damage done by hand. */
#include "fixture.h"

#include "desk/account.h"
#include "desk/authentication.h"
#include "desk/check.h"
#include "desk/session.h"
#include "desk/setting.h"

static apr_array_header_t *check(void)
{
    apr_array_header_t *findings = NULL;

    assert_good(sd_check(&findings, fixture_operator()));
    return findings;
}

static void make_people(void)
{
    const sd_account_t *account;
    sd_session_t *session;

    assert_good(sd_account_create(&account, fixture_operator(),
                                  &(sd_account_input_t){.name = "carol",
                                                        .address = "Carol@example.org",
                                                        .address_proven = 1,
                                                        .display_name = "Carol J\xc3\xb6nes",
                                                        .password = FIXTURE_PASSWORD,
                                                        .origin = "tool"}));
    assert_good(sd_session_open(&session, fixture_work(account->id), "password", NULL));
    assert_good(sd_authenticate_external(fixture_work(0), &(sd_external_identity_t){.directory = "ldap",
                                                                                    .name = "Stra\xc3\x9f"
                                                                                            "e",
                                                                                    .address = "s@example.org"}));
    assert_good(sd_setting_set(fixture_operator(), "system_admin_reads_requests", "true"));
}

static void test_all_is_well(void **state)
{
    (void)state;
    assert_int_equal(check()->nelts, 0);
    fixture_account("ann"); /* the fixture keeps the rules too */
    make_people();
    assert_int_equal(check()->nelts, 0);
}

static void test_more_than_one_stretch(void **state)
{
    const sd_account_t *account;

    (void)state;
    for (int i = 0; i < 1001; i++) {
        assert_good(
            sd_account_create(&account, fixture_operator(),
                              &(sd_account_input_t){.name = apr_psprintf(fixture.pool, "p%d", i), .origin = "tool"}));
    }
    assert_int_equal(check()->nelts, 0);
    fixture_run("UPDATE account SET name_key = 'x' WHERE name = 'p1000'");
    assert_int_equal(check()->nelts, 1);
}

typedef struct damage_t {
    const char *done;
    const char *finding; /* after "account ID: ", or whole */
    int of_account;
} damage_t;

static void test_each_damage_is_found(void **state)
{
    static const damage_t damages[] = {
        {"UPDATE account SET name_key = 'CAROL' WHERE name = 'carol'", "name_key is not that of the name", 1},
        {"UPDATE account SET address_key = 'x@example.org' WHERE name = 'carol'",
         "address_key is not that of the address", 1},
        {"UPDATE account SET address_key = NULL, address_proven = 0 WHERE name = 'carol'",
         "address_key is not that of the address", 1},
        {"UPDATE account SET address = 'nonsense' WHERE name = 'carol'", "the address is none", 1},
        {"DELETE FROM account_word WHERE word = 'carol'", "the words of the search are not those of its texts", 1},
        {"UPDATE account_word SET word = 'karol' WHERE word = 'carol'",
         "the words of the search are not those of its texts", 1},
        {"DELETE FROM account_part WHERE account_id = (SELECT id FROM account WHERE name = 'carol')",
         "a part of its texts is not found by the list of customers", 1},
        {"UPDATE session SET generation = 2", "1 sessions of a generation that is yet to come", 1},
        {"INSERT INTO setting (name, value) VALUES ('colour', 'red')", "setting colour: there is none of that name", 0},
        {"UPDATE setting SET value = 'maybe'",
         "setting system_admin_reads_requests: its value is none that it may have", 0},
        {"UPDATE directory SET kind = 'external' WHERE id = 1", "directory: 0 internal ones instead of one", 0},
    };
    const char *carol;

    (void)state;
    make_people();
    carol = fixture_text("SELECT public_id FROM account WHERE name = 'carol'");
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        const damage_t *damage = &damages[i];
        apr_array_header_t *findings;
        const char *expected =
            damage->of_account ? apr_psprintf(fixture.pool, "account %s: %s", carol, damage->finding) : damage->finding;
        int found = 0;

        fixture_run("%s", damage->done);
        findings = check();
        for (int j = 0; j < findings->nelts; j++) {
            found += strcmp(APR_ARRAY_IDX(findings, j, const char *), expected) == 0;
        }
        if (!found) {
            fail_msg("%s: not found by the check", damage->done);
        }
        fixture_teardown(NULL);
        fixture_setup(NULL);
        make_people();
        carol = fixture_text("SELECT public_id FROM account WHERE name = 'carol'");
    }
}

static void test_a_password_outside(void **state)
{
    apr_array_header_t *findings;

    (void)state;
    make_people();
    fixture_run("UPDATE account SET password_hash = 'x' WHERE directory_id > 1");
    findings = check();
    assert_int_equal(findings->nelts, 1);
    assert_non_null(strstr(APR_ARRAY_IDX(findings, 0, const char *), ": a password in directory ldap"));
}

static void test_text_that_is_not_utf8(void **state)
{
    apr_array_header_t *findings;

    (void)state;
    if (raw_is_pgsql()) {
        return; /* it takes no such text */
    }
    make_people();
    fixture_run("UPDATE account SET display_name = CAST(x'ff' AS TEXT) WHERE name = 'carol'");
    findings = check();
    assert_int_not_equal(findings->nelts, 0);
    assert_non_null(strstr(APR_ARRAY_IDX(findings, 0, const char *), ": a name is not UTF-8"));
}

static void test_foreign_keys(void **state)
{
    (void)state;
    if (raw_is_pgsql()) {
        return; /* it has no damage of this kind to find */
    }
    make_people();
    fixture_run("PRAGMA foreign_keys = OFF; DELETE FROM account WHERE name = 'carol'");
    assert_int_not_equal(check()->nelts, 0);
}

static void test_who_may(void **state)
{
    sd_id_t carol = fixture_account("carol"), sam = fixture_account("sam");
    apr_array_header_t *findings;

    (void)state;
    fixture_system_admin(sam);
    assert_bad(sd_check(&findings, fixture_work(carol)), SD_ERROR_FORBIDDEN);
    assert_bad(sd_check(&findings, fixture_work(0)), SD_ERROR_SIGN_IN);
    assert_good(sd_check(&findings, fixture_work(sam)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_all_is_well),
        desk_test(test_more_than_one_stretch),
        desk_test(test_each_damage_is_found),
        desk_test(test_a_password_outside),
        desk_test(test_text_that_is_not_utf8),
        desk_test(test_foreign_keys),
        desk_test(test_who_may),
    };

    return cmocka_run_group_tests_name("desk check", tests, NULL, NULL);
}
