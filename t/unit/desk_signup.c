/*
 * Signup: asked for, proven, there; and nothing learned by those who read along. Cases: rules 1.2 rows 13 and 24, 1.3,
 * 1.10 cases 2, 4, 15 and 17; security.md 16, 36, 42, 54, 184, 185, 189.
 */
#include "signup_fixture.h"

#include "desk/account.h"
#include "desk/authentication.h"
#include "desk/own_account.h"
#include "desk/policy.h"
#include "desk/session.h"

static int signs_in(const char *name, const char *password)
{
    sd_work_t *work = fixture_work(0);
    sd_password_check_t check;
    sd_password_verdict_t verdict;
    int known;

    assert_good(sd_password_begin(&known, work, "internal", name, password));
    assert_good(sd_password_find(&check, work, name, NULL));
    assert_good(sd_password_compare(&verdict, work, &check, password));
    return sd_password_finish(work, &check, verdict, password) == NULL;
}

/* ---- the way ---- */

static void test_the_way_in(void **state)
{
    sd_session_t *session;

    (void)state;
    open_desk("HELP");
    sign_up("Zoe@Example.ORG");
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 0);
    assert_string_equal(last_mail(), "verify Zoe@example.org");
    assert_null(fixture_text("SELECT content FROM outbox"));
    assert_false(signs_in("zoe@example.org", FIXTURE_PASSWORD));

    const char *token = mailed();
    const sd_account_t *account = arrive(token);
    assert_string_equal(account->name, "Zoe@example.org");
    assert_string_equal(account->display_name, "Zoe Zephyr");
    assert_string_equal(fixture_text("SELECT state || address_proven || portal_only || origin FROM account"),
                        "active11signup");
    assert_string_equal(fixture_text("SELECT role || ' ' || origin FROM desk_role"), "customer signup");
    assert_string_equal(last_mail(), "welcome Zoe@example.org");
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 0);
    assert_int_equal(fixture_audited("signup.begin") + fixture_audited("signup.verify"), 2);
    assert_true(signs_in("ZOE@example.org", FIXTURE_PASSWORD));
    assert_good(sd_session_open(&session, verifier, "password", NULL));
    assert_dead(token);
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 1);
}

static void test_the_offer(void **state)
{
    sd_signup_offer_t offer, none;

    (void)state;
    fixture_desk("HELP", "accounts");
    assert_good(sd_signup_offer(&offer, fixture_work(0), "HELP"));
    assert_good(sd_signup_offer(&none, fixture_work(0), "NONE"));
    assert_memory_equal(&offer, &none, sizeof(offer));
    assert_int_equal(offer.available, 0);
    assert_null(offer.desk_name);
    fixture_run("DELETE FROM desk_number; DELETE FROM desk");
    open_desk("HELP");
    set("signup_approval", "true");
    assert_good(sd_signup_offer(&offer, fixture_work(0), "HELP"));
    assert_string_equal(offer.desk_name, "Desk HELP");
    assert_string_equal(offer.proof, "address-first");
    assert_true(offer.available && offer.approval);
    assert_good(sd_signup_offer(&offer, fixture_work(0), NULL));
    assert_false(offer.available);
}

/* Hidden and refused in all combinations of the two switches but one, and told apart from no desk by nobody. */
static void test_switches(void **state)
{
    sd_signup_input_t input = form("zoe@example.org"), nowhere = input;

    (void)state;
    nowhere.desk = "NONE";
    open_desk("HELP");
    for (int combination = 0; combination < 4; combination++) {
        fixture_run("UPDATE setting SET value = '%s' WHERE name = 'public_signup'", combination & 1 ? "true" : "false");
        fixture_run("UPDATE desk SET signup = %d", combination >> 1);
        sd_error_t *error = sign_up_with(&input), *none = sign_up_with(&nowhere);
        assert_bad(none, SD_ERROR_NOT_FOUND);
        if (combination == 3) {
            assert_good(error);
        } else {
            assert_bad(error, SD_ERROR_NOT_FOUND);
            assert_string_equal(error->text, none->text);
            assert_string_equal(error->key, none->key);
        }
        assert_int_equal(fixture_number("SELECT count(*) FROM signup"), combination == 3);
        assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), combination == 3);
    }
    fixture_run("UPDATE directory SET writable = 0");
    assert_bad(sign_up_with(&input), SD_ERROR_NOT_FOUND);
}

/* The site's own signup makes a full account of no desk: whoever has it is no agent either. */
static void test_the_site(void **state)
{
    sd_signup_input_t input = form("zoe@example.org");

    (void)state;
    input.desk = NULL;
    open_desk("HELP");
    assert_bad(sign_up_with(&input), SD_ERROR_NOT_FOUND);
    set("site_signup", "public");
    set("public_signup", "false");
    assert_good(sign_up_with(&input));
    const sd_account_t *account = arrive(mailed());
    assert_int_equal(account->system_admin, 0);
    assert_int_equal(fixture_number("SELECT portal_only FROM account"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role"), 0);
    input.desk = "HELP";
    assert_bad(sign_up_with(&input), SD_ERROR_NOT_FOUND);
}

static void test_the_form(void **state)
{
    sd_signup_input_t good = form("zoe@example.org"), bad;

    (void)state;
    open_desk("HELP");
    fixture_run("INSERT INTO domain_rule VALUES (1, 'block', 'bad.example')");
    bad = good, bad.address = "zoe@bad.example";
    assert_bad_field(sign_up_with(&bad), SD_ERROR_INPUT, "email", "sd.domain.refused");
    bad = good, bad.address = "<c1@corp.tld>x@evil.tld";
    assert_bad_field(sign_up_with(&bad), SD_ERROR_INPUT, "email", "sd.validation.address");
    bad = good, bad.display_name = NULL;
    assert_bad_field(sign_up_with(&bad), SD_ERROR_INPUT, "displayName", "sd.validation.required");
    bad = good, bad.display_name = "Zoe\r\nBcc: all";
    assert_bad_field(sign_up_with(&bad), SD_ERROR_INPUT, "displayName", "sd.validation.control");
    bad = good, bad.password = "short";
    assert_bad(sign_up_with(&bad), SD_ERROR_INPUT);
    bad = good, bad.password = NULL;
    assert_bad(sign_up_with(&bad), SD_ERROR_INPUT);
    bad = (sd_signup_input_t){.desk = "HELP"};
    sd_error_t *all = sign_up_with(&bad);
    assert_bad(all, SD_ERROR_INPUT);
    assert_string_equal(all->field, "email");
    assert_string_equal(all->next->field, "displayName");
    assert_string_equal(all->next->next->field, "password");
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 0);
}

static void test_a_program(void **state)
{
    sd_signup_input_t input = form("zoe@example.org");

    (void)state;
    open_desk("HELP");
    input.trap = "https://spam.example";
    assert_good(sign_up_with(&input));
    assert_int_equal(fixture_number("SELECT count(*) FROM signup") + fixture_number("SELECT count(*) FROM outbox"), 0);
}

/* ---- who is there already ---- */

static const struct {
    const char *name;
    const char *state; /* NULL: no such account */
    int proven;
    const char *directory;
    const char *mail;
} holders[] = {
    {"new", NULL, 0, NULL, "verify"},
    {"known", "active", 1, "internal", "known-address"},
    {"unproven", "active", 0, "internal", "known-address"},
    {"closed", "disabled", 1, "internal", "known-address"},
    {"invited", "invited", 0, "internal", "verify"},
    {"pending", "pending", 0, "internal", "verify"},
    {"agent", "active", 1, "ldap", "known-address"},
    {"vague", "active", 0, "ldap", "verify"},
};

#define HOLDERS ((int)(sizeof(holders) / sizeof(holders[0])))

static void make_holders(void)
{
    fixture_run("INSERT INTO directory (id, name, kind, writable, position, created)"
                " VALUES (9, 'ldap', 'external', 0, 9, 0)");
    for (int i = 0; i < HOLDERS; i++) {
        if (holders[i].state) {
            int internal = strcmp(holders[i].directory, "internal") == 0;
            const char *name = apr_pstrcat(fixture.pool, holders[i].name, internal ? "@example.org" : "", NULL);

            fixture_run("INSERT INTO account (public_id, directory_id, name, name_key, address, address_key,"
                        " address_proven, display_name, state, origin, created) VALUES ('%s', %d, '%s', '%s',"
                        " '%s@example.org', '%s@example.org', %d, 'x', '%s', 'tool', 0)",
                        holders[i].name, internal ? 1 : 9, name, name, holders[i].name, holders[i].name,
                        holders[i].proven, holders[i].state);
        }
    }
}

static const char *counts(void)
{
    return fixture_text("SELECT (SELECT count(*) FROM signup) || ' ' || (SELECT count(*) FROM mailed_token) || ' '"
                        " || (SELECT count(*) FROM outbox) || ' ' || (SELECT count(*) FROM audit) || ' '"
                        " || (SELECT count(*) FROM account)");
}

/* The same answer and the same rows for everybody; only the mail differs. */
static void test_nobody_learns(void **state)
{
    (void)state;
    open_desk("HELP");
    make_holders();
    fixture_run("DELETE FROM audit");
    for (int i = 0; i < HOLDERS; i++) {
        sign_up(apr_pstrcat(fixture.pool, holders[i].name, "@example.org", NULL));
        assert_string_equal(last_mail(),
                            apr_pstrcat(fixture.pool, holders[i].mail, " ", holders[i].name, "@example.org", NULL));
        assert_string_equal(counts(),
                            apr_psprintf(fixture.pool, "%d %d %d %d %d", i + 1, i + 1, i + 1, i + 1, HOLDERS - 1));
        assert_true((mailed() != NULL) == (strcmp(holders[i].mail, "verify") == 0));
        if (mailed()) {
            assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE act <> 'signup.begin'"), 0);
        }
    }
}

/* Invited, or made for a mail, and never here: whoever proves the address completes that account. */
static void test_an_open_account_is_completed(void **state)
{
    (void)state;
    open_desk("HELP");
    make_holders();
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "pending" : "invited";

        sign_up(apr_pstrcat(fixture.pool, name, "@example.org", NULL));
        assert_string_equal(arrive(mailed())->public_id, name);
        assert_string_equal(fixture_text("SELECT state || address_proven || display_name FROM account"
                                         " WHERE public_id = '%s'",
                                         name),
                            "active1Zoe Zephyr");
        assert_int_equal(fixture_number("SELECT count(*) FROM account"), HOLDERS - 1);
        assert_true(signs_in(apr_pstrcat(fixture.pool, name, "@example.org", NULL), FIXTURE_PASSWORD));
    }
}

/* Whoever comes in has chosen a password: links that were mailed before for another one are dead. */
static void test_completing_ends_other_links(void **state)
{
    const sd_mailed_token_t *token;

    (void)state;
    open_desk("HELP");
    make_holders();
    assert_good(sd_own_password_forgotten(fixture_work(0), "pending@example.org"));
    const char *reset = mailed();
    sign_up("pending@example.org");
    const char *link = mailed();
    assert_good(sd_mailed_token_find(&token, fixture_work(0), SD_MAILED_RESET, reset));
    assert_string_equal(arrive(link)->public_id, "pending");
    assert_bad(sd_mailed_token_find(&token, fixture_work(0), SD_MAILED_RESET, reset), SD_ERROR_NOT_FOUND);
    assert_bad(sd_own_password_reset(fixture_work(0), reset, "a password of the stranger"), SD_ERROR_NOT_FOUND);
}

/* An address that only some directory claims is nobody's: its owner can have it, and is not that directory's person. */
static void test_an_agents_name_is_not_taken(void **state)
{
    (void)state;
    open_desk("HELP");
    make_holders();
    sign_up("vague@example.org");
    const sd_account_t *account = arrive(mailed());
    assert_string_not_equal(account->public_id, "vague");
    assert_string_equal(account->directory, "internal");
}

/* Asking reserves nothing: the owner asks later, and wins; the stranger's link and password are worth nothing. */
static void test_the_owner_wins(void **state)
{
    sd_signup_input_t stranger = form("zoe@example.org"), owner = stranger;
    const sd_account_t *account;

    (void)state;
    open_desk("HELP");
    stranger.password = "a password of the stranger";
    assert_good(sign_up_with(&stranger));
    const char *first = mailed();
    owner.display_name = "Zoe herself";
    assert_good(sign_up_with(&owner));
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 1);
    assert_string_equal(mailed(), first);
    assert_bad_field(verify(first, "a password of the stranger", &account), SD_ERROR_INPUT, "password",
                     "sd.signup.password");
    assert_string_equal(arrive(first)->display_name, "Zoe herself");
    assert_false(signs_in("zoe@example.org", "a password of the stranger"));
    assert_dead(first);
}

/* A link that a stranger's signup sent: whoever opens it does not get the stranger in. */
static void test_the_password_belongs_to_the_signup(void **state)
{
    const sd_account_t *account;

    (void)state;
    open_desk("HELP");
    sign_up("zoe@example.org");
    assert_bad_field(verify(mailed(), "another password of theirs", &account), SD_ERROR_INPUT, "password",
                     "sd.signup.password");
    assert_bad_field(verify(mailed(), NULL, &account), SD_ERROR_INPUT, "password", "sd.signup.password");
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 0);
    assert_non_null(arrive(mailed()));
}

/* The address was proven by another way while the mail was on its way, or while the password was compared. */
static void test_the_address_is_taken_meanwhile(void **state)
{
    sd_verification_t *verification, *other;
    const sd_account_t *account;

    (void)state;
    open_desk("HELP");
    sign_up("zoe@example.org");
    const char *token = mailed();
    assert_good(sd_verification_find(&verification, fixture_work(0), token));
    assert_good(sd_verification_compare(verification, FIXTURE_PASSWORD));
    fixture_account("zoe");
    assert_bad(sd_verification_find(&other, fixture_work(0), token), SD_ERROR_NOT_FOUND);
    assert_bad(sd_verification_finish(&account, verification), SD_ERROR_NOT_FOUND);
    assert_dead(token);
    assert_string_equal(fixture_text("SELECT public_id || display_name || coalesce(password_hash, '') FROM account"),
                        "public-zoezoe");
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 1);
}

/* ---- time and switches ---- */

static void test_a_day(void **state)
{
    (void)state;
    open_desk("HELP");
    sign_up("zoe@example.org");
    const char *token = mailed();
    fixture_clock_move(SD_DAY - 1);
    sign_up("late@example.org");
    const char *late = mailed();
    fixture_clock_move(1);
    assert_dead(token);
    assert_non_null(arrive(late));
}

static void test_what_is_begun_dies_with_the_switch(void **state)
{
    sd_id_t ann;

    (void)state;
    open_desk("HELP");
    ann = fixture_account("ann");
    fixture_role(1, "customer", ann);
    sign_up("zoe@example.org");
    const char *token = mailed();
    set("public_signup", "false");
    assert_dead(token);
    set("public_signup", "true");
    fixture_run("UPDATE desk SET signup = 1");
    assert_dead(token);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role"), 1);
    assert_string_equal(fixture_text("SELECT state FROM account"), "active");
}

static void test_purge(void **state)
{
    apr_int64_t count, rounds = 0;

    (void)state;
    open_desk("HELP");
    fixture_run("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
                " INSERT INTO signup (desk_id, address, address_key, display_name, password_hash, state, created,"
                " expires) SELECT 1, 'a' || i || '@b.example', 'a' || i || '@b.example', 'A', 'x', 'unproven', 0, i"
                " FROM n");
    fixture_run("INSERT INTO mailed_token (hash, kind, nonce, pepper, signup_id, address, address_key, created,"
                " expires) SELECT 'h' || id, 'verify', 'n', 1, id, address, address_key, created, expires FROM signup");
    sign_up("zoe@example.org");
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 10000 - 20 + 1);
    do {
        assert_good(sd_signup_purge(&count, fixture_operator(), 1000));
        rounds++;
    } while (count);
    assert_in_range(rounds, 10, 21);
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM mailed_token"), 1);
    assert_non_null(arrive(mailed()));
}

/* ---- the 2014 behaviour, and approval ---- */

static void test_at_once(void **state)
{
    (void)state;
    open_desk("HELP");
    set("signup_proof", "at-once");
    sign_up("zoe@example.org");
    assert_string_equal(fixture_text("SELECT state || address_proven || portal_only FROM account"), "active01");
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 0);
    assert_true(signs_in("zoe@example.org", FIXTURE_PASSWORD));
    assert_string_equal(last_mail(), "verify zoe@example.org");
    const char *token = mailed();
    sign_up("zoe@example.org");
    assert_string_equal(last_mail(), "known-address zoe@example.org");
    assert_string_equal(arrive(token)->name, "zoe@example.org");
    assert_int_equal(fixture_number("SELECT address_proven FROM account"), 1);
    assert_dead(token);
}

/* What somebody was invited for is not given to whoever asks first. */
static void test_at_once_is_not_for_open_accounts(void **state)
{
    (void)state;
    open_desk("HELP");
    set("signup_proof", "at-once");
    make_holders();
    sign_up("invited@example.org");
    assert_string_equal(fixture_text("SELECT state FROM account WHERE public_id = 'invited'"), "invited");
    assert_string_equal(last_mail(), "verify invited@example.org");
}

static void test_approval(void **state)
{
    const sd_account_t *account;
    sd_list_t *list;
    sd_page_t page = {0, 50};

    (void)state;
    open_desk("HELP");
    open_desk("HR");
    set("signup_approval", "true");
    set("signup_proof", "at-once"); /* approval is stronger */
    sd_id_t agent = fixture_account("agent"), other = fixture_account("other"), carol = fixture_account("carol");
    fixture_role(1, "agent", agent);
    fixture_role(2, "agent", other);
    sign_up("zoe@example.org");
    assert_null(arrive(mailed()));
    assert_int_equal(verifier->actor.account_id, 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 3);
    fixture_clock_move(20 * SD_DAY);
    assert_good(sd_signup_waiting(&list, fixture_work(agent), "HELP", page));
    assert_int_equal(list->rows->nelts, 1);
    const sd_signup_row_t *row = APR_ARRAY_IDX(list->rows, 0, const sd_signup_row_t *);
    assert_string_equal(row->address, "zoe@example.org");
    assert_null(row->password_hash);

    /* Nobody else's, and nobody else may. */
    assert_good(sd_signup_waiting(&list, fixture_work(other), "HR", page));
    assert_int_equal(list->rows->nelts, 0);
    assert_bad(sd_signup_approve(&account, fixture_work(other), "HR", row->id), SD_ERROR_NOT_FOUND);
    assert_bad(sd_signup_refuse(fixture_work(other), "HR", row->id), SD_ERROR_NOT_FOUND);
    assert_bad(sd_signup_approve(&account, fixture_work(agent), NULL, row->id), SD_ERROR_FORBIDDEN);
    assert_bad(sd_signup_approve(&account, fixture_work(carol), "HELP", row->id), SD_ERROR_FORBIDDEN);
    assert_bad(sd_signup_waiting(&list, fixture_work(carol), "HELP", page), SD_ERROR_FORBIDDEN);
    assert_bad(sd_signup_approve(&account, fixture_work(agent), "HELP", row->id + 1), SD_ERROR_NOT_FOUND);

    assert_good(sd_signup_approve(&account, fixture_work(agent), "HELP", row->id));
    assert_string_equal(account->state, "active");
    assert_string_equal(last_mail(), "welcome zoe@example.org");
    assert_true(signs_in("zoe@example.org", FIXTURE_PASSWORD));
    assert_bad(sd_signup_approve(&account, fixture_work(agent), "HELP", row->id), SD_ERROR_NOT_FOUND);

    sign_up("yan@example.org");
    assert_null(arrive(mailed()));
    sd_id_t id = fixture_number("SELECT id FROM signup WHERE state = 'waiting'");
    assert_good(sd_signup_refuse(fixture_work(agent), "HELP", id));
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 0);
    assert_int_equal(
        fixture_audited("signup.wait") + fixture_audited("signup.approve") + fixture_audited("signup.refuse"), 4);
}

/* With nowhere to go nobody is approved, and goes on waiting. */
static void test_approval_without_a_directory(void **state)
{
    const sd_account_t *account;

    (void)state;
    open_desk("HELP");
    set("signup_approval", "true");
    sign_up("zoe@example.org");
    assert_null(arrive(mailed()));
    sd_id_t id = fixture_number("SELECT id FROM signup");
    fixture_run("UPDATE directory SET writable = 0");
    assert_bad(sd_signup_approve(&account, fixture_operator(), "HELP", id), SD_ERROR_CONFLICT);
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 0);
    fixture_run("UPDATE directory SET writable = 1");
    assert_good(sd_signup_approve(&account, fixture_operator(), "HELP", id));
    assert_string_equal(account->directory, "internal");
}

/* A directory outside: by a link, for thirty days, on that desk alone. */
static void test_approval_for_a_directory_outside(void **state)
{
    const sd_account_t *account = NULL;

    (void)state;
    open_desk("HELP");
    open_desk("HR");
    set("signup_approval", "true");
    fixture_run("INSERT INTO directory (name, kind, writable, position, created)"
                " VALUES ('company', 'external', 1, -1, 0)");
    sign_up("zoe@example.org");
    assert_null(arrive(mailed()));
    sd_id_t id = fixture_number("SELECT id FROM signup");
    assert_good(sd_signup_approve(&account, fixture_operator(), "HELP", id));
    assert_null(account);
    assert_string_equal(last_mail(), "approved zoe@example.org");
    assert_bad(sd_signup_approve(&account, fixture_operator(), "HELP", id), SD_ERROR_NOT_FOUND);
    assert_int_equal(fixture_audited("signup.approve"), 1);
    const char *link = mailed();
    fixture_clock_move(2 * SD_DAY);
    assert_dead(link);

    sd_signup_input_t other = form("zoe@example.org");
    other.desk = "HR";
    assert_good(sign_up_with(&other));
    assert_null(arrive(mailed())); /* on another desk she waits */
    sign_up("zoe@example.org");
    fixture_run("UPDATE signup SET desk_id = 1, approved = 1, expires = %" APR_INT64_T_FMT " WHERE state = 'waiting'",
                FIXTURE_START + 2 * SD_DAY);
    assert_null(arrive(mailed())); /* and after thirty days, though nobody has swept it away yet */
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), 0);
}

/* A new signup does not take the place of one that waits; and one that is not proven cannot be approved. */
static void test_waiting_is_not_replaced(void **state)
{
    const sd_account_t *account;

    (void)state;
    open_desk("HELP");
    set("signup_approval", "true");
    sign_up("zoe@example.org");
    sd_id_t unproven = fixture_number("SELECT id FROM signup");
    assert_bad(sd_signup_approve(&account, fixture_operator(), "HELP", unproven), SD_ERROR_NOT_FOUND);
    assert_null(arrive(mailed()));
    sign_up("zoe@example.org");
    assert_int_equal(fixture_number("SELECT count(*) FROM signup WHERE state = 'waiting'"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM signup"), 2);
    fixture_clock_move(30 * SD_DAY);
    sd_id_t waiting = fixture_number("SELECT id FROM signup WHERE state = 'waiting'");
    assert_bad(sd_signup_approve(&account, fixture_operator(), "HELP", waiting), SD_ERROR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_the_way_in),
        desk_test(test_the_offer),
        desk_test(test_switches),
        desk_test(test_the_site),
        desk_test(test_the_form),
        desk_test(test_a_program),
        desk_test(test_nobody_learns),
        desk_test(test_an_open_account_is_completed),
        desk_test(test_completing_ends_other_links),
        desk_test(test_an_agents_name_is_not_taken),
        desk_test(test_the_owner_wins),
        desk_test(test_the_password_belongs_to_the_signup),
        desk_test(test_the_address_is_taken_meanwhile),
        desk_test(test_a_day),
        desk_test(test_what_is_begun_dies_with_the_switch),
        desk_test(test_purge),
        desk_test(test_at_once),
        desk_test(test_at_once_is_not_for_open_accounts),
        desk_test(test_approval),
        desk_test(test_approval_without_a_directory),
        desk_test(test_approval_for_a_directory_outside),
        desk_test(test_waiting_is_not_replaced),
    };

    return cmocka_run_group_tests_name("desk signup", tests, NULL, NULL);
}
