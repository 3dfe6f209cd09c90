/* Transitions: which one sees and takes, and what they leave behind. */
#include "request_fixture.h"

#include "desk/comment.h"
#include "desk/transition.h"

static const char *choices(sd_id_t who, const char *key)
{
    const char *ids = "";
    sd_list_t *list;

    assert_good(sd_transition_list(&list, fixture_work(who), key, PAGE));
    assert_true(list->is_last);
    for (int i = 0; i < list->rows->nelts; i++) {
        ids = apr_psprintf(fixture.pool, "%s[" ID "]", ids, ROW(list, i, sd_transition_t)->id);
    }
    return ids;
}

static sd_error_t *take(sd_id_t who, const char *key, int id)
{
    return sd_transition_take(fixture_work(who), key, id_text(id), NULL, NULL);
}

static void test_which_one_sees(void **state)
{
    const char *key = raise_one(ann, help, "one");
    sd_list_t *list;

    (void)state;
    participate(key, dee);
    assert_string_equal(choices(ann, key), "[102]");
    assert_string_equal(choices(bob, key), "");
    assert_string_equal(choices(dee, key), "");
    assert_string_equal(choices(ivy, key), "[101][102][104][106]");
    assert_string_equal(choices(lea, key), "[101][102][104][106]");
    set_status(key, "resolved", 0);
    assert_string_equal(choices(ann, key), "[103]");
    assert_string_equal(choices(ivy, key), "[103][105]");
    assert_not_found(sd_transition_list(&list, fixture_work(cid), key, PAGE));
    assert_bad(sd_transition_list(&list, fixture_work(0), key, PAGE), SD_ERROR_SIGN_IN);
}

static void test_resolve_and_reopen(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    fixture_clock_move(SD_MINUTE);
    assert_good(take(ann, key, RESOLVE));
    assert_string_equal(status_of(key), "resolved");
    assert_string_equal(fixture_text("SELECT resolution || ' ' || open FROM request"), "Done 0");
    assert_string_equal(fixture_text("SELECT version || ' ' || public_version FROM request"), "2 2");
    assert_int_equal(fixture_number("SELECT status_at - created FROM request"), SD_MINUTE);
    assert_string_equal(counts_of(ann), "0 1");
    assert_string_equal(fixture_text("SELECT detail FROM audit WHERE act = 'request.transition'"),
                        "{\"id\":\"102\",\"from\":\"waiting-for-support\",\"to\":\"resolved\"}");
    assert_good(take(ivy, key, REOPEN));
    assert_null(fixture_text("SELECT resolution FROM request"));
    assert_string_equal(counts_of(ann), "1 0");
    assert_null(counts_of(ivy));
    assert_good(take(ivy, key, START));
    assert_string_equal(counts_of(ann), "1 0");
    assert_int_equal(fixture_audited("request.transition"), 3);
}

static void test_who_takes_which(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    participate(key, dee);
    assert_bad_field(take(ann, key, ESCALATE), SD_ERROR_INPUT, "id", "sd.transition.unknown");
    assert_bad_field(take(ann, key, REOPEN), SD_ERROR_INPUT, "id", "sd.transition.unknown");
    assert_bad_field(take(ivy, key, REOPEN), SD_ERROR_INPUT, "id", "sd.transition.unknown");
    assert_bad_field(take(ivy, key, OF_HR), SD_ERROR_INPUT, "id", "sd.transition.unknown");
    assert_bad_field(sd_transition_take(fixture_work(ivy), key, "7x", NULL, NULL), SD_ERROR_INPUT, "id",
                     "sd.transition.unknown");
    assert_bad_field(sd_transition_take(fixture_work(ivy), key, NULL, NULL, NULL), SD_ERROR_INPUT, "id",
                     "sd.validation.required");
    assert_bad(take(bob, key, RESOLVE), SD_ERROR_FORBIDDEN);
    assert_bad(take(dee, key, RESOLVE), SD_ERROR_FORBIDDEN);
    assert_not_found(take(cid, key, RESOLVE));
    assert_not_found(take(kim, key, RESOLVE));
    assert_bad(take(0, key, RESOLVE), SD_ERROR_SIGN_IN);
    assert_string_equal(status_of(key), "waiting-for-support");
    assert_int_equal(fixture_number("SELECT version FROM request"), 1);
    assert_good(take(ivy, key, ESCALATE));
}

static void test_with_a_comment(void **state)
{
    const char *key = raise_one(ann, help, "one");
    char *longest = apr_palloc(fixture.pool, SD_COMMENT_LENGTH + 2);

    (void)state;
    memset(longest, 'x', SD_COMMENT_LENGTH + 1);
    longest[SD_COMMENT_LENGTH + 1] = '\0';
    assert_bad_field(sd_transition_take(fixture_work(ivy), key, id_text(RESOLVE), longest, NULL), SD_ERROR_INPUT,
                     "additionalComment", "sd.validation.long");
    assert_good(sd_transition_take(fixture_work(ivy), key, id_text(RESOLVE), "Plugged it in.", NULL));
    assert_string_equal(status_of(key), "resolved");
    assert_string_equal(fixture_text("SELECT body || ' ' || public || ' ' || author_id FROM comment"),
                        apr_psprintf(fixture.pool, "Plugged it in. 1 " ID, ivy));
    assert_int_equal(fixture_audited("comment.create"), 1);
    assert_good(sd_transition_take(fixture_work(ann), key, id_text(REOPEN), "", NULL));
    assert_int_equal(fixture_number("SELECT count(*) FROM comment"), 1);
}

/* A bad id keeps the comment out, too. */
static void test_all_or_nothing(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    assert_bad(sd_transition_take(fixture_work(ivy), key, id_text(REOPEN), "lost", NULL), SD_ERROR_INPUT);
    assert_int_equal(fixture_number("SELECT count(*) FROM comment"), 0);
}

static sd_error_t *take_at(sd_id_t who, const char *key, int id, const char *version)
{
    return sd_transition_take(fixture_work(who), key, id_text(id), NULL, version);
}

static void test_based_on_a_version(void **state)
{
    const char *key = raise_one(ann, help, "one");

    (void)state;
    fixture_run("UPDATE request SET version = 7, public_version = 3");
    assert_bad(take_at(ivy, key, RESOLVE, "a6"), SD_ERROR_STALE);
    assert_bad(take_at(ivy, key, RESOLVE, "c3"), SD_ERROR_STALE);
    assert_bad(take_at(ivy, key, RESOLVE, ""), SD_ERROR_STALE);
    assert_bad(take_at(ann, key, RESOLVE, "a7"), SD_ERROR_STALE);
    assert_not_found(take_at(cid, key, RESOLVE, "a7"));
    assert_bad(take_at(bob, key, RESOLVE, "c2"), SD_ERROR_FORBIDDEN);
    assert_string_equal(status_of(key), "waiting-for-support");
    assert_good(take_at(ivy, key, RESOLVE, "a7"));
    assert_bad(take_at(ann, key, REOPEN, "c3"), SD_ERROR_STALE);
    assert_good(take_at(ann, key, REOPEN, "c4"));
}

static void test_history_is_newest_first(void **state)
{
    const char *key = raise_one(ann, help, "one");
    sd_list_t *list;

    (void)state;
    fixture_clock_move(SD_MINUTE);
    assert_good(take(ivy, key, RESPOND));
    assert_good(sd_transition_history(&list, fixture_work(ann), key, PAGE));
    assert_int_equal(list->rows->nelts, 2);
    assert_string_equal(ROW(list, 0, sd_status_change_t)->status, "waiting-for-customer");
    assert_true(ROW(list, 0, sd_status_change_t)->at == FIXTURE_START + SD_MINUTE);
    assert_string_equal(ROW(list, 1, sd_status_change_t)->status, "waiting-for-support");
    assert_good(sd_transition_history(&list, fixture_work(ann), key, (sd_page_t){0, 1}));
    assert_int_equal(list->rows->nelts, 1);
    assert_false(list->is_last);
    assert_not_found(sd_transition_history(&list, fixture_work(cid), key, PAGE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        request_test(test_which_one_sees),          request_test(test_resolve_and_reopen),
        request_test(test_who_takes_which),         request_test(test_with_a_comment),
        request_test(test_all_or_nothing),          request_test(test_based_on_a_version),
        request_test(test_history_is_newest_first),
    };

    return cmocka_run_group_tests_name("desk transition", tests, NULL, NULL);
}
