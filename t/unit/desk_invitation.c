/*
 * Invitations: each address its result, personal links, nothing left of what is withdrawn. Cases: rules 1.2 rows 18 to
 * 23, 1.10 cases 8 and 9; security.md 36, 47, 48, 49, 56.
 */
#include "signup_fixture.h"

#include "desk/account.h"
#include "desk/check.h"
#include "desk/invitation.h"
#include "desk/invitation_list.h"
#include "desk/policy.h"
#include "desk/role.h"

static sd_id_t help, ag, da;

static void make_desk(void)
{
    help = fixture_desk("HELP", "listed");
    ag = fixture_account("ag");
    da = fixture_account("da");
    fixture_role(help, "agent", ag);
    fixture_role(help, "administrator", da);
}

static sd_error_t *invite_as(sd_work_t *work, const char *addresses, int confirmed, apr_array_header_t **results)
{
    sd_invitation_input_t input = {.desk = "HELP", .addresses = addresses, .confirmed = confirmed};

    return sd_invite(results, work, &input);
}

/* "address:outcome/reason ..." of an invitation by the agent. */
static const char *told(apr_array_header_t *results)
{
    const char *text = "";

    for (int i = 0; i < results->nelts; i++) {
        const sd_invited_t *one = APR_ARRAY_IDX(results, i, const sd_invited_t *);

        text = apr_pstrcat(fixture.pool, text, i ? " " : "", one->address, ":", one->outcome, one->reason ? "/" : "",
                           one->reason, NULL);
        assert_true(!one->reason == !one->text);
    }
    return text;
}

static const char *invite(const char *addresses)
{
    apr_array_header_t *results;

    assert_good(invite_as(fixture_work(ag), addresses, 0, &results));
    return told(results);
}

static sd_error_t *accept_as(sd_work_t *work, const char *token, const char *name, const sd_account_t **account)
{
    sd_acceptance_t *acceptance;

    *account = NULL;
    SD_TRY(sd_acceptance_find(&acceptance, work, token));
    SD_TRY(sd_acceptance_hash(acceptance, name, FIXTURE_PASSWORD));
    return sd_acceptance_finish(account, acceptance);
}

static sd_error_t *take_up(const char *token)
{
    const sd_account_t *account;

    return accept_as(fixture_work(0), token, "Zoe Zephyr", &account);
}

static void assert_unaccepted(sd_error_t *error)
{
    assert_bad(error, SD_ERROR_NOT_FOUND);
    assert_string_equal(error->key, "sd.mailed_token.dead");
}

static const char *account_of(const char *name)
{
    return fixture_text("SELECT state || address_proven || portal_only || ' ' || display_name FROM account"
                        " WHERE name = '%s'",
                        name);
}

static void assert_sound(void)
{
    apr_array_header_t *findings;

    assert_good(sd_check(&findings, fixture_operator()));
    assert_int_equal(findings->nelts, 0);
}

/* ---- results ---- */

/* Five with one known, one repeat, one bad. */
static void test_five(void **state)
{
    (void)state;
    make_desk();
    fixture_account("carol");
    assert_string_equal(invite(
                            "zoe@new.example, carol@example.org; Yan Yak <yan@new.example>\nZOE@New.example\nnonsense"),
                        "zoe@new.example:invited carol@example.org:added yan@new.example:invited"
                        " nonsense:refused/address");
    assert_string_equal(fixture_text(
                            "SELECT group_concat(kind || ' ' || address) FROM (SELECT * FROM outbox ORDER BY id) o"),
                        "invite zoe@new.example,invite-known carol@example.org,invite yan@new.example");
    assert_string_equal(account_of("zoe@new.example"), "invited01 zoe@new.example");
    assert_string_equal(account_of("yan@new.example"), "invited01 Yan Yak");
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE role = 'customer' AND origin = 'invitation'"),
                     3);
    assert_int_equal(fixture_number("SELECT count(*) FROM account WHERE password_hash IS NOT NULL"), 0);
    assert_string_equal(invite("carol@example.org zoe@new.example"),
                        "carol@example.org:member zoe@new.example:pending");
    assert_int_equal(fixture_audited("invitation.send"), 4);
    assert_sound();
}

static void test_people_that_are_there(void **state)
{
    (void)state;
    make_desk();
    fixture_account("gone");
    fixture_run("UPDATE account SET state = 'disabled' WHERE name = 'gone'");
    assert_string_equal(invite("gone@example.org, da@example.org, Ag@Example.org"),
                        "gone@example.org:refused/disabled da@example.org:member Ag@Example.org:member");
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE role = 'customer'"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 0);
}

static void test_who_may(void **state)
{
    sd_id_t carol = fixture_account("carol");
    apr_array_header_t *results;

    (void)state;
    make_desk();
    fixture_role(help, "customer", carol);
    assert_bad(invite_as(fixture_work(carol), "zoe@new.example", 0, &results), SD_ERROR_FORBIDDEN);
    assert_bad(invite_as(fixture_work(fixture_account("dan")), "zoe@new.example", 0, &results), SD_ERROR_NOT_FOUND);
    assert_bad(invite_as(fixture_work(0), "zoe@new.example", 0, &results), SD_ERROR_SIGN_IN);
    assert_bad_field(invite_as(fixture_work(ag), " , ", 0, &results), SD_ERROR_INPUT, "addresses",
                     "sd.validation.required");
    assert_bad_field(invite_as(fixture_work(ag), NULL, 0, &results), SD_ERROR_INPUT, "addresses",
                     "sd.validation.required");
    set("invite_new_accounts", "desk-admins");
    assert_string_equal(invite("zoe@new.example carol@example.org"),
                        "zoe@new.example:refused/forbidden carol@example.org:member");
    assert_good(invite_as(fixture_work(da), "zoe@new.example", 0, &results));
    assert_string_equal(told(results), "zoe@new.example:invited");
    set("invite_new_accounts", "while-signup-on");
    assert_string_equal(invite("yan@new.example"), "yan@new.example:refused/signup-off");
    set("public_signup", "true");
    assert_string_equal(invite("yan@new.example"), "yan@new.example:invited");
    fixture_run("UPDATE directory SET writable = 0");
    assert_string_equal(invite("xia@new.example"), "xia@new.example:refused/no-directory");
}

static void test_domains(void **state)
{
    (void)state;
    make_desk();
    fixture_account("carol");
    fixture_run("INSERT INTO domain_rule VALUES (1, 'allow', 'corp.example')");
    assert_string_equal(invite("zoe@corp.example yan@corp.example.evil carol@example.org"),
                        "zoe@corp.example:invited yan@corp.example.evil:refused/domain carol@example.org:added");
}

static void test_lists(void **state)
{
    static const char *const lists[] = {"all",        "Team",      "support",     "list",      "dev-l",
                                        "noreply",    "no-reply",  "info",        "cats-list", "owner-x",
                                        "x-announce", "noreply42", "support+tag", NULL};
    static const char *const people[] = {"al", "allan", "teamwork", "lister", "lowell", "noreen", "l", "zoe.all", NULL};
    apr_array_header_t *results;
    sd_address_t address;

    (void)state;
    make_desk();
    for (int i = 0; lists[i]; i++) {
        assert_good(
            sd_address_parse(&address, fixture.pool, "a", apr_pstrcat(fixture.pool, lists[i], "@corp.example", NULL)));
        assert_true(sd_invitation_is_list(&address));
    }
    for (int i = 0; people[i]; i++) {
        assert_good(
            sd_address_parse(&address, fixture.pool, "a", apr_pstrcat(fixture.pool, people[i], "@corp.example", NULL)));
        assert_false(sd_invitation_is_list(&address));
    }
    assert_good(sd_address_parse(&address, fixture.pool, "a", "cats@lists.corp.example"));
    assert_true(sd_invitation_is_list(&address));
    assert_string_equal(invite("all@corp.example"), "all@corp.example:refused/list");
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 2);
    assert_good(invite_as(fixture_work(ag), "all@corp.example", 1, &results));
    assert_string_equal(told(results), "all@corp.example:invited");
}

/* ---- the link ---- */

static void test_the_link(void **state)
{
    const sd_account_t *account;
    sd_acceptance_t *acceptance;
    sd_work_t *work = fixture_work(0);

    (void)state;
    make_desk();
    invite("Zoe <Zoe@new.example>");
    const char *token = mailed();
    for (int i = 0; i < 2; i++) {
        assert_good(sd_acceptance_find(&acceptance, fixture_work(0), token));
        assert_string_equal(acceptance->address, "Zoe@new.example");
        assert_string_equal(acceptance->display_name, "Zoe");
        assert_string_equal(acceptance->desk_name, "Desk HELP");
    }
    assert_bad_field(accept_as(fixture_work(0), token, "", &account), SD_ERROR_INPUT, "displayName",
                     "sd.validation.required");
    assert_good(accept_as(work, token, "Zoe Zephyr", &account));
    assert_string_equal(account_of("Zoe@new.example"), "active11 Zoe Zephyr");
    assert_true(work->actor.account_id == account->id);
    assert_int_equal(fixture_number("SELECT count(*) FROM invitation"), 0);
    assert_int_equal(fixture_audited("invitation.accept"), 1);
    assert_unaccepted(take_up(token));
    assert_string_equal(last_mail(), "welcome Zoe@new.example");
    assert_sound();
}

static void test_the_link_is_personal(void **state)
{
    const sd_account_t *account;

    (void)state;
    make_desk();
    invite("zoe@new.example");
    const char *token = mailed();
    assert_bad(accept_as(fixture_work(fixture_account("carol")), token, "Carol", &account), SD_ERROR_CONFLICT);
    assert_string_equal(account_of("zoe@new.example"), "invited01 zoe@new.example");
    fixture_clock_move(7 * SD_DAY - 1);
    assert_good(take_up(token));
}

/* The account goes by another name since: none is made for the address in its place. */
static void test_no_other_account_is_made(void **state)
{
    (void)state;
    make_desk();
    invite("zoe@new.example");
    const char *token = mailed();
    fixture_run("UPDATE account SET name = 'zoe', name_key = 'zoe' WHERE name = 'zoe@new.example'");
    assert_unaccepted(take_up(token));
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 3);
    assert_string_equal(account_of("zoe"), "invited01 zoe@new.example");
}

/* Nobody is told for whom it was, once the account is somebody's. */
static void test_an_account_that_is_in_use(void **state)
{
    sd_acceptance_t *acceptance;

    (void)state;
    make_desk();
    invite("zoe@new.example");
    const char *token = mailed();
    fixture_run("UPDATE account SET state = 'active' WHERE name = 'zoe@new.example'");
    assert_unaccepted(sd_acceptance_find(&acceptance, fixture_work(0), token));
    fixture_run("UPDATE account SET state = 'invited' WHERE name = 'zoe@new.example'");
    assert_good(sd_acceptance_find(&acceptance, fixture_work(0), token));
}

/* The right of the inviter is asked for again when the password has been hashed. */
static void test_the_inviter_leaves_meanwhile(void **state)
{
    const sd_account_t *account;
    sd_acceptance_t *acceptance;

    (void)state;
    make_desk();
    invite("zoe@new.example");
    const char *token = mailed();
    assert_good(sd_acceptance_find(&acceptance, fixture_work(0), token));
    assert_good(sd_acceptance_hash(acceptance, "Zoe", FIXTURE_PASSWORD));
    assert_good(sd_role_remove(fixture_operator(), "agent", "HELP", "ag"));
    assert_unaccepted(sd_acceptance_finish(&account, acceptance));
    assert_string_equal(account_of("zoe@new.example"), "invited01 zoe@new.example");
    fixture_role(help, "agent", ag);
    assert_good(take_up(token));
}

static void test_seven_days(void **state)
{
    (void)state;
    make_desk();
    invite("zoe@new.example");
    const char *first = mailed();
    fixture_clock_move(7 * SD_DAY);
    assert_unaccepted(take_up(first));
    assert_string_equal(invite("zoe@new.example"), "zoe@new.example:pending");
    assert_unaccepted(take_up(first));
    assert_good(take_up(mailed()));
}

/* Invited anew, the older link is dead; but not if no mail would bring the newer one. */
static void test_again(void **state)
{
    (void)state;
    make_desk();
    invite("zoe@new.example");
    const char *first = mailed();
    invite("zoe@new.example");
    assert_unaccepted(take_up(first));
    invite("zoe@new.example");
    const char *third = mailed();
    assert_string_equal(invite("zoe@new.example"), "zoe@new.example:pending/budget");
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 3);
    assert_good(take_up(third));
}

/* Nor if it is the day's budget that is spent. */
static void test_again_and_again(void **state)
{
    (void)state;
    make_desk();
    for (int i = 0; i < 3; i++) {
        assert_string_equal(invite("zoe@new.example"), i ? "zoe@new.example:pending" : "zoe@new.example:invited");
        fixture_clock_move(2 * SD_HOUR);
    }
    const char *third = mailed();
    assert_string_equal(invite("zoe@new.example"), "zoe@new.example:pending/budget");
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 3);
    assert_good(take_up(third));
}

/* Signup going off ends no invitation; and whoever was invited may as well sign up. */
static void test_beside_signup(void **state)
{
    (void)state;
    make_desk();
    invite("zoe@new.example");
    const char *token = mailed();
    set("public_signup", "true");
    set("public_signup", "false");
    assert_good(take_up(token));
    invite("yan@new.example");
    token = mailed();
    open_desk("OPEN");
    sd_signup_input_t input = form("yan@new.example");
    input.desk = "OPEN";
    assert_good(sign_up_with(&input));
    assert_string_equal(arrive(mailed())->name, "yan@new.example");
    assert_unaccepted(take_up(token));
    assert_int_equal(fixture_number("SELECT count(*) FROM invitation"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role r JOIN account a ON a.id = r.account_id"
                                    " WHERE a.name = 'yan@new.example'"),
                     2);
}

static void test_two_desks(void **state)
{
    apr_array_header_t *results;

    (void)state;
    make_desk();
    sd_id_t hr = fixture_desk("HR", "listed");
    fixture_role(hr, "agent", ag);
    invite("zoe@new.example");
    const char *first = mailed();
    sd_invitation_input_t input = {.desk = "HR", .addresses = "zoe@new.example"};
    assert_good(sd_invite(&results, fixture_work(ag), &input));
    assert_string_equal(told(results), "zoe@new.example:invited");
    const char *second = mailed();
    assert_good(sd_invitation_withdraw(fixture_work(ag), "HR", fixture_number("SELECT max(id) FROM invitation")));
    assert_unaccepted(take_up(second));
    assert_string_equal(account_of("zoe@new.example"), "invited01 zoe@new.example");
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE role = 'customer'"), 1);
    assert_good(take_up(first));
}

/* What was given is never more than whoever gave it could give now. */
static void test_the_inviter_leaves(void **state)
{
    (void)state;
    make_desk();
    invite("zoe@new.example");
    const char *token = mailed();
    assert_good(sd_role_remove(fixture_operator(), "agent", "HELP", "ag"));
    assert_unaccepted(take_up(token));
    fixture_role(help, "agent", ag);
    assert_good(sd_account_disable(fixture_operator(), "ag", 1));
    assert_unaccepted(take_up(token));
    assert_good(sd_account_disable(fixture_operator(), "ag", 0));
    fixture_run("UPDATE account SET barred = 1 WHERE name = 'ag'"); /* the directory lets others in */
    assert_unaccepted(take_up(token));
    fixture_run("UPDATE account SET barred = 0 WHERE name = 'ag'");
    assert_good(take_up(token));
}

/* ---- withdrawn ---- */

static void test_nothing_is_left(void **state)
{
    sd_page_t page = {0, 50};
    sd_list_t *list;

    (void)state;
    make_desk();
    invite("zoe@new.example, Yan <yan@new.example>");
    const char *token = mailed();
    assert_good(sd_invitation_list(&list, fixture_work(ag), "HELP", page));
    assert_int_equal(list->rows->nelts, 2);
    const sd_invitation_row_t *row = APR_ARRAY_IDX(list->rows, 1, const sd_invitation_row_t *);
    assert_string_equal(row->account.address, "yan@new.example");
    assert_string_equal(row->inviter_name, "ag");
    assert_bad(sd_invitation_withdraw(fixture_work(fixture_account("dan")), "HELP", row->id), SD_ERROR_NOT_FOUND);
    assert_good(sd_invitation_withdraw(fixture_work(da), "HELP", row->id));
    assert_unaccepted(take_up(token));
    assert_int_equal(fixture_number("SELECT count(*) FROM mailed_token"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE role = 'customer'"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM account WHERE name || display_name || coalesce(address, '')"
                                    " LIKE '%%yan%%'"),
                     0);
    assert_int_equal(fixture_number("SELECT count(*) FROM account_word WHERE word LIKE 'yan%%'"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM account_part WHERE part LIKE 'yan%%'"), 0);
    assert_bad(sd_invitation_withdraw(fixture_work(da), "HELP", row->id), SD_ERROR_NOT_FOUND);
    assert_sound();
    assert_string_equal(invite("yan@new.example"), "yan@new.example:invited");
    assert_good(take_up(mailed()));
    assert_sound();
}

static void test_what_was_before_stays(void **state)
{
    sd_invitation_input_t to_hr = {.desk = "HR", .addresses = "yan@example.org"};
    apr_array_header_t *results;

    (void)state;
    make_desk();
    sd_id_t hr = fixture_desk("HR", "listed"), yan = fixture_account("yan");
    fixture_role(help, "customer", yan);
    fixture_role(hr, "agent", ag);
    fixture_run("UPDATE account SET state = 'pending', address_proven = 0, name = address, name_key = address"
                " WHERE name = 'yan'");
    assert_string_equal(invite("yan@example.org"), "yan@example.org:pending");
    assert_good(sd_invite(&results, fixture_work(ag), &to_hr));
    assert_string_equal(told(results), "yan@example.org:invited");
    assert_good(sd_invitation_withdraw(fixture_work(ag), "HELP", fixture_number("SELECT min(id) FROM invitation")));
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE role = 'customer' AND direct = 1"), 2);
    assert_int_equal(
        fixture_number("SELECT count(*) FROM account WHERE address = 'yan@example.org' AND state = 'invited'"), 1);
    assert_good(sd_invitation_withdraw(fixture_work(ag), "HR", fixture_number("SELECT min(id) FROM invitation")));
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role r JOIN desk k ON k.id = r.desk_id"
                                    " WHERE r.role = 'customer' AND k.key = 'HELP'"),
                     1);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE role = 'customer'"), 1);
    assert_int_equal(
        fixture_number("SELECT count(*) FROM account WHERE address = 'yan@example.org' AND state = 'pending'"), 1);
    assert_sound();
}

/* Invited and withdrawn without end: the mailbox gets what its budget says. */
static void test_withdrawing_gives_no_mails_back(void **state)
{
    (void)state;
    make_desk();
    for (int i = 0; i < 5; i++) {
        assert_string_equal(invite("zoe@new.example"),
                            i < 3 ? "zoe@new.example:invited" : "zoe@new.example:invited/budget");
        assert_good(sd_invitation_withdraw(fixture_work(ag), "HELP", fixture_number("SELECT max(id) FROM invitation")));
    }
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE state = 'queued'"), 3);
    assert_int_equal(fixture_number("SELECT count(*) FROM invitation"), 0);
    assert_sound();
}

static void test_another_desks_invitation(void **state)
{
    (void)state;
    make_desk();
    sd_id_t hr = fixture_desk("HR", "listed"), eve = fixture_account("eve");
    fixture_role(hr, "agent", eve);
    invite("zoe@new.example");
    assert_bad(sd_invitation_withdraw(fixture_work(eve), "HR", 1), SD_ERROR_NOT_FOUND);
    assert_bad(sd_invitation_withdraw(fixture_work(eve), "HELP", 1), SD_ERROR_NOT_FOUND);
    assert_good(take_up(mailed()));
}

/* ---- many; outside ---- */

static void test_a_thousand(void **state)
{
    apr_array_header_t *results, *addresses = apr_array_make(fixture.pool, 1000, sizeof(const char *));

    (void)state;
    make_desk();
    for (int i = 0; i < SD_INVITATIONS_AT_ONCE; i++) {
        APR_ARRAY_PUSH(addresses, const char *) = apr_psprintf(fixture.pool, "g%d@new.example", i);
    }
    const char *text = apr_array_pstrcat(fixture.pool, addresses, '\n');
    assert_good(invite_as(fixture_work(ag), text, 0, &results));
    assert_int_equal(results->nelts, 1000);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE state = 'queued'"), 1000);
    assert_int_equal(fixture_number("SELECT count(*) FROM invitation"), 1000);
    text = apr_pstrcat(fixture.pool, text, "\none.more@new.example", NULL);
    assert_bad_field(invite_as(fixture_work(ag), text, 0, &results), SD_ERROR_INPUT, "addresses",
                     "sd.validation.too.many");
}

static sd_error_t *create_outside(void *baton, apr_pool_t *pool, const sd_person_t *person)
{
    (void)pool;
    assert_string_equal(person->name, "zoe@new.example");
    assert_string_equal(person->password, FIXTURE_PASSWORD);
    ++*(int *)baton;
    return NULL;
}

static sd_error_t *remove_outside(void *baton, apr_pool_t *pool, const char *name)
{
    (void)pool;
    (void)name;
    --*(int *)baton;
    return NULL;
}

/* The account waits in the module's own directory, and moves out with all it has when its owner comes. */
static void test_a_directory_outside(void **state)
{
    int made = 0;
    sd_directory_writer_t writer = {"company", &made, create_outside, remove_outside, NULL};
    const sd_account_t *account;

    (void)state;
    make_desk();
    fixture_run("UPDATE directory SET writable = 0");
    fixture_run("INSERT INTO directory (name, kind, writable, position, created)"
                " VALUES ('company', 'external', 1, 1, 0)");
    fixture.site.writers = &writer;
    invite("Zoe@new.example");
    assert_good(accept_as(fixture_work(0), mailed(), "Zoe", &account));
    assert_int_equal(made, 1);
    assert_string_equal(account->directory, "company");
    assert_string_equal(account->name, "zoe@new.example");
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE role = 'customer'"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM account WHERE password_hash IS NOT NULL"), 0);
    assert_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_five),
        desk_test(test_people_that_are_there),
        desk_test(test_who_may),
        desk_test(test_domains),
        desk_test(test_lists),
        desk_test(test_the_link),
        desk_test(test_the_link_is_personal),
        desk_test(test_no_other_account_is_made),
        desk_test(test_an_account_that_is_in_use),
        desk_test(test_the_inviter_leaves_meanwhile),
        desk_test(test_seven_days),
        desk_test(test_again),
        desk_test(test_again_and_again),
        desk_test(test_beside_signup),
        desk_test(test_two_desks),
        desk_test(test_the_inviter_leaves),
        desk_test(test_nothing_is_left),
        desk_test(test_what_was_before_stays),
        desk_test(test_withdrawing_gives_no_mails_back),
        desk_test(test_another_desks_invitation),
        desk_test(test_a_thousand),
        desk_test(test_a_directory_outside),
    };

    return cmocka_run_group_tests_name("desk invitation", tests, NULL, NULL);
}
