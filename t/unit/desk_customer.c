/* desk/customer.h: one more customer of the site, and the list of a desk. */
#include "fixture.h"

#include "desk/account.h"
#include "desk/customer.h"
#include "desk/desk.h"
#include "desk/policy.h"

static const sd_page_t first_page = {0, 50};

static sd_id_t desk, root, boss, agent, ann, bob;

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
}

static const char *found(const char *query)
{
    const char *text = "";
    sd_list_t *list;

    assert_good(sd_customer_list(&list, fixture_work(agent), "HELP", query, first_page));
    for (int i = 0; i < list->rows->nelts; i++) {
        text = apr_pstrcat(fixture.pool, text, APR_ARRAY_IDX(list->rows, i, const sd_account_t *)->name, "|", NULL);
    }
    return text;
}

static sd_error_t *create(const sd_account_t **account, sd_id_t actor, const char *address, const char *name)
{
    return sd_customer_create(account, fixture_work(actor), &(sd_customer_input_t){address, name});
}

/* ---- accounts ---- */

static void test_create(void **state)
{
    const sd_account_t *account;
    const sd_desk_t *entered;

    (void)state;
    people();
    assert_good(create(&account, root, "Eva.Stone@Example.ORG", " Eva Stone "));
    assert_string_equal(account->name, "Eva.Stone@example.org");
    assert_string_equal(account->address, "Eva.Stone@example.org");
    assert_string_equal(account->display_name, "Eva Stone");
    assert_string_equal(account->directory, "internal");
    assert_int_equal(account->system_admin, 0);
    assert_null(fixture_text("SELECT password_hash FROM account WHERE id = %" APR_INT64_T_FMT, account->id));
    assert_int_equal(fixture_number("SELECT address_proven FROM account WHERE id = %" APR_INT64_T_FMT, account->id), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE account_id = %" APR_INT64_T_FMT, account->id),
                     0);
    assert_int_equal(fixture_audited("account.create"), 1);
    assert_bad(sd_desk_find(&entered, fixture_work(account->id), "HELP", SD_MAY_ENTER_DESK), SD_ERROR_SIGN_IN);
    assert_good(create(&account, root, "plain@example.org", NULL));
    assert_string_equal(account->display_name, "plain@example.org");
}

static void test_create_refused(void **state)
{
    const sd_account_t *account;
    sd_error_t *error;
    apr_int64_t before;

    (void)state;
    people();
    before = fixture_number("SELECT count(*) FROM account");
    error = create(&account, agent, "nonsense", NULL);
    assert_bad(error, SD_ERROR_FORBIDDEN);
    assert_string_equal(error->text, "Unauthorized to perform the requested action, JIRA Administrators global "
                                     "permission is required.");
    assert_bad(create(&account, ann, "new@example.org", NULL), SD_ERROR_FORBIDDEN);
    assert_bad(create(&account, boss, "new@example.org", NULL), SD_ERROR_FORBIDDEN);
    assert_bad(create(&account, 0, "new@example.org", NULL), SD_ERROR_SIGN_IN);
    assert_null(account);
    assert_bad(create(&account, root, "nonsense", NULL), SD_ERROR_INPUT);
    assert_string_equal(create(&account, root, "nonsense", NULL)->field, "email");
    assert_string_equal(create(&account, root, NULL, "Somebody")->field, "email");
    assert_string_equal(create(&account, root, "", "Somebody")->field, "email");
    assert_string_equal(create(&account, root, "new@example.org", "a\nb")->field, "displayName");
    /* A proven address, in other letters. */
    assert_bad_field(create(&account, root, "ANN@example.org", NULL), SD_ERROR_CONFLICT, "email", "sd.account.exists");
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), before);
    /* One that nobody has proven yet. */
    assert_good(create(&account, root, "new@example.org", NULL));
    assert_bad_field(create(&account, root, "New@Example.org", NULL), SD_ERROR_CONFLICT, "email", "sd.account.exists");
    assert_int_equal(fixture_number("SELECT count(*) FROM account"), before + 1);
}

/* ---- the list ---- */

static void test_list(void **state)
{
    sd_list_t *list;

    (void)state;
    people();
    fixture_role(desk, "customer", bob);
    assert_string_equal(found(NULL), "ann|bob|");
    assert_string_equal(found(""), "ann|bob|");
    assert_good(sd_customer_list(&list, fixture_work(boss), "HELP", NULL, (sd_page_t){1, 1}));
    assert_int_equal(list->rows->nelts, 1);
    assert_true(list->is_last);
    assert_good(sd_customer_list(&list, fixture_work(root), "HELP", NULL, (sd_page_t){0, 1}));
    assert_false(list->is_last);
    assert_bad(sd_customer_list(&list, fixture_work(ann), "HELP", NULL, first_page), SD_ERROR_FORBIDDEN);
    assert_bad(sd_customer_list(&list, fixture_work(fixture_account("eve")), "HELP", NULL, first_page),
               SD_ERROR_NOT_FOUND);
    assert_bad(sd_customer_list(&list, fixture_work(0), "HELP", NULL, first_page), SD_ERROR_SIGN_IN);
    assert_bad(sd_customer_list(&list, fixture_work(agent), "NONE", NULL, first_page), SD_ERROR_NOT_FOUND);
}

static void test_search(void **state)
{
    const sd_account_t *account;
    sd_list_t *list;

    (void)state;
    people();
    assert_good(create(&account, root, "m.keller@north.example.org", "Marta Keller"));
    assert_good(create(&account, root, "k.marten@south.example.org", "Kim Marten"));
    assert_good(create(&account, root, "outside@north.example.org", "Marta Outside"));
    assert_good(sd_customer_add(fixture_work(agent), "HELP",
                                fixture_texts("m.keller@north.example.org", "k.marten@south.example.org", NULL)));
    assert_string_equal(found("mart"), "m.keller@north.example.org|k.marten@south.example.org|");
    assert_string_equal(found("MARTA"), "m.keller@north.example.org|");
    assert_string_equal(found("kel mar"), "m.keller@north.example.org|");
    assert_string_equal(found("mar kel"), "m.keller@north.example.org|");
    assert_string_equal(found("m k"), "m.keller@north.example.org|k.marten@south.example.org|");
    assert_string_equal(found("south"), "k.marten@south.example.org|");
    assert_string_equal(found("arten"), "");
    assert_string_equal(found("Marta Kim"), "");
    assert_string_equal(found("marta keller north m.k m"), "m.keller@north.example.org|");
    assert_string_equal(found("%"), "");
    assert_string_equal(found(" "), "");
    assert_good(sd_customer_list(&list, fixture_work(agent), "HELP", "mart", (sd_page_t){0, 1}));
    assert_int_equal(list->rows->nelts, 1);
    assert_false(list->is_last);
    assert_bad_field(sd_customer_list(&list, fixture_work(agent), "HELP", "a\x01", first_page), SD_ERROR_INPUT, "query",
                     "sd.validation.control");
}

/* ---- coming and going ---- */

static void test_add(void **state)
{
    const sd_desk_t *entered;

    (void)state;
    people();
    assert_bad(sd_desk_find(&entered, fixture_work(bob), "HELP", SD_MAY_ENTER_DESK), SD_ERROR_NOT_FOUND);
    assert_good(sd_customer_add(fixture_work(agent), "HELP", fixture_texts("bob", "ann", "bob@example.org", NULL)));
    assert_good(sd_desk_find(&entered, fixture_work(bob), "HELP", SD_MAY_ENTER_DESK));
    assert_int_equal(fixture_audited("desk.customer.add"), 1);
    assert_good(sd_customer_add(fixture_work(agent), "HELP", fixture_texts("bob", NULL)));
    assert_good(sd_customer_add(fixture_work(boss), "HELP", fixture_texts(NULL)));
    assert_int_equal(fixture_audited("desk.customer.add"), 1);
    assert_string_equal(found(NULL), "ann|bob|");
}

/* One unknown name is an error, and everybody else is in. */
static void test_add_with_unknown_names(void **state)
{
    sd_error_t *error;

    (void)state;
    people();
    error = sd_customer_add(fixture_work(agent), "HELP", fixture_texts("nobody", "bob", "nemo@example.org", NULL));
    assert_bad_field(error, SD_ERROR_INPUT, "accountIds", "sd.validation.user");
    assert_string_equal(error->text, "There is no account \"nobody\".");
    assert_string_equal(error->next->text, "There is no account \"nemo@example.org\".");
    assert_null(error->next->next);
    assert_string_equal(found(NULL), "ann|bob|");
    assert_int_equal(fixture_audited("desk.customer.add"), 1);
}

static void test_add_refused(void **state)
{
    (void)state;
    people();
    assert_bad(sd_customer_add(fixture_work(ann), "HELP", fixture_texts("bob", NULL)), SD_ERROR_FORBIDDEN);
    assert_bad(sd_customer_add(fixture_work(bob), "HELP", fixture_texts("bob", NULL)), SD_ERROR_NOT_FOUND);
    assert_bad(sd_customer_add(fixture_work(0), "HELP", fixture_texts("bob", NULL)), SD_ERROR_SIGN_IN);
    assert_bad(sd_customer_add(fixture_work(agent), "NONE", fixture_texts("bob", NULL)), SD_ERROR_NOT_FOUND);
    assert_string_equal(found(NULL), "ann|");
}

static void test_remove(void **state)
{
    const sd_desk_t *entered;

    (void)state;
    people();
    fixture_role(desk, "customer", bob);
    assert_bad(sd_customer_remove(fixture_work(agent), "HELP", fixture_texts("ann", NULL)), SD_ERROR_FORBIDDEN);
    assert_good(sd_customer_remove(fixture_work(boss), "HELP", fixture_texts("ann", "root", NULL)));
    assert_string_equal(found(NULL), "bob|");
    assert_bad(sd_desk_find(&entered, fixture_work(ann), "HELP", SD_MAY_ENTER_DESK), SD_ERROR_NOT_FOUND);
    assert_int_equal(fixture_audited("desk.customer.remove"), 1);
    assert_bad_field(sd_customer_remove(fixture_work(boss), "HELP", fixture_texts("nobody", "bob", NULL)),
                     SD_ERROR_INPUT, "accountIds", "sd.validation.user");
    assert_string_equal(found(NULL), "");
    assert_int_equal(fixture_audited("desk.customer.remove"), 2);
    /* Other roles stay. */
    assert_good(sd_customer_remove(fixture_work(boss), "HELP", fixture_texts("agent", NULL)));
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE role = 'agent'"), 1);
}

static void test_nobody_is_removed_from_an_open_desk(void **state)
{
    sd_error_t *error;

    (void)state;
    people();
    fixture_run("UPDATE desk SET access = 'accounts'");
    error = sd_customer_remove(fixture_work(boss), "HELP", fixture_texts("ann", NULL));
    assert_bad(error, SD_ERROR_INPUT);
    assert_string_equal(error->key, "sd.desk.accounts");
    assert_string_equal(found(NULL), "ann|");
    assert_good(sd_customer_add(fixture_work(agent), "HELP", fixture_texts("bob", NULL)));
    assert_string_equal(found(NULL), "ann|bob|");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_create),
        desk_test(test_create_refused),
        desk_test(test_list),
        desk_test(test_search),
        desk_test(test_add),
        desk_test(test_add_with_unknown_names),
        desk_test(test_add_refused),
        desk_test(test_remove),
        desk_test(test_nobody_is_removed_from_an_open_desk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
