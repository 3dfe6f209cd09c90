/* desk/desk.h, desk/workflow.h and the relations that store/desks.h finds: who comes to which desk, and how. */
#include "fixture.h"

#include "desk/desk.h"
#include "desk/policy.h"
#include "desk/workflow.h"
#include "store/desks.h"

static const sd_page_t first_page = {0, 50};

/* ---- relations ---- */

static sd_relations_t relations_of(sd_id_t desk_id, sd_id_t account_id)
{
    const sd_desk_t *desk;

    assert_good(
        sd_desks_find(&desk, fixture.store, apr_psprintf(fixture.pool, "%" APR_INT64_T_FMT, desk_id), account_id));
    assert_non_null(desk);
    return desk->relations;
}

static void test_relations_by_role(void **state)
{
    sd_id_t desk = fixture_desk("HELP", "listed"), other = fixture_desk("HR", "listed");
    sd_id_t ann = fixture_account("ann"), bob = fixture_account("bob"), cid = fixture_account("cid");

    (void)state;
    fixture_role(desk, "customer", ann);
    fixture_role(desk, "agent", bob);
    fixture_role(desk, "administrator", cid);
    fixture_role(desk, "agent", cid);
    assert_int_equal(relations_of(desk, ann), SD_RELATION_CUSTOMER);
    assert_int_equal(relations_of(desk, bob), SD_RELATION_AGENT);
    assert_int_equal(relations_of(desk, cid), SD_RELATION_AGENT | SD_RELATION_DESK_ADMIN);
    assert_int_equal(relations_of(desk, fixture_account("dan")), 0);
    assert_int_equal(relations_of(desk, 0), 0);
    assert_int_equal(relations_of(other, ann), 0);
    assert_int_equal(relations_of(other, bob), 0);
    assert_int_equal(relations_of(other, cid), 0);
}

static void test_relations_by_open_access(void **state)
{
    sd_id_t desk = fixture_desk("HELP", "accounts");

    (void)state;
    assert_int_equal(relations_of(desk, fixture_account("ann")), SD_RELATION_CUSTOMER);
    assert_int_equal(relations_of(desk, 0), 0);
}

static void test_relations_by_organization(void **state)
{
    sd_id_t desk = fixture_desk("HELP", "listed"), other = fixture_desk("HR", "listed");
    sd_id_t ann = fixture_account("ann"), bob = fixture_account("bob");
    sd_id_t acme = fixture_organization("Acme", ann, (sd_id_t)0);

    (void)state;
    fixture_organization("Bolt", bob, (sd_id_t)0);
    assert_int_equal(relations_of(desk, ann), 0);
    fixture_run("INSERT INTO desk_organization VALUES (%" APR_INT64_T_FMT ", %" APR_INT64_T_FMT ")", desk, acme);
    assert_int_equal(relations_of(desk, ann), SD_RELATION_CUSTOMER);
    assert_int_equal(relations_of(desk, bob), 0);
    assert_int_equal(relations_of(other, ann), 0);
    fixture_run("DELETE FROM organization_member");
    assert_int_equal(relations_of(desk, ann), 0);
}

/* ---- finding ---- */

static void test_names_of_a_desk(void **state)
{
    static const char *const good[] = {"1", "HELP", "projectKey:HELP", "projectId:1"};
    static const char *const bad[] = {
        "2",  "help",   "",   "projectKey:", "projectId:HELP", "projectKey:1",       "HELP ", "projectId:01", "01",
        "+1", "1 OR 1", "-1", "HELP\'",      "projectkey:1",   "9223372036854775808"};
    const sd_desk_t *desk;

    (void)state;
    assert_int_equal(fixture_desk("HELP", "listed"), 1);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_good(sd_desks_find(&desk, fixture.store, good[i], 0));
        assert_non_null(desk);
        assert_string_equal(desk->key, "HELP");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_good(sd_desks_find(&desk, fixture.store, bad[i], 0));
        assert_null(desk);
    }
}

static void test_find_is_judged(void **state)
{
    sd_id_t help = fixture_desk("HELP", "listed"), ann = fixture_account("ann"), bob = fixture_account("bob");
    const sd_desk_t *desk;
    const sd_error_t *foreign, *absent;

    (void)state;
    fixture_role(help, "customer", ann);
    assert_good(sd_desk_find(&desk, fixture_work(ann), "HELP", SD_MAY_ENTER_DESK));
    assert_string_equal(desk->name, "Desk HELP");
    assert_int_equal(desk->relations, SD_RELATION_CUSTOMER);
    assert_bad(sd_desk_find(&desk, fixture_work(ann), "HELP", SD_MAY_LIST_CUSTOMERS), SD_ERROR_FORBIDDEN);
    assert_null(desk);
    assert_bad(sd_desk_find(&desk, fixture_work(0), "HELP", SD_MAY_ENTER_DESK), SD_ERROR_SIGN_IN);
    assert_bad(sd_desk_find(&desk, fixture_work(0), "NONE", SD_MAY_ENTER_DESK), SD_ERROR_SIGN_IN);

    foreign = sd_desk_find(&desk, fixture_work(bob), "HELP", SD_MAY_LIST_CUSTOMERS);
    absent = sd_desk_find(&desk, fixture_work(bob), "NONE", SD_MAY_ENTER_DESK);
    assert_bad(foreign, SD_ERROR_NOT_FOUND);
    assert_bad(absent, SD_ERROR_NOT_FOUND);
    assert_string_equal(foreign->text, absent->text);
    assert_string_equal(foreign->key, absent->key);
}

/* ---- lists ---- */

static const char *keys_of(const sd_list_t *list)
{
    const char *keys = "";

    for (int i = 0; i < list->rows->nelts; i++) {
        keys = apr_pstrcat(fixture.pool, keys, APR_ARRAY_IDX(list->rows, i, const sd_desk_t *)->key, " ", NULL);
    }
    return keys;
}

static const char *list_for(sd_id_t account_id)
{
    sd_list_t *list;

    assert_good(sd_desk_list(&list, fixture_work(account_id), first_page));
    return keys_of(list);
}

static void test_list_shows_what_may_be_entered(void **state)
{
    sd_id_t help = fixture_desk("HELP", "accounts"), hr = fixture_desk("HR", "listed"),
            it = fixture_desk("IT", "listed");
    sd_id_t ann = fixture_account("ann"), bob = fixture_account("bob"), cid = fixture_account("cid");
    sd_id_t root = fixture_account("root"), eve = fixture_account("eve");
    sd_id_t acme = fixture_organization("Acme", eve, (sd_id_t)0);
    sd_list_t *list;

    (void)state;
    fixture_role(hr, "customer", ann);
    fixture_role(hr, "agent", bob);
    fixture_role(it, "administrator", bob);
    fixture_system_admin(root);
    fixture_run("INSERT INTO desk_organization VALUES (%" APR_INT64_T_FMT ", %" APR_INT64_T_FMT ")", it, acme);
    assert_string_equal(list_for(ann), "HELP HR ");
    assert_string_equal(list_for(bob), "HELP HR IT ");
    assert_string_equal(list_for(cid), "HELP ");
    assert_string_equal(list_for(eve), "HELP IT ");
    assert_string_equal(list_for(root), "HELP HR IT ");
    assert_good(sd_desk_list(&list, fixture_operator(), first_page));
    assert_string_equal(keys_of(list), "HELP HR IT ");
    assert_bad(sd_desk_list(&list, fixture_work(0), first_page), SD_ERROR_SIGN_IN);
    assert_int_equal(help, 1);
}

static void test_list_by_pages(void **state)
{
    sd_id_t ann = fixture_account("ann");
    sd_list_t *list;

    (void)state;
    for (char key[] = "AA"; key[1] <= 'E'; key[1]++) {
        fixture_desk(key, key[1] == 'C' ? "listed" : "accounts");
    }
    assert_good(sd_desk_list(&list, fixture_work(ann), (sd_page_t){0, 2}));
    assert_string_equal(keys_of(list), "AA AB ");
    assert_false(list->is_last);
    assert_good(sd_desk_list(&list, fixture_work(ann), (sd_page_t){2, 2}));
    assert_string_equal(keys_of(list), "AD AE ");
    assert_true(list->is_last);
    assert_good(sd_desk_list(&list, fixture_work(ann), (sd_page_t){4, 2}));
    assert_string_equal(keys_of(list), "");
    assert_true(list->is_last);
}

/* ---- making ---- */

static void test_create(void **state)
{
    const sd_desk_t *desk, *found;

    (void)state;
    assert_good(sd_desk_create(&desk, fixture_operator(), &(sd_desk_input_t){.key = "HELP", .name = "  IT Help "}));
    assert_int_equal(desk->id, 1);
    assert_good(sd_desk_find(&found, fixture_operator(), "HELP", SD_MAY_ENTER_DESK));
    assert_string_equal(found->name, "IT Help");
    assert_string_equal(found->access, "listed");
    assert_string_equal(found->sharing, "address");
    assert_int_equal(found->signup, 0);
    assert_int_equal(found->open, 1);
    assert_int_equal(found->auto_status, 1);
    assert_int_equal(fixture_number("SELECT last FROM desk_number WHERE desk_id = 1"), 0);
    assert_int_equal(fixture_audited("desk.create"), 1);
    assert_string_equal(fixture_text("SELECT actor || ' ' || object_id || ' ' || desk_id FROM audit"
                                     " WHERE act = 'desk.create'"),
                        "operator HELP 1");
    sd_desk_input_t nine = {.key = "A9", .name = "Nine", .signup = 1, .sharing = "search"};
    assert_bad_field(sd_desk_create(&desk, fixture_operator(), &nine), SD_ERROR_CONFLICT, "signup",
                     "sd.signup.system.off");
    fixture_run("INSERT INTO setting VALUES ('public_signup', 'true')");
    assert_good(sd_desk_create(&desk, fixture_operator(), &nine));
    assert_string_equal(desk->access, "accounts");
    assert_string_equal(desk->sharing, "search");
}

static void test_create_is_for_system_administrators(void **state)
{
    sd_desk_input_t input = {.key = "HELP", .name = "Help"};
    sd_id_t root = fixture_account("root"), bob = fixture_account("bob");
    const sd_desk_t *desk;

    (void)state;
    fixture_role(fixture_desk("HR", "listed"), "administrator", bob);
    fixture_system_admin(root);
    assert_bad(sd_desk_create(&desk, fixture_work(0), &input), SD_ERROR_SIGN_IN);
    assert_bad(sd_desk_create(&desk, fixture_work(bob), &input), SD_ERROR_FORBIDDEN);
    assert_null(desk);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk"), 1);
    assert_good(sd_desk_create(&desk, fixture_work(root), &input));
    assert_int_equal(fixture_number("SELECT count(*) FROM desk"), 2);
}

static void test_create_names_every_bad_member(void **state)
{
    sd_desk_input_t bad = {.key = "help", .name = " ", .access = "open", .sharing = "all"};
    const sd_desk_t *desk;
    sd_error_t *error = sd_desk_create(&desk, fixture_operator(), &bad);

    (void)state;
    assert_bad_field(error, SD_ERROR_INPUT, "key", "sd.validation.desk.key");
    assert_bad_field(error->next, SD_ERROR_INPUT, "name", "sd.validation.required");
    assert_bad_field(error->next->next, SD_ERROR_INPUT, "access", "sd.validation.desk.access");
    assert_bad_field(error->next->next->next, SD_ERROR_INPUT, "sharing", "sd.validation.desk.sharing");
    assert_null(error->next->next->next->next);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk"), 0);
    assert_int_equal(fixture_audited("desk.create"), 0);
}

static void test_keys(void **state)
{
    static const char *const bad[] = {"A", "a1", "1A", "A-B", "ABCDEFGHIJK", "", " AB", "\xc3\x84Z", "AB\n"};
    const sd_desk_t *desk;
    sd_error_t *error;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        error = sd_desk_create(&desk, fixture_operator(), &(sd_desk_input_t){.key = bad[i], .name = "x"});
        assert_bad_field(error, SD_ERROR_INPUT, "key", "sd.validation.desk.key");
    }
    error = sd_desk_create(&desk, fixture_operator(), &(sd_desk_input_t){.name = "x"});
    assert_bad_field(error, SD_ERROR_INPUT, "key", "sd.validation.desk.key");
    assert_good(sd_desk_create(&desk, fixture_operator(), &(sd_desk_input_t){.key = "ABCDEFGHIJ", .name = "x"}));
    assert_good(sd_desk_create(&desk, fixture_operator(), &(sd_desk_input_t){.key = "A1", .name = "x"}));
    error = sd_desk_create(&desk, fixture_operator(), &(sd_desk_input_t){.key = "A1", .name = "y"});
    assert_bad_field(error, SD_ERROR_CONFLICT, "key", "sd.desk.exists");
}

static void test_signup_needs_open_access(void **state)
{
    sd_desk_input_t bad = {.key = "HELP", .name = "x", .access = "listed", .signup = 1};
    const sd_desk_t *desk;

    (void)state;
    assert_bad_field(sd_desk_create(&desk, fixture_operator(), &bad), SD_ERROR_INPUT, "signup",
                     "sd.validation.desk.signup");
}

/* ---- workflow ---- */

static void test_statuses(void **state)
{
    (void)state;
    assert_string_equal(sd_status_find("waiting-for-support")->name, "Waiting for support");
    assert_string_equal(sd_status_find("waiting-for-support")->category, "NEW");
    assert_string_equal(sd_status_find("waiting-for-customer")->category, "INDETERMINATE");
    assert_string_equal(sd_status_find("in-progress")->name, "In progress");
    assert_string_equal(sd_status_find("escalated")->name, "Escalated");
    assert_int_equal(sd_status_find("escalated")->open, 1);
    assert_string_equal(sd_status_find("resolved")->category, "DONE");
    assert_int_equal(sd_status_find("resolved")->open, 0);
    assert_string_equal(sd_status_find("closed")->name, "Closed");
    assert_string_equal(sd_status_find("canceled")->name, "Canceled");
    assert_null(sd_status_find("Resolved"));
    assert_null(sd_status_find(NULL));
    assert_non_null(sd_status_find(SD_STATUS_FIRST));
}

/* 4 open statuses, each to the 3 other open ones, resolved and canceled; then close and three ways back. */
static void test_transitions_of_a_new_desk(void **state)
{
    const sd_desk_t *desk;

    (void)state;
    assert_good(sd_desk_create(&desk, fixture_operator(), &(sd_desk_input_t){.key = "HELP", .name = "x"}));
    assert_int_equal(fixture_number("SELECT count(*) FROM transition WHERE desk_id = 1"), 24);
    assert_string_equal(fixture_text(
                            "SELECT group_concat(from_status || '>' || to_status, ' ') FROM (SELECT * FROM transition"
                            " WHERE customer = 1 ORDER BY from_status, to_status) AS ordered"),
                        "escalated>canceled escalated>resolved in-progress>canceled in-progress>resolved"
                        " resolved>closed resolved>waiting-for-support"
                        " waiting-for-customer>canceled waiting-for-customer>resolved"
                        " waiting-for-support>canceled waiting-for-support>resolved");
    assert_int_equal(fixture_number("SELECT count(*) FROM transition WHERE from_status = to_status"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM transition WHERE (to_status IN ('resolved', 'closed',"
                                    " 'canceled')) <> (resolution IS NOT NULL)"),
                     0);
    assert_string_equal(fixture_text("SELECT resolution FROM transition WHERE to_status = 'canceled'"), "Canceled");
}

/* ---- the list of customers ---- */

typedef struct enlist_t {
    sd_work_t *work;
    sd_id_t account_id;
    int added;
} enlist_t;

static sd_error_t *enlist(void *baton)
{
    enlist_t *call = baton;

    return sd_desk_enlist(&call->added, call->work, 1, call->account_id, "signup");
}

static void test_enlist(void **state)
{
    sd_id_t ann;
    enlist_t call;

    (void)state;
    fixture_desk("HELP", "listed");
    ann = fixture_account("ann");
    call = (enlist_t){fixture_work(ann), ann, -1};
    assert_good(sd_work_write(call.work, enlist, &call));
    assert_int_equal(call.added, 1);
    assert_good(sd_work_write(call.work, enlist, &call));
    assert_int_equal(call.added, 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE role = 'customer' AND origin = 'signup'"), 1);
    assert_int_equal(fixture_audited("desk.customer.add"), 1);
    assert_string_equal(fixture_text("SELECT object_type || ' ' || desk_id || ' ' || detail FROM audit"
                                     " WHERE act = 'desk.customer.add'"),
                        "account 1 {\"origin\":\"signup\"}");
    assert_string_equal(fixture_text("SELECT object_id FROM audit WHERE act = 'desk.customer.add'"),
                        fixture_text("SELECT public_id FROM account WHERE name = 'ann'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_relations_by_role),
        desk_test(test_relations_by_open_access),
        desk_test(test_relations_by_organization),
        desk_test(test_names_of_a_desk),
        desk_test(test_find_is_judged),
        desk_test(test_list_shows_what_may_be_entered),
        desk_test(test_list_by_pages),
        desk_test(test_create),
        desk_test(test_create_is_for_system_administrators),
        desk_test(test_create_names_every_bad_member),
        desk_test(test_keys),
        desk_test(test_signup_needs_open_access),
        desk_test(test_statuses),
        desk_test(test_transitions_of_a_new_desk),
        desk_test(test_enlist),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
