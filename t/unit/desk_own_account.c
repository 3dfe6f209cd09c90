/*
 * One's own password and address by mailed links: each is judged when it is asked for, when the link is used, and once
 * more in the write, for the account may be another by then. Cases: security.md 38, 50, 51, 52, 55.
 */
#include "fixture.h"

#include "desk/mailed_token.h"
#include "desk/own_account.h"
#include "desk/setting.h"

#define NEW_PASSWORD "another " FIXTURE_PASSWORD

static sd_id_t carol;

static void make_carol(void)
{
    carol = fixture_account("carol");
    fixture_run("INSERT INTO directory (id, name, kind, writable, position, created)"
                " VALUES (7, 'ldap', 'external', 0, 7, 0)");
}

/* The text of the token of a kind that was made last; NULL if there is none, or it is dead. */
static const char *mailed(const char *kind)
{
    const char *text;

    assert_good(sd_mailed_token_text(
        &text, fixture_operator(),
        fixture_number("SELECT id FROM mailed_token WHERE kind = '%s' ORDER BY id DESC LIMIT 1", kind)));
    return text;
}

/* How many mails that is. Each has its link, and whoever gets none is nobody's. */
static apr_int64_t ask(const char *address)
{
    apr_int64_t before = fixture_number("SELECT count(*) FROM outbox WHERE state = 'queued'"), after;

    assert_good(sd_own_password_forgotten(fixture_work(0), address));
    after = fixture_number("SELECT count(*) FROM outbox WHERE state = 'queued'");
    assert_int_equal(after, fixture_number("SELECT count(*) FROM mailed_token WHERE account_id IS NOT NULL"));
    return after - before;
}

static sd_error_t *reset(const char *token)
{
    return sd_own_password_reset(fixture_work(0), token, NEW_PASSWORD);
}

#define assert_dead(call_)                                                                                             \
    do {                                                                                                               \
        const sd_error_t *dead_ = (call_);                                                                             \
        assert_bad(dead_, SD_ERROR_NOT_FOUND);                                                                         \
        assert_string_equal(dead_->key, "sd.mailed_token.dead");                                                       \
    } while (0)

/* What makes carol somebody without a password here, and what makes her herself again. */
static const char *const changes[][2] = {
    {"UPDATE account SET directory_id = 7 WHERE name = 'carol'",
     "UPDATE account SET directory_id = 1 WHERE name = 'carol'"},
    {"UPDATE account SET state = 'disabled' WHERE name = 'carol'",
     "UPDATE account SET state = 'active' WHERE name = 'carol'"},
    {"UPDATE account SET state = 'invited' WHERE name = 'carol'",
     "UPDATE account SET state = 'active' WHERE name = 'carol'"},
    {"UPDATE account SET state = 'anonymised' WHERE name = 'carol'",
     "UPDATE account SET state = 'active' WHERE name = 'carol'"},
};

#define CHANGES (sizeof(changes) / sizeof(changes[0]))

static void test_who_gets_a_link(void **state)
{
    (void)state;
    make_carol();
    for (size_t i = 0; i < CHANGES; i++) {
        fixture_run("%s", changes[i][0]);
        assert_int_equal(ask("carol@example.org"), 0);
        fixture_run("%s", changes[i][1]);
    }
    assert_int_equal(ask("nobody@example.org"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE act = 'password.forgotten' AND result ="
                                    " 'refused'"),
                     CHANGES + 1);
    assert_int_equal(ask("Carol@Example.org"), 1);
}

/* The same rows for everybody, when it is asked for and when it is asked for again: the time tells nothing. */
static void test_nobody_learns_who_has_an_account(void **state)
{
    static const char *const addresses[] = {"carol@example.org", "nobody@example.org", "gone@example.org",
                                            "outside@example.org"};

    (void)state;
    make_carol();
    fixture_account("gone");
    fixture_run("UPDATE account SET state = 'disabled' WHERE name = 'gone'");
    fixture_account("outside");
    fixture_run("UPDATE account SET directory_id = 7 WHERE name = 'outside'");
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        apr_int64_t start = fixture_changes();

        assert_int_equal(ask(addresses[i]), i == 0);
        assert_int_equal(fixture_changes() - start, 3);
        assert_int_equal(ask(addresses[i]), 0);
        assert_int_equal(fixture_changes() - start, 4);
    }
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE state = 'suppressed' AND reason = 'no-account'"),
                     3);
    /* Were such a mail sent all the same, its link would open nothing. */
    assert_dead(reset(mailed("reset")));
    /* Nor do they stand in the way of whoever gets an account in that hour. */
    fixture_account("nobody");
    assert_int_equal(ask("nobody@example.org"), 1);
    assert_good(reset(mailed("reset")));
}

/* While a link works there is no other, nor where no mail would bring it: the one that was mailed stays good. */
static void test_no_link_without_a_mail(void **state)
{
    const sd_mailed_token_t *token;

    (void)state;
    make_carol();
    assert_int_equal(ask("carol@example.org"), 1);
    const char *first = mailed("reset");
    assert_int_equal(ask("carol@example.org"), 0);
    assert_good(sd_setting_set(fixture_operator(), "mail_again_minutes", "0"));
    assert_good(sd_setting_set(fixture_operator(), "mail_mailbox_hour", "1"));
    assert_int_equal(ask("carol@example.org"), 0);
    assert_good(sd_mailed_token_find(&token, fixture_work(0), SD_MAILED_RESET, first));
    assert_good(sd_setting_set(fixture_operator(), "mail_mailbox_hour", "2"));
    assert_good(sd_setting_set(fixture_operator(), "mail_mailbox_day", "1"));
    assert_int_equal(ask("carol@example.org"), 0);
    assert_good(sd_mailed_token_find(&token, fixture_work(0), SD_MAILED_RESET, first));
    assert_good(sd_setting_set(fixture_operator(), "mail_mailbox_day", "2"));
    assert_int_equal(ask("carol@example.org"), 1);
    assert_bad(sd_mailed_token_find(&token, fixture_work(0), SD_MAILED_RESET, first), SD_ERROR_NOT_FOUND);
}

static int draws;

static apr_status_t count_draws(void *baton, unsigned char *bytes, apr_size_t length)
{
    draws++;
    return fixture_fill(baton, bytes, length);
}

/* Before the password is hashed, which would take a processor's time. */
static void test_the_link_is_judged_when_it_is_used(void **state)
{
    (void)state;
    make_carol();
    assert_int_equal(ask("carol@example.org"), 1);
    const char *token = mailed("reset");
    fixture.source.fill = count_draws;
    for (size_t i = 0; i < CHANGES; i++) {
        fixture_run("%s", changes[i][0]);
        draws = 0;
        assert_dead(reset(token));
        assert_int_equal(draws, 0);
        fixture_run("%s", changes[i][1]);
    }
    assert_good(reset(token));
    assert_int_not_equal(draws, 0);
    assert_dead(reset(token));
}

static const char *meanwhile;

/* The salt is drawn between the look at the account and the write; what is drawn in the write changes nothing. */
static apr_status_t change_meanwhile(void *baton, unsigned char *bytes, apr_size_t length)
{
    fixture.source.fill = fixture_fill;
    fixture_run("%s", meanwhile);
    return fixture_fill(baton, bytes, length);
}

static void test_and_once_more_in_the_write(void **state)
{
    (void)state;
    make_carol();
    assert_int_equal(ask("carol@example.org"), 1);
    const char *token = mailed("reset");
    for (size_t i = 0; i < CHANGES; i++) {
        meanwhile = changes[i][0];
        fixture.source.fill = change_meanwhile;
        assert_dead(reset(token));
        fixture_run("%s", changes[i][1]);
        assert_int_equal(fixture_number("SELECT count(*) FROM account WHERE password_hash IS NOT NULL"), 0);
        assert_int_equal(fixture_number("SELECT count(*) FROM mailed_token WHERE used IS NULL"), 1);
    }
    assert_good(reset(token));
}

static void give(const char *kind, const char *hash)
{
    fixture_run("INSERT INTO mailed_token (hash, kind, nonce, pepper, account_id, address, address_key, created,"
                " expires) VALUES ('%s', '%s', 'n', 1, %" APR_INT64_T_FMT ", 'carol@example.org',"
                " 'carol@example.org', %" APR_INT64_T_FMT ", %" APR_INT64_T_FMT ")",
                hash, kind, carol, fixture.now, fixture.now + SD_HOUR);
}

static const char *alive(void)
{
    return fixture_text("SELECT coalesce(group_concat(kind), '') FROM (SELECT kind FROM mailed_token"
                        " WHERE used IS NULL AND revoked IS NULL ORDER BY kind) m");
}

/* Nothing that somebody else may have is left, but for the owner's way back to an address. */
static void test_what_a_reset_ends(void **state)
{
    (void)state;
    make_carol();
    assert_int_equal(ask("carol@example.org"), 1);
    const char *token = mailed("reset");
    give("address", "h1");
    give("sign-in", "h2");
    give("verify", "h3");
    give("address-back", "h4");
    fixture_run("INSERT INTO session (hash, account_id, kind, directory, generation, created, last_seen, idle, expires,"
                " csrf) SELECT 'h', id, 'password', 'internal', 1, 1, 1, 1, 1, 'c' FROM account");
    fixture_run("INSERT INTO token (hash, prefix, account_id, label, scopes, created, expires)"
                " SELECT 'h', 'p', id, 'l', 1, 1, 9000000000000 FROM account");
    assert_good(reset(token));
    assert_string_equal(alive(), "address-back");
    assert_int_equal(fixture_number("SELECT count(*) FROM session"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM token WHERE revoked IS NULL"), 0);
    assert_int_equal(fixture_number("SELECT generation FROM account"), 2);
    assert_string_equal(fixture_text("SELECT kind FROM outbox ORDER BY id DESC LIMIT 1"), "password-changed");
    assert_int_equal(fixture_audited("password.reset"), 1);
}

/* An account was made for the address, and somebody else has proven it before the link was used. */
static void test_an_address_that_somebody_has_by_now(void **state)
{
    (void)state;
    make_carol();
    fixture_run("UPDATE account SET state = 'pending', address_proven = 0, address = 'zoe@example.org',"
                " address_key = 'zoe@example.org'");
    assert_int_equal(ask("zoe@example.org"), 1);
    const char *token = mailed("reset");
    fixture_account("zoe");
    assert_dead(reset(token));
    assert_string_equal(fixture_text("SELECT state || address_proven FROM account WHERE name = 'carol'"), "pending0");
    assert_int_equal(fixture_number("SELECT count(*) FROM account WHERE password_hash IS NOT NULL"), 0);
    fixture_run("DELETE FROM account_part WHERE account_id <> %" APR_INT64_T_FMT, carol);
    fixture_run("DELETE FROM account_word WHERE account_id <> %" APR_INT64_T_FMT, carol);
    fixture_run("DELETE FROM account WHERE name = 'zoe'");
    assert_good(reset(token));
    assert_string_equal(fixture_text("SELECT state || address_proven FROM account WHERE name = 'carol'"), "active1");
}

/* ---- the address ---- */

static const char *ask_for_address(void)
{
    assert_good(sd_own_address_ask(fixture_work(carol), "moved@example.org"));
    return mailed("address");
}

static sd_error_t *change_address(const char *token)
{
    sd_session_t *session;

    return sd_own_address_change(&session, fixture_work(0), token, NULL);
}

static const char *address_of_carol(void)
{
    return fixture_text("SELECT address FROM account WHERE name = 'carol'");
}

static void test_a_change_of_address_is_judged_when_it_is_made(void **state)
{
    static const char *const states[] = {"disabled", "anonymised", "pending"};

    (void)state;
    make_carol();
    const char *token = ask_for_address();
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        fixture_run("UPDATE account SET state = '%s' WHERE name = 'carol'", states[i]);
        assert_dead(change_address(token));
        fixture_run("UPDATE account SET state = 'active' WHERE name = 'carol'");
        assert_string_equal(address_of_carol(), "carol@example.org");
    }
    assert_good(change_address(token));
    assert_string_equal(address_of_carol(), "moved@example.org");
    assert_dead(change_address(token));
}

/* Whoever asks again within the hour keeps the link, and neither address gets another mail. */
static void test_a_link_to_a_new_address_is_not_repeated(void **state)
{
    (void)state;
    make_carol();
    const char *token = ask_for_address();
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 2);
    assert_string_equal(ask_for_address(), token);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 2);
    assert_int_equal(fixture_number("SELECT count(*) FROM mailed_token"), 2);
    assert_int_equal(fixture_audited("address.ask"), 2);
    assert_good(change_address(token));
}

static void test_a_change_of_address_wants_a_fresh_session(void **state)
{
    sd_work_t *work;

    (void)state;
    make_carol();
    work = fixture_work(carol);
    work->actor.auth_time = fixture.now - 15 * SD_MINUTE - 1;
    assert_bad(sd_own_address_ask(work, "moved@example.org"), SD_ERROR_FORBIDDEN);
    assert_int_equal(fixture_number("SELECT count(*) FROM mailed_token"), 0);
    work->actor.auth_time++;
    assert_good(sd_own_address_ask(work, "moved@example.org"));
}

static void test_addresses_of_other_directories_are_elsewhere(void **state)
{
    (void)state;
    make_carol();
    fixture_run("UPDATE account SET directory_id = 7 WHERE name = 'carol'");
    sd_error_t *error = sd_own_address_ask(fixture_work(carol), "moved@example.org");
    assert_bad(error, SD_ERROR_CONFLICT);
    assert_string_equal(error->key, "sd.account.address.elsewhere");
    assert_int_equal(fixture_number("SELECT count(*) FROM mailed_token"), 0);
}

/* By its proof, or by its name; and the link is good again when it is free. */
static void test_the_new_address_is_taken_meanwhile(void **state)
{
    static const char *const takes[] = {
        "UPDATE account SET address = 'moved@example.org', address_key = 'moved@example.org' WHERE name = 'other'",
        "UPDATE account SET address = NULL, address_key = NULL, address_proven = 0, name = 'moved@example.org',"
        " name_key = 'moved@example.org' WHERE name = 'other'",
    };

    (void)state;
    make_carol();
    fixture_account("other");
    const char *token = ask_for_address();
    for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
        fixture_run("%s", takes[i]);
        sd_error_t *error = change_address(token);
        assert_bad(error, SD_ERROR_CONFLICT);
        assert_string_equal(error->key, "sd.account.address.taken");
        assert_string_equal(address_of_carol(), "carol@example.org");
    }
    fixture_run("UPDATE account SET name = 'other', name_key = 'other' WHERE name <> 'carol'");
    assert_good(change_address(token));
}

static void test_so_is_the_way_back(void **state)
{
    sd_address_back_t back;

    (void)state;
    make_carol();
    assert_good(change_address(ask_for_address()));
    const char *token = mailed("address-back");
    for (size_t i = 0; i < CHANGES; i++) {
        fixture_run("%s", changes[i][0]);
        assert_dead(sd_own_address_back_find(&back, fixture_work(0), token));
        assert_dead(sd_own_address_back(fixture_work(0), token));
        fixture_run("%s", changes[i][1]);
        assert_string_equal(address_of_carol(), "moved@example.org");
    }
    assert_good(sd_own_address_back_find(&back, fixture_work(0), token));
    assert_good(sd_own_address_back(fixture_work(0), token));
    assert_string_equal(address_of_carol(), "carol@example.org");
    assert_dead(sd_own_address_back(fixture_work(0), token));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_who_gets_a_link),
        desk_test(test_nobody_learns_who_has_an_account),
        desk_test(test_no_link_without_a_mail),
        desk_test(test_the_link_is_judged_when_it_is_used),
        desk_test(test_and_once_more_in_the_write),
        desk_test(test_what_a_reset_ends),
        desk_test(test_an_address_that_somebody_has_by_now),
        desk_test(test_a_change_of_address_is_judged_when_it_is_made),
        desk_test(test_a_link_to_a_new_address_is_not_repeated),
        desk_test(test_a_change_of_address_wants_a_fresh_session),
        desk_test(test_addresses_of_other_directories_are_elsewhere),
        desk_test(test_the_new_address_is_taken_meanwhile),
        desk_test(test_so_is_the_way_back),
    };

    return cmocka_run_group_tests_name("desk own_account", tests, NULL, NULL);
}
