/* "My requests": whose, in which order, under which filter. */
#include "request_fixture.h"

#include "desk/comment.h"
#include "desk/participant.h"
#include "desk/policy.h"
#include "desk/request_list.h"
#include "desk/transition.h"

static sd_request_query_t mine(void)
{
    return (sd_request_query_t){.relations = SD_REQUEST_OWN, .state = SD_REQUEST_ANY};
}

static sd_error_t *ask(sd_list_t **list, sd_id_t who, const sd_request_query_t *query)
{
    return sd_request_list(list, fixture_work(who), query, PAGE);
}

static const char *keys_in(const sd_list_t *list)
{
    const char *keys = "";

    for (int i = 0; i < list->rows->nelts; i++) {
        keys = apr_pstrcat(fixture.pool, keys, "[", ROW(list, i, sd_request_view_t)->request->key, "]", NULL);
    }
    return keys;
}

static const char *keys(sd_id_t who, const sd_request_query_t *query)
{
    sd_list_t *list;

    assert_good(ask(&list, who, query));
    return keys_in(list);
}

/* A minute apart, so that the order is known. */
static const char *raise_later(sd_id_t who, sd_id_t desk_id, const char *summary)
{
    fixture_clock_move(SD_MINUTE);
    return raise_private(who, desk_id, summary);
}

static void share_with(const char *key, sd_id_t organization)
{
    fixture_run("INSERT INTO request_organization (request_id, organization_id, activity)"
                " SELECT id, " ID ", public_updated FROM request WHERE key = '%s'",
                organization, key);
}

static void test_ways_in(void **state)
{
    const char *own = raise_later(ann, help, "own"), *with = raise_later(cid, help, "with");
    const char *shared = raise_later(bob, help, "shared");
    sd_request_query_t query = mine();

    (void)state;
    raise_later(cid, help, "foreign");
    participate(with, ann);
    participate(own, ann);
    share_with(shared, acme);
    share_with(own, acme);
    assert_string_equal(keys(ann, &query), "[HELP-3][HELP-2][HELP-1]");
    query.relations = SD_RELATION_REPORTER;
    assert_string_equal(keys(ann, &query), "[HELP-1]");
    query.relations = SD_RELATION_PARTICIPANT;
    assert_string_equal(keys(ann, &query), "[HELP-2][HELP-1]");
    query.relations = SD_RELATION_ORGANIZATION;
    assert_string_equal(keys(ann, &query), "[HELP-3][HELP-1]");
    query.organization = id_text(acme);
    assert_string_equal(keys(ann, &query), "[HELP-3][HELP-1]");
    query.organization = id_text(acme + 1);
    assert_string_equal(keys(ann, &query), "");
    query.organization = "Acme";
    assert_bad_field(ask(&(sd_list_t *){NULL}, ann, &query), SD_ERROR_INPUT, "organizationId", "sd.validation.id");
    query = mine();
    query.relations = 0;
    assert_string_equal(keys(ann, &query), "");
    query.relations = ~(sd_relations_t)0;
    assert_string_equal(keys(dee, &query), "");
}

static void test_agents_see_their_own_only(void **state)
{
    sd_request_query_t query = mine();
    sd_list_t *list;

    (void)state;
    raise_later(ann, help, "one");
    raise_later(ivy, help, "two");
    assert_string_equal(keys(ivy, &query), "[HELP-2]");
    assert_string_equal(keys(lea, &query), "");
    fixture_run("INSERT INTO setting (name, value) VALUES ('system_admin_reads_requests', 'true')");
    assert_string_equal(keys(sam, &query), "");
    assert_bad(ask(&list, 0, &query), SD_ERROR_SIGN_IN);
    assert_good(ask(&list, ivy, &query));
    assert_true(ROW(list, 0, sd_request_view_t)->staff);
}

static void test_order_and_pages(void **state)
{
    sd_request_query_t query = mine();
    sd_list_t *list;

    (void)state;
    for (int i = 0; i < 5; i++) {
        raise_later(ann, help, "one of five");
    }
    fixture_run("UPDATE request SET public_updated = %" APR_INT64_T_FMT " WHERE key = 'HELP-2'", fixture.now + SD_HOUR);
    fixture_run("UPDATE request SET updated = %" APR_INT64_T_FMT " WHERE key = 'HELP-1'", fixture.now + SD_DAY);
    participate("HELP-3", ann);
    assert_string_equal(keys(ann, &query), "[HELP-2][HELP-5][HELP-4][HELP-3][HELP-1]");
    assert_good(sd_request_list(&list, fixture_work(ann), &query, (sd_page_t){0, 2}));
    assert_string_equal(keys_in(list), "[HELP-2][HELP-5]");
    assert_false(list->is_last);
    assert_good(sd_request_list(&list, fixture_work(ann), &query, (sd_page_t){2, 2}));
    assert_string_equal(keys_in(list), "[HELP-4][HELP-3]");
    assert_false(list->is_last);
    assert_good(sd_request_list(&list, fixture_work(ann), &query, (sd_page_t){4, 2}));
    assert_string_equal(keys_in(list), "[HELP-1]");
    assert_true(list->is_last);
    assert_good(sd_request_list(&list, fixture_work(ann), &query, (sd_page_t){APR_INT64_MAX, 100}));
    assert_string_equal(keys_in(list), "");
    assert_true(list->is_last);
}

static void test_equal_times_keep_one_order(void **state)
{
    sd_request_query_t query = mine();

    (void)state;
    raise_private(ann, help, "one");
    raise_private(ann, help, "two");
    participate(raise_private(cid, help, "three"), ann);
    assert_string_equal(keys(ann, &query), "[HELP-3][HELP-2][HELP-1]");
}

static void test_desk_and_type(void **state)
{
    sd_request_query_t query = mine();
    sd_id_t old_type;
    sd_list_t *list;

    (void)state;
    raise_later(dee, help, "one");
    raise_later(dee, hr, "two");
    old_type = make_type(help, "Old");
    fixture_run("UPDATE request_type SET deleted = 1 WHERE id = " ID, old_type);
    query.desk = id_text(hr);
    assert_string_equal(keys(dee, &query), "[HR-1]");
    query.desk = "HELP";
    assert_string_equal(keys(dee, &query), "[HELP-1]");
    query.request_type = id_text(help_type);
    assert_string_equal(keys(dee, &query), "[HELP-1]");
    query.request_type = id_text(old_type);
    assert_string_equal(keys(dee, &query), "");
    query.request_type = id_text(hr_type);
    assert_not_found(ask(&list, dee, &query));
    query.request_type = "x";
    assert_not_found(ask(&list, dee, &query));
    query.request_type = NULL;
    query.desk = "NONE";
    assert_not_found(ask(&list, dee, &query));
    query.desk = "HR";
    assert_not_found(ask(&list, ann, &query));
    query.desk = NULL;
    query.request_type = id_text(hr_type);
    assert_bad_field(ask(&list, dee, &query), SD_ERROR_INPUT, "requestTypeId", "sd.request.list.type");
}

static void test_state(void **state)
{
    sd_request_query_t query = mine();

    (void)state;
    raise_later(ann, help, "one");
    set_status(raise_later(ann, help, "two"), "closed", 0);
    query.state = SD_REQUEST_OPEN;
    assert_string_equal(keys(ann, &query), "[HELP-1]");
    query.state = SD_REQUEST_CLOSED;
    assert_string_equal(keys(ann, &query), "[HELP-2]");
    query.state = SD_REQUEST_ANY;
    assert_string_equal(keys(ann, &query), "[HELP-2][HELP-1]");
    fixture_run("UPDATE request SET deleted = 1 WHERE key = 'HELP-2'");
    assert_string_equal(keys(ann, &query), "[HELP-1]");
}

static const char *found(const char *search)
{
    sd_request_query_t query = mine();

    query.search = search;
    return keys(ann, &query);
}

static void test_search(void **state)
{
    sd_request_query_t query = mine();
    char longest[257];
    sd_list_t *list;

    (void)state;
    raise_later(ann, help, "The Printer is dark");
    raise_later(ann, help, "100% of STRASSE_1");
    participate(raise_later(cid, help, "A printer, too"), ann);
    raise_later(cid, help, "printer of nobody");
    assert_string_equal(found("printer"), "[HELP-3][HELP-1]");
    assert_string_equal(found("PRINTER"), "[HELP-3][HELP-1]");
    assert_string_equal(found("the*dark"), "[HELP-1]");
    assert_string_equal(found("p?inter"), "[HELP-3][HELP-1]");
    assert_string_equal(found("prin?er*too"), "[HELP-3]");
    assert_string_equal(found("stra\xc3\x9f"
                              "e"),
                        "[HELP-2]");
    assert_string_equal(found("0%"), "[HELP-2]");
    assert_string_equal(found("%"), "[HELP-2]");
    assert_string_equal(found("_"), "[HELP-2]");
    assert_string_equal(found("\\"), "");
    assert_string_equal(found("' OR 1 = 1 --"), "");
    assert_string_equal(found("**"), "[HELP-3][HELP-2][HELP-1]");
    assert_string_equal(found(""), "[HELP-3][HELP-2][HELP-1]");
    memset(longest, 'x', 256);
    longest[256] = '\0';
    query.search = longest;
    assert_bad_field(ask(&list, ann, &query), SD_ERROR_INPUT, "searchTerm", "sd.validation.long");
    query.search = "\xff";
    assert_bad_field(ask(&list, ann, &query), SD_ERROR_INPUT, "searchTerm", "sd.validation.utf8");
}

/* A pattern made to be slow must not be. */
static void test_a_pattern_made_to_be_slow(void **state)
{
    const char *summary = apr_psprintf(fixture.pool, "%0250d", 0);
    char pattern[256];

    (void)state;
    raise_later(ann, help, summary);
    for (int i = 0; i < 254; i += 2) {
        pattern[i] = '*';
        pattern[i + 1] = '0';
    }
    memcpy(pattern + 253, "1", 2);
    assert_string_equal(found(pattern), "");
}

/* The list shows what may be read one by one, and nothing else: for everybody, over everything. */
static void test_the_list_agrees_with_the_policy(void **state)
{
    const sd_id_t people[] = {ann, bob, cid, dee, ivy, jon, kim, lea, sam};
    sd_request_query_t query = mine();

    (void)state;
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        const char *key = raise_private(people[i], help, "any");

        if (i % 2) {
            share_with(key, acme);
        }
        participate(key, people[(i + 3) % 9]);
    }
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        const char *all = keys(people[i], &query);

        for (int n = 1; n <= 9; n++) {
            const char *key = apr_psprintf(fixture.pool, "HELP-%d", n);
            sd_request_view_t *view = NULL;
            sd_error_t *error = sd_request_get(&view, fixture_work(people[i]), key, 0);
            int own = !error && (view->request->relations & SD_REQUEST_OWN);

            assert_int_equal(strstr(all, apr_pstrcat(fixture.pool, "[", key, "]", NULL)) != NULL, own);
        }
    }
}

static void test_parts(void **state)
{
    sd_request_query_t query = mine();
    sd_list_t *list;

    (void)state;
    raise_later(ann, help, "one");
    query.parts = SD_REQUEST_VALUES | SD_REQUEST_DESK;
    assert_good(ask(&list, ann, &query));
    assert_int_equal(ROW(list, 0, sd_request_view_t)->values->nelts, 1);
    assert_string_equal(ROW(list, 0, sd_request_view_t)->desk->key, "HELP");
    assert_null(ROW(list, 0, sd_request_view_t)->type);
}

/* ---- very many ---- */

/* `count` requests of Bob, a second apart: each shared with Acme, each with Cid as participant. */
static void make_many(int count)
{
    fixture_run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                " INSERT INTO request (desk_id, key, request_type_id, reporter_id, author_id, summary, summary_key,"
                " status, status_at, open, created, updated, public_updated)"
                " SELECT " ID ", 'HELP-' || i, " ID ", " ID ", " ID ", 's', 's', 'waiting-for-support', i, 1, i, i,"
                " i * 1000 FROM n",
                count, help, help_type, bob, bob);
    fixture_run("INSERT INTO request_organization (request_id, organization_id, activity)"
                " SELECT id, " ID ", public_updated FROM request",
                acme);
    fixture_run("INSERT INTO participant (request_id, account_id, added_by, created, activity)"
                " SELECT id, " ID ", " ID ", 1, public_updated FROM request",
                cid, bob);
}

static void forget_requests(void)
{
    fixture_run("DELETE FROM participant; DELETE FROM request_organization; DELETE FROM request");
}

static int steps_of_page(sd_id_t who, sd_page_t page, const char *expected)
{
    sd_request_query_t query = mine();
    sd_list_t *list;

    fixture_steps();
    assert_good(sd_request_list(&list, fixture_work(who), &query, page));
    assert_string_equal(keys_in(list), expected);
    assert_false(list->is_last);
    return fixture_steps();
}

/* A page costs the same, whether its reader sees five hundred requests or fifty thousand, by whichever way. */
static void test_a_page_of_very_many(void **state)
{
    const sd_page_t first = {0, 3}, second = {3, 3};
    const sd_id_t readers[] = {ann, bob, cid};
    int steps[3][2];

    (void)state;
    make_many(500);
    raw_know_sizes(&fixture.raw);
    for (int i = 0; i < 3; i++) {
        steps[i][0] = steps_of_page(readers[i], first, "[HELP-500][HELP-499][HELP-498]");
        steps[i][1] = steps_of_page(readers[i], second, "[HELP-497][HELP-496][HELP-495]");
    }
    forget_requests();
    make_many(50000);
    raw_know_sizes(&fixture.raw);
    for (int i = 0; i < 3; i++) {
        assert_in_range(steps_of_page(readers[i], first, "[HELP-50000][HELP-49999][HELP-49998]"), 1,
                        steps[i][0] * 13 / 10);
        assert_in_range(steps_of_page(readers[i], second, "[HELP-49997][HELP-49996][HELP-49995]"), 1,
                        steps[i][1] * 13 / 10);
    }
}

/* The database's own idea of how many rows there are lags behind: a list must not take minutes until it has counted. */
static void test_a_page_before_anybody_counted(void **state)
{
    sd_id_t readers[] = {ann, bob, cid};

    (void)state;
    make_many(6000);
    for (int i = 0; i < 3; i++) {
        steps_of_page(readers[i], (sd_page_t){0, 3}, "[HELP-6000][HELP-5999][HELP-5998]");
    }
}

/* Members of several organizations get one list of all, each request once. */
static void test_several_organizations(void **state)
{
    sd_id_t beta = fixture_organization("Beta", ann, (sd_id_t)0),
            gamma = fixture_organization("Gamma", ann, (sd_id_t)0);
    sd_request_query_t query = mine();
    sd_list_t *list;

    (void)state;
    for (int i = 1; i <= 9; i++) {
        const char *key = raise_later(cid, help, "shared");

        share_with(key, i % 3 == 0 ? acme : i % 3 == 1 ? beta : gamma);
        if (i == 8) {
            share_with(key, acme);
            participate(key, ann);
        }
    }
    assert_string_equal(keys(ann, &query), "[HELP-9][HELP-8][HELP-7][HELP-6][HELP-5][HELP-4][HELP-3][HELP-2][HELP-1]");
    assert_good(sd_request_list(&list, fixture_work(ann), &query, (sd_page_t){0, 2}));
    assert_string_equal(keys_in(list), "[HELP-9][HELP-8]");
    assert_good(sd_request_list(&list, fixture_work(ann), &query, (sd_page_t){4, 3}));
    assert_string_equal(keys_in(list), "[HELP-5][HELP-4][HELP-3]");
    assert_false(list->is_last);
    query.organization = id_text(gamma);
    query.relations = SD_RELATION_ORGANIZATION;
    assert_string_equal(keys(ann, &query), "[HELP-8][HELP-5][HELP-2]");
    fixture_run("UPDATE request SET deleted = 1 WHERE key IN ('HELP-9', 'HELP-8')");
    query = mine();
    assert_good(sd_request_list(&list, fixture_work(ann), &query, (sd_page_t){0, 2}));
    assert_string_equal(keys_in(list), "[HELP-7][HELP-6]");
    assert_false(list->is_last);
}

/* What customers see happen moves a request up in everybody's list; what agents do among themselves does not. */
static void test_activity_moves_up(void **state)
{
    const sd_page_t first = {0, 1};
    const sd_comment_t *comment;
    const sd_request_t *request;
    sd_list_t *people;

    (void)state;
    for (int i = 1; i <= 4; i++) {
        const char *key = raise_later(bob, help, "one of four");

        share_with(key, acme);
        participate(key, cid);
    }
    fixture_clock_move(SD_MINUTE);
    assert_good(sd_comment_add(&comment, &request, fixture_work(ivy), "HELP-1", "inside", 0));
    for (int i = 0; i < 2; i++) {
        steps_of_page(i ? cid : ann, first, "[HELP-4]");
    }
    fixture_clock_move(SD_MINUTE);
    assert_good(sd_comment_add(&comment, &request, fixture_work(ivy), "HELP-1", "said", 1));
    for (int i = 0; i < 3; i++) {
        steps_of_page(i == 0 ? ann : i == 1 ? bob : cid, first, "[HELP-1]");
    }
    fixture_clock_move(SD_MINUTE);
    assert_good(sd_transition_take(fixture_work(ivy), "HELP-2", id_text(START), NULL, NULL));
    for (int i = 0; i < 3; i++) {
        steps_of_page(i == 0 ? ann : i == 1 ? bob : cid, first, "[HELP-2]");
    }
    fixture_clock_move(SD_MINUTE);
    assert_good(sd_participant_add(&people, &request, fixture_work(ivy), "HELP-3", fixture_texts("dee", NULL)));
    for (int i = 0; i < 3; i++) {
        steps_of_page(i == 0 ? ann : i == 1 ? bob : cid, first, "[HELP-3]");
    }
    assert_int_equal(fixture_number("SELECT count(*) FROM participant p JOIN request r ON r.id = p.request_id"
                                    " WHERE p.activity = r.public_updated"),
                     5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        request_test(test_ways_in),
        request_test(test_agents_see_their_own_only),
        request_test(test_order_and_pages),
        request_test(test_equal_times_keep_one_order),
        request_test(test_desk_and_type),
        request_test(test_state),
        request_test(test_search),
        request_test(test_a_pattern_made_to_be_slow),
        request_test(test_the_list_agrees_with_the_policy),
        request_test(test_parts),
        request_test(test_a_page_of_very_many),
        request_test(test_a_page_before_anybody_counted),
        request_test(test_several_organizations),
        request_test(test_activity_moves_up),
    };

    return cmocka_run_group_tests_name("desk request list", tests, NULL, NULL);
}
