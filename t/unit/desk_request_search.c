/* Searching desks: what is found among few and among very many, and what that costs. */
#include "request_fixture.h"

#include "desk/request_search.h"

static sd_error_t *ask(sd_list_t **list, sd_id_t who, const char *query, const char *desk, sd_page_t page)
{
    sd_search_query_t search = {.query = query, .desk = desk};

    return sd_request_search(list, fixture_work(who), &search, page);
}

/* The keys that somebody finds, a blank behind each. */
static const char *found(sd_id_t who, const char *query, sd_page_t page)
{
    const char *keys = "";
    sd_list_t *list;

    assert_good(ask(&list, who, query, NULL, page));
    for (int i = 0; i < list->rows->nelts; i++) {
        keys = apr_pstrcat(fixture.pool, keys, ROW(list, i, sd_request_view_t)->request->key, " ", NULL);
    }
    return keys;
}

static void test_who(void **state)
{
    sd_list_t *list;

    (void)state;
    raise_one(ann, help, "Screen at home");
    raise_one(dee, hr, "Screen of HR");
    raise_one(cid, help, "Another screen");
    assert_string_equal(found(ivy, "screen", PAGE), "HELP-2 HELP-1 ");
    assert_string_equal(found(lea, "screen", PAGE), "HELP-2 HELP-1 ");
    assert_string_equal(found(kim, "screen", PAGE), "HR-1 ");
    fixture_role(hr, "administrator", ivy);
    assert_string_equal(found(ivy, "screen", PAGE), "HELP-2 HR-1 HELP-1 ");
    assert_string_equal(found(ivy, "screen", ((sd_page_t){1, 1})), "HR-1 ");
    assert_good(ask(&list, ivy, "screen", "HR", PAGE));
    assert_int_equal(list->rows->nelts, 1);
    assert_bad(ask(&list, kim, "screen", "HELP", PAGE), SD_ERROR_FORBIDDEN); /* where everybody is a customer */
    assert_not_found(ask(&list, jon, "screen", "HR", PAGE));
    assert_not_found(ask(&list, kim, "screen", "NONE", PAGE));
    assert_bad(ask(&list, ann, "screen", NULL, PAGE), SD_ERROR_FORBIDDEN);
    assert_bad(ask(&list, sam, "screen", NULL, PAGE), SD_ERROR_FORBIDDEN);
    assert_bad(ask(&list, 0, "screen", NULL, PAGE), SD_ERROR_SIGN_IN);
}

/* ---- very many ---- */

/*
 * `count` requests of HELP that the worker has been at: all have "common", every other one "odd", every third one
 * "third", a hundred spread evenly "hundred", each its number; "never" and "ever" are in half of them each, and stand
 * together in none.
 */
static void make_many(int count)
{
    fixture_run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                " INSERT INTO request (desk_id, key, request_type_id, reporter_id, author_id, summary, summary_key,"
                " status, status_at, open, created, updated, public_updated)"
                " SELECT " ID ", 'HELP-' || i, " ID ", " ID ", " ID ", 's', 's', 'waiting-for-support', i, 1, i, i,"
                " i * 1000 FROM n",
                count, help, help_type, bob, bob);
    fixture_run("INSERT INTO request_text (desk_id, request_id, words, inner_words, pending)"
                " SELECT desk_id, id, ' common ' || CASE created %% 2 WHEN 1 THEN ' ever  odd ' ELSE ' never ' END ||"
                " CASE created %% 3 WHEN 0 THEN ' third ' ELSE '' END || ' w' || created || ' ',"
                " CASE created %% (%d / 100) WHEN 0 THEN ' hundred ' ELSE '' END, 0 FROM request",
                count);
    fixture_run("INSERT INTO request_word (desk_id, word, request_id)"
                " SELECT desk_id, 'common', id FROM request UNION ALL SELECT desk_id, 'w' || created, id FROM request"
                " UNION ALL SELECT desk_id, 'ever', id FROM request WHERE created %% 2 = 1"
                " UNION ALL SELECT desk_id, 'odd', id FROM request WHERE created %% 2 = 1"
                " UNION ALL SELECT desk_id, 'never', id FROM request WHERE created %% 2 = 0"
                " UNION ALL SELECT desk_id, 'third', id FROM request WHERE created %% 3 = 0"
                " UNION ALL SELECT desk_id, 'hundred', id FROM request WHERE created %% (%d / 100) = 0",
                count);
}

static void forget_many(void)
{
    fixture_run("DELETE FROM request_word; DELETE FROM request_text; DELETE FROM request");
}

static const char *const searches[] = {"w700",   "hundred",   "hundred odd", "w70*",       "nothing", "nothing common",
                                       "common", "odd third", "com*",        "comm* thi*", "HELP-700"};
#define SEARCHES (sizeof(searches) / sizeof(searches[0]))

static const sd_page_t page = {0, 20};

static void count_steps(int *steps)
{
    for (size_t i = 0; i < SEARCHES; i++) {
        fixture_steps();
        found(ivy, searches[i], page);
        steps[i] = fixture_steps();
    }
}

static void test_costs(void **state)
{
    int few[SEARCHES], many[SEARCHES];

    (void)state;
    make_many(1000);
    found(ivy, "common", page);
    count_steps(few);
    forget_many();
    make_many(30000);
    count_steps(many);
    for (size_t i = 0; i < SEARCHES; i++) {
        if (strcmp(searches[i], "w70*") != 0 && many[i] > few[i] * 3 / 2 + 200) {
            fail_msg("%s: %d steps of 1000 requests, %d of 30000", searches[i], few[i], many[i]);
        }
    }
}

/* Keys of HELP from `first` on downwards by `by`. */
static const char *keys(int first, int by, int count)
{
    const char *text = "";

    for (int i = 0; i < count; i++) {
        text = apr_psprintf(fixture.pool, "%sHELP-%d ", text, first - by * i);
    }
    return text;
}

static void test_finds(void **state)
{
    sd_list_t *list;

    (void)state;
    make_many(6000);
    assert_string_equal(found(ivy, "common", page), keys(6000, 1, 20));
    assert_string_equal(found(ivy, "common", ((sd_page_t){1500, 20})), keys(4500, 1, 20));
    assert_string_equal(found(ivy, "common", ((sd_page_t){5990, 20})), keys(10, 1, 10));
    assert_string_equal(found(ivy, "odd", page), keys(5999, 2, 20));
    assert_string_equal(found(ivy, "odd third", page), keys(5997, 6, 20));
    assert_string_equal(found(ivy, "od* thi*", ((sd_page_t){990, 20})), keys(57, 6, 10));
    assert_string_equal(found(ivy, "ever never", page), "");
    assert_string_equal(found(ivy, "hundred", page), keys(6000, 60, 20));
    assert_string_equal(found(ivy, "hundred third common", ((sd_page_t){90, 20})), keys(600, 60, 10));
    assert_string_equal(found(ivy, "w60*", page), "HELP-6000 " /* and 600 to 609, and 60 */
                                                  "HELP-609 HELP-608 HELP-607 HELP-606 HELP-605 HELP-604 HELP-603"
                                                  " HELP-602 HELP-601 HELP-600 HELP-60 ");
    assert_string_equal(found(ivy, "w5*", page), keys(5999, 1, 20));
    assert_good(ask(&list, ivy, "common", NULL, page));
    assert_false(list->is_last);
    assert_good(ask(&list, ivy, "hundred", NULL, (sd_page_t){80, 20}));
    assert_true(list->is_last);
    assert_int_equal(list->rows->nelts, 20);
    fixture_run("UPDATE request_text SET words = ' common  third  w3  zebra ', pending = 3 WHERE request_id ="
                " (SELECT id FROM request WHERE key = 'HELP-3')");
    assert_string_equal(found(ivy, "zebra", page), "HELP-3 ");
    assert_string_equal(found(ivy, "zeb* common", page), "HELP-3 ");
    assert_string_equal(found(ivy, "w3", page), "HELP-3 "); /* once, by its row and as pending */
    assert_string_equal(found(ivy, "zebra w3", page), "HELP-3 ");
}

static void test_bad_input(void **state)
{
    static const char *const nothing[] = {"-", "*", "\xe2\x80\xa6", "? !"};
    sd_list_t *list;

    (void)state;
    assert_bad_field(ask(&list, ivy, NULL, NULL, PAGE), SD_ERROR_INPUT, "query", "sd.validation.required");
    assert_bad_field(ask(&list, ivy, " ", NULL, PAGE), SD_ERROR_INPUT, "query", "sd.validation.required");
    assert_bad_field(ask(&list, ivy, "\xff", NULL, PAGE), SD_ERROR_INPUT, "query", "sd.validation.utf8");
    assert_bad_field(ask(&list, ivy, "a\nb", NULL, PAGE), SD_ERROR_INPUT, "query", "sd.validation.control");
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
        assert_bad_field(ask(&list, ivy, nothing[i], NULL, PAGE), SD_ERROR_INPUT, "query", "sd.search.words");
    }
    assert_bad_field(ask(&list, ivy, "a", NULL, (sd_page_t){SD_SEARCH_START + 1, 1}), SD_ERROR_INPUT, "start",
                     "sd.search.start");
    assert_good(ask(&list, ivy, "a", NULL, (sd_page_t){SD_SEARCH_START, 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        request_test(test_who),
        request_test(test_costs),
        request_test(test_finds),
        request_test(test_bad_input),
    };

    return cmocka_run_group_tests_name("desk request search", tests, NULL, NULL);
}
