/* The licence: who takes a seat and why, who never does, what is asked before and what is refused. */
#include "group_fixture.h"

#include "desk/account.h"
#include "desk/licence.h"
#include "desk/setting.h"

static const sd_licence_t *report(void)
{
    const sd_licence_t *licence;

    assert_good(sd_licence_report(&licence, fixture_operator()));
    return licence;
}

static apr_int64_t used(void)
{
    return report()->used;
}

static void limit(const char *seats)
{
    assert_good(sd_setting_set(fixture_operator(), "licence_limit", seats));
}

/* "ann: HELP direct; HELP nested all via low | bob ..." */
static const char *seats(void)
{
    const sd_licence_t *licence = report();
    const char *text = "";

    for (int i = 0; i < licence->seats->nelts; i++) {
        const sd_seat_t *seat = APR_ARRAY_IDX(licence->seats, i, const sd_seat_t *);

        text = apr_pstrcat(fixture.pool, text, i ? " | " : "", seat->account->name, seat->counted_in ? "=" : ":",
                           seat->counted_in ? seat->counted_in : "", NULL);
        for (int j = 0; j < seat->ways->nelts; j++) {
            const sd_seat_way_t *way = APR_ARRAY_IDX(seat->ways, j, const sd_seat_way_t *);

            text = apr_pstrcat(fixture.pool, text, j ? "; " : " ", way->desk_key, " ", way->kind, way->group ? " " : "",
                               way->group ? way->group : "", way->through ? " via " : "",
                               way->through ? way->through : "", NULL);
        }
    }
    return text;
}

/* rules.md 1.10 case 14 */
static void test_a_thousand_customers(void **state)
{
    sd_id_t help = fixture_desk("HELP", "listed");

    (void)state;
    fixture_role(help, "agent", fixture_account("ann"));
    fixture_role(help, "administrator", fixture_account("boss"));
    fixture_system_admin(fixture_account("sam"));
    limit("1");
    assert_int_equal(used(), 1);
    make_groups("clients");
    assert_good(edit_role("HELP", "customer", SD_EDIT_ADD, NULL, "clients"));
    for (int i = 0; i < 1000; i++) {
        const char *name = apr_psprintf(fixture.pool, "c%d", i);

        fixture_account(name);
        if (i % 100 == 0) {
            assert_good(sd_role_add(fixture_operator(), "customer", "HELP", name));
            assert_good(edit_group("clients", SD_EDIT_ADD, name, NULL));
        }
    }
    fixture_run(
        "INSERT INTO desk_role (desk_id, account_id, role, origin, created) SELECT %d, id, 'customer', 'tool', 0"
        " FROM account WHERE name LIKE 'c%%' ON CONFLICT DO NOTHING",
        (int)help);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE role = 'customer'"), 1000);
    assert_int_equal(used(), 1);
    assert_string_equal(seats(), "ann: HELP direct");
}

static void test_every_way(void **state)
{
    (void)state;
    fixture_account("ann");
    fixture_account("bob");
    fixture_account("cid");
    fixture_desk("HELP", "listed");
    fixture_desk("HR", "listed");
    make_groups("all low welcome");
    fixture_run("INSERT INTO directory_group SELECT 1, 'default', id FROM user_group WHERE name = 'welcome'");
    assert_good(edit_role("HELP", "agent", SD_EDIT_ADD, "ann", "all"));
    seen_in("ldap", "ann", "staff");
    assert_bad(edit_role("HR", "agent", SD_EDIT_ADD, NULL, "ldap/nogroup"), SD_ERROR_INPUT);
    assert_good(edit_role("HR", "agent", SD_EDIT_ADD, NULL, "ldap/staff"));
    assert_good(edit_group("low", SD_EDIT_ADD, "bob", NULL));
    assert_good(edit_group("all", SD_EDIT_ADD, "bob", "low"));
    assert_good(edit_group("welcome", SD_EDIT_ADD, "cid", NULL));
    assert_good(edit_role_by(fixture_operator(), "HR", "agent", SD_EDIT_ADD, NULL, "welcome", 1));
    assert_string_equal(seats(), "ann: HELP direct | bob: HELP group all; HELP nested all via low | "
                                 "cid: HR default welcome | ann=internal HR web-server ldap/staff");
    /* The same name in two directories is one person; the first directory has the seat. */
    assert_int_equal(used(), 3);
    assert_good(sd_account_disable(fixture_operator(), "internal/ann", 1));
    assert_string_equal(seats(), "bob: HELP group all; HELP nested all via low | cid: HR default welcome | "
                                 "ann: HR web-server ldap/staff");
    assert_int_equal(used(), 3);
    assert_good(sd_account_disable(fixture_operator(), "bob", 1));
    assert_int_equal(used(), 2);
}

static void test_the_limit_refuses_agents_alone(void **state)
{
    sd_error_t *error;

    (void)state;
    fixture_account("ann");
    fixture_account("bob");
    fixture_account("cid");
    fixture_desk("HELP", "listed");
    make_groups("agents inner");
    limit("1");
    assert_good(sd_role_add(fixture_operator(), "agent", "HELP", "ann"));
    error = sd_role_add(fixture_operator(), "agent", "HELP", "bob");
    assert_bad(error, SD_ERROR_CONFLICT);
    assert_string_equal(error->key, "sd.licence.limit");
    assert_string_equal(error->text, "The licence has 1 seats for agents; this would take 2.");
    assert_string_equal(people_of("HELP", "agent"), "ann");
    assert_good(sd_role_add(fixture_operator(), "customer", "HELP", "bob"));
    assert_good(sd_role_add(fixture_operator(), "administrator", "HELP", "bob"));
    assert_good(edit_group("agents", SD_EDIT_ADD, "ann cid", "inner"));
    assert_bad(edit_role_by(fixture_operator(), "HELP", "agent", SD_EDIT_ADD, NULL, "agents", 1), SD_ERROR_CONFLICT);
    assert_good(edit_group("agents", SD_EDIT_REMOVE, "cid", NULL));
    assert_good(edit_role("HELP", "agent", SD_EDIT_ADD, NULL, "agents"));
    assert_bad(edit_group("inner", SD_EDIT_ADD, "cid", NULL), SD_ERROR_CONFLICT);
    assert_string_equal(people_of("HELP", "agent"), "ann");
    /* Over the limit already (it was lowered): whoever is there stays, and one may go. */
    limit("3");
    assert_good(sd_role_add(fixture_operator(), "agent", "HELP", "bob"));
    limit("1");
    assert_good(sd_role_remove(fixture_operator(), "agent", "HELP", "bob"));
    assert_good(sd_account_disable(fixture_operator(), "ann", 1));
    assert_good(sd_role_add(fixture_operator(), "agent", "HELP", "bob"));
    /* Who comes back takes a seat. */
    assert_bad(sd_account_disable(fixture_operator(), "ann", 0), SD_ERROR_CONFLICT);
    assert_good(sd_account_disable(fixture_operator(), "cid", 1));
    assert_good(sd_account_disable(fixture_operator(), "cid", 0));
}

static void asks(sd_error_t *error, const char *text)
{
    assert_bad_field(error, SD_ERROR_CONFLICT, "confirm", "sd.licence.confirm");
    assert_string_equal(error->text, text);
}

/* rules.md row 41 (a): a group that makes agents becomes one of customers. */
static void test_agents_as_customers(void **state)
{
    (void)state;
    fixture_account("ann");
    fixture_account("bob");
    fixture_desk("HELP", "listed");
    fixture_desk("HR", "listed");
    make_groups("agents inner");
    assert_good(edit_group("inner", SD_EDIT_ADD, "ann bob", NULL));
    assert_good(edit_group("agents", SD_EDIT_ADD, NULL, "inner"));
    assert_good(edit_role("HELP", "agent", SD_EDIT_ADD, NULL, "agents"));
    asks(
        edit_role("HR", "customer", SD_EDIT_ADD, NULL, "inner"),
        "This changes the seats of the licence from 2 to 2: the group \"inner\" (2 seats) makes its members agents and "
        "is one of customers. Repeat it with confirm to do it all the same.");
    assert_string_equal(people_of("HR", "customer"), "");
    assert_int_equal(fixture_audited("licence.confirm"), 0);
    assert_good(edit_role_by(fixture_operator(), "HR", "customer", SD_EDIT_ADD, NULL, "inner", 1));
    assert_string_equal(people_of("HR", "customer"), "(ann) (bob)");
    assert_int_equal(fixture_audited("licence.confirm"), 1);
    assert_int_equal(report()->risks->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(report()->risks, 0, const sd_seat_risk_t *)->kind, "customers");
    /* Asked once, not at each later change. */
    assert_good(edit_role("HR", "customer", SD_EDIT_REMOVE, "ann", NULL));
}

/* (c): a group gets the role while its people are customers; by name, by nesting, by new members. */
static void test_customers_become_agents(void **state)
{
    (void)state;
    fixture_account("ann");
    fixture_account("bob");
    fixture_account("cid");
    fixture_desk("HELP", "listed");
    fixture_desk("HR", "listed");
    make_groups("clients agents");
    assert_good(edit_group("clients", SD_EDIT_ADD, "ann bob", NULL));
    assert_good(edit_role("HR", "customer", SD_EDIT_ADD, "cid", "clients"));
    asks(
        edit_role("HELP", "agent", SD_EDIT_ADD, NULL, "clients"),
        "This changes the seats of the licence from 0 to 2: 2 customers become agents; the group \"clients\" (2 seats) "
        "makes its members agents and is one of customers. Repeat it with confirm to do it all the same.");
    assert_int_equal(used(), 0);
    assert_good(edit_role("HELP", "agent", SD_EDIT_ADD, NULL, "agents"));
    asks(
        edit_group("agents", SD_EDIT_ADD, NULL, "clients"),
        "This changes the seats of the licence from 0 to 2: 2 customers become agents; the group \"clients\" (2 seats) "
        "makes its members agents and is one of customers. Repeat it with confirm to do it all the same.");
    asks(edit_group("agents", SD_EDIT_ADD, "cid", NULL),
         "This changes the seats of the licence from 0 to 1: 1 customers become agents. Repeat it with confirm to do "
         "it all the same.");
    assert_int_equal(used(), 0);
    assert_good(edit_group_by(fixture_operator(), "agents", SD_EDIT_ADD, "cid", "clients", 1));
    assert_int_equal(used(), 3);
    /* By name, one by one, nobody asks: it was said. */
    fixture_account("dan");
    assert_good(sd_role_add(fixture_operator(), "customer", "HR", "dan"));
    assert_good(sd_role_add(fixture_operator(), "agent", "HELP", "dan"));
}

/* A directory cannot ask: its people count, nobody is locked out, administrators hear of it. */
static void test_a_directory_takes_seats(void **state)
{
    sd_id_t ann, bob;

    (void)state;
    fixture_desk("HELP", "listed");
    ann = seen_in("ldap", "ann", "staff");
    assert_good(edit_role("HELP", "agent", SD_EDIT_ADD, NULL, "ldap/staff"));
    limit("1");
    assert_int_equal(fixture_number("SELECT count(*) FROM notice"), 0);
    bob = seen_in("ldap", "bob", "staff");
    assert_string_equal(people_of("HELP", "agent"), "(ann) (bob)");
    assert_int_equal(used(), 2);
    assert_string_equal(
        fixture_text("SELECT group_concat(kind || ' ' || subject, ', ') FROM (SELECT * FROM notice ORDER BY id) n"),
        "licence.seat ldap/bob, licence.limit agents");
    assert_string_equal(fixture_text("SELECT detail FROM notice WHERE kind = 'licence.limit'"),
                        "{\"seats\":2,\"limit\":1}");
    assert_true(ann != bob);
    seen_in("ldap", "bob", "guests");
    seen_in("ldap", "bob", "staff");
    assert_int_equal(fixture_number("SELECT times FROM notice WHERE kind = 'licence.seat'"), 2);
}

static void test_portal_only(void **state)
{
    sd_id_t ann = fixture_account("ann");

    (void)state;
    fixture_desk("HELP", "listed");
    make_groups("agents");
    assert_good(sd_account_set_portal_only(fixture_operator(), "ann", 1, 0));
    assert_bad(sd_role_add(fixture_operator(), "agent", "HELP", "ann"), SD_ERROR_CONFLICT);
    assert_bad(sd_role_add(fixture_operator(), "administrator", "HELP", "ann"), SD_ERROR_CONFLICT);
    assert_bad(sd_role_add(fixture_operator(), "system-admin", NULL, "ann"), SD_ERROR_CONFLICT);
    assert_bad(edit_role("HELP", "agent", SD_EDIT_ADD, "ann", NULL), SD_ERROR_CONFLICT);
    assert_good(sd_role_add(fixture_operator(), "customer", "HELP", "ann"));
    assert_good(edit_role("HELP", "agent", SD_EDIT_ADD, NULL, "agents"));
    assert_good(edit_group("agents", SD_EDIT_ADD, "ann", NULL));
    assert_string_equal(people_of("HELP", "agent"), "");
    assert_int_equal(used(), 0);
    assert_int_equal(generation_of(ann), 1);
    asks(sd_account_set_portal_only(fixture_operator(), "ann", 0, 0),
         "This changes the seats of the licence from 0 to 1: 1 customers become agents. Repeat it with confirm to do "
         "it all the same.");
    assert_good(sd_account_set_portal_only(fixture_operator(), "ann", 0, 1));
    assert_string_equal(people_of("HELP", "agent"), "(ann)");
    assert_good(sd_account_set_portal_only(fixture_operator(), "ann", 1, 0));
    assert_string_equal(people_of("HELP", "agent"), "");
    assert_int_equal(generation_of(ann), 3);
    assert_good(sd_account_set_portal_only(fixture_operator(), "ann", 0, 1));
    assert_good(sd_role_add(fixture_operator(), "agent", "HELP", "ann"));
    assert_bad(sd_account_set_portal_only(fixture_operator(), "ann", 1, 0), SD_ERROR_CONFLICT);
}

static void test_who_may(void **state)
{
    const sd_licence_t *licence;
    sd_id_t sam = fixture_account("sam"), boss = fixture_account("boss");

    (void)state;
    fixture_system_admin(sam);
    fixture_role(fixture_desk("HELP", "listed"), "administrator", boss);
    assert_good(sd_licence_report(&licence, fixture_work(sam)));
    assert_string_equal(licence->model, "agents");
    assert_int_equal(licence->limit, 0);
    assert_bad(sd_licence_report(&licence, fixture_work(boss)), SD_ERROR_FORBIDDEN);
    assert_bad(sd_licence_report(&licence, fixture_work(0)), SD_ERROR_SIGN_IN);
    assert_bad(sd_account_set_portal_only(fixture_work(boss), "sam", 1, 0), SD_ERROR_FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_a_thousand_customers),
        desk_test(test_every_way),
        desk_test(test_the_limit_refuses_agents_alone),
        desk_test(test_agents_as_customers),
        desk_test(test_customers_become_agents),
        desk_test(test_a_directory_takes_seats),
        desk_test(test_portal_only),
        desk_test(test_who_may),
    };

    return cmocka_run_group_tests_name("desk licence", tests, NULL, NULL);
}
