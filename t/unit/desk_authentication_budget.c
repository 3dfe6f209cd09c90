/*
 * Who is it, by name and password: what wrong ones are counted by and what that ends, and what the cache saves without
 * giving anything away.
 */
#include "sign_in.h"

#include "desk/password_budget.h"
#include "desk/role.h"
#include "desk/throttle.h"

/* ---- counting ---- */

static void test_failures_are_counted_until_the_next_success(void **state)
{
    (void)state;
    make("carol");
    for (int i = 1; i <= 3; i++) {
        assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
        assert_int_equal(failures_of("carol"), i);
    }
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_int_equal(failures_of("carol"), 0);
    assert_int_equal(fixture_number("SELECT generation FROM account WHERE name = 'carol'"), 1);
}

static void test_a_hundred_failures_end_the_password(void **state)
{
    (void)state;
    make("carol");
    for (int i = 0; i < 99; i++) {
        assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
        fixture_clock_move(SD_MINUTE);
    }
    assert_int_equal(fixture_audited("password.lockout"), 0);
    assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    assert_int_equal(failures_of("carol"), 100);
    assert_int_equal(fixture_audited("password.lockout"), 1);
    assert_string_equal(fixture_text("SELECT result FROM audit WHERE act = 'password.lockout'"), "refused");
    assert_string_equal(fixture_text("SELECT object_id FROM audit WHERE act = 'password.lockout'"),
                        fixture_text("SELECT public_id FROM account WHERE name = 'carol'"));
    fixture_clock_move(SD_DAY);
    assert_bad(sign_in("carol", FIXTURE_PASSWORD), SD_ERROR_SIGN_IN);
    assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    assert_int_equal(failures_of("carol"), 100);
    assert_int_equal(fixture_audited("password.lockout"), 1);
    assert_good(sd_account_set_password(fixture_operator(), "carol", OTHER_PASSWORD));
    assert_good(sign_in("carol", OTHER_PASSWORD));
}

static void test_one_success_before_the_hundredth_saves_it(void **state)
{
    (void)state;
    make("carol");
    fixture_run("UPDATE account SET failures = 99 WHERE name = 'carol'");
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    assert_int_equal(failures_of("carol"), 1);
}

static void test_the_budget_of_a_name(void **state)
{
    sd_error_t *error;
    apr_int64_t changes;

    (void)state;
    make("carol");
    for (int i = 0; i < 10; i++) {
        assert_bad(attempt_from(apr_psprintf(fixture.pool, "198.51.100.%d", i), i % 2 ? "carol" : "CAROL",
                                OTHER_PASSWORD),
                   SD_ERROR_SIGN_IN);
    }
    assert_int_equal(comparisons, 10);
    changes = fixture_changes();
    for (int i = 0; i < 1000; i++) {
        error = attempt_from(apr_psprintf(fixture.pool, "203.0.113.%d", i % 250), "carol", FIXTURE_PASSWORD);
        assert_bad(error, SD_ERROR_THROTTLED);
        assert_int_equal(error->retry_after, 30);
    }
    assert_int_equal(comparisons, 10);
    assert_int_equal(fixture_changes(), changes);
    assert_int_equal(failures_of("carol"), 10);
    fixture_clock_move(30 * SD_SECOND);
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
}

/* ---- several servers ---- */

static sd_throttle_t *another_memory(void)
{
    unsigned char secret[SD_DIGEST_BYTES] = {2};
    sd_throttle_t *memory = apr_palloc(fixture.pool, sd_throttle_size(4096));

    assert_int_equal(sd_throttle_init(memory, 4096, secret), APR_SUCCESS);
    return memory;
}

/* One server after the other, each with a memory of its own: together they have one budget. */
static void test_servers_share_the_budget(void **state)
{
    sd_throttle_t *memories[2] = {fixture.site.throttle, another_memory()};

    (void)state;
    if (!raw_is_pgsql()) {
        return; /* one machine, one memory */
    }
    make("carol");
    for (int i = 0; i < 40; i++) {
        fixture.site.throttle = memories[i % 2];
        assert_bad(attempt_from(apr_psprintf(fixture.pool, "198.51.100.%d", i), "carol", OTHER_PASSWORD),
                   i < 10 ? SD_ERROR_SIGN_IN : SD_ERROR_THROTTLED);
    }
    assert_int_equal(comparisons, 10);
    assert_int_equal(fixture_audited("password.throttle"), 1);
    /* Whoever has been told that it is used up remembers it. */
    apr_int64_t changes = fixture_changes();
    for (int i = 0; i < 1000; i++) {
        fixture.site.throttle = memories[i % 2];
        assert_bad(sign_in("carol", FIXTURE_PASSWORD), SD_ERROR_THROTTLED);
    }
    assert_int_equal(fixture_changes(), changes);
    fixture_clock_move(31 * SD_SECOND);
    fixture.site.throttle = memories[1];
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
}

static void test_a_right_password_costs_the_others_nothing(void **state)
{
    sd_throttle_t *memories[2] = {fixture.site.throttle, another_memory()};

    (void)state;
    make("carol");
    fixture.site.password_cache = NULL;
    for (int i = 0; i < 50; i++) {
        fixture.site.throttle = memories[i % 2];
        assert_good(sign_in("carol", FIXTURE_PASSWORD));
    }
    assert_int_equal(fixture_number("SELECT count(*) FROM attempt_budget WHERE full_at > %" APR_INT64_T_FMT,
                                    fixture_now(&fixture)),
                     0);
}

/* Name and address at two servers are one account. */
static void test_servers_share_the_budget_of_an_account(void **state)
{
    sd_throttle_t *memories[2] = {fixture.site.throttle, another_memory()};

    (void)state;
    if (!raw_is_pgsql()) {
        return;
    }
    make("carol");
    for (int i = 0; i < 10; i++) {
        assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    }
    fixture.site.throttle = memories[1];
    assert_bad(sign_in("carol@example.org", FIXTURE_PASSWORD), SD_ERROR_SIGN_IN);
    assert_int_equal(failures_of("carol"), 10);
}

/* A name that nobody has is limited like one that somebody has. */
static void test_the_budget_of_nobody(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        assert_bad(sign_in("nobody", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    }
    assert_bad(sign_in("nobody", OTHER_PASSWORD), SD_ERROR_THROTTLED);
    assert_int_equal(comparisons, 10);
    assert_int_equal(fixture_number("SELECT failures FROM password_decoy"), 10);
}

static void test_success_costs_no_budget(void **state)
{
    (void)state;
    make("carol");
    fixture.site.password_cache = NULL;
    for (int i = 0; i < 50; i++) {
        assert_good(sign_in("carol", FIXTURE_PASSWORD));
    }
    assert_int_equal(comparisons, 50);
}

/* Name and address are one account: the second way in gives no second budget, and does not say so. */
static void test_two_names_of_one_account_share_its_budget(void **state)
{
    (void)state;
    make("carol");
    for (int i = 0; i < 10; i++) {
        assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    }
    assert_bad(sign_in("carol@example.org", FIXTURE_PASSWORD), SD_ERROR_SIGN_IN);
    assert_int_equal(failures_of("carol"), 10);
    fixture_clock_move(30 * SD_SECOND);
    assert_good(sign_in("carol@example.org", FIXTURE_PASSWORD));
}

static void test_the_budget_of_a_source(void **state)
{
    sd_error_t *error;

    (void)state;
    make("carol");
    for (int i = 0; i < 100; i++) {
        assert_bad(attempt_from(apr_psprintf(fixture.pool, "2001:db8:1:2::%x", i + 1),
                                apr_psprintf(fixture.pool, "name%d", i), OTHER_PASSWORD),
                   SD_ERROR_SIGN_IN);
    }
    error = attempt_from("2001:db8:1:2:ffff::1", "carol", FIXTURE_PASSWORD);
    assert_bad(error, SD_ERROR_THROTTLED);
    assert_int_equal(error->retry_after, 3);
    assert_int_equal(comparisons, 100);
    /* Refused for its source, an attempt does not use up what the name has. */
    for (int i = 0; i < 20; i++) {
        assert_bad(attempt_from("2001:db8:1:2::1", "carol", OTHER_PASSWORD), SD_ERROR_THROTTLED);
    }
    assert_good(attempt_from("2001:db8:1:3::1", "carol", FIXTURE_PASSWORD));
}

/* Refused for his name, somebody does not use up what others of his network have. */
static void test_a_refused_name_leaves_the_source_alone(void **state)
{
    (void)state;
    make("carol");
    for (int i = 0; i < 500; i++) {
        sd_error_t *error = sign_in("nobody", OTHER_PASSWORD);

        assert_non_null(error);
    }
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
}

static void test_source_networks(void **state)
{
    apr_pool_t *pool = fixture.pool;

    (void)state;
    assert_string_equal(sd_source_network(pool, "192.0.2.7"), "192.0.2.7");
    assert_string_equal(sd_source_network(pool, "::ffff:192.0.2.7"), "192.0.2.7");
    assert_string_equal(sd_source_network(pool, "2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    assert_string_equal(sd_source_network(pool, "2001:DB8:1:2::9"), "2001:db8:1:2::/64");
    assert_string_equal(sd_source_network(pool, "::1"), "::/64");
    assert_null(sd_source_network(pool, "localhost"));
    assert_null(sd_source_network(pool, "192.0.2.7, 198.51.100.1"));
    assert_null(sd_source_network(pool, ""));
    assert_null(sd_source_network(pool, NULL));
}

static void test_the_audit_of_a_budget_that_ran_out(void **state)
{
    (void)state;
    make("carol");
    for (int i = 0; i < 9; i++) {
        assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    }
    assert_int_equal(fixture_audited("password.throttle"), 0);
    for (int i = 0; i < 50; i++) {
        sd_error_t *error = sign_in("carol", OTHER_PASSWORD);

        assert_non_null(error);
        fixture_clock_move(10 * SD_SECOND);
    }
    assert_int_equal(fixture_audited("password.throttle"), 1);
    assert_string_equal(fixture_text("SELECT object_type FROM audit WHERE act = 'password.throttle'"), "account");
    assert_string_equal(fixture_text("SELECT actor FROM audit WHERE act = 'password.throttle'"), "anonymous");
    assert_string_equal(fixture_text("SELECT source FROM audit WHERE act = 'password.throttle'"), "192.0.2.7");
    assert_string_equal(fixture_text("SELECT result FROM audit WHERE act = 'password.throttle'"), "refused");
}

static void test_the_audit_of_a_source_that_ran_out(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        sign_in(apr_psprintf(fixture.pool, "name%d", i), OTHER_PASSWORD);
    }
    assert_int_equal(fixture_audited("password.throttle"), 1);
    assert_string_equal(fixture_text("SELECT object_type FROM audit WHERE act = 'password.throttle'"), "source");
    assert_string_equal(fixture_text("SELECT object_id FROM audit WHERE act = 'password.throttle'"), "192.0.2.7");
}

/* Who was let in from this source before has a budget of his own there. */
static void test_strangers_do_not_shut_out_a_known_source(void **state)
{
    (void)state;
    make("carol");
    assert_good(attempt_from("192.0.2.1", "carol", FIXTURE_PASSWORD));
    fixture_clock_move(11 * SD_MINUTE);
    for (int i = 0; i < 20; i++) {
        sd_error_t *error = attempt_from("198.51.100.1", "carol", OTHER_PASSWORD);

        assert_non_null(error);
    }
    assert_bad(attempt_from("198.51.100.2", "carol", FIXTURE_PASSWORD), SD_ERROR_THROTTLED);
    assert_good(attempt_from("192.0.2.1", "carol", FIXTURE_PASSWORD)); /* by its hash */
    assert_good(attempt_from("192.0.2.1", "carol", FIXTURE_PASSWORD)); /* from the cache */
    assert_int_equal(cache_hits, 1);
    /* But that source has a budget too. */
    for (int i = 0; i < 10; i++) {
        assert_bad(attempt_from("192.0.2.1", "carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    }
    assert_bad(attempt_from("192.0.2.1", "carol", OTHER_PASSWORD), SD_ERROR_THROTTLED);
    assert_bad(attempt_from("192.0.2.1", "carol", FIXTURE_PASSWORD), SD_ERROR_THROTTLED);
}

/* ---- the cache ---- */

static void test_the_cache_saves_the_hash(void **state)
{
    (void)state;
    make("carol");
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    for (int i = 0; i < 100; i++) {
        assert_good(sign_in("Carol", FIXTURE_PASSWORD));
    }
    assert_int_equal(comparisons, 1);
    assert_int_equal(cache_hits, 100);
    fixture_clock_move(10 * SD_MINUTE - 1);
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_int_equal(comparisons, 1);
    fixture_clock_move(1);
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_int_equal(comparisons, 2);
}

/* It must not be a place where guesses cost nothing. */
static void test_the_cache_cannot_be_asked_without_end(void **state)
{
    (void)state;
    make("carol");
    assert_good(attempt_from("192.0.2.1", "carol", FIXTURE_PASSWORD));
    for (int i = 0; i < 10; i++) {
        assert_bad(attempt_from("198.51.100.1", "carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    }
    assert_bad(attempt_from("198.51.100.1", "carol", FIXTURE_PASSWORD), SD_ERROR_THROTTLED);
    assert_int_equal(cache_hits, 0);
}

static void test_the_cache_and_a_new_password(void **state)
{
    (void)state;
    make("carol");
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_good(sd_account_set_password(fixture_operator(), "carol", OTHER_PASSWORD));
    assert_bad(sign_in("carol", FIXTURE_PASSWORD), SD_ERROR_SIGN_IN);
    assert_int_equal(cache_hits, 0);
    assert_int_equal(failures_of("carol"), 1);
    assert_good(sign_in("carol", OTHER_PASSWORD));
}

/* The password is still right: it is only verified anew. */
static void test_the_cache_and_another_generation(void **state)
{
    (void)state;
    make("carol");
    fixture_desk("HELP", "listed");
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_good(sd_role_add(fixture_operator(), "agent", "HELP", "carol"));
    sd_work_t *work = fixture_work(0);
    assert_good(attempt(work, "carol", FIXTURE_PASSWORD));
    assert_int_equal(work->actor.generation, 2);
    assert_int_equal(cache_hits, 0);
    assert_int_equal(comparisons, 2);
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_int_equal(cache_hits, 1);
}

static void test_the_cache_and_a_disabled_account(void **state)
{
    (void)state;
    make("carol");
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_good(sd_account_disable(fixture_operator(), "carol", 1));
    assert_bad(sign_in("carol", FIXTURE_PASSWORD), SD_ERROR_SIGN_IN);
    assert_int_equal(cache_hits, 0);
    /* Its state says so by itself, too, whatever the generation. */
    make("dan");
    assert_good(sign_in("dan", FIXTURE_PASSWORD));
    fixture_run("UPDATE account SET state = 'disabled' WHERE name = 'dan'");
    assert_bad(sign_in("dan", FIXTURE_PASSWORD), SD_ERROR_SIGN_IN);
    assert_int_equal(cache_hits, 0);
}

/* What the cache vouched for is checked again by whatever is done with it. */
static void test_a_stale_actor_does_nothing(void **state)
{
    sd_work_t *work = fixture_work(0);
    const sd_account_t *account;
    int known = 0;

    (void)state;
    make("carol");
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_good(sd_password_begin(&known, work, "internal", "carol", FIXTURE_PASSWORD));
    assert_true(known);
    assert_good(sd_account_myself(&account, work));
    fixture_run("UPDATE account SET generation = generation + 1");
    assert_bad(sd_account_myself(&account, work), SD_ERROR_SIGN_IN);
    assert_null(account);
}

/* ---- passwords of foreign providers ---- */

static sd_work_t *foreign(const char *source, sd_id_t id)
{
    sd_work_t *work = fixture_work(0);

    work->source = source;
    work->actor.account_id = id;
    work->actor.generation = id ? 3 : 0;
    return work;
}

static void test_the_cache_of_foreign_passwords(void **state)
{
    sd_work_t *work = foreign("192.0.2.1", 0);

    (void)state;
    assert_false(sd_password_cache_has(work, "ldap", "Ann", "x"));
    sd_password_cache_put(foreign("192.0.2.1", 42), "ldap", "Ann", "x");
    assert_true(sd_password_cache_has(work, "ldap", "Ann", "x"));
    assert_int_equal(work->actor.account_id, 42);
    assert_int_equal(work->actor.generation, 3);
    assert_int_equal(work->actor.scopes, SD_SCOPE_ALL);
    assert_string_equal(work->actor.directory, "ldap");
    /* Another server may tell the two apart. */
    assert_false(sd_password_cache_has(work, "ldap", "ann", "x"));
    assert_false(sd_password_cache_has(work, "file", "Ann", "x"));
    assert_false(sd_password_cache_has(work, "ldap", "Ann", "X"));
    fixture_clock_move(59 * SD_SECOND);
    assert_true(sd_password_cache_has(work, "ldap", "Ann", "x"));
    fixture_clock_move(SD_SECOND);
    assert_false(sd_password_cache_has(work, "ldap", "Ann", "x"));
}

static void test_foreign_passwords_keep_to_the_budget(void **state)
{
    sd_work_t *work = foreign("198.51.100.1", 0);
    int known;

    (void)state;
    sd_password_cache_put(foreign("192.0.2.1", 42), "ldap", "ann", "x");
    for (int i = 0; i < 10; i++) {
        assert_good(sd_password_begin(&known, work, "ldap", "ann", "wrong"));
        assert_false(known);
    }
    assert_false(sd_password_cache_has(work, "ldap", "ann", "x"));
    assert_bad(sd_password_begin(&known, work, "ldap", "ann", "x"), SD_ERROR_THROTTLED);
    assert_true(sd_password_cache_has(foreign("192.0.2.1", 0), "ldap", "ann", "x"));
}

static void test_a_foreign_success_gives_the_attempt_back(void **state)
{
    int known;

    (void)state;
    fixture.site.password_cache = NULL;
    for (int i = 0; i < 50; i++) {
        assert_good(sd_password_begin(&known, foreign("192.0.2.1", 0), "ldap", "ann", "x"));
        sd_password_cache_put(foreign("192.0.2.1", 42), "ldap", "ann", "x");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        password_test(test_failures_are_counted_until_the_next_success),
        password_test(test_a_hundred_failures_end_the_password),
        password_test(test_one_success_before_the_hundredth_saves_it),
        password_test(test_the_budget_of_a_name),
        password_test(test_servers_share_the_budget),
        password_test(test_a_right_password_costs_the_others_nothing),
        password_test(test_servers_share_the_budget_of_an_account),
        password_test(test_the_budget_of_nobody),
        password_test(test_success_costs_no_budget),
        password_test(test_two_names_of_one_account_share_its_budget),
        password_test(test_the_budget_of_a_source),
        password_test(test_a_refused_name_leaves_the_source_alone),
        password_test(test_source_networks),
        password_test(test_the_audit_of_a_budget_that_ran_out),
        password_test(test_the_audit_of_a_source_that_ran_out),
        password_test(test_strangers_do_not_shut_out_a_known_source),
        password_test(test_the_cache_saves_the_hash),
        password_test(test_the_cache_cannot_be_asked_without_end),
        password_test(test_the_cache_and_a_new_password),
        password_test(test_the_cache_and_another_generation),
        password_test(test_the_cache_and_a_disabled_account),
        password_test(test_a_stale_actor_does_nothing),
        password_test(test_the_cache_of_foreign_passwords),
        password_test(test_foreign_passwords_keep_to_the_budget),
        password_test(test_a_foreign_success_gives_the_attempt_back),
    };

    return cmocka_run_group_tests_name("desk authentication budget", tests, NULL, NULL);
}
