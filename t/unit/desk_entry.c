/* The entry rule and the switches behind it. Cases: rules 1.3, the table of 1.8, rows 23 and 43. */
#include "fixture.h"

#include "desk/desk.h"
#include "desk/entry.h"
#include "desk/policy.h"
#include "desk/setting.h"
#include "desk/signup_switch.h"
#include "store/accounts.h"
#include "store/desks.h"

static void set(const char *name, const char *value)
{
    assert_good(sd_setting_set(fixture_operator(), name, value));
}

static void sign_up_on(const char *desk)
{
    sd_desk_access_t access;

    assert_good(sd_desk_access_change(&access, fixture_operator(), desk, &(sd_desk_access_input_t){NULL, 1, -1, 0}));
    assert_true(access.state.available);
}

/* The reason why nobody can sign up on a desk (NULL: on the site); "" if they can. */
static const char *barred(const char *key)
{
    sd_signup_state_t state;
    const sd_desk_t *desk = NULL;

    if (key) {
        assert_good(sd_desks_find(&desk, fixture.store, key, 0));
    }
    assert_good(sd_signup_effective(&state, fixture_work(0), desk));
    assert_true(state.available == !state.reason && !state.reason == !state.text);
    return state.available ? "" : state.reason;
}

static void test_both_switches(void **state)
{
    (void)state;
    fixture_desk("HELP", "accounts");
    assert_string_equal(barred("HELP"), "system-off");
    fixture_run("UPDATE desk SET signup = 1"); /* as no face can */
    assert_string_equal(barred("HELP"), "system-off");
    fixture_run("UPDATE desk SET signup = 0");
    set("public_signup", "true");
    assert_string_equal(barred("HELP"), "desk-off");
    sign_up_on("HELP");
    assert_string_equal(barred("HELP"), "");
    fixture_run("UPDATE desk SET access = 'listed'");
    assert_string_equal(barred("HELP"), "desk-listed");
    fixture_run("UPDATE desk SET access = 'accounts', open = 0");
    assert_string_equal(barred("HELP"), "desk-closed");
}

/* The site's own signup is another one: all four combinations. */
static void test_site_and_desks(void **state)
{
    (void)state;
    fixture_desk("HELP", "accounts");
    assert_string_equal(barred(NULL), "system-off");
    assert_string_equal(barred("HELP"), "system-off");
    set("public_signup", "true");
    sign_up_on("HELP");
    assert_string_equal(barred(NULL), "system-off");
    assert_string_equal(barred("HELP"), "");
    set("site_signup", "public");
    assert_string_equal(barred(NULL), "");
    assert_string_equal(barred("HELP"), "");
    set("public_signup", "false");
    assert_string_equal(barred(NULL), "");
    assert_string_equal(barred("HELP"), "system-off");
}

static void test_read_only_directories(void **state)
{
    sd_work_t *work = fixture_operator();

    (void)state;
    fixture_desk("HELP", "accounts");
    set("public_signup", "true");
    set("site_signup", "public");
    sign_up_on("HELP");
    assert_good(sd_may_make_accounts(work, NULL));
    fixture_run("UPDATE directory SET writable = 0");
    assert_string_equal(barred("HELP"), "no-directory");
    assert_string_equal(barred(NULL), "no-directory");
    assert_bad(sd_may_make_accounts(work, NULL), SD_ERROR_CONFLICT);
}

/* The site's going off: three open desks are cleared, the fourth is not touched. */
static void test_site_off(void **state)
{
    static const char *const keys[] = {"A1", "B1", "C1"};
    apr_array_header_t *restored;

    (void)state;
    set("public_signup", "true");
    for (int i = 0; i < 3; i++) {
        fixture_desk(keys[i], "accounts");
        sign_up_on(keys[i]);
    }
    fixture_desk("D1", "accounts");
    fixture_run("INSERT INTO signup (desk_id, address, address_key, display_name, password_hash, state, created,"
                " expires) VALUES (1, 'a@b.example', 'a@b.example', 'A', 'x', 'unproven', 0, %" APR_INT64_T_FMT
                "), (1, 'a@b.example', 'a@b.example', 'A', 'x', 'waiting', 0, 9),"
                " (NULL, 'c@b.example', 'c@b.example', 'C', 'x', 'unproven', 0, 9)",
                FIXTURE_START + SD_DAY);
    set("public_signup", "false");
    assert_int_equal(fixture_number("SELECT count(*) FROM desk WHERE signup = 1"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk WHERE access = 'accounts'"), 4);
    assert_string_equal(fixture_text("SELECT group_concat(object_id) FROM (SELECT object_id FROM audit"
                                     " WHERE act = 'desk.signup.off' ORDER BY id) AS ordered"),
                        "A1,B1,C1");
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 1); /* the site's */
    assert_bad_field(sd_signup_restore(&restored, fixture_operator()), SD_ERROR_CONFLICT, "signup",
                     "sd.signup.system.off");
    set("public_signup", "true");
    assert_string_equal(barred("A1"), "desk-off");
    assert_good(sd_signup_remembered(&restored, fixture_operator()));
    assert_int_equal(restored->nelts, 3);

    sd_desk_access_t access;
    assert_good(
        sd_desk_access_change(&access, fixture_operator(), "B1", &(sd_desk_access_input_t){"listed", -1, -1, 0}));
    assert_good(sd_desk_access_change(&access, fixture_operator(), "C1", &(sd_desk_access_input_t){NULL, 0, -1, 0}));
    assert_good(sd_signup_restore(&restored, fixture_operator()));
    assert_int_equal(restored->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(restored, 0, const char *), "A1");
    assert_string_equal(barred("A1"), "");
    assert_int_equal(fixture_audited("desk.signup.restore"), 1);
    assert_good(sd_signup_restore(&restored, fixture_operator()));
    assert_int_equal(restored->nelts, 0);
    set("site_signup", "public");
    set("site_signup", "private");
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 0);
}

static void test_a_desk_cannot_be_on_alone(void **state)
{
    sd_desk_access_t access;
    sd_desk_access_input_t on = {NULL, 1, -1, 0}, both = {"accounts", 1, -1, 0}, bad = {"listed", 1, -1, 0},
                           odd = {"open", -1, -1, 0};

    (void)state;
    fixture_desk("HELP", "listed");
    assert_bad_field(sd_desk_access_change(&access, fixture_operator(), "HELP", &on), SD_ERROR_CONFLICT, "signup",
                     "sd.signup.system.off");
    assert_bad_field(sd_desk_access_change(&access, fixture_operator(), "HELP", &both), SD_ERROR_CONFLICT, "signup",
                     "sd.signup.system.off");
    assert_string_equal(fixture_text("SELECT access || signup FROM desk"), "listed0");
    set("public_signup", "true");
    assert_bad_field(sd_desk_access_change(&access, fixture_operator(), "HELP", &bad), SD_ERROR_INPUT, "signup",
                     "sd.validation.desk.signup");
    assert_bad_field(sd_desk_access_change(&access, fixture_operator(), "HELP", &odd), SD_ERROR_INPUT, "access",
                     "sd.validation.desk.access");
    assert_good(sd_desk_access_change(&access, fixture_operator(), "HELP", &on));
    assert_string_equal(fixture_text("SELECT access || signup FROM desk"), "accounts1");
    fixture_run("INSERT INTO signup (desk_id, address, address_key, display_name, password_hash, state, created,"
                " expires) VALUES (1, 'a@b.example', 'a@b.example', 'A', 'x', 'unproven', 0, 9)");
    assert_good(sd_desk_access_change(&access, fixture_operator(), "HELP", &(sd_desk_access_input_t){NULL, 0, -1, 0}));
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 0);
    assert_int_equal(fixture_audited("desk.access"), 2);
    assert_good(sd_desk_access_change(&access, fixture_operator(), "HELP", &(sd_desk_access_input_t){NULL, 0, -1, 0}));
    assert_int_equal(fixture_audited("desk.access"), 2);
}

static void test_whose_switches(void **state)
{
    sd_id_t ann = fixture_account("ann"), bob = fixture_account("bob"), help = fixture_desk("HELP", "accounts");
    sd_desk_access_input_t on = {NULL, 1, -1, 0};
    apr_array_header_t *keys;
    sd_desk_access_t access;

    (void)state;
    set("public_signup", "true");
    fixture_role(help, "administrator", ann);
    fixture_role(help, "agent", bob);
    fixture_desk("HR", "listed");
    assert_bad(sd_setting_set(fixture_work(ann), "public_signup", "false"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_signup_restore(&keys, fixture_work(ann)), SD_ERROR_FORBIDDEN);
    assert_bad(sd_signup_remembered(&keys, fixture_work(ann)), SD_ERROR_FORBIDDEN);
    assert_bad(sd_desk_access_change(&access, fixture_work(bob), "HELP", &on), SD_ERROR_FORBIDDEN);
    assert_bad(sd_desk_access_get(&access, fixture_work(bob), "HELP"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_desk_access_change(&access, fixture_work(ann), "HR", &on), SD_ERROR_NOT_FOUND);
    assert_bad(sd_desk_access_change(&access, fixture_work(0), "HELP", &on), SD_ERROR_SIGN_IN);
    assert_good(sd_desk_access_change(&access, fixture_work(ann), "HELP", &on));
}

/* ---- the table of 1.8: a letter a verdict, as sd_entry_verdict_t counts; "!" and the reason ---- */

static const char *enter(sd_id_t account_id, const char *desk_key, sd_channel_t channel)
{
    static const char *const words[] = {"!", "welcome", "enlist", "create"};
    sd_address_t address;
    const sd_account_t *account = NULL;
    const sd_desk_t *desk;
    sd_entry_t entry;

    assert_good(sd_address_parse(&address, fixture.pool, "email", "stranger@some.example"));
    if (account_id) {
        assert_good(sd_accounts_by_id(&account, fixture.store, account_id));
    }
    assert_good(sd_desks_find(&desk, fixture.store, desk_key, account_id));
    assert_good(sd_may_raise(&entry, fixture_work(0), desk, account, account ? NULL : &address, channel));
    return apr_pstrcat(fixture.pool, words[entry.verdict], entry.reason, NULL);
}

static void assert_row(sd_id_t account_id, const char *listed, const char *accounts, const char *signup)
{
    static const sd_channel_t channels[] = {SD_CHANNEL_PORTAL, SD_CHANNEL_BEHALF, SD_CHANNEL_MAIL, SD_CHANNEL_CC,
                                            SD_CHANNEL_SHARE};

    for (int i = 0; i < 5; i++) {
        assert_string_equal(enter(account_id, "LL", channels[i]), listed);
        assert_string_equal(enter(account_id, "AA", channels[i]), accounts);
        assert_string_equal(enter(account_id, "SS", channels[i]), signup);
    }
}

static void test_the_table(void **state)
{
    sd_id_t member = fixture_account("member"), other = fixture_account("other"), gone = fixture_account("gone");
    sd_id_t agent = fixture_account("agent"), root = fixture_account("root");

    (void)state;
    set("public_signup", "true");
    fixture_desk("LL", "listed");
    fixture_desk("AA", "accounts");
    fixture_desk("SS", "accounts");
    sign_up_on("SS");
    for (sd_id_t desk = 1; desk <= 3; desk++) {
        fixture_role(desk, "customer", member);
        fixture_role(desk, "customer", gone);
        fixture_role(desk, "agent", agent);
    }
    fixture_system_admin(root);
    fixture_run("UPDATE account SET state = 'disabled' WHERE name = 'gone'");
    assert_row(member, "welcome", "enlist", "enlist");
    assert_row(other, "!not_member", "enlist", "enlist");
    assert_row(gone, "!disabled", "!disabled", "!disabled");
    assert_row(agent, "welcome", "welcome", "welcome");
    assert_row(0, "!signup_off", "!signup_off", "create");
    assert_string_equal(enter(root, "LL", SD_CHANNEL_PORTAL), "welcome");
    assert_string_equal(enter(root, "LL", SD_CHANNEL_BEHALF), "welcome");
    assert_string_equal(enter(root, "LL", SD_CHANNEL_SHARE), "!not_member");
    fixture_run("INSERT INTO domain_rule VALUES (0, 'block', 'some.example')");
    assert_row(0, "!signup_off", "!signup_off", "!domain_not_allowed");
    fixture_run("DELETE FROM domain_rule");
    fixture_run("UPDATE directory SET writable = 0");
    assert_row(0, "!signup_off", "!signup_off", "!no_directory");
    assert_row(member, "welcome", "enlist", "enlist");
    fixture_run("UPDATE directory SET writable = 1");
    set("public_signup", "false");
    assert_row(0, "!signup_off", "!signup_off", "!signup_off");
    assert_row(other, "!not_member", "enlist", "enlist");
}

/* ---- rules 1.10, cases 5 to 7: what the entry rule says of mail, before there is any ---- */

/* The rows that a mail could leave. */
static int rows_there(void)
{
    return fixture_number("SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM desk_role)"
                          " + (SELECT count(*) FROM request) + (SELECT count(*) FROM outbox)");
}

static void test_case_5_an_unknown_sender_while_signup_is_off(void **state)
{
    int before;

    (void)state;
    fixture_desk("LL", "listed");
    fixture_desk("AA", "accounts");
    before = rows_there();
    assert_string_equal(enter(0, "LL", SD_CHANNEL_MAIL), "!signup_off");
    assert_string_equal(enter(0, "AA", SD_CHANNEL_MAIL), "!signup_off");
    set("public_signup", "true");
    assert_string_equal(enter(0, "AA", SD_CHANNEL_MAIL), "!signup_off");
    assert_int_equal(rows_there(), before);
}

/* "First time" is per system: who has an account by now is known on every desk. */
static void test_case_6_an_unknown_sender_while_signup_is_on(void **state)
{
    sd_id_t sender;

    (void)state;
    set("public_signup", "true");
    fixture_desk("SS", "accounts");
    fixture_desk("TT", "accounts");
    sign_up_on("SS");
    sign_up_on("TT");
    assert_string_equal(enter(0, "SS", SD_CHANNEL_MAIL), "create");
    sender = fixture_account("stranger");
    assert_string_equal(enter(sender, "SS", SD_CHANNEL_MAIL), "enlist");
    assert_string_equal(enter(sender, "TT", SD_CHANNEL_MAIL), "enlist");
}

static void test_case_7_people_in_copy(void **state)
{
    sd_id_t known = fixture_account("known"), agent = fixture_account("agent");

    (void)state;
    set("public_signup", "true");
    fixture_role(fixture_desk("SS", "accounts"), "agent", agent);
    sign_up_on("SS");
    assert_string_equal(enter(0, "SS", SD_CHANNEL_CC), "create");
    assert_string_equal(enter(known, "SS", SD_CHANNEL_CC), "enlist");
    assert_string_equal(enter(agent, "SS", SD_CHANNEL_CC), "welcome");
    fixture_run("UPDATE account SET state = 'disabled' WHERE name = 'known'");
    assert_string_equal(enter(known, "SS", SD_CHANNEL_CC), "!disabled");
}

static void test_a_closed_desk(void **state)
{
    sd_id_t member = fixture_account("member"), help = fixture_desk("HELP", "listed");

    (void)state;
    fixture_role(help, "customer", member);
    fixture_run("UPDATE desk SET open = 0");
    assert_string_equal(enter(member, "HELP", SD_CHANNEL_PORTAL), "!closed");
    assert_string_equal(enter(member, "HELP", SD_CHANNEL_MAIL), "!closed");
    assert_string_equal(enter(member, "HELP", SD_CHANNEL_SHARE), "welcome");
}

/* Row 23. */
static void test_who_makes_accounts(void **state)
{
    sd_id_t root = fixture_account("root"), ann = fixture_account("ann"), bob = fixture_account("bob");
    sd_id_t who[3] = {root, ann, bob}, help = fixture_desk("HELP", "listed");
    static const struct {
        const char *setting;
        int may[3]; /* system administrator, desk administrator, agent */
    } cases[] = {{"agents", {1, 1, 1}}, {"desk-admins", {1, 1, 0}}, {"system-admins", {1, 0, 0}}};

    (void)state;
    fixture_system_admin(root);
    fixture_role(help, "administrator", ann);
    fixture_role(help, "agent", bob);
    for (int i = 0; i < 3; i++) {
        set("invite_new_accounts", cases[i].setting);
        for (int j = 0; j < 3; j++) {
            sd_work_t *work = fixture_work(who[j]);
            const sd_desk_t *desk;

            assert_good(sd_desk_find(&desk, work, "HELP", SD_MAY_ADD_CUSTOMERS));
            sd_error_t *error = sd_may_make_accounts(work, desk);
            assert_int_equal(!error, cases[i].may[j]);
            assert_true(!error || error->kind == SD_ERROR_FORBIDDEN);
        }
    }
    set("invite_new_accounts", "while-signup-on");
    sd_error_t *error = sd_may_make_accounts(fixture_operator(), NULL);
    assert_bad(error, SD_ERROR_CONFLICT);
    assert_string_equal(error->key, "sd.entry.signup.off");
    set("public_signup", "true");
    assert_good(sd_may_make_accounts(fixture_operator(), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_both_switches),
        desk_test(test_site_and_desks),
        desk_test(test_read_only_directories),
        desk_test(test_site_off),
        desk_test(test_a_desk_cannot_be_on_alone),
        desk_test(test_whose_switches),
        desk_test(test_the_table),
        desk_test(test_case_5_an_unknown_sender_while_signup_is_off),
        desk_test(test_case_6_an_unknown_sender_while_signup_is_on),
        desk_test(test_case_7_people_in_copy),
        desk_test(test_a_closed_desk),
        desk_test(test_who_makes_accounts),
    };

    return cmocka_run_group_tests_name("desk entry", tests, NULL, NULL);
}
