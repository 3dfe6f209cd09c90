/* desk/customer_list.h: the customers of a desk with counts, in order, found by anything in their texts. */
#include "customer_list_fixture.h"

#include "desk/account_texts.h"
#include "desk/policy.h"
#include "desk/transition.h"
#include "store/groups.h"
#include "store/request_lists.h"

/* ---- who is on it ---- */

static void test_order(void **state)
{
    (void)state;
    assert_string_equal(found(NULL), "");
    make_customer("one@example.org", "One");
    make_customer("two@example.org", "Two");
    make_customer("three@example.org", "Three");
    assert_string_equal(found(NULL), "three@example.org|two@example.org|one@example.org|");
    /* Whoever raises something comes first, and is on the list from then on. */
    fixture_clock_move(SD_MINUTE);
    raise_private(cid, help, "first");
    assert_string_equal(found(""), "cid|three@example.org|two@example.org|one@example.org|");
    fixture_clock_move(SD_MINUTE);
    fixture_run("UPDATE account SET state = 'active' WHERE name = 'one@example.org'");
    raise_private(fixture_number("SELECT id FROM account WHERE name = 'one@example.org'"), help, "second");
    assert_string_equal(found(" "), "one@example.org|cid|three@example.org|two@example.org|");
    assert_string_equal(found_by(NULL, 1), "one@example.org|cid|three@example.org|two@example.org|");
    assert_string_equal(found_by(NULL, 3), "one@example.org|cid|three@example.org|two@example.org|");
}

static void test_equal_times(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        fixture_role(help, "customer", fixture_account(apr_psprintf(fixture.pool, "same%c", 'a' + i)));
    }
    fixture_run("UPDATE desk_role SET activity = 7");
    assert_string_equal(found_by(NULL, 2), "samee|samed|samec|sameb|samea|");
    assert_string_equal(found_by("same", 2), "samee|samed|samec|sameb|samea|");
}

/* Agents of this desk are none, whatever else they are; those of another desk may be. Who was anonymised is gone. */
static void test_who_is_none(void **state)
{
    (void)state;
    fixture_role(help, "customer", ivy);
    fixture_role(help, "customer", kim);
    fixture_role(help, "customer", ann);
    fixture_role(help, "customer", bob);
    fixture_run("UPDATE desk_role SET activity = account_id");
    assert_string_equal(found(NULL), "kim|bob|ann|");
    fixture_run("UPDATE account SET state = 'anonymised' WHERE name = 'bob'");
    fixture_run("UPDATE account SET state = 'disabled' WHERE name = 'ann'");
    assert_string_equal(found(NULL), "kim|ann|");
    assert_string_equal(found("example"), "kim|ann|");
    assert_string_equal(found("ivy"), "");
}

static void test_rows(void **state)
{
    sd_customer_query_t query = asked(NULL, 20);
    const sd_customer_page_t *page;
    const sd_customer_t *customer;

    (void)state;
    make_customer("one@example.org", "One");
    fixture_role(help, "customer", ann);
    fixture_run("UPDATE desk_role SET origin = 'group', direct = 0, activity = 5 WHERE account_id = " ID, ann);
    page = page_of(ivy, &query);
    assert_string_equal(page->desk->key, "HELP");
    assert_false(page->cut);
    customer = ROW(page->customers, 0, sd_customer_t);
    assert_string_equal(customer->account.state, "pending");
    assert_string_equal(customer->origin, "rest");
    assert_true(customer->direct);
    assert_true(customer->activity == fixture.now);
    customer = ROW(page->customers, 1, sd_customer_t);
    assert_string_equal(customer->account.name, "ann");
    assert_string_equal(customer->origin, "group");
    assert_false(customer->direct);
    assert_true(customer->activity == 5);
}

static void test_groups(void **state)
{
    sd_customer_query_t query = asked("nobody has this", 20);
    const sd_customer_page_t *page;

    (void)state;
    fixture_run("INSERT INTO user_group (id, directory_id, name, name_key, created) VALUES (3, 1, 'Staff', 'staff', 1),"
                " (4, 1, 'Other', 'other', 1), (5, 1, 'Crew', 'crew', 1)");
    fixture_run("INSERT INTO desk_role_group (desk_id, group_id, role, created) VALUES (" ID ", 3, 'customer', 1),"
                " (" ID ", 4, 'customer', 1), (" ID ", 5, 'agent', 1)",
                help, hr, help);
    page = page_of(lea, &query);
    assert_int_equal(page->customers->rows->nelts, 0);
    assert_int_equal(page->groups->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(page->groups, 0, const sd_user_group_t *)->full_name, "Staff");
}

static void test_who_may_look(void **state)
{
    sd_customer_query_t query = asked(NULL, 20);
    sd_customer_page_t *page;
    sd_list_t *views;

    (void)state;
    page_of(ivy, &query);
    page_of(lea, &query);
    page_of(sam, &query);
    assert_bad(sd_customer_page(&page, fixture_work(ann), &query), SD_ERROR_FORBIDDEN);
    assert_bad(sd_customer_page(&page, fixture_work(kim), &query), SD_ERROR_FORBIDDEN);
    assert_bad(sd_customer_page(&page, fixture_work(0), &query), SD_ERROR_SIGN_IN);
    query.desk = "HR";
    assert_not_found(sd_customer_page(&page, fixture_work(ivy), &query));
    assert_not_found(sd_customer_page(&page, fixture_work(ann), &query));
    query.desk = "NONE";
    assert_not_found(sd_customer_page(&page, fixture_work(sam), &query));
    raise_private(ann, help, "one");
    assert_good(sd_customer_requests(&views, fixture_work(lea), "HELP", "ann", SD_REQUEST_ANY, 0, PAGE));
    assert_bad(sd_customer_requests(&views, fixture_work(sam), "HELP", "ann", SD_REQUEST_ANY, 0, PAGE),
               SD_ERROR_FORBIDDEN);
    assert_bad(sd_customer_requests(&views, fixture_work(ann), "HELP", "ann", SD_REQUEST_ANY, 0, PAGE),
               SD_ERROR_FORBIDDEN);
}

/* ---- counts ---- */

static const char *counts(const char *name)
{
    sd_customer_query_t query = asked(NULL, 100);
    const sd_customer_page_t *page = page_of(ivy, &query);

    for (int i = 0; i < page->customers->rows->nelts; i++) {
        const sd_customer_t *customer = ROW(page->customers, i, sd_customer_t);

        if (strcmp(customer->account.name, name) == 0) {
            return apr_psprintf(fixture.pool, ID " open " ID " closed", customer->open, customer->closed);
        }
    }
    return "not there";
}

static const char *requests(const char *desk, const char *customer, int request_state)
{
    const char *keys = "";
    sd_list_t *views;

    assert_good(sd_customer_requests(&views, fixture_work(strcmp(desk, "HR") ? ivy : kim), desk, customer,
                                     request_state, 0, PAGE));
    for (int i = 0; i < views->rows->nelts; i++) {
        keys = apr_pstrcat(fixture.pool, keys, "[", ROW(views, i, sd_request_view_t)->request->key, "]", NULL);
    }
    return keys;
}

static void take(sd_id_t who, const char *key, int transition)
{
    fixture_clock_move(SD_MINUTE);
    assert_good(sd_transition_take(fixture_work(who), key, id_text(transition), NULL, NULL));
}

static void test_counts_and_requests(void **state)
{
    (void)state;
    assert_string_equal(counts("dee"), "not there");
    raise_private(dee, help, "one");
    fixture_clock_move(SD_MINUTE);
    raise_private(dee, help, "two");
    raise_private(dee, hr, "other desk");
    participate(raise_private(ann, help, "foreign"), dee);
    assert_string_equal(counts("dee"), "2 open 0 closed");
    assert_string_equal(requests("HELP", "dee", SD_REQUEST_ANY), "[HELP-2][HELP-1]");
    take(ivy, "HELP-1", RESOLVE);
    assert_string_equal(counts("dee"), "1 open 1 closed");
    assert_string_equal(requests("HELP", "dee", SD_REQUEST_ANY), "[HELP-1][HELP-2]");
    assert_string_equal(requests("HELP", "dee", SD_REQUEST_OPEN), "[HELP-2]");
    assert_string_equal(requests("HELP", "dee", SD_REQUEST_CLOSED), "[HELP-1]");
    assert_string_equal(requests("HR", "dee", SD_REQUEST_ANY), "[HR-1]");
    take(dee, "HELP-2", RESOLVE);
    assert_string_equal(counts("dee"), "0 open 2 closed");
    take(dee, "HELP-1", REOPEN);
    assert_string_equal(counts("dee"), "1 open 1 closed");
    assert_string_equal(requests("HELP", "dee", SD_REQUEST_OPEN), "[HELP-1]");
    /* Whoever lost the role is not listed; what they reported is still there. */
    fixture_run("DELETE FROM desk_role WHERE account_id = " ID " AND desk_id = " ID, dee, help);
    assert_string_equal(counts("dee"), "not there");
    assert_string_equal(requests("HELP", "dee", SD_REQUEST_ANY), "[HELP-1][HELP-2]");
}

static void test_requests_of_nobody(void **state)
{
    sd_list_t *views;

    (void)state;
    fixture_role(help, "customer", ann);
    assert_string_equal(requests("HELP", "ann", SD_REQUEST_ANY), "");
    assert_not_found(sd_customer_requests(&views, fixture_work(ivy), "HELP", "bob", SD_REQUEST_ANY, 0, PAGE));
    assert_not_found(sd_customer_requests(&views, fixture_work(ivy), "HELP", "nobody", SD_REQUEST_ANY, 0, PAGE));
    assert_not_found(sd_customer_requests(&views, fixture_work(ivy), "HR", "dee", SD_REQUEST_ANY, 0, PAGE));
}

/* ---- searches ---- */

static void test_searches(void **state)
{
    (void)state;
    make_people_to_find();
    check_searches();
    assert_string_equal(found_by("example", 2), "oezil@example.de|print@example.jp|minsu@example.kr|"
                                                "k.marten@south.example.org|m.keller@north.example.org|");
}

/* ---- the index ---- */

typedef struct texts_t {
    sd_id_t id;
    const sd_account_texts_t *before, *now;
} texts_t;

static sd_error_t *set_texts(void *baton)
{
    const texts_t *texts = baton;

    return sd_account_set_texts(fixture.store, texts->id, texts->before, texts->now);
}

static const char *parts_of(sd_id_t id)
{
    return fixture_text("SELECT group_concat(part, '|') FROM (SELECT part FROM account_part WHERE account_id = " ID
                        " ORDER BY part) AS sorted",
                        id);
}

/* What an account is called now is in the index, what it was called is not. */
static void test_parts_follow_the_texts(void **state)
{
    const sd_account_texts_t first = {"ab", NULL, "Ab  C-d"}, second = {"ab", "ab@x.de", "B"};
    texts_t texts = {ann, NULL, &first};

    (void)state;
    fixture_run("DELETE FROM account_part");
    assert_good(sd_store_write(fixture.store, set_texts, &texts));
    assert_string_equal(parts_of(ann), "ab|ab c-d|b|b c-d|c-d|d");
    texts = (texts_t){ann, &first, &second};
    assert_good(sd_store_write(fixture.store, set_texts, &texts));
    assert_string_equal(parts_of(ann), "ab|ab@x.de|b|b@x.de|de|e|x.de");
    texts = (texts_t){ann, &second, &(sd_account_texts_t){"a-very-long-name", NULL, "a-very-long-name"}};
    assert_good(sd_store_write(fixture.store, set_texts, &texts));
    assert_string_equal(parts_of(ann), "a-very-l|ame|e|ery-long|g-name|long-nam|me|name|ng-name|ong-name|ry-long-|"
                                       "very-lon|y-long-n");
}

static void test_bad_input(void **state)
{
    static const char *const places[] = {"x",
                                         "a:1",
                                         "a:1:2:3",
                                         "a:x:1",
                                         "p:3:1:ma",
                                         "p:0:1:mart",
                                         "p:4:1:other",
                                         "p:4:x:mart",
                                         "a:-1:1",
                                         "p:4:1:\xff",
                                         "p:99999999999999999999:1:mart",
                                         "p:4:1:mart56789012345678901234567890123"};
    sd_customer_query_t query = asked("mart", 20);
    sd_customer_page_t *page;

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        query.after = places[i];
        assert_bad_field(sd_customer_page(&page, fixture_work(ivy), &query), SD_ERROR_INPUT, "after",
                         "sd.customer.after");
    }
    query = asked("a\x01", 20);
    assert_bad_field(sd_customer_page(&page, fixture_work(ivy), &query), SD_ERROR_INPUT, "query",
                     "sd.validation.control");
    query = asked(NULL, 20);
    query.page.start = SD_CUSTOMER_START + 1;
    assert_bad_field(sd_customer_page(&page, fixture_work(ivy), &query), SD_ERROR_INPUT, "start", "sd.customer.start");
}

static void test_start(void **state)
{
    sd_customer_query_t query = asked(NULL, 2);

    (void)state;
    make_people_to_find();
    query.page.start = 2;
    assert_string_equal(names_in(page_of(ivy, &query)), "minsu@example.kr|k.marten@south.example.org|");
    query.search = "example";
    assert_string_equal(names_in(page_of(ivy, &query)), "minsu@example.kr|k.marten@south.example.org|");
}

/* Case 10 of the acceptance list: 20 of 25 are shown, and a search finds the other five. */
static void test_twenty_of_twenty_five(void **state)
{
    sd_customer_query_t query = asked(NULL, SD_CUSTOMER_PAGE);
    const sd_customer_page_t *page;

    (void)state;
    for (int i = 1; i <= 25; i++) {
        make_customer(apr_psprintf(fixture.pool, "customer%02d@example.org", i),
                      apr_psprintf(fixture.pool, "Customer %02d", i));
    }
    page = page_of(ivy, &query);
    assert_int_equal(page->customers->rows->nelts, 20);
    assert_false(page->customers->is_last);
    assert_string_equal(ROW(page->customers, 0, sd_customer_t)->account.display_name, "Customer 25");
    assert_string_equal(ROW(page->customers, 19, sd_customer_t)->account.display_name, "Customer 06");
    for (int i = 1; i <= 5; i++) {
        assert_string_equal(found(apr_psprintf(fixture.pool, "mer %02d", i)),
                            apr_psprintf(fixture.pool, "customer%02d@example.org|", i));
    }
    query.after = page->customers->next;
    page = page_of(ivy, &query);
    assert_int_equal(page->customers->rows->nelts, 5);
    assert_true(page->customers->is_last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        request_test(test_order),
        request_test(test_equal_times),
        request_test(test_who_is_none),
        request_test(test_rows),
        request_test(test_groups),
        request_test(test_who_may_look),
        request_test(test_counts_and_requests),
        request_test(test_requests_of_nobody),
        request_test(test_searches),
        request_test(test_parts_follow_the_texts),
        request_test(test_bad_input),
        request_test(test_start),
        request_test(test_twenty_of_twenty_five),
    };

    return cmocka_run_group_tests_name("desk customer list", tests, NULL, NULL);
}
