/* desk/organization.h: who sees, keeps and deletes organizations, their members, properties and desks. */
#include "fixture.h"

#include <jansson.h>

#include "desk/desk.h"
#include "desk/organization.h"
#include "desk/policy.h"

static const sd_page_t first_page = {0, 50};

static sd_id_t desk, root, boss, agent, ann, bob;

/* ann is a customer of HELP and in Acme (1), bob is in Bolt (2) and has no desk. */
static void people(void)
{
    desk = fixture_desk("HELP", "listed");
    root = fixture_account("root");
    boss = fixture_account("boss");
    agent = fixture_account("agent");
    ann = fixture_account("ann");
    bob = fixture_account("bob");
    fixture_system_admin(root);
    fixture_role(desk, "administrator", boss);
    fixture_role(desk, "agent", agent);
    fixture_role(desk, "customer", ann);
    fixture_organization("Acme", ann, (sd_id_t)0);
    fixture_organization("Bolt", bob, (sd_id_t)0);
}

static const char *names_of(const sd_list_t *list)
{
    const char *names = "";

    for (int i = 0; i < list->rows->nelts; i++) {
        names =
            apr_pstrcat(fixture.pool, names, APR_ARRAY_IDX(list->rows, i, const sd_organization_t *)->name, "|", NULL);
    }
    return names;
}

static const char *list_for(sd_id_t account_id)
{
    sd_list_t *list;

    assert_good(sd_organization_list(&list, fixture_work(account_id), NULL, first_page));
    return names_of(list);
}

/* Their names in the order of the answer. */
static const char *members(sd_id_t account_id, const char *id)
{
    const char *text = "";
    sd_list_t *list;

    assert_good(sd_organization_members(&list, fixture_work(account_id), id, first_page));
    for (int i = 0; i < list->rows->nelts; i++) {
        text = apr_pstrcat(fixture.pool, text, APR_ARRAY_IDX(list->rows, i, const sd_account_t *)->name, "|", NULL);
    }
    return text;
}

static void test_create(void **state)
{
    const sd_organization_t *made, *again;

    (void)state;
    people();
    assert_good(sd_organization_create(&made, fixture_work(agent), "  Charlie & S\xc3\xb6hne "));
    assert_int_equal(made->id, 3);
    assert_string_equal(made->name, "Charlie & S\xc3\xb6hne");
    assert_int_equal(made->relations, 0);
    assert_good(sd_organization_create(&again, fixture_work(boss), "CHARLIE & S\xc3\x96HNE"));
    assert_int_equal(again->id, 3);
    assert_string_equal(again->name, "Charlie & S\xc3\xb6hne");
    assert_int_equal(fixture_number("SELECT count(*) FROM organization"), 3);
    assert_string_equal(fixture_text("SELECT group_concat(actor || ' ' || object_type || ' ' || object_id, ',')"
                                     " FROM audit WHERE act = 'organization.create'"),
                        "agent organization 3");
    assert_good(sd_organization_create(&made, fixture_operator(), "Delta"));
}

static void test_create_refused(void **state)
{
    char long_name[202];
    const sd_organization_t *made;

    (void)state;
    people();
    memset(long_name, 'x', 201);
    long_name[201] = '\0';
    assert_bad(sd_organization_create(&made, fixture_work(0), "x"), SD_ERROR_SIGN_IN);
    assert_bad(sd_organization_create(&made, fixture_work(ann), ""), SD_ERROR_FORBIDDEN);
    assert_null(made);
    assert_bad_field(sd_organization_create(&made, fixture_work(agent), " "), SD_ERROR_INPUT, "name",
                     "sd.validation.required");
    assert_bad_field(sd_organization_create(&made, fixture_work(agent), NULL), SD_ERROR_INPUT, "name",
                     "sd.validation.required");
    assert_bad_field(sd_organization_create(&made, fixture_work(agent), long_name), SD_ERROR_INPUT, "name",
                     "sd.validation.long");
    assert_bad_field(sd_organization_create(&made, fixture_work(agent), "a\nb"), SD_ERROR_INPUT, "name",
                     "sd.validation.control");
    long_name[200] = '\0';
    assert_good(sd_organization_create(&made, fixture_work(agent), long_name));
    assert_int_equal(fixture_number("SELECT count(*) FROM organization"), 3);
}

/* The setting that keeps organizations to system administrators leaves agents looking. */
static void test_management_by_setting(void **state)
{
    const sd_organization_t *made;

    (void)state;
    people();
    fixture_run("INSERT INTO setting VALUES ('organization_management', 'system-admins')");
    assert_bad(sd_organization_create(&made, fixture_work(agent), "x"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_organization_add_members(fixture_work(boss), "1", fixture_texts("bob", NULL)), SD_ERROR_FORBIDDEN);
    assert_good(sd_organization_create(&made, fixture_work(root), "x"));
    assert_string_equal(members(agent, "1"), "ann|");
}

static void test_list(void **state)
{
    sd_list_t *list;

    (void)state;
    people();
    assert_string_equal(list_for(ann), "Acme|");
    assert_string_equal(list_for(bob), "Bolt|");
    assert_string_equal(list_for(agent), "Acme|Bolt|");
    assert_string_equal(list_for(boss), "Acme|Bolt|");
    assert_string_equal(list_for(root), "Acme|Bolt|");
    assert_string_equal(list_for(fixture_account("none")), "");
    assert_bad(sd_organization_list(&list, fixture_work(0), NULL, first_page), SD_ERROR_SIGN_IN);

    assert_good(sd_organization_list(&list, fixture_work(agent), NULL, (sd_page_t){0, 1}));
    assert_string_equal(names_of(list), "Acme|");
    assert_false(list->is_last);
    assert_good(sd_organization_list(&list, fixture_work(agent), NULL, (sd_page_t){1, 1}));
    assert_string_equal(names_of(list), "Bolt|");
    assert_true(list->is_last);
}

static void test_list_of_somebody(void **state)
{
    sd_list_t *list;

    (void)state;
    people();
    assert_good(sd_organization_list(&list, fixture_work(agent), "bob", first_page));
    assert_string_equal(names_of(list), "Bolt|");
    assert_int_equal(APR_ARRAY_IDX(list->rows, 0, const sd_organization_t *)->relations, 0);
    assert_bad(sd_organization_list(&list, fixture_work(agent), "nobody", first_page), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_list(&list, fixture_work(ann), "bob", first_page), SD_ERROR_FORBIDDEN);
    assert_bad(sd_organization_list(&list, fixture_work(ann), "nobody", first_page), SD_ERROR_FORBIDDEN);
}

static void test_find(void **state)
{
    const sd_organization_t *found;

    (void)state;
    people();
    assert_good(sd_organization_find(&found, fixture_work(ann), "1"));
    assert_string_equal(found->name, "Acme");
    assert_int_equal(found->relations, SD_RELATION_MEMBER);
    assert_good(sd_organization_find(&found, fixture_work(agent), "2"));
    assert_int_equal(found->relations, 0);
    assert_bad(sd_organization_find(&found, fixture_work(ann), "2"), SD_ERROR_NOT_FOUND);
    assert_null(found);
    assert_bad(sd_organization_find(&found, fixture_work(ann), "3"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_find(&found, fixture_work(agent), "Acme"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_find(&found, fixture_work(0), "1"), SD_ERROR_SIGN_IN);
}

static void test_delete(void **state)
{
    (void)state;
    people();
    fixture_run("INSERT INTO desk_organization VALUES (1, 1);"
                "INSERT INTO organization_property VALUES (1, 'k', '1')");
    assert_bad(sd_organization_delete(fixture_work(bob), "1"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_delete(fixture_work(ann), "1"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_organization_delete(fixture_work(boss), "1"), SD_ERROR_FORBIDDEN);
    assert_good(sd_organization_delete(fixture_work(root), "1"));
    assert_bad(sd_organization_delete(fixture_work(root), "1"), SD_ERROR_NOT_FOUND);
    assert_string_equal(list_for(agent), "Bolt|");
    assert_int_equal(fixture_number("SELECT count(*) FROM organization_member"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_organization"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM organization_property"), 0);
    assert_int_equal(fixture_audited("organization.delete"), 1);
}

static void test_members(void **state)
{
    sd_list_t *list;

    (void)state;
    people();
    assert_good(sd_organization_add_members(fixture_work(agent), "1",
                                            fixture_texts("bob@example.org", "ann", "internal/agent", "bob", NULL)));
    assert_string_equal(members(agent, "1"), "agent|ann|bob|");
    assert_int_equal(fixture_audited("organization.member.add"), 2);
    assert_string_equal(fixture_text("SELECT detail FROM audit WHERE act = 'organization.member.add' ORDER BY id"),
                        fixture_text("SELECT '{\"account\":\"' || public_id || '\"}' FROM account WHERE name = 'bob'"));
    assert_good(sd_organization_remove_members(fixture_work(boss), "1", fixture_texts("ann", "root", "agent", NULL)));
    assert_string_equal(members(root, "1"), "bob|");
    assert_int_equal(fixture_audited("organization.member.remove"), 2);
    assert_good(sd_organization_remove_members(fixture_work(boss), "1", fixture_texts(NULL)));
    assert_string_equal(members(root, "1"), "bob|");

    /* Out is out: at once. */
    assert_string_equal(list_for(ann), "");
    assert_good(sd_organization_members(&list, fixture_work(agent), "2", (sd_page_t){0, 1}));
    assert_true(list->is_last);
}

static void test_members_refused(void **state)
{
    apr_array_header_t *many = fixture_texts("bob", NULL);
    sd_error_t *error;
    sd_list_t *list;

    (void)state;
    people();
    assert_bad(sd_organization_members(&list, fixture_work(ann), "1", first_page), SD_ERROR_FORBIDDEN);
    assert_bad(sd_organization_members(&list, fixture_work(bob), "1", first_page), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_members(&list, fixture_work(agent), "9", first_page), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_add_members(fixture_work(ann), "1", fixture_texts("bob", NULL)), SD_ERROR_FORBIDDEN);
    assert_bad(sd_organization_add_members(fixture_work(bob), "1", fixture_texts("bob", NULL)), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_remove_members(fixture_work(ann), "1", fixture_texts("ann", NULL)), SD_ERROR_FORBIDDEN);

    /* One unknown name and nothing is changed. */
    error = sd_organization_add_members(fixture_work(agent), "1", fixture_texts("bob", "nobody", "", NULL));
    assert_bad_field(error, SD_ERROR_INPUT, "accountIds", "sd.validation.user");
    assert_string_equal(error->text, "There is no account \"nobody\".");
    assert_bad_field(error->next, SD_ERROR_INPUT, "accountIds", "sd.validation.user");
    assert_null(error->next->next);
    assert_bad_field(sd_organization_remove_members(fixture_work(agent), "1", fixture_texts("ann", "nobody", NULL)),
                     SD_ERROR_INPUT, "accountIds", "sd.validation.user");
    for (int i = 0; i < 1000; i++) {
        APR_ARRAY_PUSH(many, const char *) = "bob";
    }
    assert_bad_field(sd_organization_add_members(fixture_work(agent), "1", many), SD_ERROR_INPUT, "accountIds",
                     "sd.validation.array");
    assert_string_equal(members(agent, "1"), "ann|");
    assert_int_equal(fixture_audited("organization.member.add"), 0);
}

/* ---- properties ---- */

static sd_error_t *set(sd_id_t account_id, const char *key, const char *json, int *created)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    sd_error_t *error;

    assert_non_null(value);
    *created = -1;
    error = sd_organization_property_set(created, fixture_work(account_id), "1", key, value);
    json_decref(value);
    return error;
}

static void test_properties(void **state)
{
    apr_array_header_t *keys;
    const char *value;
    int created;

    (void)state;
    people();
    assert_good(set(agent, "b.c", "{\"z\": [1, null], \"a\": \"\\u00e4\"}", &created));
    assert_int_equal(created, 1);
    assert_good(set(agent, "a", "null", &created));
    assert_int_equal(created, 1);
    assert_good(set(boss, "a", "\"x\"", &created));
    assert_int_equal(created, 0);
    assert_good(sd_organization_property_keys(&keys, fixture_work(ann), "1"));
    assert_int_equal(keys->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(keys, 0, const char *), "a");
    assert_string_equal(APR_ARRAY_IDX(keys, 1, const char *), "b.c");
    assert_good(sd_organization_property_get(&value, fixture_work(ann), "1", "b.c"));
    assert_string_equal(value, "{\"z\":[1,null],\"a\":\"\xc3\xa4\"}");
    assert_good(sd_organization_property_get(&value, fixture_work(ann), "1", "a"));
    assert_string_equal(value, "\"x\"");
    assert_int_equal(fixture_audited("organization.property.set"), 3);

    assert_good(sd_organization_property_delete(fixture_work(agent), "1", "a"));
    assert_bad(sd_organization_property_get(&value, fixture_work(ann), "1", "a"), SD_ERROR_NOT_FOUND);
    assert_null(value);
    assert_bad(sd_organization_property_delete(fixture_work(agent), "1", "a"), SD_ERROR_NOT_FOUND);
    assert_int_equal(fixture_audited("organization.property.delete"), 1);
}

static void test_properties_refused(void **state)
{
    apr_array_header_t *keys;
    const char *value;
    int created;

    (void)state;
    people();
    assert_bad(set(ann, "a", "1", &created), SD_ERROR_FORBIDDEN);
    assert_bad(set(bob, "a", "1", &created), SD_ERROR_NOT_FOUND);
    assert_bad(set(0, "a", "1", &created), SD_ERROR_SIGN_IN);
    assert_bad(sd_organization_property_keys(&keys, fixture_work(bob), "1"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_property_get(&value, fixture_work(bob), "1", "a"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_property_delete(fixture_work(ann), "1", "a"), SD_ERROR_FORBIDDEN);
    assert_bad_field(sd_organization_property_set(&created, fixture_work(agent), "1", "a", NULL), SD_ERROR_INPUT,
                     "value", "sd.validation.required");
    assert_bad_field(set(agent, "a\n", "1", &created), SD_ERROR_INPUT, "key", "sd.validation.control");
    assert_int_equal(fixture_number("SELECT count(*) FROM organization_property"), 0);
}

/* 255 bytes of key, 32768 bytes of value, counted in bytes. */
static void test_sizes_of_properties(void **state)
{
    char key[300] = "", *value = apr_palloc(fixture.pool, 40000);
    int created;

    (void)state;
    people();
    for (int i = 0; i < 127; i++) {
        key[2 * i] = '\xc3';
        key[2 * i + 1] = '\xa4';
    }
    key[254] = 'x';
    assert_good(set(agent, key, "1", &created));
    key[255] = 'x';
    assert_bad_field(set(agent, key, "1", &created), SD_ERROR_INPUT, "key", "sd.validation.long");
    memset(value, 'x', 40000);
    value[0] = value[32767] = '"';
    value[32768] = '\0';
    assert_good(set(agent, "a", value, &created));
    value[32767] = 'x';
    value[32768] = '"';
    value[32769] = '\0';
    assert_bad_field(set(agent, "b", value, &created), SD_ERROR_INPUT, "value", "sd.validation.long");
    assert_int_equal(fixture_number("SELECT count(*) FROM organization_property"), 2);
}

/* ---- desks ---- */

static void test_attach(void **state)
{
    const sd_desk_t *entered;
    sd_list_t *list;

    (void)state;
    people();
    assert_bad(sd_desk_find(&entered, fixture_work(bob), "HELP", SD_MAY_ENTER_DESK), SD_ERROR_NOT_FOUND);
    assert_good(sd_organization_attach(fixture_work(agent), "HELP", "2"));
    assert_good(sd_organization_attach(fixture_work(agent), "1", "2"));
    assert_good(sd_desk_find(&entered, fixture_work(bob), "HELP", SD_MAY_ENTER_DESK));
    assert_good(sd_organization_list_of_desk(&list, fixture_work(agent), "HELP", first_page));
    assert_string_equal(names_of(list), "Bolt|");
    assert_int_equal(fixture_audited("desk.organization.add"), 1);
    assert_string_equal(fixture_text("SELECT object_type || object_id || ' ' || desk_id FROM audit"
                                     " WHERE act = 'desk.organization.add'"),
                        "organization2 1");
    assert_good(sd_organization_detach(fixture_work(boss), "HELP", "2"));
    assert_good(sd_organization_detach(fixture_work(boss), "HELP", "2"));
    assert_good(sd_organization_list_of_desk(&list, fixture_work(root), "HELP", first_page));
    assert_string_equal(names_of(list), "");
    assert_bad(sd_desk_find(&entered, fixture_work(bob), "HELP", SD_MAY_ENTER_DESK), SD_ERROR_NOT_FOUND);
    assert_int_equal(fixture_audited("desk.organization.remove"), 1);
}

static void test_attach_refused(void **state)
{
    sd_list_t *list;

    (void)state;
    people();
    assert_bad(sd_organization_attach(fixture_work(ann), "HELP", "1"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_organization_attach(fixture_work(bob), "HELP", "2"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_attach(fixture_work(agent), "HELP", "9"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_attach(fixture_work(agent), "NONE", "1"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_detach(fixture_work(agent), "HELP", "9"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_detach(fixture_work(ann), "HELP", "1"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_organization_list_of_desk(&list, fixture_work(ann), "HELP", first_page), SD_ERROR_FORBIDDEN);
    assert_bad(sd_organization_list_of_desk(&list, fixture_work(bob), "HELP", first_page), SD_ERROR_NOT_FOUND);
    assert_bad(sd_organization_list_of_desk(&list, fixture_work(0), "HELP", first_page), SD_ERROR_SIGN_IN);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_organization"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_create),
        desk_test(test_create_refused),
        desk_test(test_management_by_setting),
        desk_test(test_list),
        desk_test(test_list_of_somebody),
        desk_test(test_find),
        desk_test(test_delete),
        desk_test(test_members),
        desk_test(test_members_refused),
        desk_test(test_properties),
        desk_test(test_properties_refused),
        desk_test(test_sizes_of_properties),
        desk_test(test_attach),
        desk_test(test_attach_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
