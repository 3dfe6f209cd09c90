/* Comments: who writes and reads which, and what they move. */
#include "request_fixture.h"

#include "desk/comment.h"

static sd_error_t *say_by(sd_work_t *work, const char *key, const char *body, int public)
{
    const sd_comment_t *comment;
    const sd_request_t *request;

    return sd_comment_add(&comment, &request, work, key, body, public);
}

static sd_error_t *say(sd_id_t who, const char *key, const char *body, int public)
{
    return say_by(fixture_work(who), key, body, public);
}

/* The bodies that somebody sees, each in brackets. */
static const char *seen_by(sd_id_t who, const char *key, int public, int internal)
{
    const sd_request_t *request;
    const char *bodies = "";
    sd_list_t *list;

    assert_good(sd_comment_list(&list, &request, fixture_work(who), key, public, internal, PAGE));
    for (int i = 0; i < list->rows->nelts; i++) {
        bodies = apr_pstrcat(fixture.pool, bodies, "[", ROW(list, i, sd_comment_t)->body, "]", NULL);
    }
    return bodies;
}

static sd_error_t *list_as(sd_id_t who, const char *key)
{
    const sd_request_t *request;
    sd_list_t *list;

    return sd_comment_list(&list, &request, fixture_work(who), key, 1, 1, PAGE);
}

static const char *versions(const char *key)
{
    return fixture_text("SELECT version || ' ' || public_version FROM request WHERE key = '%s'", key);
}

static void test_add(void **state)
{
    const char *key = raise_one(ann, help, "one");
    const sd_comment_t *comment = NULL;
    const sd_request_t *request = NULL;

    (void)state;
    fixture_clock_move(SD_MINUTE);
    assert_good(sd_comment_add(&comment, &request, fixture_work(ann), key, "Please\nhurry", 1));
    assert_true(comment->id > 0);
    assert_string_equal(comment->body, "Please\nhurry");
    assert_true(comment->public);
    assert_true(comment->author.id == ann);
    assert_string_equal(comment->author.display_name, "ann");
    assert_true(comment->created == FIXTURE_START + SD_MINUTE);
    assert_string_equal(request->key, key);
    assert_int_equal(fixture_audited("comment.create"), 1);
    assert_string_equal(fixture_text("SELECT detail FROM audit WHERE act = 'comment.create'"),
                        apr_psprintf(fixture.pool, "{\"id\":\"" ID "\",\"public\":true}", comment->id));
    assert_string_equal(fixture_text("SELECT last_activity FROM desk_count WHERE account_id = " ID, ann),
                        id_text(FIXTURE_START + SD_MINUTE));
}

/* What is answered is what is kept, however fast the clock runs. */
static void test_one_moment(void **state)
{
    const char *key = raise_one(ann, help, "one");
    const sd_comment_t *comment = NULL;
    const sd_request_t *request;

    (void)state;
    fixture.clock.now = tick;
    assert_good(sd_comment_add(&comment, &request, fixture_work(ann), key, "now", 1));
    assert_string_equal(fixture_text("SELECT created FROM comment"), id_text(comment->created));
    assert_string_equal(fixture_text("SELECT public_updated FROM request"), id_text(comment->created));
    assert_string_equal(fixture_text("SELECT last_activity FROM desk_count"), id_text(comment->created));
}

static void test_bad_input(void **state)
{
    const char *key = raise_one(ann, help, "one");
    char *longest = apr_palloc(fixture.pool, SD_COMMENT_LENGTH + 2);
    const sd_error_t *error;

    (void)state;
    assert_bad_field(say(ann, key, "body", -1), SD_ERROR_INPUT, "public", "sd.validation.required");
    assert_bad_field(say(ann, key, "", 1), SD_ERROR_INPUT, "body", "sd.validation.required");
    assert_bad_field(say(ann, key, " \n ", 1), SD_ERROR_INPUT, "body", "sd.validation.required");
    assert_bad_field(say(ann, key, NULL, 1), SD_ERROR_INPUT, "body", "sd.validation.required");
    assert_bad_field(say(ann, key, "bell\a", 1), SD_ERROR_INPUT, "body", "sd.validation.control");
    memset(longest, 'x', SD_COMMENT_LENGTH + 1);
    longest[SD_COMMENT_LENGTH + 1] = '\0';
    assert_bad_field(say(ann, key, longest, 1), SD_ERROR_INPUT, "body", "sd.validation.long");
    longest[SD_COMMENT_LENGTH] = '\0';
    assert_good(say(ann, key, longest, 1));
    error = say(ann, key, NULL, -1);
    assert_bad_field(error, SD_ERROR_INPUT, "body", "sd.validation.required");
    assert_bad_field(error->next, SD_ERROR_INPUT, "public", "sd.validation.required");
    assert_int_equal(fixture_number("SELECT count(*) FROM comment"), 1);
}

static void test_who_comments(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    participate(key, dee);
    assert_good(say(ann, key, "reporter", 1));
    assert_good(say(bob, key, "colleague", 1));
    assert_good(say(dee, key, "participant", 1));
    assert_good(say(ivy, key, "agent", 1));
    assert_good(say(lea, key, "desk administrator", 1));
    assert_not_found(say(cid, key, "stranger", 1));
    assert_not_found(say(kim, key, "agent of another desk", 1));
    assert_not_found(say(sam, key, "system administrator", 1));
    assert_bad(say(0, key, "nobody", 1), SD_ERROR_SIGN_IN);
    assert_bad(say_by(fixture_operator(), key, "operator", 1), SD_ERROR_FORBIDDEN);
    assert_bad(say(ann, key, "inside", 0), SD_ERROR_FORBIDDEN);
    assert_bad(say(dee, key, "inside", 0), SD_ERROR_FORBIDDEN);
    assert_not_found(say(cid, key, "inside", 0));
    assert_good(say(ivy, key, "inside", 0));
    fixture_run("INSERT INTO setting (name, value) VALUES ('system_admin_reads_requests', 'true')");
    assert_bad(say(sam, key, "may look, not touch", 1), SD_ERROR_FORBIDDEN);
    assert_int_equal(fixture_number("SELECT count(*) FROM comment"), 6);
    fixture_run("DELETE FROM participant");
    assert_not_found(say(dee, key, "removed", 1));
}

static void test_who_reads_what(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    assert_good(say(ann, key, "a", 1));
    assert_good(say(ivy, key, "b", 0));
    assert_good(say(ivy, key, "c", 1));
    assert_string_equal(seen_by(ann, key, 1, 1), "[a][c]");
    assert_string_equal(seen_by(bob, key, 0, 1), "");
    assert_string_equal(seen_by(ivy, key, 1, 1), "[a][b][c]");
    assert_string_equal(seen_by(ivy, key, 0, 1), "[b]");
    assert_string_equal(seen_by(ivy, key, 1, 0), "[a][c]");
    assert_string_equal(seen_by(ivy, key, 0, 0), "");
    assert_not_found(list_as(cid, key));
    assert_not_found(list_as(cid, "HELP-77"));
    assert_bad(list_as(0, key), SD_ERROR_SIGN_IN);
}

static void test_pages(void **state)
{
    const char *key = raise_one(ann, help, "one");
    const sd_request_t *request;
    sd_list_t *list;

    (void)state;
    assert_good(say(ann, key, "a", 1));
    assert_good(say(ivy, key, "hidden", 0));
    assert_good(say(ann, key, "b", 1));
    assert_good(say(ann, key, "c", 1));
    assert_good(sd_comment_list(&list, &request, fixture_work(ann), key, 1, 1, (sd_page_t){0, 2}));
    assert_int_equal(list->rows->nelts, 2);
    assert_false(list->is_last);
    assert_string_equal(ROW(list, 1, sd_comment_t)->body, "b");
    assert_good(sd_comment_list(&list, &request, fixture_work(ann), key, 1, 1, (sd_page_t){2, 2}));
    assert_int_equal(list->rows->nelts, 1);
    assert_true(list->is_last);
    assert_good(sd_comment_list(&list, &request, fixture_work(ann), key, 1, 1, (sd_page_t){9, 2}));
    assert_int_equal(list->rows->nelts, 0);
    assert_true(list->is_last);
}

static sd_error_t *find(sd_id_t who, const char *key, const char *body)
{
    const sd_request_t *request;
    const sd_comment_t *comment;

    return sd_comment_find(&comment, &request, fixture_work(who), key,
                           fixture_text("SELECT id FROM comment WHERE body = '%s'", body));
}

static void test_find(void **state)
{
    const char *key = raise_one(ann, help, "one"), *other = raise_private(cid, help, "two");
    const sd_request_t *request;
    const sd_comment_t *comment;

    (void)state;
    assert_good(say(ann, key, "open", 1));
    assert_good(say(ivy, key, "closed", 0));
    assert_good(say(cid, other, "elsewhere", 1));
    assert_good(find(ann, key, "open"));
    assert_good(find(ivy, key, "closed"));
    assert_not_found(find(ann, key, "closed"));
    assert_not_found(find(ann, key, "elsewhere"));
    assert_not_found(find(ivy, key, "elsewhere"));
    assert_not_found(find(cid, key, "open"));
    assert_not_found(sd_comment_find(&comment, &request, fixture_work(ann), key, "x"));
}

static void test_internal_comments_move_nothing_public(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    fixture_clock_move(SD_HOUR);
    assert_good(say(ivy, key, "inside", 0));
    assert_string_equal(versions(key), "2 1");
    assert_int_equal(fixture_number("SELECT updated - created FROM request"), SD_HOUR);
    assert_int_equal(fixture_number("SELECT public_updated - created FROM request"), 0);
    assert_string_equal(status_of(key), "waiting-for-support");
    assert_int_equal(fixture_number("SELECT last_activity - %" APR_INT64_T_FMT " FROM desk_count", FIXTURE_START), 0);
    assert_good(say(bob, key, "outside", 1));
    assert_string_equal(versions(key), "3 2");
    assert_int_equal(fixture_number("SELECT public_updated - created FROM request"), SD_HOUR);
}

/* The status after a public comment of `who` on a request in `status`. */
static const char *after(sd_id_t who, const char *key, const char *status, int open)
{
    set_status(key, status, open);
    assert_good(say(who, key, "text", 1));
    return status_of(key);
}

static void test_the_status_follows(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    assert_string_equal(after(ivy, key, "waiting-for-support", 1), "waiting-for-customer");
    assert_string_equal(after(ivy, key, "in-progress", 1), "waiting-for-customer");
    assert_string_equal(after(ivy, key, "resolved", 0), "resolved");
    assert_string_equal(after(ivy, key, "closed", 0), "closed");
    assert_string_equal(after(ann, key, "waiting-for-customer", 1), "waiting-for-support");
    assert_string_equal(after(bob, key, "waiting-for-customer", 1), "waiting-for-support");
    assert_string_equal(after(ann, key, "in-progress", 1), "in-progress");
    assert_string_equal(after(ann, key, "escalated", 1), "escalated");
    assert_string_equal(after(ann, key, "closed", 0), "closed");
    assert_string_equal(after(ann, key, "canceled", 0), "canceled");
    assert_string_equal(after(ann, key, "resolved", 0), "waiting-for-support");
    fixture_run("UPDATE desk SET auto_status = 0");
    assert_string_equal(after(ivy, key, "waiting-for-support", 1), "waiting-for-support");
    assert_string_equal(after(ann, key, "waiting-for-customer", 1), "waiting-for-customer");
    assert_string_equal(after(ann, key, "resolved", 0), "resolved");
}

static void test_an_agent_who_reported_speaks_as_customer(void **state)
{
    const char *key = raise_one(ivy, help, "mine");

    (void)state;
    assert_string_equal(after(ivy, key, "waiting-for-support", 1), "waiting-for-support");
    assert_string_equal(after(ivy, key, "waiting-for-customer", 1), "waiting-for-support");
    assert_string_equal(after(jon, key, "waiting-for-support", 1), "waiting-for-customer");
}

/* A comment on a resolved request opens it again, with history, resolution and counters. */
static void test_reopening(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    set_status(key, "resolved", 0);
    fixture_run("UPDATE request SET resolution = 'Done'");
    fixture_run("UPDATE desk_count SET open_requests = 0, closed_requests = 1");
    fixture_clock_move(SD_DAY);
    assert_good(say(bob, key, "Still dark", 1));
    assert_string_equal(status_of(key), "waiting-for-support");
    assert_int_equal(fixture_number("SELECT open FROM request"), 1);
    assert_null(fixture_text("SELECT resolution FROM request"));
    assert_int_equal(fixture_number("SELECT status_at - created FROM request"), SD_DAY);
    assert_string_equal(counts_of(ann), "1 0");
    assert_null(counts_of(bob));
    assert_int_equal(fixture_number("SELECT count(*) FROM status_change"), 2);
    assert_string_equal(fixture_text("SELECT status || ' ' || account_id FROM status_change ORDER BY id DESC"),
                        apr_psprintf(fixture.pool, "waiting-for-support " ID, bob));
}

static void test_closed_desk_keeps_the_conversation(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    fixture_run("UPDATE desk SET open = 0, access = 'listed'");
    fixture_run("DELETE FROM desk_role WHERE account_id = " ID, ann);
    fixture_run("DELETE FROM desk_organization");
    assert_good(say(ann, key, "still here", 1));
}

static void test_nothing_stays_of_a_failed_comment(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    raw_refuse_inserts(&fixture.raw, "audit");
    assert_bad(say(ivy, key, "lost", 1), SD_ERROR_INTERNAL);
    raw_accept_inserts(&fixture.raw, "audit");
    assert_int_equal(fixture_number("SELECT count(*) FROM comment"), 0);
    assert_string_equal(status_of(key), "waiting-for-support");
    assert_string_equal(versions(key), "1 1");
}

/* What a page costs does not depend on how many comments there are. */
static void test_a_page_of_many_comments(void **state)
{
    const char *key = raise_one(ann, help, "one");
    const sd_id_t readers[] = {ann, ivy};
    int few[2];

    (void)state;
    for (int round = 0, count = 200; round < 2; round++, count = 5000) {
        fixture_run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                    " INSERT INTO comment (request_id, author_id, body, public, created)"
                    " SELECT " ID ", " ID ", 'comment ' || i, i %% 2, i FROM n",
                    count, request_id(key), ann);
        for (int i = 0; i < 2; i++) {
            fixture_steps();
            assert_non_null(strstr(seen_by(readers[i], key, 1, 1),
                                   i ? "[comment 1][comment 2][comment 3]" : "[comment 1][comment 3][comment 5]"));
            if (round == 0) {
                few[i] = fixture_steps();
            } else {
                assert_in_range(fixture_steps(), 1, few[i] * 13 / 10);
            }
        }
    }
}

static void test_pages_of_both_kinds(void **state)
{
    const char *key = raise_one(ann, help, "one");
    const sd_request_t *request;
    sd_list_t *list;

    (void)state;
    for (int i = 1; i <= 5; i++) {
        assert_good(say(ivy, key, apr_psprintf(fixture.pool, "%d", i), i % 3 != 0));
    }
    assert_string_equal(seen_by(ivy, key, 1, 1), "[1][2][3][4][5]");
    assert_good(sd_comment_list(&list, &request, fixture_work(ivy), key, 1, 1, (sd_page_t){2, 2}));
    assert_int_equal(list->rows->nelts, 2);
    assert_false(list->is_last);
    assert_string_equal(ROW(list, 0, sd_comment_t)->body, "3");
    assert_string_equal(ROW(list, 1, sd_comment_t)->body, "4");
    assert_good(sd_comment_list(&list, &request, fixture_work(ann), key, 1, 1, (sd_page_t){2, 2}));
    assert_int_equal(list->rows->nelts, 2);
    assert_true(list->is_last);
    assert_string_equal(ROW(list, 0, sd_comment_t)->body, "4");
    assert_string_equal(ROW(list, 1, sd_comment_t)->body, "5");
    assert_good(sd_comment_list(&list, &request, fixture_work(ivy), key, 1, 1, (sd_page_t){APR_INT64_MAX, 100}));
    assert_int_equal(list->rows->nelts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        request_test(test_add),
        request_test(test_one_moment),
        request_test(test_bad_input),
        request_test(test_who_comments),
        request_test(test_who_reads_what),
        request_test(test_pages),
        request_test(test_find),
        request_test(test_internal_comments_move_nothing_public),
        request_test(test_the_status_follows),
        request_test(test_an_agent_who_reported_speaks_as_customer),
        request_test(test_reopening),
        request_test(test_closed_desk_keeps_the_conversation),
        request_test(test_nothing_stays_of_a_failed_comment),
        request_test(test_a_page_of_many_comments),
        request_test(test_pages_of_both_kinds),
    };

    return cmocka_run_group_tests_name("desk comment", tests, NULL, NULL);
}
