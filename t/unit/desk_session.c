/* Sessions: what is kept of them, how long they live, what ends them. */
#include "fixture.h"

#include "desk/account.h"
#include "desk/authentication.h"
#include "desk/role.h"
#include "desk/session.h"

static const sd_session_t *open_session(sd_id_t account_id, const char *kind, const char *old_cookie)
{
    sd_session_t *session = NULL;

    assert_good(sd_session_open(&session, fixture_work(account_id), kind, old_cookie));
    assert_non_null(session);
    return session;
}

/* Whose the cookie is; 0 if it lets nobody in. */
static sd_id_t whose(const char *cookie)
{
    sd_work_t *work = fixture_work(0);
    const char *csrf = NULL;
    sd_error_t *error = sd_authenticate_session(work, cookie, &csrf);

    if (error) {
        assert_int_equal(error->kind, SD_ERROR_SIGN_IN);
        assert_int_equal(work->actor.account_id, 0);
        return 0;
    }
    assert_non_null(csrf);
    return work->actor.account_id;
}

static void test_open(void **state)
{
    sd_id_t carol = fixture_account("carol");
    sd_work_t *work = fixture_work(0);
    const sd_session_t *session = open_session(carol, "password", NULL);
    const char *csrf;

    (void)state;
    assert_int_equal(strlen(session->cookie), 47);
    assert_int_equal(strncmp(session->cookie, "sds_", 4), 0);
    assert_int_equal(strlen(session->csrf), 43);
    assert_true(session->expires == FIXTURE_START + 24 * SD_HOUR);
    assert_good(sd_authenticate_session(work, session->cookie, &csrf));
    assert_int_equal(work->actor.account_id, carol);
    assert_int_equal(work->actor.generation, 1);
    assert_int_equal(work->actor.scopes, SD_SCOPE_ALL);
    assert_int_equal(work->actor.is_operator, 0);
    assert_string_equal(work->actor.directory, "internal");
    assert_string_equal(csrf, session->csrf);
}

static void test_only_a_hash_is_kept(void **state)
{
    const sd_session_t *session = open_session(fixture_account("carol"), "password", NULL);
    const char *hash = fixture_text("SELECT hash FROM session");

    (void)state;
    assert_int_equal(strlen(hash), 64);
    assert_int_equal(strspn(hash, "0123456789abcdef"), 64);
    assert_int_equal(fixture_number("SELECT count(*) FROM session WHERE csrf = '%s' OR hash = '%s'"
                                    " OR source = '%s' OR directory = '%s'",
                                    session->cookie, session->cookie, session->cookie, session->cookie),
                     0);
    assert_string_equal(fixture_text("SELECT source FROM session"), "192.0.2.7");
    assert_true(fixture_number("SELECT last_sign_in FROM account") == FIXTURE_START);
}

static void test_audit(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const sd_session_t *session = open_session(carol, "password", NULL);
    const char *public_id = fixture_text("SELECT public_id FROM account");

    (void)state;
    assert_int_equal(fixture_number("SELECT count(*) FROM audit"), 1);
    assert_int_equal(fixture_audited("session.open"), 1);
    assert_string_equal(fixture_text("SELECT actor FROM audit"), "carol");
    assert_string_equal(fixture_text("SELECT object_id FROM audit"), public_id);
    assert_string_equal(fixture_text("SELECT source FROM audit"), "192.0.2.7");
    assert_string_equal(fixture_text("SELECT log_id FROM audit"), "log-1");
    assert_string_equal(fixture_text("SELECT detail FROM audit"), "{\"kind\":\"password\"}");
    assert_good(sd_session_close(fixture_work(carol), session->cookie));
    assert_int_equal(fixture_audited("session.close"), 1);
}

static void test_no_two_are_alike(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const sd_session_t *a = open_session(carol, "password", NULL), *b = open_session(carol, "password", NULL);

    (void)state;
    assert_string_not_equal(a->cookie, b->cookie);
    assert_string_not_equal(a->csrf, b->csrf);
    assert_string_not_equal(a->csrf, a->cookie + 4);
    assert_int_equal(whose(a->cookie), carol);
    assert_int_equal(whose(b->cookie), carol);
}

static void test_nobody_opens_one(void **state)
{
    sd_session_t *session;

    (void)state;
    assert_bad(sd_session_open(&session, fixture_work(0), "password", NULL), SD_ERROR_SIGN_IN);
    assert_null(session);
    assert_bad(sd_session_open(&session, fixture_operator(), "password", NULL), SD_ERROR_SIGN_IN);
    assert_int_equal(fixture_number("SELECT count(*) FROM session"), 0);
}

static void test_what_is_no_cookie(void **state)
{
    const sd_session_t *session = open_session(fixture_account("carol"), "password", NULL);
    const char *csrf;

    (void)state;
    assert_int_equal(whose(NULL), 0);
    assert_int_equal(whose(""), 0);
    assert_int_equal(whose("sds_"), 0);
    assert_int_equal(whose(apr_pstrcat(fixture.pool, session->cookie, "A", NULL)), 0);
    assert_int_equal(whose(apr_pstrmemdup(fixture.pool, session->cookie, 46)), 0);
    assert_int_equal(whose(apr_pstrcat(fixture.pool, "sdp_", session->cookie + 4, NULL)), 0);
    assert_int_equal(whose(apr_pstrcat(fixture.pool, "SDS_", session->cookie + 4, NULL)), 0);
    assert_int_equal(whose(fixture_text("SELECT hash FROM session")), 0);
    assert_int_equal(whose("sds_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 0);
    assert_bad(sd_authenticate_token(fixture_work(0), session->cookie), SD_ERROR_SIGN_IN);
    assert_bad(sd_authenticate_session(fixture_work(0), "sdp_", &csrf), SD_ERROR_SIGN_IN);
}

static void test_the_idle_limit(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const sd_session_t *session = open_session(carol, "password", NULL);

    (void)state;
    fixture_clock_move(8 * SD_HOUR - 1);
    assert_int_equal(whose(session->cookie), carol);
    /* Being seen starts the limit anew. */
    fixture_clock_move(8 * SD_HOUR - 1);
    assert_int_equal(whose(session->cookie), carol);
    fixture_clock_move(8 * SD_HOUR);
    assert_int_equal(whose(session->cookie), 0);
}

static void test_the_absolute_limit(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const sd_session_t *session = open_session(carol, "password", NULL);

    (void)state;
    for (int i = 0; i < 24 * 60 - 1; i++) {
        fixture_clock_move(SD_MINUTE);
        assert_int_equal(whose(session->cookie), carol);
    }
    fixture_clock_move(SD_MINUTE - 1);
    assert_int_equal(whose(session->cookie), carol);
    fixture_clock_move(1);
    assert_int_equal(whose(session->cookie), 0);
}

static void test_staff_has_shorter_limits(void **state)
{
    sd_id_t ann = fixture_account("ann"), sam = fixture_account("sam"), cus = fixture_account("cus");
    sd_id_t desk = fixture_desk("HELP", "listed");
    const sd_session_t *session;

    (void)state;
    fixture_role(desk, "agent", ann);
    fixture_role(desk, "customer", cus);
    fixture_system_admin(sam);
    assert_true(open_session(cus, "password", NULL)->expires == FIXTURE_START + 24 * SD_HOUR);
    assert_true(open_session(sam, "password", NULL)->expires == FIXTURE_START + 12 * SD_HOUR);
    session = open_session(ann, "password", NULL);
    assert_true(session->expires == FIXTURE_START + 12 * SD_HOUR);
    fixture_clock_move(SD_HOUR - 1);
    assert_int_equal(whose(session->cookie), ann);
    fixture_clock_move(SD_HOUR);
    assert_int_equal(whose(session->cookie), 0);
}

static void test_the_bridge_is_short_and_not_renewed(void **state)
{
    sd_id_t ann = fixture_account("ann");
    sd_work_t *work = fixture_work(ann);
    sd_session_t *session;

    (void)state;
    work->actor.directory = "ldap";
    work->face = "bridge";
    assert_good(sd_session_open(&session, work, "bridge", NULL));
    assert_string_equal(fixture_text("SELECT kind FROM session"), "bridge");
    assert_string_equal(fixture_text("SELECT directory FROM session"), "ldap");
    assert_string_equal(fixture_text("SELECT directory FROM audit"), "ldap");
    assert_true(session->expires == FIXTURE_START + 15 * SD_MINUTE);
    for (int i = 0; i < 14; i++) {
        fixture_clock_move(SD_MINUTE);
        assert_int_equal(whose(session->cookie), ann);
    }
    fixture_clock_move(SD_MINUTE);
    assert_int_equal(whose(session->cookie), 0);
}

static void test_a_new_one_ends_the_old_one(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const sd_session_t *old = open_session(carol, "password", NULL);
    const sd_session_t *session = open_session(carol, "password", old->cookie);

    (void)state;
    assert_int_equal(whose(old->cookie), 0);
    assert_int_equal(whose(session->cookie), carol);
    assert_int_equal(fixture_number("SELECT count(*) FROM session"), 1);
    open_session(carol, "password", "no cookie at all");
    assert_int_equal(fixture_number("SELECT count(*) FROM session"), 2);
}

static void test_close(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const sd_session_t *a = open_session(carol, "password", NULL), *b = open_session(carol, "password", NULL);

    (void)state;
    assert_good(sd_session_close(fixture_work(carol), a->cookie));
    assert_int_equal(whose(a->cookie), 0);
    assert_int_equal(whose(b->cookie), carol);
    /* Once more is no error and no news. */
    assert_good(sd_session_close(fixture_work(carol), a->cookie));
    assert_good(sd_session_close(fixture_work(carol), "rubbish"));
    assert_good(sd_session_close(fixture_work(carol), NULL));
    assert_int_equal(fixture_audited("session.close"), 1);
}

static void test_close_all(void **state)
{
    sd_id_t carol = fixture_account("carol"), dan = fixture_account("dan"), sam = fixture_account("sam");
    const sd_session_t *a = open_session(carol, "password", NULL), *b = open_session(carol, "password", NULL);
    const sd_session_t *other = open_session(dan, "password", NULL);

    (void)state;
    fixture_system_admin(sam);
    assert_bad(sd_session_close_all(fixture_work(dan), "carol"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_session_close_all(fixture_work(dan), "nobody"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_session_close_all(fixture_work(0), "carol"), SD_ERROR_SIGN_IN);
    assert_bad(sd_session_close_all(fixture_work(0), NULL), SD_ERROR_SIGN_IN);
    assert_bad(sd_session_close_all(fixture_work(sam), "nobody"), SD_ERROR_NOT_FOUND);
    assert_int_equal(whose(a->cookie), carol);

    assert_good(sd_session_close_all(fixture_work(carol), NULL));
    assert_int_equal(whose(a->cookie), 0);
    assert_int_equal(whose(b->cookie), 0);
    assert_int_equal(whose(other->cookie), dan);
    assert_string_equal(fixture_text("SELECT detail FROM audit WHERE act = 'session.close-all'"), "{\"sessions\":2}");
    assert_good(sd_session_close_all(fixture_work(sam), "dan"));
    assert_int_equal(whose(other->cookie), 0);
    assert_good(sd_session_close_all(fixture_operator(), "dan"));
    assert_int_equal(fixture_audited("session.close-all"), 3);
}

/* Each of these ends what was open before, at once. */
static void test_dead_with_the_generation(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const sd_session_t *session;

    (void)state;
    fixture_desk("HELP", "listed");
    assert_good(sd_role_add(fixture_operator(), "customer", "HELP", "carol"));
    session = open_session(carol, "password", NULL);
    assert_good(sd_role_remove(fixture_operator(), "customer", "HELP", "carol"));
    assert_int_equal(whose(session->cookie), 0);

    session = open_session(carol, "password", NULL);
    assert_good(sd_role_add(fixture_operator(), "agent", "HELP", "carol"));
    assert_int_equal(whose(session->cookie), 0);

    session = open_session(carol, "password", NULL);
    assert_good(sd_role_add(fixture_operator(), "system-admin", NULL, "carol"));
    assert_int_equal(whose(session->cookie), 0);

    session = open_session(carol, "password", NULL);
    assert_good(sd_account_set_password(fixture_operator(), "carol", FIXTURE_PASSWORD));
    assert_int_equal(whose(session->cookie), 0);

    session = open_session(carol, "password", NULL);
    assert_good(sd_account_disable(fixture_operator(), "carol", 1));
    assert_int_equal(whose(session->cookie), 0);
    assert_good(sd_account_disable(fixture_operator(), "carol", 0));
    assert_int_equal(whose(session->cookie), 0);
}

/* The rows alone decide, also without the deletes that go with a change. */
static void test_a_row_of_another_generation_is_dead(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const sd_session_t *session = open_session(carol, "password", NULL);

    (void)state;
    fixture_run("UPDATE account SET generation = generation + 1");
    assert_int_equal(whose(session->cookie), 0);
    fixture_run("UPDATE session SET generation = generation + 1");
    assert_int_equal(whose(session->cookie), carol);
    fixture_run("UPDATE account SET state = 'disabled'");
    assert_int_equal(whose(session->cookie), 0);
}

static void test_becoming_a_customer_ends_nothing(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const sd_session_t *session = open_session(carol, "password", NULL);

    (void)state;
    fixture_desk("HELP", "listed");
    assert_good(sd_role_add(fixture_operator(), "customer", "HELP", "carol"));
    assert_int_equal(whose(session->cookie), carol);
}

static void test_at_most_fifty(void **state)
{
    sd_id_t carol = fixture_account("carol"), dan = fixture_account("dan");
    const sd_session_t *other = open_session(dan, "password", NULL), *sessions[52];

    (void)state;
    for (int i = 0; i < 52; i++) {
        fixture_clock_move(1);
        sessions[i] = open_session(carol, "password", NULL);
    }
    assert_int_equal(whose(sessions[0]->cookie), 0);
    assert_int_equal(whose(sessions[1]->cookie), 0);
    assert_int_equal(whose(sessions[2]->cookie), carol);
    assert_int_equal(whose(sessions[51]->cookie), carol);
    assert_int_equal(whose(other->cookie), dan);
    assert_int_equal(fixture_number("SELECT count(*) FROM session WHERE account_id = %d", (int)carol), 50);
}

static void test_seen_at_most_once_a_minute(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const sd_session_t *session = open_session(carol, "password", NULL);

    (void)state;
    fixture_clock_move(SD_MINUTE - 1);
    assert_int_equal(whose(session->cookie), carol);
    assert_true(fixture_number("SELECT last_seen FROM session") == FIXTURE_START);
    fixture_clock_move(1);
    assert_int_equal(whose(session->cookie), carol);
    assert_true(fixture_number("SELECT last_seen FROM session") == FIXTURE_START + SD_MINUTE);
}

/* A database that takes no writes still knows who is there. */
static void test_a_touch_that_fails_stops_nobody(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const sd_session_t *session = open_session(carol, "password", NULL);

    (void)state;
    raw_refuse_writes(&fixture.raw, 1);
    fixture_clock_move(SD_HOUR);
    assert_int_equal(whose(session->cookie), carol);
    assert_int_equal(whose(session->cookie), carol);
    raw_refuse_writes(&fixture.raw, 0);
    assert_true(fixture_number("SELECT last_seen FROM session") == FIXTURE_START);
    /* After a rest the note is written again. */
    assert_int_equal(whose(session->cookie), carol);
    assert_true(fixture_number("SELECT last_seen FROM session") == FIXTURE_START);
    fixture_clock_move(10 * SD_SECOND);
    assert_int_equal(whose(session->cookie), carol);
    assert_true(fixture_number("SELECT last_seen FROM session") == FIXTURE_START + SD_HOUR + 10 * SD_SECOND);
}

static void test_open_purges(void **state)
{
    sd_id_t carol = fixture_account("carol"), dave = fixture_account("dave");

    (void)state;
    open_session(carol, "password", NULL);
    fixture_clock_move(SD_HOUR);
    open_session(carol, "password", NULL);
    fixture_clock_move(23 * SD_HOUR);
    open_session(dave, "password", NULL);
    assert_int_equal(fixture_number("SELECT count(*) FROM session"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_open),
        desk_test(test_only_a_hash_is_kept),
        desk_test(test_audit),
        desk_test(test_no_two_are_alike),
        desk_test(test_nobody_opens_one),
        desk_test(test_what_is_no_cookie),
        desk_test(test_the_idle_limit),
        desk_test(test_the_absolute_limit),
        desk_test(test_staff_has_shorter_limits),
        desk_test(test_the_bridge_is_short_and_not_renewed),
        desk_test(test_a_new_one_ends_the_old_one),
        desk_test(test_close),
        desk_test(test_close_all),
        desk_test(test_dead_with_the_generation),
        desk_test(test_a_row_of_another_generation_is_dead),
        desk_test(test_becoming_a_customer_ends_nothing),
        desk_test(test_at_most_fifty),
        desk_test(test_seen_at_most_once_a_minute),
        desk_test(test_a_touch_that_fails_stops_nobody),
        desk_test(test_open_purges),
    };

    return cmocka_run_group_tests_name("desk session", tests, NULL, NULL);
}
