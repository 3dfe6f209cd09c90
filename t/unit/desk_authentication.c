/*
 * Who is it, by name and password: what lets in, what does not and that nobody can tell why, what is written, and what
 * is done about hashes of an older kind.
 */
#include "sign_in.h"

#define FULL_WIDTH_CAROL "\xef\xbd\x83\xef\xbd\x81\xef\xbd\x92\xef\xbd\x8f\xef\xbd\x8c"

/* ---- in ---- */

static void test_by_name_and_by_address(void **state)
{
    sd_id_t carol = make("carol");
    static const char *const names[] = {"carol", "CAROL", "carol@example.org", "Carol@EXAMPLE.org", FULL_WIDTH_CAROL};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        sd_work_t *work = fixture_work(0);

        assert_good(attempt(work, names[i], FIXTURE_PASSWORD));
        assert_int_equal(work->actor.account_id, carol);
        assert_int_equal(work->actor.generation, 1);
        assert_int_equal(work->actor.scopes, SD_SCOPE_ALL);
        assert_int_equal(work->actor.is_operator, 0);
        assert_string_equal(work->actor.directory, "internal");
    }
}

/* Anybody may claim an address; only a proven one stands for its account. */
static void test_not_by_an_address_that_nobody_proved(void **state)
{
    (void)state;
    make("carol");
    fixture_run("UPDATE account SET address_proven = 0");
    assert_bad(sign_in("carol@example.org", FIXTURE_PASSWORD), SD_ERROR_SIGN_IN);
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
}

static void test_a_name_comes_before_an_address(void **state)
{
    sd_id_t named;

    (void)state;
    make("carol");
    named = make("dan");
    /* By hand: no way through desk/ leads to it. */
    fixture_run("UPDATE account SET name = 'carol@example.org', name_key = 'carol@example.org' WHERE name = 'dan'");
    sd_work_t *work = fixture_work(0);
    assert_good(attempt(work, "carol@example.org", FIXTURE_PASSWORD));
    assert_int_equal(work->actor.account_id, named);
}

static void test_without_throttle_and_cache(void **state)
{
    (void)state;
    make("carol");
    fixture.site.throttle = NULL;
    fixture.site.password_cache = NULL;
    for (int i = 0; i < 20; i++) {
        assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    }
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_int_equal(cache_hits, 0);
}

static void test_it_writes_nothing(void **state)
{
    apr_int64_t changes;

    (void)state;
    make("carol");
    changes = fixture_changes();
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    /* Servers that share a database take from three budgets there, and give back. */
    assert_int_equal(fixture_changes() - changes, raw_is_pgsql() ? 6 : 0);
}

/* ---- out ---- */

static void test_all_refusals_are_alike(void **state)
{
    const sd_account_t *account;
    sd_error_t *first;
    char *long_text = apr_pcalloc(fixture.pool, 2000);

    (void)state;
    memset(long_text, 'x', 1999);
    make("carol");
    make("disabled");
    assert_good(sd_account_disable(fixture_operator(), "disabled", 1));
    assert_good(sd_account_create(&account, fixture_operator(),
                                  &(sd_account_input_t){.address = "pending@example.org", .origin = "rest"}));
    assert_good(sd_account_create(&account, fixture_operator(),
                                  &(sd_account_input_t){.directory = "ldap", .name = "ann", .origin = "tool"}));
    fixture_account("nopassword");
    const char *cases[][2] = {
        {"nobody", FIXTURE_PASSWORD},
        {"carol", OTHER_PASSWORD},
        {"disabled", FIXTURE_PASSWORD},
        {"pending@example.org", FIXTURE_PASSWORD},
        {"ann", FIXTURE_PASSWORD},
        {"ldap/ann", FIXTURE_PASSWORD},
        {"internal/carol", FIXTURE_PASSWORD},
        {"nopassword", FIXTURE_PASSWORD},
        {"carol", ""},
        {"", FIXTURE_PASSWORD},
        {"carol", long_text},
        {long_text, FIXTURE_PASSWORD},
        {"\xff", FIXTURE_PASSWORD},
        {"carol", "\xff\xff\xff\xff"},
        {"carol ", FIXTURE_PASSWORD},
        {"carol", FIXTURE_PASSWORD " "},
    };
    first = sign_in("unknown", FIXTURE_PASSWORD);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sd_error_t *error = attempt_from(apr_psprintf(fixture.pool, "198.51.100.%d", (int)i), cases[i][0], cases[i][1]);

        assert_bad(error, SD_ERROR_SIGN_IN);
        assert_string_equal(error->key, first->key);
        assert_string_equal(error->text, first->text);
        assert_null(error->field);
        assert_null(error->next);
        assert_int_equal(error->retry_after, first->retry_after);
    }
    assert_bad(sign_in(NULL, FIXTURE_PASSWORD), SD_ERROR_SIGN_IN);
    assert_bad(sign_in("carol", NULL), SD_ERROR_SIGN_IN);
}

/* Each half refuses for itself, whatever the other says. */
static void test_both_halves_refuse(void **state)
{
    sd_work_t *work = fixture_work(0);
    sd_password_verdict_t verdict;
    sd_password_check_t check;

    (void)state;
    make("carol");
    assert_good(sd_password_find(&check, work, "carol", NULL));
    assert_true(check.may_sign_in);
    assert_good(sd_password_compare(&verdict, work, &check, FIXTURE_PASSWORD));
    assert_int_equal(verdict, SD_PASSWORD_RIGHT);
    check.may_sign_in = 0;
    assert_good(sd_password_compare(&verdict, work, &check, FIXTURE_PASSWORD));
    assert_int_equal(verdict, SD_PASSWORD_WRONG);
    assert_bad(sd_password_finish(work, &check, SD_PASSWORD_RIGHT, FIXTURE_PASSWORD), SD_ERROR_SIGN_IN);
    assert_int_equal(work->actor.account_id, 0);
}

/* Unknown, wrong, disabled, without a password: each costs one hash and one write of two rows, a counter and the
 * audit. */
static void test_all_refusals_cost_the_same(void **state)
{
    static const char *const names[] = {"nobody", "carol", "disabled", "nopassword"};

    (void)state;
    make("carol");
    make("disabled");
    assert_good(sd_account_disable(fixture_operator(), "disabled", 1));
    fixture_account("nopassword");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        apr_int64_t changes = fixture_changes(), before = comparisons;

        assert_bad(sign_in(names[i], OTHER_PASSWORD), SD_ERROR_SIGN_IN);
        /* Servers that share a database count in three budgets of it, too. */
        assert_int_equal(fixture_changes() - changes, raw_is_pgsql() ? 5 : 2);
        assert_int_equal(comparisons - before, 1);
    }
    assert_int_equal(fixture_audited("sign-in"), 4);
    assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE act LIKE 'password.%%'"), 0);
}

static void test_a_damaged_hash_lets_nobody_in(void **state)
{
    static const char *const bad[] = {
        "''", "'*'", "'not-a-hash'", "NULL", "'$sd1$1$$2y$04$'", "'$sd1$9$'", "substr(password_hash, 1, 60)"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *name = apr_psprintf(fixture.pool, "user%d", (int)i);

        make(name);
        fixture_run("UPDATE account SET password_hash = %s WHERE name = '%s'", bad[i], name);
        assert_bad(sign_in(name, FIXTURE_PASSWORD), SD_ERROR_SIGN_IN);
    }
}

/* ---- hashes of an older kind ---- */

static void test_an_old_pepper_is_replaced(void **state)
{
    sd_password_keys_t *keys = &fixture.site.passwords;

    (void)state;
    make("carol");
    keys->previous = keys->current;
    keys->current = (sd_pepper_t){.id = 2, .key = "another pepper, two of two, now"};
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_int_equal(strncmp(fixture_text("SELECT password_hash FROM account"), "$sd1$2$$2y$04$", 14), 0);
    assert_int_equal(fixture_number("SELECT generation FROM account"), 1);
    keys->previous = (sd_pepper_t){0};
    fixture.site.password_cache = NULL;
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
}

static void test_an_old_cost_is_replaced(void **state)
{
    (void)state;
    make("carol");
    fixture.site.passwords.cost = 5;
    assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    assert_int_equal(strncmp(fixture_text("SELECT password_hash FROM account"), "$sd1$1$$2y$04$", 14), 0);
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_int_equal(strncmp(fixture_text("SELECT password_hash FROM account"), "$sd1$1$$2y$05$", 14), 0);
    assert_int_equal(failures_of("carol"), 0);
}

/* ---- a database that takes no writes ---- */

static void test_right_stays_right_and_wrong_stays_wrong(void **state)
{
    (void)state;
    make("carol");
    assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    raw_refuse_writes(&fixture.raw, 1);
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    assert_bad(sign_in("nobody", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    raw_refuse_writes(&fixture.raw, 0);
    assert_int_equal(failures_of("carol"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        password_test(test_by_name_and_by_address),
        password_test(test_not_by_an_address_that_nobody_proved),
        password_test(test_a_name_comes_before_an_address),
        password_test(test_without_throttle_and_cache),
        password_test(test_it_writes_nothing),
        password_test(test_all_refusals_are_alike),
        password_test(test_both_halves_refuse),
        password_test(test_all_refusals_cost_the_same),
        password_test(test_a_damaged_hash_lets_nobody_in),
        password_test(test_an_old_pepper_is_replaced),
        password_test(test_an_old_cost_is_replaced),
        password_test(test_right_stays_right_and_wrong_stays_wrong),
    };

    return cmocka_run_group_tests_name("desk authentication", tests, NULL, NULL);
}
