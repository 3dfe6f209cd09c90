/* Roles: who gives which to whom, what that ends, what is listed. */
#include "fixture.h"

#include "desk/role.h"

static apr_int64_t generation_of(sd_id_t id)
{
    return fixture_number("SELECT generation FROM account WHERE id = %d", (int)id);
}

static const char *roles_of(sd_id_t id)
{
    const char *roles = fixture_text("SELECT group_concat(role, ' ') FROM (SELECT role FROM desk_role"
                                     " WHERE account_id = %d ORDER BY role) AS ordered",
                                     (int)id);

    return roles ? roles : "";
}

static void test_desk_roles(void **state)
{
    sd_id_t ann = fixture_account("ann"), desk = fixture_desk("HELP", "listed");

    (void)state;
    assert_good(sd_role_add(fixture_operator(), "agent", "HELP", "ann"));
    assert_string_equal(roles_of(ann), "agent");
    assert_int_equal(generation_of(ann), 2);
    assert_good(sd_role_add(fixture_operator(), "administrator", "HELP", "ann@example.org"));
    assert_good(sd_role_add(fixture_operator(), "customer", "HELP", "internal/ann"));
    assert_string_equal(roles_of(ann), "administrator agent customer");
    assert_int_equal(generation_of(ann), 3);
    assert_string_equal(fixture_text("SELECT origin FROM desk_role"), "tool");
    assert_good(sd_role_remove(fixture_operator(), "agent", "HELP", "ann"));
    assert_string_equal(roles_of(ann), "administrator customer");
    assert_int_equal(generation_of(ann), 4);
    assert_good(sd_role_remove(fixture_operator(), "customer", "HELP", "ann"));
    assert_int_equal(generation_of(ann), 5);
    assert_int_equal(fixture_audited("role.add"), 3);
    assert_int_equal(fixture_audited("role.remove"), 2);
    assert_int_equal(fixture_number("SELECT desk_id FROM audit"), desk);
    assert_string_equal(fixture_text("SELECT detail FROM audit"), "{\"role\":\"agent\",\"desk\":\"HELP\"}");
}

static void test_what_is_so_already(void **state)
{
    sd_id_t ann = fixture_account("ann");

    (void)state;
    fixture_desk("HELP", "listed");
    assert_good(sd_role_remove(fixture_operator(), "agent", "HELP", "ann"));
    assert_good(sd_role_remove(fixture_operator(), "system-admin", NULL, "ann"));
    assert_int_equal(generation_of(ann), 1);
    assert_good(sd_role_add(fixture_operator(), "agent", "HELP", "ann"));
    assert_good(sd_role_add(fixture_operator(), "agent", "HELP", "ann"));
    assert_int_equal(generation_of(ann), 2);
    assert_int_equal(fixture_number("SELECT count(*) FROM audit"), 1);
}

static void test_system_admin(void **state)
{
    sd_id_t sam = fixture_account("sam"), sue = fixture_account("sue");

    (void)state;
    assert_good(sd_role_add(fixture_operator(), "system-admin", NULL, "sam"));
    assert_int_equal(generation_of(sam), 2);
    assert_int_equal(fixture_number("SELECT system_admin FROM account WHERE name = 'sam'"), 1);
    assert_string_equal(fixture_text("SELECT detail FROM audit"), "{\"role\":\"system-admin\"}");
    assert_bad(sd_role_remove(fixture_operator(), "system-admin", NULL, "sam"), SD_ERROR_CONFLICT);
    assert_good(sd_role_add(fixture_work(sam), "system-admin", NULL, "sue"));
    assert_good(sd_role_remove(fixture_work(sue), "system-admin", NULL, "sam"));
    assert_int_equal(generation_of(sam), 3);
    assert_bad(sd_role_remove(fixture_work(sue), "system-admin", NULL, "sue"), SD_ERROR_CONFLICT);
    assert_bad(sd_role_add(fixture_work(sam), "system-admin", NULL, "sam"), SD_ERROR_FORBIDDEN);
}

/* One who is disabled cannot take over. */
static void test_the_last_active_system_admin(void **state)
{
    (void)state;
    fixture_system_admin(fixture_account("sam"));
    fixture_system_admin(fixture_account("sue"));
    fixture_run("UPDATE account SET state = 'disabled' WHERE name = 'sue'");
    assert_bad(sd_role_remove(fixture_operator(), "system-admin", NULL, "sam"), SD_ERROR_CONFLICT);
    assert_good(sd_role_remove(fixture_operator(), "system-admin", NULL, "sue"));
}

static void test_bad_input(void **state)
{
    (void)state;
    fixture_account("ann");
    fixture_desk("HELP", "listed");
    assert_bad_field(sd_role_add(fixture_operator(), "boss", "HELP", "ann"), SD_ERROR_INPUT, "role",
                     "sd.validation.role");
    assert_bad_field(sd_role_add(fixture_operator(), "Agent", "HELP", "ann"), SD_ERROR_INPUT, "role",
                     "sd.validation.role");
    assert_bad_field(sd_role_add(fixture_operator(), NULL, "HELP", "ann"), SD_ERROR_INPUT, "role",
                     "sd.validation.role");
    assert_bad_field(sd_role_add(fixture_operator(), "agent", NULL, "ann"), SD_ERROR_INPUT, "desk",
                     "sd.validation.role.desk");
    assert_bad_field(sd_role_add(fixture_operator(), "system-admin", "HELP", "ann"), SD_ERROR_INPUT, "desk",
                     "sd.validation.role.desk");
    assert_bad(sd_role_add(fixture_operator(), "agent", "NONE", "ann"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_role_add(fixture_operator(), "agent", "HELP", "nobody"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_role_add(fixture_operator(), "agent", "HELP", NULL), SD_ERROR_NOT_FOUND);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role"), 0);
}

static void test_who_may(void **state)
{
    sd_id_t boss = fixture_account("boss"), ann = fixture_account("ann"), cus = fixture_account("cus");
    sd_id_t help = fixture_desk("HELP", "listed");

    (void)state;
    fixture_desk("HR", "listed");
    fixture_role(help, "administrator", boss);
    fixture_role(help, "agent", ann);
    fixture_role(help, "customer", cus);
    assert_good(sd_role_add(fixture_work(boss), "agent", "HELP", "cus"));
    assert_good(sd_role_remove(fixture_work(boss), "agent", "HELP", "cus"));
    assert_string_equal(fixture_text("SELECT actor FROM audit"), "boss");
    assert_bad(sd_role_add(fixture_work(boss), "agent", "HR", "boss"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_role_add(fixture_work(boss), "system-admin", NULL, "boss"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_role_add(fixture_work(ann), "administrator", "HELP", "ann"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_role_add(fixture_work(cus), "agent", "HELP", "cus"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_role_add(fixture_work(cus), "agent", "HR", "cus"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_role_add(fixture_work(0), "agent", "HELP", "cus"), SD_ERROR_SIGN_IN);
    assert_bad(sd_role_add(fixture_work(0), "system-admin", NULL, "cus"), SD_ERROR_SIGN_IN);
    assert_bad(sd_role_remove(fixture_work(ann), "administrator", "HELP", "boss"), SD_ERROR_FORBIDDEN);
    assert_string_equal(roles_of(cus), "customer");
}

static const char *lines(const apr_array_header_t *entries)
{
    const char *text = "";

    for (int i = 0; i < entries->nelts; i++) {
        const sd_role_entry_t *entry = APR_ARRAY_IDX(entries, i, const sd_role_entry_t *);

        text = apr_pstrcat(fixture.pool, text, i ? ", " : "", entry->desk_key ? entry->desk_key : "-", " ", entry->role,
                           " ", entry->account.name, " ", entry->origin, NULL);
    }
    return text;
}

static void test_list(void **state)
{
    sd_id_t sam = fixture_account("sam"), boss = fixture_account("boss"), cus = fixture_account("cus");
    sd_id_t hr = fixture_desk("HR", "listed"), help = fixture_desk("HELP", "listed");
    apr_array_header_t *entries;

    (void)state;
    fixture_system_admin(sam);
    fixture_role(help, "administrator", boss);
    fixture_role(help, "customer", cus);
    fixture_role(hr, "agent", cus);
    assert_good(sd_role_list(&entries, fixture_operator(), NULL));
    assert_string_equal(lines(entries), "- system-admin sam tool, HELP administrator boss tool, HELP customer cus tool,"
                                        " HR agent cus tool");
    assert_good(sd_role_list(&entries, fixture_work(sam), "HR"));
    assert_string_equal(lines(entries), "HR agent cus tool");
    assert_good(sd_role_list(&entries, fixture_work(boss), "HELP"));
    assert_string_equal(lines(entries), "HELP administrator boss tool, HELP customer cus tool");
    assert_bad(sd_role_list(&entries, fixture_work(boss), NULL), SD_ERROR_FORBIDDEN);
    assert_bad(sd_role_list(&entries, fixture_work(boss), "HR"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_role_list(&entries, fixture_work(cus), "HELP"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_role_list(&entries, fixture_work(0), NULL), SD_ERROR_SIGN_IN);
    assert_bad(sd_role_list(&entries, fixture_operator(), "NONE"), SD_ERROR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_desk_roles),   desk_test(test_what_is_so_already),
        desk_test(test_system_admin), desk_test(test_the_last_active_system_admin),
        desk_test(test_bad_input),    desk_test(test_who_may),
        desk_test(test_list),
    };

    return cmocka_run_group_tests_name("desk role", tests, NULL, NULL);
}
