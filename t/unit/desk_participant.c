/* Participants, and who hears of a request. */
#include "request_fixture.h"

#include "desk/participant.h"
#include "desk/subscription.h"

/* Names of the accounts in a list, each in brackets. */
static const char *names_in(const sd_list_t *list)
{
    const char *names = "";

    for (int i = 0; i < list->rows->nelts; i++) {
        names = apr_pstrcat(fixture.pool, names, "[", ROW(list, i, sd_account_t)->name, "]", NULL);
    }
    return names;
}

static sd_error_t *add(const char **added, sd_id_t who, const char *key, const apr_array_header_t *names)
{
    const sd_request_t *request;
    sd_list_t *list;

    SD_TRY(sd_participant_add(&list, &request, fixture_work(who), key, names));
    *added = names_in(list);
    return NULL;
}

static sd_error_t *drop(const char **left, sd_id_t who, const char *key, const apr_array_header_t *names)
{
    const sd_request_t *request;
    sd_list_t *list;

    SD_TRY(sd_participant_remove(&list, &request, fixture_work(who), key, names));
    *left = names_in(list);
    return NULL;
}

static const char *participants(sd_id_t who, const char *key)
{
    const sd_request_t *request;
    sd_list_t *list;

    assert_good(sd_participant_list(&list, &request, fixture_work(who), key, PAGE));
    return names_in(list);
}

static apr_int64_t version_of(const char *key)
{
    return fixture_number("SELECT public_version FROM request WHERE key = '%s'", key);
}

static void test_add_answers_the_added(void **state)
{
    const char *key = raise_one(ann, help, "one"), *added = NULL;

    (void)state;
    assert_good(add(&added, ann, key, fixture_texts("cid", "dee@example.org", NULL)));
    assert_string_equal(added, "[cid][dee]");
    assert_int_equal(version_of(key), 2);
    assert_int_equal(fixture_audited("participant.add"), 2);
    assert_good(add(&added, ann, key, fixture_texts("cid", "bob", "bob@example.org", NULL)));
    assert_string_equal(added, "[bob]");
    assert_int_equal(version_of(key), 3);
    assert_good(add(&added, ann, key, fixture_texts("cid", "ann", NULL)));
    assert_string_equal(added, "");
    assert_int_equal(version_of(key), 3);
    assert_int_equal(fixture_audited("participant.add"), 3);
    assert_string_equal(participants(dee, key), "[bob][cid][dee]");
    assert_string_equal(fixture_text("SELECT added_by FROM participant"), id_text(ann));
}

static void test_add_all_or_none(void **state)
{
    const char *key = raise_one(ann, help, "one"), *added = NULL;
    const sd_error_t *error = add(&added, ann, key, fixture_texts("cid", "nobody", "no one", NULL));

    (void)state;
    assert_bad_field(error, SD_ERROR_INPUT, "accountIds", "sd.participant.unknown");
    assert_string_equal(error->text, "\"nobody\" cannot be added to this request.");
    assert_string_equal(error->next->text, "\"no one\" cannot be added to this request.");
    assert_null(error->next->next);
    assert_int_equal(fixture_number("SELECT count(*) FROM participant"), 0);
    assert_int_equal(version_of(key), 1);
    assert_bad_field(add(&added, ann, key, fixture_texts(NULL)), SD_ERROR_INPUT, "accountIds",
                     "sd.validation.required");
}

static void test_add_too_many(void **state)
{
    const char *key = raise_one(ann, help, "one"), *added = NULL;
    apr_array_header_t *names = fixture_texts("cid", NULL);

    (void)state;
    while (names->nelts < SD_PARTICIPANTS_MAX) {
        APR_ARRAY_PUSH(names, const char *) = "cid";
    }
    assert_good(add(&added, ann, key, names));
    APR_ARRAY_PUSH(names, const char *) = "cid";
    assert_bad_field(add(&added, ann, key, names), SD_ERROR_INPUT, "accountIds", "sd.validation.too.many");
}

static void test_who_adds(void **state)
{
    const char *key = raise_one(ann, help, "one"), *added = NULL;

    (void)state;
    participate(key, dee);
    assert_good(add(&added, dee, key, fixture_texts("cid", NULL)));
    assert_good(add(&added, bob, key, fixture_texts("jon", NULL)));
    assert_good(add(&added, ivy, key, fixture_texts("kim", NULL)));
    assert_not_found(add(&added, sam, key, fixture_texts("lea", NULL)));
    fixture_run("DELETE FROM participant");
    assert_not_found(add(&added, cid, key, fixture_texts("cid", NULL)));
    assert_bad(add(&added, 0, key, fixture_texts("cid", NULL)), SD_ERROR_SIGN_IN);
    fixture_run("INSERT INTO setting (name, value) VALUES ('system_admin_reads_requests', 'true')");
    assert_bad(add(&added, sam, key, fixture_texts("lea", NULL)), SD_ERROR_FORBIDDEN);
}

static void test_whom(void **state)
{
    const char *key = raise_one(ann, help, "one"), *of_hr = raise_one(dee, hr, "two"), *added = NULL;

    (void)state;
    assert_bad(add(&added, dee, of_hr, fixture_texts("cid", NULL)), SD_ERROR_INPUT);
    assert_bad(add(&added, kim, of_hr, fixture_texts("cid", NULL)), SD_ERROR_INPUT);
    fixture_role(hr, "customer", cid);
    assert_good(add(&added, dee, of_hr, fixture_texts("cid", NULL)));
    fixture_run("UPDATE account SET state = 'disabled' WHERE id = " ID, cid);
    assert_bad(add(&added, ivy, key, fixture_texts("cid", NULL)), SD_ERROR_INPUT);
    fixture_run("UPDATE account SET state = 'anonymised' WHERE id = " ID, cid);
    assert_bad(add(&added, ivy, key, fixture_texts("cid", NULL)), SD_ERROR_INPUT);
    fixture_run("UPDATE desk SET sharing = 'organization'");
    assert_bad(add(&added, ann, key, fixture_texts("dee", NULL)), SD_ERROR_INPUT);
    assert_good(add(&added, ann, key, fixture_texts("bob", NULL)));
    assert_good(add(&added, ivy, key, fixture_texts("dee", NULL)));
}

static void test_remove_answers_those_left(void **state)
{
    const char *key = raise_one(ann, help, "one"), *left = NULL;

    (void)state;
    participate(key, bob);
    participate(key, cid);
    participate(key, dee);
    assert_good(drop(&left, ann, key, fixture_texts("cid", "cid@example.org", NULL)));
    assert_string_equal(left, "[bob][dee]");
    assert_int_equal(fixture_audited("participant.remove"), 1);
    assert_int_equal(version_of(key), 2);
    assert_good(drop(&left, dee, key, fixture_texts("dee", NULL)));
    assert_string_equal(left, "[bob]");
    assert_not_found(drop(&left, dee, key, fixture_texts("bob", NULL)));
    assert_good(drop(&left, ivy, key, fixture_texts("bob", NULL)));
    assert_string_equal(left, "");
}

static void test_remove_all_or_none(void **state)
{
    const char *key = raise_one(ann, help, "one"), *left = NULL;

    (void)state;
    participate(key, cid);
    assert_bad_field(drop(&left, ann, key, fixture_texts("cid", "dee", NULL)), SD_ERROR_INPUT, "accountIds",
                     "sd.participant.none");
    assert_bad_field(drop(&left, ann, key, fixture_texts("cid", "nobody", NULL)), SD_ERROR_INPUT, "accountIds",
                     "sd.participant.none");
    assert_bad_field(drop(&left, ann, key, fixture_texts("cid", "ann", NULL)), SD_ERROR_INPUT, "accountIds",
                     "sd.participant.none");
    assert_bad_field(drop(&left, ann, key, fixture_texts(NULL)), SD_ERROR_INPUT, "accountIds",
                     "sd.validation.required");
    assert_string_equal(participants(ann, key), "[cid]");
    assert_int_equal(fixture_audited("participant.remove"), 0);
    assert_int_equal(version_of(key), 1);
}

static int hears(sd_id_t who, const char *key)
{
    int subscribed = -1;

    assert_good(sd_subscription_get(&subscribed, fixture_work(who), key));
    return subscribed;
}

static void choose(sd_id_t who, const char *key, int subscribed)
{
    assert_good(sd_subscription_set(fixture_work(who), key, subscribed));
}

static void test_who_hears(void **state)
{
    const char *key = raise_one(ann, help, "one");
    int subscribed;

    (void)state;
    participate(key, cid);
    fixture_run("UPDATE request SET assignee_id = " ID, jon);
    assert_int_equal(hears(ann, key), 1);
    assert_int_equal(hears(cid, key), 1);
    assert_int_equal(hears(jon, key), 1);
    assert_int_equal(hears(bob, key), 0);
    assert_int_equal(hears(ivy, key), 0);
    assert_not_found(sd_subscription_get(&subscribed, fixture_work(dee), key));
    assert_not_found(sd_subscription_set(fixture_work(dee), key, 1));
    assert_bad(sd_subscription_set(fixture_work(0), key, 1), SD_ERROR_SIGN_IN);
    assert_bad(sd_subscription_set(fixture_operator(), key, 1), SD_ERROR_FORBIDDEN);
}

/* Only choices are kept, and only as long as they differ from what would be so anyway. */
static void test_choices(void **state)
{
    const char *key = raise_one(ann, help, "one"), *left;

    (void)state;
    choose(ann, key, 1);
    choose(bob, key, 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM subscription"), 0);
    assert_int_equal(fixture_audited("subscription.set"), 0);
    choose(ann, key, 0);
    choose(ann, key, 0);
    choose(bob, key, 1);
    assert_int_equal(hears(ann, key), 0);
    assert_int_equal(hears(bob, key), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM subscription"), 2);
    assert_int_equal(fixture_audited("subscription.set"), 2);
    choose(ann, key, 1);
    assert_int_equal(hears(ann, key), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM subscription"), 1);
    participate(key, cid);
    choose(cid, key, 0);
    assert_good(drop(&left, ann, key, fixture_texts("cid", NULL)));
    assert_int_equal(fixture_number("SELECT count(*) FROM subscription WHERE account_id = " ID, cid), 0);
    assert_int_equal(fixture_number("SELECT version FROM request"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        request_test(test_add_answers_the_added),
        request_test(test_add_all_or_none),
        request_test(test_add_too_many),
        request_test(test_who_adds),
        request_test(test_whom),
        request_test(test_remove_answers_those_left),
        request_test(test_remove_all_or_none),
        request_test(test_who_hears),
        request_test(test_choices),
    };

    return cmocka_run_group_tests_name("desk participant", tests, NULL, NULL);
}
