/* What the worker takes away: every table of things that have had their time, a bounded number of rows a round. */
#include "fixture.h"

#include "desk/keeping.h"
#include "desk/setting.h"

#define MANY 450 /* more than two rounds take */

/* "%lld" of a time or id, for plain SQL. */
#define N "%" APR_INT64_T_FMT

/* How many rounds it takes until there is nothing left to do. */
static int keep(void)
{
    int rounds = 0, more;

    do {
        assert_good(sd_keep(&more, fixture_operator()));
        rounds++;
    } while (more && rounds < 20);
    return rounds;
}

static apr_int64_t count(const char *table)
{
    return fixture_number("SELECT count(*) FROM %s", table);
}

static void add_token(sd_id_t account, const char *hash, sd_time_t expires, const char *revoked)
{
    fixture_run("INSERT INTO token (hash, prefix, account_id, label, scopes, created, expires, revoked)"
                " VALUES ('%s', 'p', " N ", 'l', 7, 0, " N ", %s)",
                hash, account, expires, revoked);
}

static void add_session(sd_id_t account, const char *hash, sd_time_t last_seen, sd_time_t expires)
{
    fixture_run("INSERT INTO session (hash, account_id, kind, directory, generation, created, last_seen, idle, expires,"
                " csrf) VALUES ('%s', " N ", 'password', 'internal', 1, 0, " N ", " N ", " N ", 'c')",
                hash, account, last_seen, 8 * SD_HOUR, expires);
}

static void test_each_table(void **state)
{
    sd_id_t ann = fixture_account("ann");
    sd_time_t now = fixture.now;

    (void)state;
    add_session(ann, "over", now - SD_HOUR, now);
    add_session(ann, "alive", now - SD_HOUR, now + 1);
    for (int over = 0; over < 2; over++) {
        sd_time_t expires = over ? now : now + 1;
        fixture_run("INSERT INTO mailed_token (hash, kind, nonce, pepper, address, address_key, created, expires)"
                    " VALUES ('m%d', 'reset', 'n', 1, 'a@x', 'a@x', 0, " N ")",
                    over, expires);
        fixture_run("INSERT INTO signup (address, address_key, display_name, password_hash, state, created, expires)"
                    " VALUES ('a%d@x', 'a%d@x', 'A', 'h', 'unproven', 0, " N ")",
                    over, over, expires);
        fixture_run("INSERT INTO captcha_use (ticket, expires) VALUES ('t%d', " N ")", over, expires);
        fixture_run("INSERT INTO attempt_budget (subject, full_at) VALUES ('b%d', " N ")", over, expires);
    }
    keep();
    assert_string_equal(fixture_text("SELECT hash FROM session"), "alive");
    assert_string_equal(fixture_text("SELECT hash FROM mailed_token"), "m0");
    assert_string_equal(fixture_text("SELECT address FROM signup"), "a0@x");
    assert_string_equal(fixture_text("SELECT ticket FROM captcha_use"), "t0");
    assert_string_equal(fixture_text("SELECT subject FROM attempt_budget"), "b0");
    static const char *const tables[] = {"session", "mailed_token", "signup", "captcha_use", "attempt_budget"};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        assert_int_equal(count(tables[i]), 1);
    }
}

/* A server that was away for long does not try to take all of it away at once, again and again in vain. */
static void test_many_of_each(void **state)
{
    sd_id_t ann = fixture_account("ann");
    sd_time_t now = fixture.now;
    int more;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        add_session(ann, apr_psprintf(fixture.pool, "s%d", i), now - SD_HOUR, now - SD_HOUR);
    }
    assert_good(sd_keep(&more, fixture_operator()));
    assert_true(more);
    assert_int_equal(count("session"), MANY - 200);
    assert_int_equal(keep(), 2);
    for (int i = 0; i < MANY; i++) {
        fixture_run("INSERT INTO attempt_budget (subject, full_at) VALUES ('b%d', " N ")", i, now);
    }
    assert_good(sd_keep(&more, fixture_operator()));
    assert_true(more);
    assert_int_equal(count("attempt_budget"), MANY - 200);
    assert_int_equal(keep(), 2);
    assert_int_equal(count("session") + count("attempt_budget"), 0);
}

/* Their owner sees for a while which ones there were; one that was revoked goes when it would have been over. */
static void test_api_tokens(void **state)
{
    sd_id_t ann = fixture_account("ann");
    sd_time_t now = fixture.now;

    (void)state;
    add_token(ann, "alive", now + 1, "NULL");
    add_token(ann, "just over", now - 30 * SD_DAY + 1, "NULL");
    add_token(ann, "long over", now - 30 * SD_DAY, "NULL");
    add_token(ann, "revoked", now + SD_DAY, "5");
    add_token(ann, "revoked, over", now - 31 * SD_DAY, "5");
    keep();
    assert_int_equal(count("token"), 3);
    assert_int_equal(fixture_number("SELECT count(*) FROM token WHERE hash IN ('alive', 'just over', 'revoked')"), 3);
    assert_good(sd_setting_set(fixture_operator(), "token_keep_days", "0"));
    keep();
    assert_int_equal(fixture_number("SELECT count(*) FROM token WHERE hash IN ('alive', 'revoked')"), 2);
    assert_int_equal(count("token"), 2);
}

/* A round is short, and says that there is more. */
static void test_rounds(void **state)
{
    sd_id_t ann = fixture_account("ann");

    (void)state;
    for (int i = 0; i < MANY; i++) {
        add_token(ann, apr_psprintf(fixture.pool, "h%d", i), 1, "NULL");
    }
    assert_int_equal(keep(), 3);
    assert_int_equal(count("token"), 0);
    for (int i = 0; i < MANY; i++) {
        fixture_run("INSERT INTO captcha_use (ticket, expires) VALUES ('t%d', 1)", i);
    }
    assert_int_equal(keep(), 3);
    assert_int_equal(count("captcha_use"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_each_table),
        desk_test(test_many_of_each),
        desk_test(test_api_tokens),
        desk_test(test_rounds),
    };

    return cmocka_run_group_tests_name("desk keeping", tests, NULL, NULL);
}
