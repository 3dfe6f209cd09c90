/* Directories: which one takes a new account, what new accounts get, who may sign in; accounts that move. */
#include "group_fixture.h"

#include "desk/account.h"
#include "desk/desk.h"
#include "desk/directory_trouble.h"
#include "desk/policy.h"
#include "store/accounts.h"

static sd_error_t *make_nobody(void *baton, apr_pool_t *pool, const sd_person_t *person)
{
    (void)baton;
    (void)person;
    return sd_error_private(pool, SD_ERROR_UNAVAILABLE, "not asked for");
}

static const sd_directory_writer_t company = {.directory = "company", .create = make_nobody};
static const sd_directory_writer_t first_writer = {.directory = "other", .create = make_nobody, .next = &company};

static void external(const char *name, int position, int writable)
{
    fixture_run("INSERT INTO directory (name, kind, writable, position, created) VALUES ('%s', 'external', %d, %d, 0)",
                name, writable, position);
}

static void test_the_internal_one_takes_accounts(void **state)
{
    sd_directory_choice_t choice;

    (void)state;
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_string_equal(choice.directory->name, "internal");
    assert_null(choice.writer);
    assert_null(choice.reason);
    assert_false(choice.locks_out);
}

static void test_why_none(void **state)
{
    sd_directory_choice_t choice;

    (void)state;
    fixture_run("UPDATE directory SET writable = 0");
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_null(choice.directory);
    assert_string_equal(choice.reason, "directory \"internal\" is read-only");
    external("company", 1, 1);
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_null(choice.directory);
    assert_null(choice.writer);
    assert_string_equal(choice.reason, "directory \"internal\" is read-only; directory \"company\" is read-write, but "
                                       "this program has no way to write to it");
}

static void test_the_first_that_can(void **state)
{
    sd_directory_choice_t choice;

    (void)state;
    fixture.site.writers = &first_writer;
    external("company", -1, 1);
    external("other", -2, 0);
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_string_equal(choice.directory->name, "company");
    assert_ptr_equal(choice.writer, &company);
    fixture_run("UPDATE directory SET position = 5 WHERE name = 'company'");
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_string_equal(choice.directory->name, "internal");
    assert_null(choice.writer);
}

/* Only members of "staff" may sign in, and "all", a default group, is or is not inside of it. */
static void test_who_could_not_sign_in(void **state)
{
    sd_directory_choice_t choice;

    (void)state;
    fixture_run("INSERT INTO user_group (id, directory_id, name, name_key, created) VALUES (1, 1, 'staff', 'staff', 0),"
                " (2, 1, 'all', 'all', 0), (3, 1, 'middle', 'middle', 0)");
    fixture_run("UPDATE directory SET sign_in = 'groups'");
    fixture_run("INSERT INTO directory_group VALUES (1, 'sign-in', 1), (1, 'default', 2)");
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_true(choice.locks_out);
    fixture_run("INSERT INTO user_group_child (parent_id, child_id) VALUES (1, 3), (3, 2)");
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_false(choice.locks_out);
    fixture_run("DELETE FROM directory_group WHERE purpose = 'default'");
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_true(choice.locks_out);
    fixture_run("UPDATE directory SET sign_in = 'everyone'");
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_false(choice.locks_out);
}

static void assert_notices(const char *expected)
{
    assert_good(sd_directory_watch(fixture_operator()));
    assert_string_equal(fixture_text("SELECT coalesce(group_concat(said, '|'), '') FROM (SELECT kind || ' ' || subject"
                                     " || ' ' || times AS said FROM notice ORDER BY kind, subject) AS ordered"),
                        expected);
}

/* What comes about without anybody's doing is told once a day, for as long as it is so. */
static void test_the_daily_look(void **state)
{
    (void)state;
    assert_notices("");
    fixture_desk("HELP", "listed");
    fixture_run("INSERT INTO user_group (id, directory_id, name, name_key, created) VALUES (1, 1, 'team', 'team', 0),"
                " (2, 1, 'all', 'all', 0)");
    fixture_run("INSERT INTO user_group_child (parent_id, child_id) VALUES (1, 2)");
    fixture_run("INSERT INTO directory_group VALUES (1, 'default', 2)");
    assert_notices("");
    /* By no operation, which would ask: a group above the default one gets the role. */
    fixture_run("INSERT INTO desk_role_group (desk_id, group_id, role, created) VALUES (1, 1, 'agent', 0)");
    assert_notices("directory.default-group internal: all 1");
    assert_string_equal(fixture_text("SELECT detail FROM notice"),
                        "{\"directory\":\"internal\",\"text\":\"The default group \\\"all\\\" makes every new account"
                        " staff.\",\"group\":\"all\",\"seats\":0}");
    fixture_clock_move(SD_HOUR);
    assert_notices("directory.default-group internal: all 1");
    fixture_clock_move(23 * SD_HOUR);
    fixture_run("UPDATE directory SET sign_in = 'groups'");
    fixture_run("INSERT INTO directory_group VALUES (1, 'sign-in', 1)"); /* which "all" is inside of */
    external("other", 3, 0);
    fixture_run("UPDATE directory SET sign_in = 'groups' WHERE name = 'other'"); /* it tells its groups itself */
    assert_notices("directory.default-group internal: all 2");
    fixture_run("DELETE FROM directory_group WHERE purpose = 'sign-in'");
    external("company", 5, 1);
    assert_notices("directory.default-group internal: all 2|directory.sign-in internal 1|directory.writer company 1");
    /* What is over goes by itself; what the look does not know of stays. */
    fixture_run("INSERT INTO notice (kind, subject, first_at, last_at, times) VALUES ('licence.limit', 'x', 0, 0, 1)");
    fixture_run("UPDATE directory SET writable = 0 WHERE name = 'company'");
    assert_notices("directory.default-group internal: all 2|directory.sign-in internal 1|licence.limit x 1");
    fixture_run("DELETE FROM directory_group");
    fixture_run("UPDATE directory SET sign_in = 'everyone', writable = 0");
    assert_notices("licence.limit x 1");
}

static void test_portal_only_is_kept(void **state)
{
    sd_account_input_t input = {.address = "kim@example.org", .portal_only = 1};
    const sd_account_t *account;

    (void)state;
    assert_good(sd_account_create(&account, fixture_operator(), &input));
    assert_int_equal(fixture_number("SELECT portal_only FROM account WHERE name = 'kim@example.org'"), 1);
}

#define AS_IT_IS .writable = -1, .by_groups = -1

static sd_error_t *set_directory(sd_work_t *work, const char *name, sd_directory_input_t input);

/* Whoever puts it right sees the notice go at once, and only that one. */
static void test_a_change_ends_a_notice(void **state)
{
    (void)state;
    fixture_run("UPDATE directory SET sign_in = 'groups'");
    external("company", 5, 1);
    assert_notices("directory.sign-in internal 1|directory.writer company 1");
    assert_good(set_directory(fixture_operator(), "internal", (sd_directory_input_t){.writable = -1, .by_groups = 0}));
    assert_string_equal(fixture_text("SELECT kind FROM notice"), "directory.writer");
}

static sd_error_t *set_directory(sd_work_t *work, const char *name, sd_directory_input_t input)
{
    const sd_directory_view_t *view;

    return sd_directory_set(&view, work, name, &input);
}

static const sd_directory_view_t *look_at(const char *name)
{
    const sd_directory_view_t *view;

    assert_good(sd_directory_find(&view, fixture_operator(), name));
    return view;
}

static int can_act(sd_id_t account_id)
{
    const sd_account_t *account;

    return !sd_account_myself(&account, fixture_work(account_id));
}

static sd_id_t made(const char *address)
{
    sd_account_input_t input = {.address = address, .address_proven = 1};
    const sd_account_t *account;

    assert_good(sd_account_create(&account, fixture_operator(), &input));
    return account->id;
}

/* rules.md 1.10 case 15 */
static void test_read_only_closes_signup(void **state)
{
    sd_directory_choice_t choice;

    (void)state;
    assert_good(set_directory(fixture_operator(), "internal", (sd_directory_input_t){.writable = 0, .by_groups = -1}));
    assert_good(sd_directory_writable(&choice, fixture_work(0)));
    assert_null(choice.directory);
    assert_non_null(strstr(choice.reason, "is read-only"));
    assert_false(look_at("internal")->takes_accounts);
    assert_int_equal(fixture_audited("directory.set"), 1);
}

static void test_default_groups(void **state)
{
    (void)state;
    fixture_desk("HELP", "listed");
    make_groups("clients welcome");
    assert_good(edit_group("clients", SD_EDIT_ADD, NULL, "welcome"));
    assert_good(edit_role("HELP", "customer", SD_EDIT_ADD, NULL, "clients"));
    assert_good(set_directory(fixture_operator(), "internal",
                              (sd_directory_input_t){AS_IT_IS, .default_groups = names_of("welcome")}));
    made("kim@example.org");
    assert_string_equal(people_of("HELP", "customer"), "(kim@example.org)");
    /* A directory that is read gets them at the first sign-in, known before or not. */
    seen_in("ldap", "ann", "staff");
    assert_string_equal(people_of("HELP", "customer"), "(kim@example.org)");
    assert_good(set_directory(fixture_operator(), "ldap",
                              (sd_directory_input_t){AS_IT_IS, .default_groups = names_of("welcome")}));
    seen_in("ldap", "ann", "staff");
    assert_string_equal(people_of("HELP", "customer"), "(kim@example.org)");
    seen_in("ldap", "bob", "staff");
    assert_string_equal(people_of("HELP", "customer"), "(bob) (kim@example.org)");
    seen_in("ldap", "bob", "others");
    assert_string_equal(people_of("HELP", "customer"), "(bob) (kim@example.org)");
}

static void test_whose_groups(void **state)
{
    sd_error_t *error;

    (void)state;
    seen_in("ldap", "ann", "staff");
    seen_in("other", "bob", "staff");
    make_groups("own");
    assert_bad_field(set_directory(fixture_operator(), "ldap",
                                   (sd_directory_input_t){AS_IT_IS, .default_groups = names_of("ldap/staff")}),
                     SD_ERROR_INPUT, "defaultGroups", "sd.validation.directory.group");
    error =
        set_directory(fixture_operator(), "ldap",
                      (sd_directory_input_t){AS_IT_IS, .sign_in_groups = names_of("own ldap/staff other/staff zz")});
    assert_bad_field(error, SD_ERROR_INPUT, "signInGroups", "sd.validation.group");
    assert_bad_field(error->next, SD_ERROR_INPUT, "signInGroups", "sd.validation.directory.group");
    assert_null(error->next->next);
    assert_good(set_directory(fixture_operator(), "ldap",
                              (sd_directory_input_t){AS_IT_IS, .sign_in_groups = names_of("own ldap/staff")}));
    assert_int_equal(look_at("ldap")->sign_in_groups->nelts, 2);
    assert_bad(set_directory(fixture_operator(), "zz", (sd_directory_input_t){AS_IT_IS}), SD_ERROR_NOT_FOUND);
}

/* rules.md 1.10 case 13 */
static void test_agents_by_default_are_asked_about(void **state)
{
    sd_directory_input_t input = {AS_IT_IS, .default_groups = names_of("inner")};
    sd_error_t *error;

    (void)state;
    fixture_account("ann");
    fixture_desk("HELP", "listed");
    make_groups("agents inner");
    assert_good(edit_group("inner", SD_EDIT_ADD, "ann", NULL));
    assert_good(edit_group("agents", SD_EDIT_ADD, NULL, "inner"));
    assert_good(edit_role("HELP", "agent", SD_EDIT_ADD, NULL, "agents"));
    error = set_directory(fixture_operator(), "internal", input);
    assert_bad_field(error, SD_ERROR_CONFLICT, "confirm", "sd.licence.confirm");
    assert_non_null(
        strstr(error->text, "\"inner\" (1 seats) makes its members staff and is one that new accounts get"));
    assert_int_equal(look_at("internal")->default_groups->nelts, 0);
    input.confirm = 1;
    assert_good(set_directory(fixture_operator(), "internal", input));
    assert_string_equal(APR_ARRAY_IDX(look_at("internal")->warnings, 0, const char *),
                        "The default group \"inner\" makes every new account staff.");
    assert_string_equal(people_of("HELP", "agent"), "(ann)");
    made("kim@example.org");
    assert_string_equal(people_of("HELP", "agent"), "(ann) (kim@example.org)");
    assert_string_equal(fixture_text("SELECT subject FROM notice"), "internal/kim@example.org");
    /* The other way round: a default group gets the role, of an administrator too. */
    assert_good(set_directory(fixture_operator(), "internal",
                              (sd_directory_input_t){AS_IT_IS, .default_groups = names_of("")}));
    make_groups("welcome");
    assert_good(set_directory(fixture_operator(), "internal",
                              (sd_directory_input_t){AS_IT_IS, .default_groups = names_of("welcome")}));
    assert_bad(edit_role("HELP", "administrator", SD_EDIT_ADD, NULL, "welcome"), SD_ERROR_CONFLICT);
    assert_bad(edit_group("agents", SD_EDIT_ADD, NULL, "welcome"), SD_ERROR_CONFLICT);
    assert_good(edit_group_by(fixture_operator(), "agents", SD_EDIT_ADD, NULL, "welcome", 1));
}

static void test_who_may_sign_in(void **state)
{
    sd_id_t ann = fixture_account("ann"), bob = fixture_account("bob"), eve;

    (void)state;
    make_groups("staff inner");
    assert_good(edit_group("inner", SD_EDIT_ADD, "ann", NULL));
    assert_good(edit_group("staff", SD_EDIT_ADD, NULL, "inner"));
    assert_good(
        set_directory(fixture_operator(), "internal",
                      (sd_directory_input_t){.writable = -1, .by_groups = 1, .sign_in_groups = names_of("staff")}));
    assert_true(can_act(ann));
    assert_false(can_act(bob));
    assert_int_equal(generation_of(ann), 1);
    assert_int_equal(generation_of(bob), 2);
    assert_string_equal(APR_ARRAY_IDX(look_at("internal")->warnings, 0, const char *),
                        "New accounts could not sign in: only members of groups may, and no default group is one.");
    /* Membership decides at once, by whatever way it comes. */
    assert_good(edit_group("staff", SD_EDIT_ADD, "bob", NULL));
    assert_true(can_act(bob));
    assert_good(edit_group("staff", SD_EDIT_REMOVE, NULL, "inner"));
    assert_false(can_act(ann));
    assert_false(can_act(made("kim@example.org")));
    assert_good(set_directory(fixture_operator(), "internal",
                              (sd_directory_input_t){AS_IT_IS, .default_groups = names_of("staff")}));
    assert_int_equal(look_at("internal")->warnings->nelts, 0);
    assert_true(can_act(made("lee@example.org")));
    eve = seen_in("ldap", "eve", "x");
    assert_true(can_act(eve));
    assert_good(
        set_directory(fixture_operator(), "ldap",
                      (sd_directory_input_t){.writable = -1, .by_groups = 1, .sign_in_groups = names_of("ldap/x")}));
    assert_true(can_act(eve));
    seen_in("ldap", "eve", "y");
    assert_false(can_act(eve));
    seen_in("ldap", "eve", "x");
    assert_true(can_act(eve));
    assert_good(sd_user_group_delete(fixture_operator(), "staff"));
    assert_false(can_act(bob));
    assert_good(set_directory(fixture_operator(), "internal", (sd_directory_input_t){.writable = -1, .by_groups = 0}));
    assert_true(can_act(bob));
    assert_true(can_act(ann));
}

static void test_the_last_admin_is_not_locked_out(void **state)
{
    sd_id_t sam = fixture_account("sam");
    sd_directory_input_t input = {.writable = -1, .by_groups = 1};

    (void)state;
    fixture_system_admin(sam);
    assert_bad(set_directory(fixture_work(sam), "internal", input), SD_ERROR_CONFLICT);
    assert_true(can_act(sam));
    assert_good(set_directory(fixture_operator(), "internal", input));
    assert_false(can_act(sam));
}

/* By whichever way it comes about. */
static void test_the_last_admin_stays_in(void **state)
{
    sd_id_t sam = fixture_account("sam"), sue = fixture_account("sue");
    const sd_account_t *account;

    (void)state;
    fixture_system_admin(sam);
    fixture_system_admin(sue);
    seen_in("ldap", "zoe", NULL);
    make_groups("crew inner");
    assert_good(edit_group("crew", SD_EDIT_ADD, NULL, "inner"));
    assert_good(edit_group("inner", SD_EDIT_ADD, "sam", NULL));
    sd_directory_input_t input = {.writable = -1, .by_groups = 1, .sign_in_groups = names_of("crew")};
    assert_good(set_directory(fixture_operator(), "internal", input));
    assert_good(set_directory(fixture_operator(), "ldap", (sd_directory_input_t){.writable = -1, .by_groups = 1}));
    assert_false(can_act(sue));
    /* Sue is active, and no help: she could not sign in. */
    assert_bad(sd_account_disable(fixture_work(sam), "sam", 1), SD_ERROR_CONFLICT);
    assert_bad(sd_role_remove(fixture_work(sam), "system-admin", NULL, "sam"), SD_ERROR_CONFLICT);
    assert_bad(sd_user_group_delete(fixture_work(sam), "crew"), SD_ERROR_CONFLICT);
    assert_bad(edit_group_by(fixture_work(sam), "crew", SD_EDIT_REMOVE, NULL, "inner", 0), SD_ERROR_CONFLICT);
    assert_bad(edit_group_by(fixture_work(sam), "inner", SD_EDIT_REMOVE, "sam", NULL, 0), SD_ERROR_CONFLICT);
    assert_bad(sd_account_move(&account, fixture_work(sam), "sam", "ldap", NULL, 0), SD_ERROR_CONFLICT);
    assert_true(can_act(sam));
    assert_good(sd_user_group_delete(fixture_operator(), "crew"));
    assert_false(can_act(sam));
}

static void test_added_before_anybody_came(void **state)
{
    const sd_directory_view_t *view;

    (void)state;
    make_groups("welcome");
    assert_good(
        sd_directory_add(&view, fixture_operator(), "company",
                         &(sd_directory_input_t){
                             .writable = 1, .by_groups = -1, .position = "-5", .default_groups = names_of("welcome")}));
    assert_string_equal(view->directory.name, "company");
    assert_false(view->takes_accounts);
    assert_string_equal(APR_ARRAY_IDX(view->warnings, 0, const char *),
                        "It is read-write, but this program has no way to write to it.");
    seen_in("company", "ann", NULL);
    assert_int_equal(fixture_number("SELECT count(*) FROM user_group_member"), 1);
    assert_bad_field(sd_directory_add(&view, fixture_operator(), "company", &(sd_directory_input_t){AS_IT_IS}),
                     SD_ERROR_CONFLICT, "name", "sd.directory.exists");
    assert_bad_field(sd_directory_add(&view, fixture_operator(), "a b", &(sd_directory_input_t){AS_IT_IS}),
                     SD_ERROR_INPUT, "name", "sd.validation.directory.name");
    assert_bad_field(sd_directory_add(&view, fixture_operator(), "x",
                                      &(sd_directory_input_t){AS_IT_IS, .position = "first"}),
                     SD_ERROR_INPUT, "position", "sd.validation.number");
    assert_int_equal(fixture_number("SELECT count(*) FROM directory"), 2);
}

/* ---- accounts that move ---- */

static void test_a_move_keeps_what_is_theirs(void **state)
{
    sd_id_t ann = fixture_account("ann"), help = fixture_desk("HELP", "listed");
    const sd_account_t *account;

    (void)state;
    seen_in("ldap", "zoe", "staff");
    fixture_run("UPDATE account SET password_hash = 'x' WHERE name = 'ann'");
    make_groups("own");
    assert_good(edit_group("own", SD_EDIT_ADD, "ann", NULL));
    assert_good(edit_role("HELP", "customer", SD_EDIT_ADD, "ann", "ldap/staff"));
    assert_good(sd_account_move(&account, fixture_operator(), "ann", "ldap", "Ann.Smith", 0));
    assert_int_equal(account->id, ann);
    assert_string_equal(account->directory, "ldap");
    assert_string_equal(account->name, "Ann.Smith");
    assert_string_equal(fixture_text("SELECT name_key FROM account WHERE id = %d", (int)ann), "Ann.Smith");
    assert_null(fixture_text("SELECT password_hash FROM account WHERE id = %d", (int)ann));
    assert_string_equal(people_of("HELP", "customer"), "Ann.Smith (zoe)");
    assert_int_equal(seen_in("ldap", "Ann.Smith", "staff"), ann);
    /* And back: what the directory told stays there. */
    assert_good(sd_account_move(&account, fixture_operator(), "ldap/Ann.Smith", "internal", "ann", 0));
    assert_string_equal(fixture_text("SELECT g.name FROM user_group g JOIN user_group_member m ON m.group_id = g.id"
                                     " WHERE m.account_id = %d",
                                     (int)ann),
                        "own");
    assert_true(help > 0);
    assert_int_equal(fixture_audited("account.move"), 2);
    assert_bad_field(sd_account_move(&account, fixture_operator(), "ann", "zz", NULL, 0), SD_ERROR_INPUT, "directory",
                     "sd.validation.directory");
    assert_bad_field(sd_account_move(&account, fixture_operator(), "ldap/zoe", "internal", "a b", 0), SD_ERROR_INPUT,
                     "name", "sd.validation.account.name");
    assert_bad(sd_account_move(&account, fixture_operator(), "nobody", "ldap", NULL, 0), SD_ERROR_NOT_FOUND);
    assert_bad(sd_account_move(&account, fixture_work(ann), "ann", "ldap", NULL, 0), SD_ERROR_FORBIDDEN);
}

static void mail_token(sd_id_t account, const char *kind)
{
    fixture_run(
        "INSERT INTO mailed_token (hash, kind, nonce, pepper, account_id, address, address_key, created, expires)"
        " VALUES ('%s %d', '%s', 'n', 1, %d, 'a@example.org', 'a@example.org', 1, %" APR_INT64_T_FMT ")",
        kind, (int)account, kind, (int)account, fixture.now + SD_DAY);
}

static apr_int64_t live_tokens(sd_id_t account)
{
    return fixture_number("SELECT count(*) FROM mailed_token WHERE account_id = %d AND revoked IS NULL", (int)account);
}

/* A link to a new password, or to a new address, was mailed to somebody else than the account is now. */
static void test_a_move_ends_links(void **state)
{
    sd_id_t ann = fixture_account("ann"), other = seen_in("ldap", "ann", NULL);
    const sd_account_t *account;

    (void)state;
    mail_token(ann, "reset");
    mail_token(ann, "address");
    mail_token(other, "address-back");
    fixture_run("INSERT INTO session (hash, account_id, kind, directory, generation, created, last_seen, idle, expires,"
                " csrf) SELECT 'h' || id, id, 'password', 'internal', 1, 1, 1, 1, 1, 'c' FROM account");
    assert_int_equal(fixture_number("SELECT count(*) FROM session"), 2);
    assert_good(sd_account_move(&account, fixture_operator(), "internal/ann", "ldap", NULL, 1));
    assert_int_equal(live_tokens(ann), 0);
    assert_int_equal(live_tokens(other), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM session"), 0);
}

static void test_who_never_came_moves(void **state)
{
    sd_id_t ann = fixture_account("ann"), bob = fixture_account("bob"), help = fixture_desk("HELP", "listed");
    const sd_account_t *account;

    (void)state;
    seen_in("ldap", "zoe", NULL);
    fixture_run("UPDATE account SET state = 'invited', address_proven = 0 WHERE name = 'ann'");
    fixture_run("UPDATE account SET state = 'pending', address_proven = 0 WHERE name = 'bob'");
    fixture_run("INSERT INTO invitation (desk_id, account_id, created, sent, expires) VALUES (%d, %d, 1, 1, 2)",
                (int)help, (int)ann);
    assert_good(sd_account_move(&account, fixture_operator(), "ann", "internal", "ann2", 0));
    assert_string_equal(account->state, "invited");
    assert_good(sd_account_move(&account, fixture_operator(), "ann2", "ldap", "ann", 0));
    assert_string_equal(account->state, "active");
    assert_int_equal(fixture_number("SELECT count(*) FROM invitation"), 0);
    assert_good(sd_account_move(&account, fixture_operator(), "bob", "ldap", NULL, 0));
    assert_int_equal(seen_in("ldap", "ann", NULL), ann);
    assert_int_equal(seen_in("ldap", "bob", NULL), bob);
}

static void test_a_move_onto_somebody(void **state)
{
    sd_id_t ann = fixture_account("ann"), other = seen_in("ldap", "ann", NULL);
    const sd_account_t *account;

    (void)state;
    assert_bad_field(sd_account_move(&account, fixture_operator(), "internal/ann", "ldap", NULL, 0), SD_ERROR_CONFLICT,
                     "name", "sd.account.exists");
    assert_good(sd_account_move(&account, fixture_operator(), "internal/ann", "ldap", NULL, 1));
    assert_int_equal(seen_in("ldap", "ann", NULL), ann);
    assert_string_equal(fixture_text("SELECT state FROM account WHERE id = %d", (int)other), "disabled");
    assert_false(can_act(other));
    fixture_system_admin(ann);
    fixture_account("bob");
    assert_bad(sd_account_move(&account, fixture_operator(), "bob", "ldap", "ann", 1), SD_ERROR_CONFLICT);
}

static void test_same_addresses(void **state)
{
    apr_array_header_t *rows;

    (void)state;
    fixture_account("ann");
    fixture_account("bob");
    assert_good(sd_directory_same_address(&rows, fixture_operator()));
    assert_int_equal(rows->nelts, 0);
    assert_good(sd_authenticate_external(
        fixture_work(0), &(sd_external_identity_t){.directory = "ldap", .name = "a", .address = "Ann@Example.org"}));
    assert_good(sd_directory_same_address(&rows, fixture_operator()));
    assert_int_equal(rows->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(rows, 0, const sd_same_address_t *)->account.directory, "internal");
    assert_true(APR_ARRAY_IDX(rows, 0, const sd_same_address_t *)->proven);
    assert_string_equal(APR_ARRAY_IDX(rows, 1, const sd_same_address_t *)->account.directory, "ldap");
    assert_false(APR_ARRAY_IDX(rows, 1, const sd_same_address_t *)->proven);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_the_internal_one_takes_accounts),
        desk_test(test_why_none),
        desk_test(test_the_first_that_can),
        desk_test(test_who_could_not_sign_in),
        desk_test(test_the_daily_look),
        desk_test(test_a_change_ends_a_notice),
        desk_test(test_portal_only_is_kept),
        desk_test(test_read_only_closes_signup),
        desk_test(test_default_groups),
        desk_test(test_whose_groups),
        desk_test(test_agents_by_default_are_asked_about),
        desk_test(test_who_may_sign_in),
        desk_test(test_the_last_admin_is_not_locked_out),
        desk_test(test_the_last_admin_stays_in),
        desk_test(test_added_before_anybody_came),
        desk_test(test_a_move_keeps_what_is_theirs),
        desk_test(test_a_move_ends_links),
        desk_test(test_who_never_came_moves),
        desk_test(test_a_move_onto_somebody),
        desk_test(test_same_addresses),
    };

    return cmocka_run_group_tests_name("desk directory", tests, NULL, NULL);
}
