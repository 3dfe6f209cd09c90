/* One-time links to sign in: who may have one, what is asked again when it is used, what it opens. */
#include "fixture.h"

#include "desk/authentication.h"
#include "desk/mailed_token.h"
#include "desk/setting.h"
#include "desk/sign_in_link.h"

static sd_id_t offering_desk(void)
{
    sd_id_t desk = fixture_desk("HELP", "listed");

    fixture_run("UPDATE desk SET sign_in_link = 1 WHERE id = %" APR_INT64_T_FMT, desk);
    return desk;
}

/* carol, a customer of a desk that offers it. */
static sd_id_t carol_of(sd_id_t *desk)
{
    sd_id_t carol = fixture_account("carol");

    *desk = offering_desk();
    fixture_role(*desk, "customer", carol);
    return carol;
}

/* The last link that was mailed to somebody; NULL if none was. */
static const char *ask(const char *name)
{
    apr_int64_t before = fixture_number("SELECT coalesce(max(id), 0) FROM mailed_token");
    const char *text = NULL;

    assert_good(sd_sign_in_link_ask(fixture_work(0), apr_pstrcat(fixture.pool, name, "@example.org", NULL)));
    apr_int64_t last = fixture_number("SELECT coalesce(max(id), 0) FROM mailed_token");
    if (last > before && fixture_number("SELECT count(*) FROM outbox WHERE mailed_token_id = %" APR_INT64_T_FMT
                                        " AND kind = 'sign-in' AND state = 'queued'",
                                        last) == 1) {
        assert_good(sd_mailed_token_text(&text, fixture_operator(), last));
    }
    return text;
}

static sd_error_t *find(const char *token)
{
    sd_sign_in_link_t link;

    return sd_sign_in_link_find(&link, fixture_work(0), token);
}

static sd_error_t *use(const char *token)
{
    sd_session_t *session;

    return sd_sign_in_link_use(&session, fixture_work(0), token, NULL, NULL);
}

#define assert_dead(call_)                                                                                             \
    do {                                                                                                               \
        const sd_error_t *dead_ = (call_);                                                                             \
        assert_non_null(dead_);                                                                                        \
        assert_int_equal(dead_->kind, SD_ERROR_NOT_FOUND);                                                             \
        assert_string_equal(dead_->key, "sd.mailed_token.dead");                                                       \
    } while (0)

static void test_off_as_it_comes(void **state)
{
    sd_id_t desk = fixture_desk("HELP", "listed");
    int offered = 1;

    (void)state;
    fixture_role(desk, "customer", fixture_account("carol"));
    assert_good(sd_sign_in_link_offered(&offered, fixture_work(0)));
    assert_int_equal(offered, 0);
    assert_bad(sd_sign_in_link_ask(fixture_work(0), "carol@example.org"), SD_ERROR_NOT_FOUND);
    fixture_run("UPDATE desk SET sign_in_link = 1");
    assert_good(sd_sign_in_link_offered(&offered, fixture_work(0)));
    assert_int_equal(offered, 1);
    assert_non_null(ask("carol"));
    assert_good(sd_setting_set(fixture_operator(), "mail_sign_in", "false"));
    assert_good(sd_sign_in_link_offered(&offered, fixture_work(0)));
    assert_int_equal(offered, 0);
    assert_bad(sd_sign_in_link_ask(fixture_work(0), "carol@example.org"), SD_ERROR_NOT_FOUND);
}

static void test_what_is_no_address(void **state)
{
    (void)state;
    offering_desk();
    assert_bad_field(sd_sign_in_link_ask(fixture_work(0), "carol"), SD_ERROR_INPUT, "address", "sd.validation.address");
}

/* Whoever it is, the act costs one row of the audit. */
static int may(const char *name)
{
    apr_int64_t before = fixture_audited("sign-in-link.ask");
    const char *token = ask(name);

    assert_int_equal(fixture_audited("sign-in-link.ask"), before + 1);
    return token != NULL;
}

static void test_who_may(void **state)
{
    sd_id_t offers = offering_desk(), other = fixture_desk("OPEN", "accounts"), organization;

    (void)state;
    fixture_role(offers, "customer", fixture_account("listed"));
    organization = fixture_organization("Org", fixture_account("member"), (sd_id_t)0);
    fixture_run("INSERT INTO desk_organization (desk_id, organization_id) VALUES (%" APR_INT64_T_FMT
                ", %" APR_INT64_T_FMT ")",
                offers, organization);
    fixture_role(other, "customer", fixture_account("elsewhere"));
    sd_id_t agent = fixture_account("agent"), administrator = fixture_account("administrator");
    fixture_role(offers, "customer", agent);
    fixture_role(other, "agent", agent);
    fixture_role(offers, "customer", administrator);
    fixture_role(other, "administrator", administrator);
    sd_id_t root = fixture_account("root");
    fixture_role(offers, "customer", root);
    fixture_system_admin(root);
    assert_true(may("listed"));
    assert_true(may("member"));
    assert_false(may("elsewhere"));
    assert_false(may("agent"));
    assert_false(may("administrator"));
    assert_false(may("root"));
    assert_false(may("nobody"));
}

/* Open to every account is not yet a customer: else one desk would decide for the customers of all. */
static void test_an_open_desk_has_its_own_customers(void **state)
{
    sd_id_t carol = fixture_account("carol"), desk = fixture_desk("OPEN", "accounts");

    (void)state;
    fixture_run("UPDATE desk SET sign_in_link = 1");
    assert_false(may("carol"));
    fixture_role(desk, "customer", carol);
    assert_true(may("carol"));
}

static void test_accounts_that_cannot(void **state)
{
    sd_id_t desk;

    (void)state;
    carol_of(&desk);
    fixture_run("UPDATE account SET state = 'disabled' WHERE name = 'carol'");
    assert_false(may("carol"));
    fixture_run("UPDATE account SET state = 'active', barred = 1 WHERE name = 'carol'");
    assert_false(may("carol"));
    fixture_run("UPDATE account SET barred = 0, address_proven = 0 WHERE name = 'carol'");
    assert_false(may("carol"));
    fixture_run("UPDATE account SET address_proven = 1 WHERE name = 'carol'");
    fixture_run("INSERT INTO directory (id, name, kind, writable, position, created)"
                " VALUES (7, 'ldap', 'external', 0, 7, 0)");
    fixture_run("UPDATE account SET directory_id = 7 WHERE name = 'carol'");
    assert_false(may("carol"));
    fixture_run("UPDATE account SET directory_id = 1 WHERE name = 'carol'");
    assert_true(may("carol"));
}

static void test_once(void **state)
{
    sd_id_t desk, carol = carol_of(&desk);
    sd_sign_in_link_t link;
    sd_session_t *session;
    sd_work_t *work = fixture_work(0);
    const char *token = ask("carol");

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_good(sd_sign_in_link_find(&link, fixture_work(0), token));
        assert_string_equal(link.address, "carol@example.org");
        assert_int_equal(link.needs_code, 0);
    }
    assert_good(sd_sign_in_link_use(&session, work, token, NULL, NULL));
    assert_true(work->actor.account_id == carol);
    assert_string_equal(fixture_text("SELECT kind FROM session"), "link");
    assert_dead(find(token));
    assert_dead(use(token));
    assert_int_equal(fixture_number("SELECT count(*) FROM session"), 1);
    assert_string_equal(fixture_text("SELECT detail FROM audit WHERE act = 'session.open'"), "{\"kind\":\"link\"}");
}

static void test_ten_minutes(void **state)
{
    sd_id_t desk;

    (void)state;
    carol_of(&desk);
    const char *token = ask("carol");
    fixture_clock_move(10 * SD_MINUTE - 1);
    assert_good(find(token));
    assert_good(use(token));
    token = ask("carol");
    fixture_clock_move(10 * SD_MINUTE);
    assert_dead(use(token));
    fixture_clock_move(-5 * SD_MINUTE);
    assert_dead(use(token));
}

static void test_asked_again(void **state)
{
    static const char *const changes[][2] = {
        {"INSERT INTO desk_role (desk_id, account_id, role, origin, created) SELECT k.id, a.id, 'agent', 'tool', 0"
         " FROM desk k, account a WHERE a.name = 'carol'",
         "DELETE FROM desk_role WHERE role = 'agent'"},
        {"UPDATE account SET system_admin = 1", "UPDATE account SET system_admin = 0"},
        {"UPDATE desk SET sign_in_link = 0", "UPDATE desk SET sign_in_link = 1"},
        {"DELETE FROM desk_role", "INSERT INTO desk_role (desk_id, account_id, role, origin, created)"
                                  " SELECT k.id, a.id, 'customer', 'tool', 0 FROM desk k, account a"},
        {"UPDATE account SET state = 'disabled'", "UPDATE account SET state = 'active'"},
        {"UPDATE account SET barred = 1", "UPDATE account SET barred = 0"},
    };
    sd_id_t desk;

    (void)state;
    carol_of(&desk);
    const char *token = ask("carol");
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        fixture_run("%s", changes[i][0]);
        assert_dead(find(token));
        assert_dead(use(token));
        fixture_run("%s", changes[i][1]);
        assert_good(find(token));
    }
    assert_good(use(token));
}

static void test_the_session(void **state)
{
    sd_id_t desk, carol = carol_of(&desk);
    sd_session_t *old, *session;
    sd_work_t *work = fixture_work(0);
    const char *csrf;

    (void)state;
    assert_good(sd_session_open(&old, fixture_work(carol), "password", NULL));
    assert_good(sd_sign_in_link_use(&session, work, ask("carol"), NULL, old->cookie));
    assert_int_equal(fixture_number("SELECT count(*) FROM session"), 1);
    assert_true(session->expires == fixture.now + 24 * SD_HOUR);
    work = fixture_work(0);
    assert_good(sd_authenticate_session(work, session->cookie, &csrf));
    assert_true(work->actor.account_id == carol);
    assert_int_equal(work->actor.scopes, SD_SCOPE_ALL);
    assert_bad(sd_work_require_fresh(work), SD_ERROR_FORBIDDEN);
    assert_good(sd_session_confirm(work, session->cookie, NULL));
    work = fixture_work(0);
    assert_good(sd_authenticate_session(work, session->cookie, &csrf));
    assert_good(sd_work_require_fresh(work));
}

/* Whoever must set up a second factor can do nothing else. */
static void test_a_missing_factor(void **state)
{
    sd_id_t desk;
    sd_session_t *session;
    sd_work_t *work = fixture_work(0);

    (void)state;
    carol_of(&desk);
    assert_good(sd_setting_set(fixture_operator(), "second_factor", "everyone"));
    assert_good(sd_sign_in_link_use(&session, work, ask("carol"), NULL, NULL));
    assert_int_equal(work->actor.scopes, 0);
    assert_int_equal(fixture_number("SELECT restricted FROM session"), 1);
}

static void test_a_failed_use_leaves_the_actor(void **state)
{
    sd_id_t desk, carol = carol_of(&desk), other = fixture_account("other");
    sd_session_t *session;
    sd_work_t *work = fixture_work(other);

    (void)state;
    const char *token = ask("carol");
    fixture_run("INSERT INTO second_factor (account_id, secret, pepper, active, last_step, created)"
                " VALUES (%" APR_INT64_T_FMT ", 'x', 1, 1, 0, 0)",
                carol);
    assert_bad_field(sd_sign_in_link_use(&session, work, token, NULL, NULL), SD_ERROR_INPUT, "code",
                     "sd.second.factor.required");
    assert_true(work->actor.account_id == other);
    assert_int_equal(fixture_number("SELECT count(*) FROM session"), 0);
    assert_good(find(token));
}

/* A mailbox that gets no more mails keeps the link of its last one. */
static void test_no_room_no_harm(void **state)
{
    sd_id_t desk;

    (void)state;
    carol_of(&desk);
    assert_good(sd_setting_set(fixture_operator(), "mail_mailbox_hour", "1"));
    const char *token = ask("carol");
    assert_non_null(token);
    assert_null(ask("carol"));
    assert_good(use(token));
}

static void test_the_newest_counts(void **state)
{
    sd_id_t desk;

    (void)state;
    carol_of(&desk);
    const char *first = ask("carol"), *second = ask("carol");
    assert_dead(use(first));
    assert_good(use(second));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_off_as_it_comes),
        desk_test(test_what_is_no_address),
        desk_test(test_who_may),
        desk_test(test_an_open_desk_has_its_own_customers),
        desk_test(test_accounts_that_cannot),
        desk_test(test_once),
        desk_test(test_ten_minutes),
        desk_test(test_asked_again),
        desk_test(test_the_session),
        desk_test(test_a_missing_factor),
        desk_test(test_a_failed_use_leaves_the_actor),
        desk_test(test_no_room_no_harm),
        desk_test(test_the_newest_counts),
    };

    return cmocka_run_group_tests_name("desk sign_in_link", tests, NULL, NULL);
}
