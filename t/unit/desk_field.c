/* desk/field.h: what each kind takes, what is refused, all of it at once. */
#include "field_fixture.h"

#include "desk/policy.h"
#include "store/desks.h"

typedef struct ask_t {
    sd_work_t *work;
    json_t *given;
    apr_array_header_t *values;
} ask_t;

static sd_error_t *ask_in_read(void *baton)
{
    ask_t *ask = baton;
    const sd_desk_t *seen;

    SD_TRY(sd_desks_find(&seen, ask->work->store, "HELP", ask->work->actor.account_id));
    return sd_field_values(&ask->values, ask->work, all_fields(), ask->given,
                           sd_policy_may(ask->work, SD_MAY_WORK_QUEUES, seen->relations));
}

static sd_error_t *ask(apr_array_header_t **values, sd_id_t account_id, const char *given)
{
    ask_t call = {fixture_work(account_id), given ? json_of(given) : NULL, NULL};
    sd_error_t *error = sd_work_read(call.work, ask_in_read, &call);

    json_decref(call.given);
    *values = call.values;
    return error;
}

/* "field=value;" of all that would be stored. */
static const char *answer_as(sd_id_t account_id, const char *given)
{
    apr_array_header_t *values;
    const char *text = "";

    fixture_good(ask(&values, account_id, given), given, __LINE__);
    for (int i = 0; i < values->nelts; i++) {
        const sd_request_value_t *value = APR_ARRAY_IDX(values, i, const sd_request_value_t *);

        text = apr_pstrcat(fixture.pool, text, value->field_id, "=", value->value, ";", NULL);
    }
    return text;
}

static const char *answer(const char *given)
{
    return answer_as(ann, given);
}

/* "field key;" of all that is wrong. */
static const char *refusal_as(sd_id_t account_id, const char *given)
{
    apr_array_header_t *values;
    const char *text = "";

    for (const sd_error_t *error = ask(&values, account_id, given); error; error = error->next) {
        assert_int_equal(error->kind, SD_ERROR_INPUT);
        text = apr_pstrcat(fixture.pool, text, error->field, " ", error->key, ";", NULL);
    }
    return text;
}

static const char *refusal(const char *given)
{
    return refusal_as(ann, given);
}

/* One field "x" of the kind beside an optional summary: the value that is kept of `given`. */
static const char *kept(const char *given)
{
    const char *answered =
        answer(apr_pstrcat(fixture.pool, "{\"summary\":\"s\",\"customfield_10003\":", given, "}", NULL));
    const char *found = strstr(answered, "customfield_10003=");

    return found ? found + strlen("customfield_10003=") : "";
}

static const char *refused(const char *given)
{
    const char *text =
        refusal(apr_pstrcat(fixture.pool, "{\"summary\":\"s\",\"customfield_10003\":", given, "}", NULL));

    return strncmp(text, "customfield_10003 ", 18) == 0 ? text + 18 : text;
}

/* Rows 1 and 2 are summary and description of the type: the new field is 3. */
static void one_field(const char *members)
{
    people();
    define(apr_pstrcat(fixture.pool, "[{\"name\":\"X\",", members, "}]", NULL));
}

static void test_first_fields(void **state)
{
    (void)state;
    people();
    assert_string_equal(answer("{\"summary\":\" It is broken \",\"description\":\"a\\nb \"}"),
                        "summary=\"It is broken\";description=\"a\\nb \";");
    assert_string_equal(answer("{\"summary\":\"x\",\"description\":null}"), "summary=\"x\";");
    assert_string_equal(answer("{\"summary\":\"x\",\"description\":\" \\n \"}"), "summary=\"x\";");
    assert_string_equal(refusal("{}"), "summary sd.validation.required;");
    assert_string_equal(refusal(NULL), "summary sd.validation.required;");
    assert_string_equal(refusal("{\"summary\":\" \\t\"}"), "summary sd.validation.required;");
    assert_string_equal(refusal("{\"summary\":\"  \"}"), "summary sd.validation.required;");
    assert_string_equal(refusal("{\"summary\":null}"), "summary sd.validation.required;");
    assert_string_equal(refusal("[]"), "requestFieldValues sd.validation.object;");
}

static void test_a_value_carries_its_field(void **state)
{
    apr_array_header_t *values;
    const sd_request_value_t *value;

    (void)state;
    people();
    assert_good(ask(&values, ann, "{\"summary\":\"x\"}"));
    assert_int_equal(values->nelts, 1);
    value = APR_ARRAY_IDX(values, 0, const sd_request_value_t *);
    assert_string_equal(value->label, "Summary");
    assert_string_equal(value->kind, "text");
    assert_int_equal(value->visible, 1);
}

static void test_texts(void **state)
{
    char *text = apr_pcalloc(fixture.pool, 40000);

    (void)state;
    one_field("\"kind\":\"text\"");
    assert_string_equal(kept("\"\\u00e4 b\""), "\"\xc3\xa4 b\";");
    assert_string_equal(kept("\"\""), "");
    assert_string_equal(kept("[]"), "");
    assert_string_equal(refused("7"), "sd.validation.text;");
    assert_string_equal(refused("{\"value\":\"x\"}"), "sd.validation.text;");
    assert_string_equal(refused("true"), "sd.validation.text;");
    assert_string_equal(refused("[\"x\"]"), "sd.validation.text;");
    assert_string_equal(refused("\"a\\nb\""), "sd.validation.control;");
    assert_string_equal(refused("\"a\\u0000b\""), "sd.validation.text;");
    memset(text, 'x', 258);
    text[0] = text[256] = '"';
    text[257] = '\0';
    assert_int_equal(strlen(kept(text)), 258); /* with the semicolon */
    text[256] = 'x';
    text[257] = '"';
    assert_string_equal(refused(text), "sd.validation.long;");
}

static void test_paragraphs(void **state)
{
    char *text = apr_pcalloc(fixture.pool, 40000);

    (void)state;
    one_field("\"kind\":\"paragraph\"");
    assert_string_equal(kept("\"a\\r\\n\\tb\""), "\"a\\r\\n\\tb\";");
    assert_string_equal(refused("\"a\\u0007\""), "sd.validation.control;");
    memset(text, 'x', 32770);
    text[0] = text[32768] = '"';
    text[32769] = '\0';
    assert_int_equal(strlen(kept(text)), 32770);
    text[32768] = 'x';
    text[32769] = '"';
    assert_string_equal(refused(text), "sd.validation.long;");
}

static void test_numbers(void **state)
{
    static const char *const good[][2] = {
        {"7", "7;"},
        {"-7", "-7;"},
        {"0", "0;"},
        {"0.1", "0.1;"},
        {"1e3", "1000.0;"},
        {"\"12\"", "12;"},
        {"\"-0.5\"", "-0.5;"},
        {"\"0\"", "0;"},
        {"\"1.50\"", "1.5;"},
        {"9223372036854775807", "9223372036854775807;"},
        {"123456789.12345678", "123456789.12345678;"},
        {"\"92233720368547758080\"", "9.223372036854776e19;"},
    };
    static const char *const bad[] = {"\"x\"",   "\"1e3\"",   "\"+1\"",      "\" 1\"",
                                      "\"1 \"",  "\"01\"",    "\"1.\"",      "\".5\"",
                                      "\"-\"",   "\"0x1\"",   "\"1,5\"",     "true",
                                      "{}",      "[1]",       "\"NaN\"",     "\"inf\"",
                                      "\"--1\"", "\"1.2.3\"", "\"\\u0661\"", "\"123456789012345678901234567890123\""};

    (void)state;
    one_field("\"kind\":\"number\"");
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_string_equal(kept(good[i][0]), good[i][1]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_string_equal(refused(bad[i]), "sd.validation.number;");
    }
    assert_string_equal(kept("\"\""), "");
}

static void test_dates(void **state)
{
    (void)state;
    one_field("\"kind\":\"date\"");
    assert_string_equal(kept("\"2024-02-29\""), "\"2024-02-29\";");
    assert_string_equal(refused("\"2023-02-29\""), "sd.validation.date;");
    assert_string_equal(refused("\"2024-2-9\""), "sd.validation.date;");
    assert_string_equal(refused("\"29.02.2024\""), "sd.validation.date;");
    assert_string_equal(refused("20240229"), "sd.validation.date;");
    assert_string_equal(refused("\"2024-02-29T00:00:00\""), "sd.validation.date;");
}

static void test_select(void **state)
{
    (void)state;
    one_field("\"kind\":\"select\"," OPTIONS);
    assert_string_equal(kept("{\"value\":\"Red\"}"), "{\"id\":\"1\",\"value\":\"Red\"};");
    assert_string_equal(kept("{\"id\":\"2\"}"), "{\"id\":\"2\",\"value\":\"Green\"};");
    assert_string_equal(kept("{\"id\":2}"), "{\"id\":\"2\",\"value\":\"Green\"};");
    assert_string_equal(kept("\"Green\""), "{\"id\":\"2\",\"value\":\"Green\"};");
    assert_string_equal(kept("{\"value\":\"2\"}"), "{\"id\":\"2\",\"value\":\"Green\"};");
    assert_string_equal(kept("{\"id\":\"1\",\"value\":\"Green\"}"), "{\"id\":\"1\",\"value\":\"Red\"};");
    assert_string_equal(kept("\"3\""), "{\"id\":\"3\",\"value\":\"3\"};");
    assert_string_equal(kept("{\"id\":null,\"value\":\"Red\"}"), "{\"id\":\"1\",\"value\":\"Red\"};");
    assert_string_equal(refused("\"red\""), "sd.validation.option;");
    assert_string_equal(refused("{\"id\":\"9\"}"), "sd.validation.option;");
    assert_string_equal(refused("{\"id\":\"Red\"}"), "sd.validation.option;");
    assert_string_equal(refused("{}"), "sd.validation.option;");
    assert_string_equal(refused("[{\"value\":\"Red\"}]"), "sd.validation.option;");
    assert_string_equal(refused("true"), "sd.validation.option;");
    assert_string_equal(refused("\"Red\\u0000\""), "sd.validation.option;");
}

/* The same option so many times: each is looked for among all that there are, while others wait to write. */
static const char *many_reds(int count)
{
    const char *text = "[\"Red\"";

    for (int i = 1; i < count; i++) {
        text = apr_pstrcat(fixture.pool, text, ",\"Red\"", NULL);
    }
    return apr_pstrcat(fixture.pool, text, "]", NULL);
}

static void test_multiselect_and_checkbox(void **state)
{
    static const char *const kinds[] = {"\"kind\":\"multiselect\"", "\"kind\":\"checkbox\""};

    (void)state;
    people();
    for (int i = 0; i < 2; i++) {
        define(apr_pstrcat(fixture.pool, "[{\"name\":\"X\",", i ? "\"fieldId\":\"customfield_10003\"," : "", kinds[i],
                           "," OPTIONS "}]", NULL));
        assert_string_equal(kept("[{\"value\":\"Green\"},\"Red\",{\"id\":\"2\"}]"),
                            "[{\"id\":\"2\",\"value\":\"Green\"},{\"id\":\"1\",\"value\":\"Red\"}];");
        assert_string_equal(kept("{\"value\":\"Red\"}"), "[{\"id\":\"1\",\"value\":\"Red\"}];");
        assert_string_equal(kept("\"Red\""), "[{\"id\":\"1\",\"value\":\"Red\"}];");
        assert_string_equal(kept("[]"), "");
        assert_string_equal(refused("[\"Red\",\"Blue\"]"), "sd.validation.option;");
        assert_string_equal(refused("[[\"Red\"]]"), "sd.validation.option;");
        assert_string_equal(refused("[null]"), "sd.validation.option;");
        assert_string_equal(kept(many_reds(1000)), "[{\"id\":\"1\",\"value\":\"Red\"}];");
        assert_string_equal(refused(many_reds(1001)), "sd.validation.too.many;");
    }
}

static void test_cascading(void **state)
{
    (void)state;
    one_field("\"kind\":\"cascading\",\"options\":[{\"value\":\"Red\",\"children\":[\"Dark\",\"Light\"]},\"Green\"]");
    assert_string_equal(kept("{\"value\":\"Red\",\"child\":{\"value\":\"Light\"}}"),
                        "{\"id\":\"1\",\"value\":\"Red\",\"child\":{\"id\":\"3\",\"value\":\"Light\"}};");
    assert_string_equal(kept("{\"id\":\"1\",\"child\":\"2\"}"),
                        "{\"id\":\"1\",\"value\":\"Red\",\"child\":{\"id\":\"2\",\"value\":\"Dark\"}};");
    assert_string_equal(kept("{\"value\":\"Red\",\"child\":null}"), "{\"id\":\"1\",\"value\":\"Red\"};");
    assert_string_equal(kept("\"Green\""), "{\"id\":\"4\",\"value\":\"Green\"};");
    assert_string_equal(refused("{\"value\":\"Green\",\"child\":\"Dark\"}"), "sd.validation.option;");
    assert_string_equal(refused("{\"value\":\"Red\",\"child\":{\"value\":\"Blue\"}}"), "sd.validation.option;");
    assert_string_equal(refused("{\"value\":\"Dark\"}"), "sd.validation.option;");
    assert_string_equal(refused("{\"child\":{\"value\":\"Dark\"}}"), "sd.validation.option;");
}

static void test_user(void **state)
{
    const char *id, *expected;

    (void)state;
    one_field("\"kind\":\"user\"");
    id = fixture_text("SELECT public_id FROM account WHERE name = 'agent'");
    expected = apr_psprintf(fixture.pool, "{\"accountId\":\"%s\"};", id);
    assert_string_equal(kept("\"agent\""), expected);
    assert_string_equal(kept("{\"name\":\"agent\"}"), expected);
    assert_string_equal(kept("\"agent@example.org\""), expected);
    assert_string_equal(kept("{\"emailAddress\":\"agent@example.org\"}"), expected);
    assert_string_equal(kept(apr_psprintf(fixture.pool, "{\"accountId\":\"%s\"}", id)), expected);
    assert_string_equal(kept(apr_psprintf(fixture.pool, "{\"key\":\"%s\"}", id)), expected);
    /* Nobody, and somebody of no concern, are the same. */
    assert_string_equal(refused("\"nobody\""), "sd.validation.user;");
    assert_string_equal(refused("\"stranger\""), "sd.validation.user;");
    assert_string_equal(refused("{\"id\":\"1\"}"), "sd.validation.user;");
    assert_string_equal(refused("[\"agent\"]"), "sd.validation.user;");
    assert_string_equal(refused("1"), "sd.validation.user;");
    fixture_run("UPDATE account SET state = 'disabled' WHERE name = 'agent'");
    assert_string_equal(refused("\"agent\""), "sd.validation.user;");
}

static void test_all_errors_at_once(void **state)
{
    (void)state;
    people();
    define("[{\"name\":\"N\",\"kind\":\"number\"},{\"name\":\"D\",\"kind\":\"date\",\"required\":true},"
           "{\"name\":\"T\",\"kind\":\"text\"}]");
    assert_string_equal(refusal(
                            "{\"customfield_10003\":\"x\",\"customfield_10005\":1,\"nix\":1,\"customfield_9\":null}"),
                        "summary sd.validation.required;customfield_10003 sd.validation.number;"
                        "customfield_10004 sd.validation.required;customfield_10005 sd.validation.text;"
                        "nix sd.validation.unknown.field;customfield_9 sd.validation.unknown.field;");
    /* A name of any length is no reason to send it back. */
    assert_string_equal(
        refusal(apr_psprintf(fixture.pool, "{\"summary\":\"s\",\"customfield_10004\":\"2024-01-01\",\"%0300d\":1}", 0)),
        "requestFieldValues sd.validation.unknown.field;");
}

static void test_defaults_and_presets(void **state)
{
    (void)state;
    people();
    define("[{\"name\":\"Default\",\"kind\":\"text\",\"defaultValue\":\"usual\"},"
           "{\"name\":\"Needed\",\"kind\":\"number\",\"required\":true,\"defaultValue\":\"5\"},"
           "{\"name\":\"Preset\",\"kind\":\"select\"," OPTIONS ",\"presetValue\":\"Red\"},"
           "{\"name\":\"Hidden preset\",\"kind\":\"text\",\"visible\":false,\"presetValue\":\"p\"},"
           "{\"name\":\"Hidden\",\"kind\":\"text\",\"visible\":false,\"defaultValue\":\"d\"}]");
    assert_string_equal(answer("{\"summary\":\"s\"}"),
                        "summary=\"s\";customfield_10003=\"usual\";customfield_10004=5;"
                        "customfield_10005={\"id\":\"1\",\"value\":\"Red\"};customfield_10006=\"p\";"
                        "customfield_10007=\"d\";");
    /* An empty answer is an answer. */
    assert_string_equal(answer("{\"summary\":\"s\",\"customfield_10003\":\"\",\"customfield_10004\":6}"),
                        "summary=\"s\";customfield_10004=6;"
                        "customfield_10005={\"id\":\"1\",\"value\":\"Red\"};customfield_10006=\"p\";"
                        "customfield_10007=\"d\";");
    assert_string_equal(refusal("{\"summary\":\"s\",\"customfield_10004\":null}"),
                        "customfield_10004 sd.validation.required;");
    assert_string_equal(answer("{\"summary\":\"s\",\"customfield_10005\":\"Green\"}") + strlen("summary=\"s\";"),
                        "customfield_10003=\"usual\";customfield_10004=5;"
                        "customfield_10005={\"id\":\"1\",\"value\":\"Red\"};customfield_10006=\"p\";"
                        "customfield_10007=\"d\";");
}

static void test_hidden_fields_are_not_for_customers(void **state)
{
    apr_array_header_t *values;

    (void)state;
    people();
    define("[{\"name\":\"Hidden\",\"kind\":\"text\",\"visible\":false},"
           "{\"name\":\"Preset\",\"kind\":\"text\",\"visible\":false,\"presetValue\":\"p\"}]");
    assert_string_equal(refusal(
                            "{\"summary\":\"s\",\"customfield_10003\":\"x\",\"customfield_10004\":\"y\",\"nix\":1}"),
                        "customfield_10003 sd.validation.unknown.field;"
                        "customfield_10004 sd.validation.unknown.field;nix sd.validation.unknown.field;");
    assert_string_equal(refusal("{\"summary\":\"s\",\"customfield_10003\":null}"),
                        "customfield_10003 sd.validation.unknown.field;");
    assert_string_equal(answer_as(agent, "{\"summary\":\"s\",\"customfield_10003\":\"x\",\"customfield_10004\":\"y\"}"),
                        "summary=\"s\";customfield_10003=\"x\";customfield_10004=\"p\";");
    assert_string_equal(refusal_as(agent, "{\"summary\":\"s\",\"customfield_10003\":7}"),
                        "customfield_10003 sd.validation.text;");
    assert_good(ask(&values, agent, "{\"summary\":\"s\"}"));
    assert_int_equal(values->nelts, 2);
    assert_int_equal(APR_ARRAY_IDX(values, 1, const sd_request_value_t *)->visible, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_first_fields),
        desk_test(test_a_value_carries_its_field),
        desk_test(test_texts),
        desk_test(test_paragraphs),
        desk_test(test_numbers),
        desk_test(test_dates),
        desk_test(test_select),
        desk_test(test_multiselect_and_checkbox),
        desk_test(test_cascading),
        desk_test(test_user),
        desk_test(test_all_errors_at_once),
        desk_test(test_defaults_and_presets),
        desk_test(test_hidden_fields_are_not_for_customers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
