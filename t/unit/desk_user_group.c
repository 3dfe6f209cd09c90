/* Groups: made, nested, given roles; what that gives and ends, and what a foreign directory cannot bring. */
#include "group_fixture.h"

#include "desk/customer.h"

#include "desk/account.h"
#include "desk/check.h"
#include "desk/desk.h"
#include "desk/policy.h"

static void nothing_is_wrong(void)
{
    apr_array_header_t *findings;

    assert_good(sd_check(&findings, fixture_operator()));
    for (int i = 0; i < findings->nelts; i++) {
        print_message("# %s\n", APR_ARRAY_IDX(findings, i, const char *));
    }
    assert_int_equal(findings->nelts, 0);
}

static int may_enter(sd_id_t account_id)
{
    const sd_desk_t *desk;

    return !sd_desk_find(&desk, fixture_work(account_id), "HELP", SD_MAY_ENTER_DESK);
}

/* rules.md 1.10 case 12 */
static void test_a_group_gives_access(void **state)
{
    sd_id_t ann = fixture_account("ann"), bob = fixture_account("bob");

    (void)state;
    fixture_desk("HELP", "listed");
    make_groups("clients");
    assert_good(edit_group("clients", SD_EDIT_ADD, "ann bob", NULL));
    assert_false(may_enter(ann));
    assert_good(edit_role("HELP", "customer", SD_EDIT_ADD, NULL, "clients"));
    assert_true(may_enter(ann));
    assert_true(may_enter(bob));
    assert_string_equal(people_of("HELP", "customer"), "(ann) (bob)");
    assert_int_equal(generation_of(ann), 1);
    assert_good(edit_group("clients", SD_EDIT_REMOVE, "bob", NULL));
    assert_false(may_enter(bob));
    assert_int_equal(generation_of(bob), 2);
    nothing_is_wrong();
    assert_good(sd_user_group_delete(fixture_operator(), "clients"));
    assert_false(may_enter(ann));
    assert_string_equal(people_of("HELP", "customer"), "");
    nothing_is_wrong();
}

static void test_nested_groups(void **state)
{
    sd_id_t ann = fixture_account("ann");

    (void)state;
    fixture_desk("HELP", "listed");
    make_groups("all middle low");
    assert_good(edit_group("low", SD_EDIT_ADD, "ann", NULL));
    assert_good(edit_role("HELP", "agent", SD_EDIT_ADD, NULL, "all"));
    assert_string_equal(people_of("HELP", "agent"), "");
    assert_good(edit_group("all", SD_EDIT_ADD, NULL, "middle"));
    assert_good(edit_group("middle", SD_EDIT_ADD, NULL, "low"));
    assert_string_equal(people_of("HELP", "agent"), "(ann)");
    assert_int_equal(generation_of(ann), 2);
    nothing_is_wrong();
    /* Two ways, and one of them goes. */
    assert_good(edit_group("all", SD_EDIT_ADD, "ann", NULL));
    assert_good(edit_group("all", SD_EDIT_REMOVE, NULL, "middle"));
    assert_string_equal(people_of("HELP", "agent"), "(ann)");
    assert_int_equal(generation_of(ann), 2);
    assert_good(edit_group("all", SD_EDIT_REPLACE, "", ""));
    assert_string_equal(people_of("HELP", "agent"), "");
    assert_int_equal(generation_of(ann), 3);
    nothing_is_wrong();
}

static void test_cycles_and_depth(void **state)
{
    (void)state;
    make_groups("g1 g2 g3 g4 g5 g6 g7 g8 g9");
    assert_bad_field(edit_group("g1", SD_EDIT_ADD, NULL, "g1"), SD_ERROR_INPUT, "groups", "sd.validation.group.cycle");
    for (int i = 1; i < 8; i++) {
        assert_good(edit_group(apr_psprintf(fixture.pool, "g%d", i), SD_EDIT_ADD, NULL,
                               apr_psprintf(fixture.pool, "g%d", i + 1)));
    }
    assert_bad_field(edit_group("g8", SD_EDIT_ADD, NULL, "g1"), SD_ERROR_INPUT, "groups", "sd.validation.group.cycle");
    assert_bad_field(edit_group("g3", SD_EDIT_ADD, NULL, "g2"), SD_ERROR_INPUT, "groups", "sd.validation.group.cycle");
    assert_bad_field(edit_group("g8", SD_EDIT_ADD, NULL, "g9"), SD_ERROR_INPUT, "groups", "sd.validation.group.depth");
    assert_bad_field(edit_group("g9", SD_EDIT_ADD, NULL, "g1"), SD_ERROR_INPUT, "groups", "sd.validation.group.depth");
    assert_good(edit_group("g9", SD_EDIT_ADD, NULL, "g2"));
    assert_int_equal(fixture_number("SELECT count(*) FROM user_group_child"), 8);
}

/* Whatever the first run of a write had found out is not said by the second one. */
static void test_writes_that_run_again(void **state)
{
    const sd_user_group_t *group;
    apr_array_header_t *still;
    sd_error_t *error;

    (void)state;
    fixture_account("ann");
    fixture_desk("HELP", "listed");
    make_groups("clients");
    assert_good(edit_group("clients", SD_EDIT_ADD, "ann", NULL));
    seen_in("ldap", "zoe", "staff");
    for (int again = 0; again < 2; again++) {
        assert_good(edit_role("HELP", "customer", SD_EDIT_ADD, "ann", "clients"));
        if (again && !fixture_lose_once()) {
            return;
        }
        assert_good(sd_role_edit(&still, fixture_operator(),
                                 &(sd_role_edit_t){"HELP", "customer", SD_EDIT_REPLACE, names_of(""), NULL, 0}));
        assert_int_equal(still->nelts, 1);
    }
    fixture_has_lost();
    assert_good(edit_role("HELP", "customer", SD_EDIT_ADD, "ann", NULL));
    fixture_lose_once();
    error = sd_customer_remove(fixture_operator(), "HELP", names_of("ann"));
    assert_bad_field(error, SD_ERROR_INPUT, "accountIds", "sd.role.still");
    assert_null(error->next);
    fixture_has_lost();
    fixture_lose_once();
    assert_good(sd_user_group_update(&group, fixture_operator(), "ldap/staff", NULL, "all of them"));
    assert_string_equal(group->description, "all of them");
    fixture_has_lost();
    fixture_lose_once();
    assert_good(edit_group("clients", SD_EDIT_REMOVE, "ann", NULL));
    assert_int_equal(fixture_audited("group.remove"), 1);
    fixture_has_lost();
}

/* Somebody who is in twice keeps what the other way gives, and whoever took the first one away hears of it. */
static void test_still_in_by_a_group(void **state)
{
    sd_id_t ann = fixture_account("ann");
    apr_array_header_t *still;
    sd_error_t *text;

    (void)state;
    fixture_desk("HELP", "listed");
    make_groups("clients partners");
    assert_good(edit_group("clients", SD_EDIT_ADD, "ann", NULL));
    assert_good(edit_group("partners", SD_EDIT_ADD, NULL, "clients"));
    assert_good(edit_role("HELP", "customer", SD_EDIT_ADD, "ann", "clients partners"));
    assert_string_equal(people_of("HELP", "customer"), "ann");
    assert_good(sd_role_edit(&still, fixture_operator(),
                             &(sd_role_edit_t){"HELP", "customer", SD_EDIT_REMOVE, names_of("ann"), NULL, 0}));
    assert_string_equal(people_of("HELP", "customer"), "(ann)");
    assert_int_equal(still->nelts, 1);
    text = sd_role_still_error(fixture.pool, "accountIds", still);
    assert_string_equal(text->text, "ann still has access through groups clients, partners.");
    assert_true(may_enter(ann));
    /* Given anew, it is the account's own again; without the groups nothing is left behind. */
    assert_good(sd_role_add(fixture_operator(), "customer", "HELP", "ann"));
    assert_good(edit_role("HELP", "customer", SD_EDIT_REMOVE, NULL, "clients partners"));
    assert_string_equal(people_of("HELP", "customer"), "ann");
    assert_good(sd_role_edit(&still, fixture_operator(),
                             &(sd_role_edit_t){"HELP", "customer", SD_EDIT_REMOVE, names_of("ann"), NULL, 0}));
    assert_int_equal(still->nelts, 0);
    assert_false(may_enter(ann));
    nothing_is_wrong();
}

static void test_whole_list(void **state)
{
    (void)state;
    fixture_account("ann");
    fixture_account("bob");
    fixture_account("cid");
    fixture_desk("HELP", "listed");
    make_groups("clients partners");
    assert_good(edit_group("clients", SD_EDIT_ADD, "cid", NULL));
    assert_good(edit_role("HELP", "customer", SD_EDIT_REPLACE, "ann bob", "clients partners"));
    assert_string_equal(people_of("HELP", "customer"), "ann bob (cid)");
    /* A list that is not said stays. */
    assert_good(edit_role("HELP", "customer", SD_EDIT_REPLACE, "bob", NULL));
    assert_string_equal(people_of("HELP", "customer"), "bob (cid)");
    assert_good(edit_role("HELP", "customer", SD_EDIT_REPLACE, NULL, "partners"));
    assert_string_equal(people_of("HELP", "customer"), "bob");
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role_group"), 1);
    nothing_is_wrong();
}

static void test_unknown_names_change_nothing(void **state)
{
    sd_error_t *error;

    (void)state;
    fixture_account("ann");
    fixture_desk("HELP", "listed");
    error = edit_role("HELP", "customer", SD_EDIT_ADD, "ann zoe", "nogroup");
    assert_bad_field(error, SD_ERROR_INPUT, "accountIds", "sd.validation.user");
    assert_bad_field(error->next, SD_ERROR_INPUT, "groups", "sd.validation.group");
    assert_string_equal(people_of("HELP", "customer"), "");
    assert_bad_field(edit_role("HELP", "boss", SD_EDIT_ADD, "ann", NULL), SD_ERROR_INPUT, "role", "sd.validation.role");
    assert_bad(edit_group("nogroup", SD_EDIT_ADD, "ann", NULL), SD_ERROR_NOT_FOUND);
    assert_bad(sd_user_group_delete(fixture_operator(), "nogroup"), SD_ERROR_NOT_FOUND);
}

static void test_names(void **state)
{
    const sd_user_group_t *group, *other;

    (void)state;
    assert_good(sd_user_group_create(&group, fixture_operator(), "  Agents of HELP ", "who answers"));
    assert_string_equal(group->name, "Agents of HELP");
    assert_string_equal(group->full_name, "Agents of HELP");
    assert_bad_field(sd_user_group_create(&other, fixture_operator(), "AGENTS of help", NULL), SD_ERROR_CONFLICT,
                     "name", "sd.group.exists");
    assert_bad_field(sd_user_group_create(&other, fixture_operator(), "ldap/x", NULL), SD_ERROR_INPUT, "name",
                     "sd.validation.group.name");
    assert_bad_field(sd_user_group_create(&other, fixture_operator(), "17", NULL), SD_ERROR_INPUT, "name",
                     "sd.validation.group.name");
    assert_bad(sd_user_group_create(&other, fixture_operator(), " ", NULL), SD_ERROR_INPUT);
    assert_bad(sd_user_group_create(&other, fixture_operator(), NULL, NULL), SD_ERROR_INPUT);
    assert_good(sd_user_group_find(&other, fixture_operator(), "agents OF help"));
    assert_int_equal(other->id, group->id);
    assert_good(sd_user_group_update(&other, fixture_operator(), "internal/agents of help", "Helpers", NULL));
    assert_string_equal(other->name, "Helpers");
    assert_string_equal(other->description, "who answers");
    assert_good(sd_user_group_update(&other, fixture_operator(), "helpers", "HELPERS", "x"));
    assert_good(sd_user_group_find(&group, fixture_operator(), apr_psprintf(fixture.pool, "%d", (int)other->id)));
    assert_string_equal(group->description, "x");
    assert_bad(sd_user_group_find(&group, fixture_operator(), "agents of help"), SD_ERROR_NOT_FOUND);
}

static int in_group(sd_id_t account_id, const char *name)
{
    int in;

    assert_good(sd_account_in_group(&in, fixture_work(account_id), name));
    return in;
}

/* A directory may bring the name of a group of the module, or of another directory, and gains nothing. */
static void test_a_directory_cannot_borrow_a_name(void **state)
{
    sd_id_t own = fixture_account("own"), mallory, ann;

    (void)state;
    fixture_desk("HELP", "listed");
    make_groups("agents");
    assert_good(edit_group("agents", SD_EDIT_ADD, "own", NULL));
    assert_good(edit_role("HELP", "agent", SD_EDIT_ADD, NULL, "agents"));
    mallory = seen_in("evil", "mallory", "agents staff internal/agents 1");
    ann = seen_in("ldap", "ann", "staff");
    assert_string_equal(people_of("HELP", "agent"), "(own)");
    assert_true(in_group(own, "agents"));
    assert_false(in_group(mallory, "agents"));
    assert_false(in_group(mallory, "internal/agents"));
    assert_true(in_group(mallory, "evil/agents"));
    assert_false(in_group(mallory, "ldap/staff"));
    assert_true(in_group(ann, "ldap/staff"));
    assert_true(in_group(ann, "staff"));
    assert_true(in_group(mallory, "staff"));
    assert_false(in_group(ann, "evil/staff"));
    /* Numbers are names here: the group with the id 1 is "agents". */
    assert_true(in_group(mallory, "1"));
    assert_false(in_group(own, "1"));
    assert_false(in_group(ann, "1"));
    /* Until an administrator says that it is meant. */
    assert_good(edit_group("agents", SD_EDIT_ADD, NULL, "ldap/staff"));
    assert_string_equal(people_of("HELP", "agent"), "(ann) (own)");
    assert_true(in_group(ann, "agents"));
    nothing_is_wrong();
}

/* What a directory tells changes rights at once, and only there. */
static void test_told_groups_follow(void **state)
{
    sd_id_t ann = seen_in("ldap", "ann", "staff"), eve;

    (void)state;
    fixture_desk("HELP", "listed");
    make_groups("friends");
    assert_good(edit_group("friends", SD_EDIT_ADD, "ldap/ann", NULL));
    assert_good(edit_role("HELP", "agent", SD_EDIT_ADD, NULL, "ldap/staff"));
    assert_string_equal(people_of("HELP", "agent"), "(ann)");
    assert_int_equal(generation_of(ann), 2);
    seen_in("ldap", "ann", NULL);
    assert_string_equal(people_of("HELP", "agent"), "(ann)");
    seen_in("ldap", "ann", "guests");
    assert_string_equal(people_of("HELP", "agent"), "");
    assert_int_equal(generation_of(ann), 3);
    assert_true(in_group(ann, "friends"));
    eve = seen_in("ldap", "eve", "staff");
    assert_string_equal(people_of("HELP", "agent"), "(eve)");
    assert_true(in_group(eve, "ldap/staff"));
    assert_bad(edit_group("ldap/staff", SD_EDIT_ADD, "ann", NULL), SD_ERROR_CONFLICT);
    assert_good(sd_user_group_delete(fixture_operator(), "ldap/staff"));
    assert_string_equal(people_of("HELP", "agent"), "");
    nothing_is_wrong();
}

static void test_who_may(void **state)
{
    sd_id_t sam = fixture_account("sam"), boss = fixture_account("boss"), ann = fixture_account("ann");
    sd_id_t help = fixture_desk("HELP", "listed");
    const sd_user_group_t *group;
    sd_list_t *list;

    (void)state;
    fixture_desk("HR", "listed");
    fixture_system_admin(sam);
    fixture_role(help, "administrator", boss);
    fixture_role(help, "customer", ann);
    assert_good(sd_user_group_create(&group, fixture_work(sam), "clients", NULL));
    assert_bad(sd_user_group_create(&group, fixture_work(boss), "x", NULL), SD_ERROR_FORBIDDEN);
    assert_bad(edit_group_by(fixture_work(boss), "clients", SD_EDIT_ADD, "boss", NULL, 0), SD_ERROR_FORBIDDEN);
    assert_bad(edit_group_by(fixture_work(0), "clients", SD_EDIT_ADD, "boss", NULL, 0), SD_ERROR_SIGN_IN);
    assert_bad(sd_user_group_delete(fixture_work(boss), "clients"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_user_group_delete(fixture_work(boss), "nogroup"), SD_ERROR_FORBIDDEN);
    assert_good(sd_user_group_list(&list, fixture_work(boss), NULL, (sd_page_t){0, 10}));
    assert_int_equal(list->rows->nelts, 1);
    assert_bad(sd_user_group_list(&list, fixture_work(ann), NULL, (sd_page_t){0, 10}), SD_ERROR_FORBIDDEN);
    assert_bad(sd_user_group_members(&list, fixture_work(boss), "clients", (sd_page_t){0, 10}), SD_ERROR_FORBIDDEN);
    assert_good(edit_role_by(fixture_work(boss), "HELP", "customer", SD_EDIT_ADD, NULL, "clients", 0));
    assert_bad(edit_role_by(fixture_work(boss), "HR", "customer", SD_EDIT_ADD, NULL, "clients", 0), SD_ERROR_NOT_FOUND);
    assert_bad(edit_role_by(fixture_work(ann), "HELP", "customer", SD_EDIT_ADD, NULL, "clients", 0),
               SD_ERROR_FORBIDDEN);
    fixture_run("INSERT INTO setting (name, value) VALUES ('role_groups', 'system-admins')");
    assert_bad(edit_role_by(fixture_work(boss), "HELP", "customer", SD_EDIT_REMOVE, NULL, "clients", 0),
               SD_ERROR_FORBIDDEN);
    assert_good(edit_role_by(fixture_work(boss), "HELP", "customer", SD_EDIT_REMOVE, "ann", NULL, 0));
    assert_good(edit_role_by(fixture_work(sam), "HELP", "customer", SD_EDIT_REMOVE, NULL, "clients", 0));
}

static void test_members_in_pages(void **state)
{
    apr_array_header_t *groups;
    sd_list_t *list;

    (void)state;
    fixture_desk("HELP", "listed");
    fixture_account("ann");
    fixture_account("bob");
    fixture_account("cid");
    make_groups("clients inner");
    assert_good(edit_group("clients", SD_EDIT_ADD, "ann bob cid", "inner"));
    assert_good(sd_user_group_members(&list, fixture_operator(), "clients", (sd_page_t){1, 1}));
    assert_int_equal(list->rows->nelts, 1);
    assert_false(list->is_last);
    assert_string_equal(APR_ARRAY_IDX(list->rows, 0, const sd_account_t *)->name, "bob");
    assert_good(sd_user_group_children(&groups, fixture_operator(), "clients"));
    assert_int_equal(groups->nelts, 1);
    assert_good(edit_role("HELP", "customer", SD_EDIT_ADD, "cid", "clients"));
    assert_good(sd_role_members(&list, &groups, fixture_operator(), "HELP", "customer", (sd_page_t){0, 10}));
    assert_int_equal(list->rows->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(list->rows, 0, const sd_account_t *)->name, "cid");
    assert_int_equal(groups->nelts, 1);
}

static const char *only_finding(void)
{
    apr_array_header_t *findings;

    assert_good(sd_check(&findings, fixture_operator()));
    if (findings->nelts == 0) {
        return "";
    }
    assert_int_equal(findings->nelts, 1);
    return APR_ARRAY_IDX(findings, 0, const char *);
}

#define assert_finds(format_)                                                                                          \
    assert_string_equal(only_finding(), apr_psprintf(fixture.pool, "desk HELP: account %s " format_, public_id))

/* Roles are kept beside the groups that they come from, and the check compares them. */
static void test_the_check_sees_what_groups_say(void **state)
{
    const char *public_id;

    (void)state;
    fixture_account("ann");
    fixture_desk("HELP", "listed");
    public_id = fixture_text("SELECT public_id FROM account WHERE name = 'ann'");
    make_groups("crew");
    assert_good(edit_group("crew", SD_EDIT_ADD, "ann", NULL));
    assert_good(edit_role("HELP", "agent", SD_EDIT_ADD, NULL, "crew"));
    assert_string_equal(only_finding(), "");
    fixture_run("UPDATE account SET portal_only = 1 WHERE name = 'ann'");
    assert_finds("is agent and portal-only");
    fixture_run("UPDATE account SET portal_only = 0 WHERE name = 'ann'");
    fixture_run("UPDATE desk_role SET role = 'customer', direct = 1");
    assert_finds("is not agent as its groups say");
    fixture_run("UPDATE desk_role SET role = 'agent', direct = 0");
    fixture_run("DELETE FROM user_group_member");
    assert_finds("is agent by no group");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_a_group_gives_access),
        desk_test(test_nested_groups),
        desk_test(test_cycles_and_depth),
        desk_test(test_writes_that_run_again),
        desk_test(test_still_in_by_a_group),
        desk_test(test_whole_list),
        desk_test(test_unknown_names_change_nothing),
        desk_test(test_names),
        desk_test(test_a_directory_cannot_borrow_a_name),
        desk_test(test_told_groups_follow),
        desk_test(test_who_may),
        desk_test(test_members_in_pages),
        desk_test(test_the_check_sees_what_groups_say),
    };

    return cmocka_run_group_tests_name("desk group", tests, NULL, NULL);
}
