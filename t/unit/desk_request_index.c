/* The words of requests: what is cut from texts, kept with each change, and looked for. */
#include "request_fixture.h"

#include "desk/check.h"
#include "desk/comment.h"
#include "desk/request_index.h"
#include "desk/request_words.h"

#define REFUND "\xed\x99\x98\xeb\xb6\x88" /* two Hangul characters */

/* ---- words ---- */

static const char *line_of(const char *text)
{
    const char *line = "";

    assert_good(sd_request_words_add(&line, fixture.pool, text));
    return line;
}

static void test_lines(void **state)
{
    const char *line = " b  x ";

    (void)state;
    assert_string_equal(line_of(""), "");
    assert_string_equal(line_of(" - ! "), "");
    assert_string_equal(line_of("The THE the b a"), " a  b  the ");
    assert_string_equal(line_of("Stra\xc3\x9f"
                                "e " REFUND "\xec\x9d\x84"),
                        " strasse  \xeb\xb6\x88\xec\x9d\x84  " REFUND " ");
    assert_string_equal(line_of("see HELP-12."), " 12  help  help-12  see ");
    assert_string_equal(line_of("x-1 a1-b2 HELP-1a HELP-12-3 \xc3\xa4HELP-1"),
                        " 1  12  1a  3  a1  b2  help  x  \xc3\xa4help ");
    assert_good(sd_request_words_add(&line, fixture.pool, "c b a"));
    assert_string_equal(line, " a  b  c  x ");
}

static void test_limits(void **state)
{
    char *text = "";
    const char *line = "", *full;
    apr_array_header_t *words;

    (void)state;
    for (int i = 0; i < SD_REQUEST_WORDS_TEXT + 1; i++) {
        text = apr_psprintf(fixture.pool, "%s w%d", text, i);
    }
    assert_good(sd_request_words_add(&line, fixture.pool, text));
    words = sd_request_words_split(fixture.pool, line, "");
    assert_int_equal(words->nelts, SD_REQUEST_WORDS_TEXT);
    assert_null(strstr(line, " w2000 "));
    full = line;
    while (strlen(full) < SD_REQUEST_WORDS_LINE) {
        full = apr_pstrcat(fixture.pool, full, full, NULL);
    }
    line = full;
    assert_good(sd_request_words_add(&line, fixture.pool, "another"));
    assert_ptr_equal(line, full);
}

static void test_values(void **state)
{
    static const char *const values[][2] = {
        {"\"two words\"", " two  words "},
        {"12", " 12 "},
        {"1.5", " 1.5 "},
        {"{\"id\":\"7\",\"value\":\"Red\"}", " red "},
        {"[{\"id\":\"7\",\"value\":\"Red\"},{\"id\":\"8\",\"value\":\"Blue\"}]", " blue  red "},
        {"{\"id\":\"7\",\"value\":\"Red\",\"child\":{\"id\":\"9\",\"value\":\"Dark\"}}", " dark  red "},
        {"{\"accountId\":\"abc\"}", ""},
        {"null", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const sd_request_value_t value = {"f", "F", "text", 1, values[i][0]};
        const char *line = "";

        assert_good(sd_request_words_add_value(&line, fixture.pool, &value));
        assert_string_equal(line, values[i][1]);
    }
}

/* ---- what is looked for ---- */

static const apr_array_header_t *cut(const char *search)
{
    apr_array_header_t *ranges;

    assert_good(sd_request_words_read(&ranges, fixture.pool, search));
    return ranges;
}

static const char *pattern_of(const char *search)
{
    return sd_request_words_pattern(fixture.pool, cut(search));
}

static void test_patterns(void **state)
{
    (void)state;
    assert_null(pattern_of(""));
    assert_null(pattern_of("* - ?"));
    assert_string_equal(pattern_of("Dark"), "% dark %");
    assert_string_equal(pattern_of("screen  DARK dark"), "% dark % screen %");
    assert_string_equal(pattern_of("da* screen"), "% da% screen %");
    assert_string_equal(pattern_of("dark da* d* dark*"), "% dark %");
    assert_string_equal(pattern_of("dar* da*"), "% dar%");
    assert_string_equal(pattern_of("a_b"), "% a\\_b %");
    assert_string_equal(pattern_of("help-12"), "% help-12 %");
    assert_string_equal(pattern_of("HELP-12, \"HELP-13\""), "% help-12 % help-13 %");
    assert_string_equal(pattern_of("help-1*"), "% 1% help %");
    assert_string_equal(pattern_of("help-1/x"), "% 1 % help % x %");
    assert_string_equal(pattern_of("*b ?c"), "% b % c %");
}

static int match(const char *search, const char *words, const char *inner_words)
{
    return sd_request_words_match(fixture.pool, cut(search), words, inner_words);
}

static void test_matches(void **state)
{
    (void)state;
    assert_true(match("dark", " dark  screen ", ""));
    assert_true(match("screen dark", " dark  screen ", ""));
    assert_true(match("screen dark", " screen ", " dark "));
    assert_true(match("scr*", " dark  screen ", ""));
    assert_false(match("scr", " dark  screen ", ""));
    assert_false(match("reen*", " dark  screen ", ""));
    assert_false(match("dark blue", " dark  screen ", ""));
    assert_false(match("dark", "", ""));
}

/* ---- what is kept ---- */

#define REST (2 * SD_SECOND)
#define IS_PENDING "CASE WHEN pending > 2 THEN 'yes' ELSE 'no' END"

static void round_of_worker(void)
{
    int more = 1;

    fixture_clock_move(REST);
    while (more) {
        assert_good(sd_request_index_round(&more, fixture_operator()));
    }
}

static int checked(void)
{
    apr_array_header_t *findings;

    assert_good(sd_check(&findings, fixture_operator()));
    return findings->nelts;
}

static const char *column_of(const char *key, const char *column)
{
    return fixture_text("SELECT %s FROM request_text WHERE desk_id = " ID " AND request_id = " ID, column, help,
                        request_id(key));
}

static apr_int64_t count_of(const char *key, const char *word)
{
    return fixture_number("SELECT count(*) FROM request_word WHERE desk_id = " ID
                          " AND word = '%s' AND request_id = " ID,
                          help, word, request_id(key));
}

static const char *raise_words(void)
{
    sd_request_input_t input =
        input_for(help, "{\"summary\":\"My screen is dark\",\"description\":\"" REFUND " since noon; see HELP-77\"}");

    return raise_with(ann, &input);
}

#define WORDS " 77  dark  help  help-1  help-77  is  my  noon  screen  see  since  " REFUND " "

static void say(sd_id_t who, const char *key, const char *body, int public)
{
    const sd_comment_t *comment;
    const sd_request_t *request;

    assert_good(sd_comment_add(&comment, &request, fixture_work(who), key, body, public));
}

static void test_a_request_and_its_comments(void **state)
{
    const char *key = raise_words();

    (void)state;
    assert_string_equal(column_of(key, "words"), WORDS);
    assert_string_equal(column_of(key, "inner_words"), "");
    assert_string_equal(column_of(key, IS_PENDING), "yes");
    assert_int_equal(fixture_number("SELECT count(*) FROM request_word"), 0);
    assert_int_equal(checked(), 0);
    round_of_worker();
    assert_string_equal(column_of(key, "pending"), "0");
    assert_int_equal(fixture_number("SELECT count(*) FROM request_word"), 12);
    assert_int_equal(count_of(key, "screen"), 1);
    assert_int_equal(checked(), 0);

    say(ivy, key, "A secret screen", 0);
    say(ivy, key, "Solved at noon", 1);
    assert_string_equal(column_of(key, "words"), " 77  at  dark  help  help-1  help-77  is  my  noon  screen  see"
                                                 "  since  solved  " REFUND " ");
    assert_string_equal(column_of(key, "inner_words"), " a  screen  secret ");
    assert_string_equal(column_of(key, IS_PENDING), "yes");
    assert_int_equal(count_of(key, "secret"), 0);
    round_of_worker();
    assert_int_equal(count_of(key, "secret") + count_of(key, "solved") + count_of(key, "screen"), 3);
    assert_int_equal(fixture_number("SELECT count(*) FROM request_word"), 16);
    assert_int_equal(checked(), 0);
}

/* Nobody finds the worker at the line that he is writing. */
static void test_worker_waits_until_it_rests(void **state)
{
    const char *key = raise_words();
    int more;

    (void)state;
    fixture_clock_move(REST / 2);
    say(ann, key, "Still dark", 1);
    fixture_clock_move(REST - 1);
    assert_good(sd_request_index_round(&more, fixture_operator()));
    assert_int_equal(count_of(key, "dark"), 0);
    fixture_clock_move(1);
    assert_good(sd_request_index_round(&more, fixture_operator()));
    assert_int_equal(count_of(key, "dark") + count_of(key, "still"), 2);
}

static void test_a_deleted_one(void **state)
{
    const char *key = raise_words(), *other = raise_one(ann, help, "Another screen");

    (void)state;
    round_of_worker();
    say(ivy, key, "A secret", 0);
    assert_good(sd_request_delete(fixture_work(lea), key, NULL));
    assert_int_equal(fixture_number("SELECT count(*) FROM request_text"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM request_word"), 3);
    assert_int_equal(count_of(other, "screen"), 1);
    assert_int_equal(checked(), 0);
}

/* As the step leaves what was there before. */
static void test_what_was_there(void **state)
{
    const char *key = raise_words();

    (void)state;
    say(ivy, key, "A secret", 0);
    say(ann, key, "Bob knows", 1);
    fixture_run("UPDATE request_text SET words = '', inner_words = '', pending = 2");
    say(ann, key, "Still dark", 1);
    assert_string_equal(column_of(key, "pending"), "2");
    assert_int_equal(checked(), 0);
    round_of_worker();
    assert_string_equal(column_of(key, "pending"), "0");
    assert_string_equal(column_of(key, "words"), " 77  bob  dark  help  help-1  help-77  is  knows  my  noon  screen"
                                                 "  see  since  still  " REFUND " ");
    assert_string_equal(column_of(key, "inner_words"), " a  secret ");
    assert_int_equal(checked(), 0);
}

/* More than one round takes, and one that was deleted by somebody who did not know of the search. */
static void test_rounds(void **state)
{
    int more = 0;

    (void)state;
    for (int i = 0; i < 101; i++) {
        raise_one(ann, help, "one");
    }
    fixture_run("UPDATE request_text SET pending = 2; UPDATE request SET deleted = 1 WHERE key = 'HELP-101';"
                "UPDATE desk_count SET open_requests = 100");
    assert_good(sd_request_index_round(&more, fixture_operator()));
    assert_true(more);
    assert_int_equal(fixture_number("SELECT count(*) FROM request_text WHERE pending = 0"), 100);
    assert_int_equal(checked(), 1);
    assert_good(sd_request_index_round(&more, fixture_operator()));
    assert_false(more);
    assert_int_equal(fixture_number("SELECT count(*) FROM request_text"), 100);
    assert_int_equal(fixture_number("SELECT count(*) FROM request_word"), 200);
    assert_int_equal(checked(), 0);
}

static void test_damages_are_found(void **state)
{
    static const char *const damages[] = {
        "UPDATE request_text SET words = ' dark '",
        "UPDATE request_text SET inner_words = ' dark '",
        "DELETE FROM request_word WHERE word = 'dark'",
        "DELETE FROM request_text",
        "INSERT INTO request_word (desk_id, word, request_id) SELECT desk_id, 'blue', id FROM request",
        "UPDATE request SET summary = 'Another'",
    };

    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        raise_words();
        round_of_worker();
        assert_int_equal(checked(), 0);
        fixture_run("%s", damages[i]);
        assert_true(checked() > 0);
        fixture_teardown(state);
        request_setup(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        request_test(test_lines),         request_test(test_limits),
        request_test(test_values),        request_test(test_patterns),
        request_test(test_matches),       request_test(test_a_request_and_its_comments),
        request_test(test_matches),       request_test(test_worker_waits_until_it_rests),
        request_test(test_a_deleted_one), request_test(test_what_was_there),
        request_test(test_rounds),        request_test(test_damages_are_found),
    };

    return cmocka_run_group_tests_name("desk request index", tests, NULL, NULL);
}
