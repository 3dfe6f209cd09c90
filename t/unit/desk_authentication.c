/*
 * Who is it, by name and password: what lets in, what does not and that nobody can tell why, what is counted, what is
 * remembered, and what is never written.
 */
#include "fixture.h"

#include "desk/account.h"
#include "desk/authentication.h"
#include "desk/password_budget.h"
#include "desk/password_cache.h"
#include "desk/role.h"
#include "desk/throttle.h"

#define OTHER_PASSWORD "seven lanterns under a bridge"

static const unsigned char key[SD_DIGEST_BYTES] = "thirty-two bytes, more or less..";
static int comparisons; /* how many times a password hash was computed to sign somebody in */
static int cache_hits;

static int setup(void **state)
{
    fixture_setup(state);
    fixture.site.throttle = apr_palloc(fixture.pool, sd_throttle_size(4096));
    assert_int_equal(sd_throttle_init(fixture.site.throttle, 4096, key), APR_SUCCESS);
    fixture.site.password_cache = apr_palloc(fixture.pool, sd_password_cache_size(1024));
    assert_int_equal(sd_password_cache_init(fixture.site.password_cache, 1024, key), APR_SUCCESS);
    comparisons = 0;
    cache_hits = 0;
    return 0;
}

/* The whole way as a server goes it. */
static sd_error_t *attempt(sd_work_t *work, const char *name, const char *password)
{
    sd_password_check_t check;
    sd_password_verdict_t verdict;
    int known;

    SD_TRY(sd_password_begin(&known, work, "internal", name, password));
    if (known) {
        SD_TRY(sd_password_confirm(&known, work, "internal", name, password));
    }
    if (known) {
        cache_hits++;
        return NULL;
    }
    SD_TRY(sd_password_find(&check, work, name));
    comparisons++;
    SD_TRY(sd_password_compare(&verdict, work, &check, password));
    return sd_password_finish(work, &check, verdict, password);
}

static sd_error_t *attempt_from(const char *source, const char *name, const char *password)
{
    sd_work_t *work = fixture_work(0);
    sd_error_t *error;

    work->source = source;
    error = attempt(work, name, password);
    if (error) {
        assert_int_equal(work->actor.account_id, 0);
    } else {
        assert_int_not_equal(work->actor.account_id, 0);
    }
    return error;
}

static sd_error_t *sign_in(const char *name, const char *password)
{
    return attempt_from("192.0.2.7", name, password);
}

static sd_id_t make(const char *name)
{
    const sd_account_t *account;

    assert_good(sd_account_create(&account, fixture_operator(),
                                  &(sd_account_input_t){.name = name,
                                                        .address = apr_pstrcat(fixture.pool, name, "@example.org", NULL),
                                                        .address_proven = 1,
                                                        .password = FIXTURE_PASSWORD,
                                                        .origin = "tool"}));
    return account->id;
}

static apr_int64_t failures_of(const char *name)
{
    return fixture_number("SELECT failures FROM account WHERE name = '%s'", name);
}

/* ---- in ---- */

static void test_by_name_and_by_address(void **state)
{
    sd_id_t carol = make("carol");
    static const char *const names[] = {"carol", "CAROL", "carol@example.org", "Carol@EXAMPLE.org", "\xef\xbd\x83" "arol"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        sd_work_t *work = fixture_work(0);

        assert_good(attempt(work, names[i], FIXTURE_PASSWORD));
        assert_int_equal(work->actor.account_id, carol);
        assert_int_equal(work->actor.generation, 1);
        assert_int_equal(work->actor.scopes, SD_SCOPE_ALL);
        assert_int_equal(work->actor.operator, 0);
        assert_string_equal(work->actor.directory, "internal");
    }
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
    int changes;

    (void)state;
    make("carol");
    changes = sqlite3_total_changes(fixture.db);
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_int_equal(sqlite3_total_changes(fixture.db), changes);
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
        {"nobody", FIXTURE_PASSWORD},   {"carol", OTHER_PASSWORD},
        {"disabled", FIXTURE_PASSWORD}, {"pending@example.org", FIXTURE_PASSWORD},
        {"ann", FIXTURE_PASSWORD},      {"ldap/ann", FIXTURE_PASSWORD},
        {"internal/carol", FIXTURE_PASSWORD}, {"nopassword", FIXTURE_PASSWORD},
        {"carol", ""},                  {"", FIXTURE_PASSWORD},
        {"carol", long_text},           {long_text, FIXTURE_PASSWORD},
        {"\xff", FIXTURE_PASSWORD},     {"carol", "\xff\xff\xff\xff"},
        {"carol ", FIXTURE_PASSWORD},   {"carol", FIXTURE_PASSWORD " "},
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

/* Unknown, wrong, disabled, without a password: each costs one hash and one write of one row. */
static void test_all_refusals_cost_the_same(void **state)
{
    static const char *const names[] = {"nobody", "carol", "disabled", "nopassword"};

    (void)state;
    make("carol");
    make("disabled");
    assert_good(sd_account_disable(fixture_operator(), "disabled", 1));
    fixture_account("nopassword");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int changes = sqlite3_total_changes(fixture.db), before = comparisons;

        assert_bad(sign_in(names[i], OTHER_PASSWORD), SD_ERROR_SIGN_IN);
        assert_int_equal(sqlite3_total_changes(fixture.db) - changes, 1);
        assert_int_equal(comparisons - before, 1);
    }
    assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE act LIKE 'password.%%'"), 0);
}

static void test_a_damaged_hash_lets_nobody_in(void **state)
{
    static const char *const bad[] = {"''", "'*'", "'not-a-hash'", "NULL", "'$sd1$1$$2y$04$'", "'$sd1$9$'",
                                      "substr(password_hash, 1, 60)"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *name = apr_psprintf(fixture.pool, "user%d", (int)i);

        make(name);
        fixture_run("UPDATE account SET password_hash = %s WHERE name = '%s'", bad[i], name);
        assert_bad(sign_in(name, FIXTURE_PASSWORD), SD_ERROR_SIGN_IN);
    }
}

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
    int changes;

    (void)state;
    make("carol");
    for (int i = 0; i < 10; i++) {
        assert_bad(attempt_from(apr_psprintf(fixture.pool, "198.51.100.%d", i), i % 2 ? "carol" : "CAROL",
                                OTHER_PASSWORD),
                   SD_ERROR_SIGN_IN);
    }
    assert_int_equal(comparisons, 10);
    changes = sqlite3_total_changes(fixture.db);
    for (int i = 0; i < 1000; i++) {
        error = attempt_from(apr_psprintf(fixture.pool, "203.0.113.%d", i % 250), "carol", FIXTURE_PASSWORD);
        assert_bad(error, SD_ERROR_THROTTLED);
        assert_int_equal(error->retry_after, 30);
    }
    assert_int_equal(comparisons, 10);
    assert_int_equal(sqlite3_total_changes(fixture.db), changes);
    assert_int_equal(failures_of("carol"), 10);
    fixture_clock_move(30 * SD_SECOND);
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
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
    assert_string_equal(fixture_text("SELECT object_type FROM audit"), "source");
    assert_string_equal(fixture_text("SELECT object_id FROM audit"), "192.0.2.7");
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
    fixture_run("PRAGMA query_only = 1");
    assert_good(sign_in("carol", FIXTURE_PASSWORD));
    assert_bad(sign_in("carol", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    assert_bad(sign_in("nobody", OTHER_PASSWORD), SD_ERROR_SIGN_IN);
    fixture_run("PRAGMA query_only = 0");
    assert_int_equal(failures_of("carol"), 1);
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

#define password_test(fn_) cmocka_unit_test_setup_teardown(fn_, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        password_test(test_by_name_and_by_address),
        password_test(test_a_name_comes_before_an_address),
        password_test(test_without_throttle_and_cache),
        password_test(test_it_writes_nothing),
        password_test(test_all_refusals_are_alike),
        password_test(test_all_refusals_cost_the_same),
        password_test(test_a_damaged_hash_lets_nobody_in),
        password_test(test_failures_are_counted_until_the_next_success),
        password_test(test_a_hundred_failures_end_the_password),
        password_test(test_one_success_before_the_hundredth_saves_it),
        password_test(test_the_budget_of_a_name),
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
        password_test(test_an_old_pepper_is_replaced),
        password_test(test_an_old_cost_is_replaced),
        password_test(test_right_stays_right_and_wrong_stays_wrong),
        password_test(test_the_cache_of_foreign_passwords),
        password_test(test_foreign_passwords_keep_to_the_budget),
        password_test(test_a_foreign_success_gives_the_attempt_back),
    };

    return cmocka_run_group_tests_name("desk authentication", tests, NULL, NULL);
}
