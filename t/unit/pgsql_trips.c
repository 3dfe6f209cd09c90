/* How often the operations that people do most wait for the server: what a network between the two multiplies. */
#include "request_fixture.h"

#include "desk/comment.h"
#include "desk/request_list.h"
#include "store/pgsql_session.h"

#define HELLO "{\"summary\":\"My screen is dark\",\"description\":\"Since noon.\"}"

static unsigned long trips(void)
{
    return ((const sd_pgsql_t *)fixture.store->state)->trips;
}

/* Twice: the first time enlists, and prepares what is sent alone. */
static unsigned long trips_of_create(sd_id_t who, const sd_request_input_t *input)
{
    sd_request_view_t *view = NULL;
    unsigned long before;

    assert_good(sd_request_create(&view, fixture_work(who), input, SD_REQUEST_VALUES));
    before = trips();
    assert_good(sd_request_create(&view, fixture_work(who), input, SD_REQUEST_VALUES));
    before = trips() - before;
    assert_string_equal(view->request->summary, "My screen is dark");
    assert_int_equal(view->values->nelts, 2);
    return before;
}

static void test_create(void **state)
{
    sd_request_input_t open = input_for(help, HELLO), listed = input_for(hr, HELLO);

    (void)state;
    assert_in_range(trips_of_create(ann, &open), 1, 3);
    assert_in_range(trips_of_create(ivy, &open), 1, 3);
    assert_in_range(trips_of_create(dee, &listed), 1, 3);
    open.desk = "HELP";
    assert_in_range(trips_of_create(cid, &open), 1, 3);
    assert_int_equal(fixture_number("SELECT count(*) FROM request"), 8);
    assert_int_equal(fixture_number("SELECT count(*) FROM request_value"), 16);
    assert_int_equal(fixture_number("SELECT count(*) FROM request_organization"), 2);
}

static void test_read_and_comment(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);
    const char *key = raise_with(ann, &input);
    sd_request_view_t *view = NULL;
    const sd_request_t *request;
    const sd_comment_t *comment;
    unsigned long before;

    (void)state;
    assert_good(sd_request_get(&view, fixture_work(ann), key, SD_REQUEST_VALUES));
    assert_good(sd_comment_add(&comment, &request, fixture_work(ann), key, "Still dark.", 1));
    before = trips();
    assert_good(sd_request_get(&view, fixture_work(ann), key, SD_REQUEST_VALUES));
    assert_int_equal(trips() - before, 2);
    assert_int_equal(view->values->nelts, 2);
    before = trips();
    assert_good(sd_comment_add(&comment, &request, fixture_work(ann), key, "Still dark.", 1));
    assert_int_equal(trips() - before, 3);
}

/* Not one more for each request of the page. */
static void test_list(void **state)
{
    sd_request_query_t query = {.relations = SD_REQUEST_OWN, .state = SD_REQUEST_ANY, .parts = SD_REQUEST_VALUES};
    sd_request_input_t input = input_for(help, HELLO);
    unsigned long before;
    sd_list_t *views;

    (void)state;
    for (int i = 0; i < 20; i++) {
        raise_with(ann, &input);
    }
    assert_good(sd_request_list(&views, fixture_work(ann), &query, (sd_page_t){0, 20}));
    before = trips();
    assert_good(sd_request_list(&views, fixture_work(ann), &query, (sd_page_t){0, 20}));
    assert_in_range(trips() - before, 1, 3);
    assert_int_equal(views->rows->nelts, 20);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(APR_ARRAY_IDX(views->rows, i, const sd_request_view_t *)->values->nelts, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        request_test(test_create),
        request_test(test_read_and_comment),
        request_test(test_list),
    };

    return cmocka_run_group_tests_name("pgsql trips", tests, NULL, NULL);
}
