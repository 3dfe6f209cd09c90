/*
 * Signup: how often, from where, to whom; and into a directory outside of this database. Cases: security.md 52, 183;
 * rules rows 25 and 43.
 */
#include "signup_fixture.h"

#include "desk/throttle.h"

static void add_throttle(void)
{
    unsigned char key[SD_DIGEST_BYTES] = {1};
    sd_throttle_t *throttle = apr_pcalloc(fixture.pool, sd_throttle_size(1024));

    assert_int_equal(sd_throttle_init(throttle, 1024, key), APR_SUCCESS);
    fixture.site.throttle = throttle;
}

static sd_error_t *sign_up_from(const char *source, const char *address)
{
    sd_signup_input_t input = form(address);
    sd_work_t *work = fixture_work(0);
    sd_signup_t *signup;

    work->source = source;
    SD_TRY(sd_signup_check(&signup, work, &input));
    SD_TRY(sd_signup_hash(signup));
    return sd_signup_submit(signup);
}

/* Five hundred networks, one mailbox in many spellings: three mails, and the last link goes on working. */
static void test_a_mailbox(void **state)
{
    static const char *const spellings[] = {"victim+", "Vic.Tim+", "VICTIM+x", "v.i.c.t.i.m+"};

    (void)state;
    open_desk("HELP");
    add_throttle();
    const char *token = NULL;
    for (int i = 0; i < 500; i++) {
        const char *address = apr_psprintf(fixture.pool, "%s%d@third.tld", spellings[i % 4], i);

        assert_good(sign_up_from(apr_psprintf(fixture.pool, "10.%d.%d.1", i / 250, i % 250), address));
        if (i == 2) {
            token = mailed();
        }
    }
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 3);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE state = 'queued'"), 3);
    assert_non_null(arrive(token));
}

static void test_a_network(void **state)
{
    (void)state;
    open_desk("HELP");
    add_throttle();
    set("signup_source_hour", "5");
    for (int i = 0; i < 5; i++) {
        assert_good(sign_up_from(apr_psprintf(fixture.pool, "2001:db8::%d", i + 1),
                                 apr_psprintf(fixture.pool, "a%d@example.org", i)));
    }
    sd_error_t *error = sign_up_from("2001:db8::ffff", "b@example.org");
    assert_bad(error, SD_ERROR_THROTTLED);
    assert_in_range(error->retry_after, 1, 720);
    assert_bad(sign_up_from("2001:db8::1", "b@example.org"), SD_ERROR_THROTTLED);
    assert_string_equal(fixture_text("SELECT count(*) || ' ' || max(object_id) || ' ' || max(result) FROM audit"
                                     " WHERE act = 'signup.throttle'"),
                        "1 2001:db8::/64 refused");
    assert_good(sign_up_from("2001:db9::1", "b@example.org"));
    fixture_clock_move(SD_HOUR);
    assert_good(sign_up_from("2001:db8::1", "c@example.org"));
    set("signup_source_hour", "0");
    assert_bad(sign_up_from("192.0.2.1", "d@example.org"), SD_ERROR_THROTTLED);
}

/* Two servers on one database, each with a memory of its own: a network and a mailbox have one budget. */
static void test_servers_share_the_budgets(void **state)
{
    sd_throttle_t *memories[2];

    (void)state;
    if (!raw_is_pgsql()) {
        return;
    }
    open_desk("HELP");
    set("signup_source_hour", "5");
    for (int i = 0; i < 2; i++) {
        add_throttle();
        memories[i] = fixture.site.throttle;
    }
    for (int i = 0; i < 8; i++) {
        sd_error_t *error;

        fixture.site.throttle = memories[i % 2];
        error = sign_up_from("2001:db8::1", apr_psprintf(fixture.pool, "a%d@example.org", i));
        if (i < 5) {
            assert_good(error);
        } else {
            assert_bad(error, SD_ERROR_THROTTLED);
        }
    }
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 5);
    assert_int_equal(fixture_audited("signup.throttle"), 2); /* each server has been told once */
    const char *token = NULL;
    set("mail_again_minutes", "0");
    for (int i = 0; i < 8; i++) {
        fixture.site.throttle = memories[i % 2];
        assert_good(sign_up_from(apr_psprintf(fixture.pool, "10.0.%d.1", i), "victim@third.tld"));
        if (i == 2) {
            token = mailed();
        }
    }
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE address = 'victim@third.tld'"), 3);
    assert_non_null(arrive(token));
}

static void test_guesses_at_a_link(void **state)
{
    const sd_account_t *account;

    (void)state;
    open_desk("HELP");
    add_throttle();
    sign_up("zoe@example.org");
    for (int i = 0; i < 10; i++) {
        assert_bad(verify(mailed(), "a guess at the password", &account), SD_ERROR_INPUT);
    }
    assert_bad(verify(mailed(), FIXTURE_PASSWORD, &account), SD_ERROR_THROTTLED);
    fixture_clock_move(SD_MINUTE);
    assert_non_null(arrive(mailed()));
}

/* ---- a directory outside ---- */

typedef struct outside_t {
    int made;
    int removed;
    int fails;
    const char *name; /* of the last who was made */
    const char *password;
} outside_t;

static sd_error_t *create_outside(void *baton, apr_pool_t *pool, const sd_person_t *person)
{
    outside_t *outside = baton;

    if (outside->fails) {
        return sd_error_private(pool, SD_ERROR_UNAVAILABLE, "the directory is away");
    }
    outside->made++;
    outside->name = person->name;
    outside->password = person->password;
    return NULL;
}

static sd_error_t *remove_outside(void *baton, apr_pool_t *pool, const char *name)
{
    (void)pool;
    assert_string_equal(name, "zoe@example.org");
    ((outside_t *)baton)->removed++;
    return NULL;
}

static void test_a_directory_outside(void **state)
{
    outside_t outside = {.fails = 1};
    sd_directory_writer_t writer = {"company", &outside, create_outside, remove_outside, NULL};
    const sd_account_t *account;
    sd_verification_t *verification;

    (void)state;
    fixture_run("UPDATE directory SET writable = 0");
    fixture_run(
        "INSERT INTO directory (name, kind, writable, position, created) VALUES ('company', 'external', 1, 1, 0)");
    fixture.site.writers = &writer;
    open_desk("HELP");
    sign_up("Zoe@example.org");
    const char *token = mailed();
    assert_bad(verify(token, FIXTURE_PASSWORD, &account), SD_ERROR_UNAVAILABLE);
    outside.fails = 0;

    /* The switch goes off between the two: what was made is taken back. */
    sd_work_t *work = fixture_work(0);
    assert_good(sd_verification_find(&verification, work, token));
    assert_good(sd_verification_compare(verification, FIXTURE_PASSWORD));
    assert_int_equal(outside.made, 1);
    fixture_run("UPDATE desk SET signup = 0");
    assert_bad(sd_verification_finish(&account, verification), SD_ERROR_NOT_FOUND);
    sd_verification_undo(verification);
    assert_int_equal(outside.removed, 1);
    fixture_run("UPDATE desk SET signup = 1");

    account = arrive(token);
    assert_string_equal(account->directory, "company");
    assert_string_equal(account->name, "zoe@example.org");
    assert_string_equal(outside.name, "zoe@example.org");
    assert_string_equal(outside.password, FIXTURE_PASSWORD);
    assert_null(fixture_text("SELECT password_hash FROM account"));
    set("signup_approval", "true");
    int before = outside.made;
    sign_up("yan@example.org");
    assert_null(arrive(mailed()));
    assert_int_equal(outside.made, before); /* nobody is made for whom an agent has still to decide */
    sd_id_t id = fixture_number("SELECT id FROM signup WHERE state = 'waiting'");
    assert_good(sd_signup_approve(&account, fixture_operator(), "HELP", id));
    assert_null(account);
    assert_int_equal(outside.made, before);
    account = arrive(mailed());
    assert_string_equal(account->directory, "company");
    assert_int_equal(outside.made, before + 1);
    assert_string_equal(outside.name, "yan@example.org");
    assert_string_equal(outside.password, FIXTURE_PASSWORD);
}

/* Within the hour of the mail its link is for the form that came last, whole; after it there is a new one. */
static void test_sent_again(void **state)
{
    sd_signup_input_t input = form("yan@example.org");

    (void)state;
    open_desk("HELP");
    open_desk("HR");
    sign_up("yan@example.org");
    const char *first = mailed();
    fixture_clock_move(SD_HOUR - 1);
    input.desk = "HR";
    input.language = "ko";
    input.display_name = "Yan of HR";
    assert_good(sign_up_with(&input));
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 1);
    assert_string_equal(fixture_text("SELECT k.key || ' ' || s.display_name || ' ' || s.language FROM signup s"
                                     " JOIN desk k ON k.id = s.desk_id"),
                        "HR Yan of HR ko");
    assert_int_equal(fixture_audited("signup.begin"), 2);
    fixture_clock_move(1);
    assert_good(sign_up_with(&input));
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 2);
    assert_dead(first);
    assert_non_null(arrive(mailed()));

    /* Whoever has an account is told once an hour, too. */
    assert_good(sign_up_with(&input));
    assert_good(sign_up_with(&input));
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE kind = 'known-address'"), 1);
    fixture_clock_move(SD_HOUR);
    assert_good(sign_up_with(&input));
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE kind = 'known-address'"), 2);
}

/* One that was being written when the desk closed was not seen by that; it must not come to life when it opens. */
static void test_what_was_left_behind_does_not_come_back(void **state)
{
    sd_desk_access_t access;
    apr_array_header_t *keys;

    (void)state;
    open_desk("HELP");
    sign_up("zoe@example.org");
    const char *by_desk = mailed();
    fixture_run("UPDATE desk SET signup = 0");
    assert_good(sd_desk_access_change(&access, fixture_operator(), "HELP", &(sd_desk_access_input_t){NULL, 1, -1, 0}));
    assert_dead(by_desk);
    sign_up("zoe@example.org");
    const char *by_site = mailed();
    fixture_run("UPDATE desk SET signup = 0; INSERT INTO desk_signup_memory (desk_id, at) VALUES (1, 1)");
    assert_good(sd_signup_restore(&keys, fixture_operator()));
    assert_int_equal(keys->nelts, 1);
    assert_dead(by_site);
    sign_up("zoe@example.org");
    assert_non_null(arrive(mailed()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_sent_again),
        desk_test(test_what_was_left_behind_does_not_come_back),
        desk_test(test_a_mailbox),
        desk_test(test_a_network),
        desk_test(test_servers_share_the_budgets),
        desk_test(test_guesses_at_a_link),
        desk_test(test_a_directory_outside),
    };

    return cmocka_run_group_tests_name("desk signup_budget", tests, NULL, NULL);
}
