/* desk/customer_list.h with very many customers: what a page costs, and that it still shows everybody once. */
#include "customer_list_fixture.h"

#include "desk/account.h"

/* What one row of a page may cost, in steps of the virtual machine: the same for every desk. */
#define STEPS_A_ROW 300

/* Each statement's own steps, for those that have run since the last look; without a name it is only the look. */
static void check_statements(const char *what, apr_int64_t rows)
{
    sqlite3 *db = fixture.raw.sqlite;

    for (sqlite3_stmt *i = db ? sqlite3_next_stmt(db, NULL) : NULL; i; i = sqlite3_next_stmt(db, i)) {
        int steps = sqlite3_stmt_status(i, SQLITE_STMTSTATUS_VM_STEP, 1);
        int runs = sqlite3_stmt_status(i, SQLITE_STMTSTATUS_RUN, 1);
        int scans = sqlite3_stmt_status(i, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);

        if (what && runs > 0 && (steps / runs > rows * STEPS_A_ROW || scans > 60 * runs)) {
            fail_msg("%s: %d steps, %d scanned in %d runs of %s", what, steps, scans, runs, sqlite3_sql(i));
        }
    }
}

static void test_very_many(void **state)
{
    static const char *const searches[] = {NULL,
                                           "example",
                                           "e",
                                           "user99999@example.com",
                                           "given3 family13",
                                           "mily13",
                                           "nobody at all",
                                           "amily",
                                           "example.com user777",
                                           "ser8.com",
                                           "family13 given3"};
    sd_customer_query_t query;
    const sd_customer_page_t *page;
    sd_list_t *list;

    (void)state;
    make_very_many(100000);
    make_people_to_find();
    check_statements(NULL, 0);
    for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
        query = asked(searches[i], SD_CUSTOMER_PAGE);
        for (int pages = 0; pages < 3; pages++) {
            page = page_of(ivy, &query);
            check_statements(searches[i] ? searches[i] : "everybody", SD_CUSTOMER_PAGE);
            if (!(query.after = page->customers->next)) {
                break;
            }
        }
    }
    /* In the middle of everything. */
    query = asked(NULL, SD_CUSTOMER_PAGE);
    query.after = "a:50000:50000";
    page = page_of(ivy, &query);
    check_statements("in the middle", SD_CUSTOMER_PAGE);
    assert_string_equal(ROW(page->customers, 0, sd_customer_t)->account.name, "user48999@example.com");
    query.after = NULL;
    query.page.start = SD_CUSTOMER_START;
    page = page_of(ivy, &query);
    check_statements("far from the beginning", SD_CUSTOMER_PAGE);
    /* The first five are those that were made last. */
    assert_string_equal(ROW(page->customers, 0, sd_customer_t)->account.name, "user99905@example.com");
    /* The list of the contract. */
    for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
        assert_good(sd_customer_list(&list, fixture_work(ivy), "HELP", searches[i], (sd_page_t){0, 20}));
        check_statements(searches[i] ? searches[i] : "the contract's list", SD_CUSTOMER_PAGE);
        /* All accounts, and the one of a customer, who finds nobody else. */
        assert_good(sd_account_search(&list, fixture_work(ivy), searches[i], (sd_page_t){0, 20}));
        check_statements(searches[i] ? searches[i] : "all accounts", SD_CUSTOMER_PAGE);
        assert_good(sd_account_search(&list, fixture_work(ann), searches[i], (sd_page_t){0, 20}));
        check_statements(searches[i] ? searches[i] : "oneself", SD_CUSTOMER_PAGE);
    }
}

static void test_what_very_many_find(void **state)
{
    sd_customer_query_t query = asked("example.com", SD_CUSTOMER_PAGE);
    const sd_customer_page_t *page;
    const char *all, *names;
    sd_list_t *list;

    (void)state;
    make_very_many(3000);
    make_people_to_find();
    check_searches();
    assert_string_equal(found("user2999@example.com"), "user2999@example.com|");
    assert_string_equal(found("user299"), "user2990@example.com|user2991@example.com|user2992@example.com|"
                                          "user2993@example.com|user2994@example.com|user2995@example.com|"
                                          "user2996@example.com|user2997@example.com|user2998@example.com|"
                                          "user2999@example.com|user299@example.com|");
    assert_string_equal(found("given3 family13 user1"), "user13@example.com|user1953@example.com|");
    assert_string_equal(found("family13 user1 given3"), "user13@example.com|user1953@example.com|");
    /* Everybody once, however the pages are cut. */
    all = found_by("example.com", 100);
    assert_int_equal(strlen(all) / strlen("user1000@example.com|"),
                     fixture_number("SELECT sum(length(name) + 1) / 21 FROM account WHERE id > 1000 AND id < 4001"));
    names = found_by("ample.co", 7);
    assert_int_equal(strlen(names), strlen(all));
    for (int i = 1; i <= 3000; i += 97) {
        const char *name = apr_psprintf(fixture.pool, "|user%d@example.com|", i);

        assert_non_null(strstr(apr_pstrcat(fixture.pool, "|", all, NULL), name));
        assert_null(strstr(strstr(apr_pstrcat(fixture.pool, "|", all, NULL), name) + 1, name));
    }
    query.page.start = 5;
    page = page_of(ivy, &query);
    assert_int_equal(page->customers->rows->nelts, 20);
    /* By the contract: beginnings of words. */
    assert_good(sd_customer_list(&list, fixture_work(ivy), "HELP", "given3", (sd_page_t){0, 100}));
    assert_int_equal(list->rows->nelts, 100);
    assert_false(list->is_last);
    assert_good(sd_customer_list(&list, fixture_work(ivy), "HELP", "given3 exam", (sd_page_t){290, 100}));
    assert_int_equal(list->rows->nelts, 10);
    assert_true(list->is_last);
    assert_good(sd_customer_list(&list, fixture_work(ivy), "HELP", "iven3", (sd_page_t){0, 100}));
    assert_int_equal(list->rows->nelts, 0);
    assert_good(sd_customer_list(&list, fixture_work(ivy), "HELP", NULL, (sd_page_t){2998, 100}));
    assert_int_equal(list->rows->nelts, 7);
    /* Over all accounts, and over one's own. */
    assert_good(sd_account_search(&list, fixture_work(ivy), "given3 exam", (sd_page_t){290, 100}));
    assert_int_equal(list->rows->nelts, 10);
    assert_true(list->is_last);
    assert_good(sd_account_search(&list, fixture_work(ivy), "keller", (sd_page_t){0, 100}));
    assert_int_equal(list->rows->nelts, 1);
    fixture_run("UPDATE account SET state = 'disabled' WHERE name = 'm.keller@north.example.org'");
    assert_good(sd_account_search(&list, fixture_work(ivy), "keller", (sd_page_t){0, 100}));
    assert_int_equal(list->rows->nelts, 0);
    assert_good(sd_account_search(&list, fixture_work(ann), "exam", (sd_page_t){0, 100}));
    assert_int_equal(list->rows->nelts, 1);
    assert_string_equal(ROW(list, 0, sd_account_t)->name, "ann");
}

/* A search that finds nobody among very many candidates says that it gave up, and where to go on. */
static void test_cut_short(void **state)
{
    sd_customer_query_t query = asked("given3 given4", SD_CUSTOMER_PAGE);
    const sd_customer_page_t *page;

    (void)state;
    make_very_many(60000);
    page = page_of(ivy, &query);
    assert_int_equal(page->customers->rows->nelts, 0);
    assert_true(page->cut);
    assert_false(page->customers->is_last);
    query.after = page->customers->next;
    page = page_of(ivy, &query);
    assert_int_equal(page->customers->rows->nelts, 0);
    assert_false(page->cut);
    assert_true(page->customers->is_last);
    assert_null(page->customers->next);
}

/* A part that should have gone finds nobody by what they are not called. */
static void test_parts_left_behind(void **state)
{
    (void)state;
    make_very_many(1100);
    make_customer("m.keller@north.example.org", "Marta Keller");
    fixture_run("UPDATE account SET display_name = 'Berta Stone' WHERE display_name = 'Marta Keller'");
    assert_string_equal(found("marta"), "");
    assert_string_equal(found("keller"), "m.keller@north.example.org|");
}

/* Steps are SQLite's, and so many rows are made there in a second. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        request_test(test_what_very_many_find),
        request_test(test_parts_left_behind),
    };
    const struct CMUnitTest sqlite_tests[] = {
        request_test(test_very_many),
        request_test(test_cut_short),
        request_test(test_what_very_many_find),
        request_test(test_parts_left_behind),
    };

    return raw_is_pgsql() ? cmocka_run_group_tests_name("desk customer list, many", tests, NULL, NULL)
                          : cmocka_run_group_tests_name("desk customer list, many", sqlite_tests, NULL, NULL);
}
