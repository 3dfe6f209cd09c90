/* Queues and assignment. */
#include "request_fixture.h"

#include "desk/queue.h"

static const char *keys_in(sd_id_t who, sd_id_t desk_id, const char *queue)
{
    const char *keys = "";
    sd_list_t *list;

    assert_good(sd_queue_requests(&list, fixture_work(who), id_text(desk_id), queue, PAGE));
    for (int i = 0; i < list->rows->nelts; i++) {
        keys = apr_pstrcat(fixture.pool, keys, "[", ROW(list, i, sd_queue_row_t)->request.key, "]", NULL);
    }
    return keys;
}

static sd_error_t *assign(sd_id_t who, const char *key, const char *named)
{
    return sd_queue_assign(fixture_work(who), key, named, NULL);
}

static const char *assignee_of(const char *key)
{
    return fixture_text("SELECT assignee_id FROM request WHERE key = '%s'", key);
}

static void test_the_three(void **state)
{
    sd_list_t *list;

    (void)state;
    assert_good(sd_queue_list(&list, fixture_work(ivy), "HELP", 0, PAGE));
    assert_int_equal(list->rows->nelts, 3);
    assert_true(list->is_last);
    assert_int_equal(ROW(list, 0, sd_queue_t)->id, 1);
    assert_string_equal(ROW(list, 0, sd_queue_t)->name, "All open");
    assert_int_equal(ROW(list, 1, sd_queue_t)->id, 2);
    assert_string_equal(ROW(list, 1, sd_queue_t)->name, "Unassigned open");
    assert_int_equal(ROW(list, 2, sd_queue_t)->id, 3);
    assert_string_equal(ROW(list, 2, sd_queue_t)->name, "Assigned to me");
    assert_string_equal(ROW(list, 1, sd_queue_t)->jql,
                        "project = HELP AND statusCategory != Done AND assignee is EMPTY ORDER BY created ASC");
    assert_int_equal(ROW(list, 0, sd_queue_t)->count, -1);
    assert_good(sd_queue_list(&list, fixture_work(ivy), "HELP", 0, (sd_page_t){1, 1}));
    assert_int_equal(list->rows->nelts, 1);
    assert_int_equal(ROW(list, 0, sd_queue_t)->id, 2);
    assert_false(list->is_last);
    assert_good(sd_queue_list(&list, fixture_work(ivy), "HELP", 0, (sd_page_t){APR_INT64_MAX, 100}));
    assert_int_equal(list->rows->nelts, 0);
    assert_true(list->is_last);
}

static void test_who_works_queues(void **state)
{
    const sd_queue_t *queue;
    sd_list_t *list;

    (void)state;
    assert_good(sd_queue_find(&queue, fixture_work(lea), "HELP", "1", 0));
    assert_bad(sd_queue_find(&queue, fixture_work(ann), "HELP", "1", 0), SD_ERROR_FORBIDDEN);
    assert_bad(sd_queue_list(&list, fixture_work(kim), "HELP", 0, PAGE), SD_ERROR_FORBIDDEN);
    assert_bad(sd_queue_requests(&list, fixture_work(ann), "HELP", "1", PAGE), SD_ERROR_FORBIDDEN);
    assert_bad(sd_queue_requests(&list, fixture_work(ann), "HELP", "9", PAGE), SD_ERROR_FORBIDDEN);
    assert_bad(sd_queue_requests(&list, fixture_work(sam), "HELP", "1", PAGE), SD_ERROR_FORBIDDEN);
    assert_not_found(sd_queue_find(&queue, fixture_work(ann), "HR", "1", 0));
    assert_not_found(sd_queue_list(&list, fixture_work(ivy), "HR", 0, PAGE));
    assert_not_found(sd_queue_requests(&list, fixture_work(ivy), "HR", "1", PAGE));
    assert_not_found(sd_queue_list(&list, fixture_work(ivy), "999", 0, PAGE));
    assert_bad(sd_queue_list(&list, fixture_work(0), "HELP", 0, PAGE), SD_ERROR_SIGN_IN);
}

static void test_no_such_queue(void **state)
{
    const sd_queue_t *queue;
    sd_list_t *list;

    (void)state;
    assert_not_found(sd_queue_find(&queue, fixture_work(ivy), "HELP", "4", 0));
    assert_not_found(sd_queue_find(&queue, fixture_work(ivy), "HELP", "0", 0));
    assert_not_found(sd_queue_find(&queue, fixture_work(ivy), "HELP", "x", 0));
    assert_not_found(sd_queue_find(&queue, fixture_work(ivy), "HELP", "-1", 0));
    assert_not_found(sd_queue_requests(&list, fixture_work(ivy), "HELP", "4", PAGE));
}

static void test_what_is_in_them(void **state)
{
    const char *one = raise_one(ann, help, "one"), *two = raise_one(bob, help, "two");
    const char *three = raise_one(cid, help, "three"), *four = raise_one(cid, help, "four");
    const sd_queue_t *queue;
    sd_list_t *list;

    (void)state;
    raise_one(dee, hr, "of another desk");
    fixture_run("UPDATE request SET assignee_id = " ID " WHERE key IN ('%s', '%s')", ivy, two, four);
    fixture_run("UPDATE request SET assignee_id = " ID " WHERE key = '%s'", jon, three);
    set_status(four, "resolved", 0);
    assert_string_equal(keys_in(ivy, help, "1"), "[HELP-1][HELP-2][HELP-3]");
    assert_string_equal(keys_in(ivy, help, "2"), "[HELP-1]");
    assert_string_equal(keys_in(ivy, help, "3"), "[HELP-2]");
    assert_string_equal(keys_in(jon, help, "3"), "[HELP-3]");
    assert_string_equal(keys_in(kim, hr, "1"), "[HR-1]");
    assert_string_equal(keys_in(kim, hr, "3"), "");
    assert_good(sd_queue_find(&queue, fixture_work(ivy), "HELP", "1", 1));
    assert_int_equal(queue->count, 3);
    assert_good(sd_queue_find(&queue, fixture_work(ivy), "HELP", "2", 1));
    assert_int_equal(queue->count, 1);
    assert_good(sd_queue_find(&queue, fixture_work(jon), "HELP", "3", 1));
    assert_int_equal(queue->count, 1);
    fixture_run("UPDATE request SET deleted = 1 WHERE key = '%s'", one);
    assert_string_equal(keys_in(ivy, help, "2"), "");
    assert_good(sd_queue_requests(&list, fixture_work(ivy), "HELP", "1", (sd_page_t){0, 1}));
    assert_int_equal(list->rows->nelts, 1);
    assert_false(list->is_last);
    assert_string_equal(ROW(list, 0, sd_queue_row_t)->request_type, "Get help");
    assert_string_equal(ROW(list, 0, sd_queue_row_t)->assignee.name, "ivy");
    assert_string_equal(ROW(list, 0, sd_queue_row_t)->request.reporter.name, "bob");
}

static void test_assign(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    assert_good(assign(ivy, key, "jon"));
    assert_string_equal(assignee_of(key), id_text(jon));
    assert_string_equal(fixture_text("SELECT version || ' ' || public_version FROM request"), "2 1");
    assert_int_equal(fixture_audited("request.assign"), 1);
    assert_good(assign(jon, key, "jon@example.org"));
    assert_int_equal(fixture_audited("request.assign"), 1);
    assert_good(assign(lea, key, NULL));
    assert_null(assignee_of(key));
    assert_int_equal(fixture_audited("request.assign"), 2);
    assert_good(assign(lea, key, NULL));
    assert_int_equal(fixture_audited("request.assign"), 2);
}

static void test_whom(void **state)
{
    static const char *const none[] = {"ann", "kim", "lea", "sam", "nobody", ""};
    const char *key = raise_one(ann, help, "one");

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_bad_field(assign(ivy, key, none[i]), SD_ERROR_INPUT, "accountId", "sd.assignee.unknown");
    }
    fixture_run("UPDATE account SET state = 'disabled' WHERE id = " ID, jon);
    assert_bad_field(assign(ivy, key, "jon"), SD_ERROR_INPUT, "accountId", "sd.assignee.unknown");
    assert_null(assignee_of(key));
}

static void test_who_assigns(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    assert_bad(assign(ann, key, "ivy"), SD_ERROR_FORBIDDEN);
    assert_bad(assign(ann, key, NULL), SD_ERROR_FORBIDDEN);
    assert_bad(assign(bob, key, "nobody"), SD_ERROR_FORBIDDEN);
    assert_not_found(assign(cid, key, "ivy"));
    assert_not_found(assign(kim, key, "kim"));
    assert_bad(assign(0, key, "ivy"), SD_ERROR_SIGN_IN);
    assert_null(assignee_of(key));
}

static void test_based_on_a_version(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    assert_bad(sd_queue_assign(fixture_work(ivy), key, "ivy", "a2"), SD_ERROR_STALE);
    assert_good(sd_queue_assign(fixture_work(ivy), key, "ivy", "a1"));
    assert_bad(sd_queue_assign(fixture_work(jon), key, "jon", "a1"), SD_ERROR_STALE);
    assert_bad(sd_queue_assign(fixture_work(jon), key, NULL, "a1"), SD_ERROR_STALE);
    assert_string_equal(assignee_of(key), id_text(ivy));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        request_test(test_the_three),     request_test(test_who_works_queues),
        request_test(test_no_such_queue), request_test(test_what_is_in_them),
        request_test(test_assign),        request_test(test_whom),
        request_test(test_who_assigns),   request_test(test_based_on_a_version),
    };

    return cmocka_run_group_tests_name("desk queue", tests, NULL, NULL);
}
