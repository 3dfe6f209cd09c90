/* Accounts: named, listed, searched, found, and shown only to those who may see them. */
#include "fixture.h"

#include "desk/account.h"
#include "store/accounts.h"

static const sd_account_t *create(const sd_account_input_t *input)
{
    const sd_account_t *account = NULL;

    assert_good(sd_account_create(&account, fixture_operator(), input));
    assert_non_null(account);
    return account;
}

static const sd_account_t *named(const char *text)
{
    const sd_account_t *account = NULL;

    assert_good(sd_accounts_named(&account, fixture.store, text));
    return account;
}

static void test_named_in_order(void **state)
{
    const sd_account_t *inside = create(&(sd_account_input_t){.name = "ann", .origin = "tool"});
    const sd_account_t *first = create(&(sd_account_input_t){.directory = "ldap", .name = "bob", .origin = "tool"});
    const sd_account_t *second = create(&(sd_account_input_t){.directory = "file", .name = "bob", .origin = "tool"});
    const sd_account_t *outside = create(&(sd_account_input_t){.directory = "file", .name = "ANN", .origin = "tool"});
    const sd_account_t *mailed = create(
        &(sd_account_input_t){.name = "carol", .address = "carol@example.org", .address_proven = 1, .origin = "tool"});

    (void)state;
    assert_int_equal(named(inside->public_id)->id, inside->id);
    assert_int_equal(named("Ann")->id, inside->id);
    assert_int_equal(named("file/ANN")->id, outside->id);
    assert_null(named("file/ann"));
    assert_int_equal(named("internal/ANN")->id, inside->id);
    assert_int_equal(named("internal/ann")->id, inside->id);
    assert_int_equal(named("bob")->id, first->id);
    assert_int_equal(named("file/bob")->id, second->id);
    assert_int_equal(named("CAROL@example.org")->id, mailed->id);
    assert_null(named("ldap/ann"));
    assert_null(named("nobody"));
    assert_null(named(""));
    assert_null(named(NULL));
    assert_null(named("\xff"));
    assert_null(named("file/"));
}

static void test_named_by_a_public_id_first(void **state)
{
    const sd_account_t *victim = create(&(sd_account_input_t){.name = "ann", .origin = "tool"});

    (void)state;
    create(&(sd_account_input_t){.name = victim->public_id, .origin = "tool"});
    assert_int_equal(named(victim->public_id)->id, victim->id);
}

static void test_an_unproven_address_names_nobody(void **state)
{
    (void)state;
    create(&(sd_account_input_t){.directory = "file", .name = "eve", .address = "boss@example.org", .origin = "tool"});
    assert_null(named("boss@example.org"));
}

static const char *rows(const sd_list_t *list)
{
    const char *text = "";

    for (int i = 0; i < list->rows->nelts; i++) {
        text = apr_pstrcat(fixture.pool, text, i ? " " : "", APR_ARRAY_IDX(list->rows, i, const sd_account_t *)->name,
                           NULL);
    }
    return text;
}

static const char *search(sd_work_t *work, const char *query)
{
    sd_list_t *list = NULL;

    assert_good(sd_account_search(&list, work, query, (sd_page_t){0, 50}));
    assert_true(list->is_last);
    return rows(list);
}

static void test_search(void **state)
{
    sd_work_t *work = fixture_operator();

    (void)state;
    create(&(sd_account_input_t){.name = "carol", .address = "c@example.org", .display_name = "Carol Jones"});
    create(&(sd_account_input_t){.name = "carla", .display_name = "Carla J\xc3\xb6rgensen"});
    create(&(sd_account_input_t){
        .name = "dan", .address = "dan@example.com", .display_name = "\xe7\x94\xb0\xe4\xb8\xad\xe5\xa4\xaa"});
    assert_string_equal(search(work, "car"), "carol carla");
    assert_string_equal(search(work, "CAROL"), "carol");
    assert_string_equal(search(work, "car jo"), "carol");
    assert_string_equal(search(work, "jo car"), "carol");
    assert_string_equal(search(work, "car j\xc3\x96"), "carla");
    assert_string_equal(search(work, "car xyz"), "");
    assert_string_equal(search(work, "arol"), "");
    assert_string_equal(search(work, "dan@example"), "dan");
    assert_string_equal(search(work, "dan@example.com"), "dan");
    assert_string_equal(search(work, "example"), "carol dan");
    assert_string_equal(search(work, "\xe7\x94\xb0\xe4\xb8\xad"), "dan");
    assert_string_equal(search(work, "c c c c c c carol"), "carol");
    assert_string_equal(search(work, ""), "");
}

static void test_search_takes_signs_literally(void **state)
{
    static const char *const signs[] = {"%", "_", "*", "@", "'", "%a", "c%", "'; --"};

    (void)state;
    create(&(sd_account_input_t){.name = "carol"});
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]) - 2; i++) {
        assert_string_equal(search(fixture_operator(), signs[i]), "");
    }
    assert_string_equal(search(fixture_operator(), "c%"), "carol");
    assert_bad_field(sd_account_search(&(sd_list_t *){NULL}, fixture_operator(), "\xff", (sd_page_t){0, 50}),
                     SD_ERROR_INPUT, "query", "sd.validation.utf8");
}

static void test_search_pages(void **state)
{
    sd_list_t *list;

    (void)state;
    for (int i = 0; i < 5; i++) {
        create(&(sd_account_input_t){.name = apr_psprintf(fixture.pool, "p%d", i), .display_name = "Pat"});
    }
    assert_good(sd_account_search(&list, fixture_operator(), "pat", (sd_page_t){1, 2}));
    assert_string_equal(rows(list), "p1 p2");
    assert_false(list->is_last);
    assert_good(sd_account_search(&list, fixture_operator(), "pat", (sd_page_t){3, 2}));
    assert_string_equal(rows(list), "p3 p4");
    assert_true(list->is_last);
    assert_good(sd_account_list(&list, fixture_operator(), (sd_page_t){0, 4}));
    assert_string_equal(rows(list), "p0 p1 p2 p3");
    assert_false(list->is_last);
}

static void test_search_shows_what_one_may_see(void **state)
{
    const sd_account_t *carol = create(&(sd_account_input_t){.name = "carol"});
    const sd_account_t *carla = create(&(sd_account_input_t){.name = "carla"});
    sd_list_t *list;

    (void)state;
    assert_string_equal(search(fixture_work(carol->id), "car"), "carol");
    assert_string_equal(search(fixture_work(carol->id), "carla"), "");
    fixture_role(fixture_desk("HELP", "listed"), "agent", carla->id);
    assert_string_equal(search(fixture_work(carla->id), "car"), "carol carla");
    assert_bad(sd_account_search(&list, fixture_work(0), "car", (sd_page_t){0, 50}), SD_ERROR_SIGN_IN);
    assert_good(sd_account_disable(fixture_operator(), "carol", 1));
    assert_string_equal(search(fixture_work(carla->id), "car"), "carla");
    assert_bad(sd_account_list(&list, fixture_work(carla->id), (sd_page_t){0, 50}), SD_ERROR_FORBIDDEN);
    assert_bad(sd_account_list(&list, fixture_work(0), (sd_page_t){0, 50}), SD_ERROR_SIGN_IN);
}

static void test_find_and_myself(void **state)
{
    sd_id_t carol = fixture_account("carol"), dan = fixture_account("dan"), ann = fixture_account("ann");
    const sd_account_t *account;

    (void)state;
    fixture_role(fixture_desk("HELP", "listed"), "agent", ann);
    assert_good(sd_account_find(&account, fixture_work(carol), "carol@example.org"));
    assert_int_equal(account->id, carol);
    assert_bad(sd_account_find(&account, fixture_work(carol), "dan"), SD_ERROR_NOT_FOUND);
    assert_null(account);
    assert_bad(sd_account_find(&account, fixture_work(carol), "nobody"), SD_ERROR_NOT_FOUND);
    assert_good(sd_account_find(&account, fixture_work(ann), "dan"));
    assert_int_equal(account->id, dan);
    assert_bad(sd_account_find(&account, fixture_work(0), "dan"), SD_ERROR_SIGN_IN);
    assert_good(sd_account_myself(&account, fixture_work(dan)));
    assert_int_equal(account->id, dan);
    assert_bad(sd_account_myself(&account, fixture_work(0)), SD_ERROR_SIGN_IN);
}

static void test_organizations_and_groups(void **state)
{
    sd_id_t carol = fixture_account("carol"), dan = fixture_account("dan");
    apr_array_header_t *names;

    (void)state;
    fixture_organization("Zebra", carol, (sd_id_t)0);
    fixture_organization("Acme", carol, dan, (sd_id_t)0);
    fixture_run("INSERT INTO user_group (id, directory_id, name, name_key, created) VALUES (1, 1, 'staff', 'staff', 0);"
                " INSERT INTO user_group_member VALUES (1, %d)",
                (int)carol);
    assert_good(sd_account_organizations(&names, fixture_work(carol), carol));
    assert_int_equal(names->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(names, 0, const char *), "Acme");
    assert_string_equal(APR_ARRAY_IDX(names, 1, const char *), "Zebra");
    assert_good(sd_account_groups(&names, fixture_work(carol), carol));
    assert_int_equal(names->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(names, 0, const char *), "staff");
    assert_bad(sd_account_organizations(&names, fixture_work(dan), carol), SD_ERROR_FORBIDDEN);
    assert_bad(sd_account_groups(&names, fixture_work(0), carol), SD_ERROR_SIGN_IN);
}

static void test_the_actor_of_a_transaction(void **state)
{
    sd_id_t carol = fixture_account("carol"), ann = fixture_account("ann"), sam = fixture_account("sam");
    sd_id_t desk = fixture_desk("HELP", "listed");
    const sd_account_t *account;
    sd_relations_t relations;

    (void)state;
    fixture_role(desk, "customer", carol);
    fixture_role(desk, "agent", ann);
    fixture_system_admin(sam);
    assert_good(sd_accounts_actor(&account, &relations, fixture.store, carol));
    assert_string_equal(account->name, "carol");
    assert_int_equal(relations, 0);
    assert_good(sd_accounts_actor(&account, &relations, fixture.store, ann));
    assert_int_equal(relations, SD_RELATION_STAFF);
    assert_good(sd_accounts_actor(&account, &relations, fixture.store, sam));
    assert_int_equal(relations, SD_RELATION_SYSTEM_ADMIN);
    assert_good(sd_accounts_actor(&account, &relations, fixture.store, 4711));
    assert_null(account);
    assert_int_equal(relations, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_named_in_order),
        desk_test(test_named_by_a_public_id_first),
        desk_test(test_an_unproven_address_names_nobody),
        desk_test(test_search),
        desk_test(test_search_takes_signs_literally),
        desk_test(test_search_pages),
        desk_test(test_search_shows_what_one_may_see),
        desk_test(test_find_and_myself),
        desk_test(test_organizations_and_groups),
        desk_test(test_the_actor_of_a_transaction),
    };

    return cmocka_run_group_tests_name("desk account search", tests, NULL, NULL);
}
