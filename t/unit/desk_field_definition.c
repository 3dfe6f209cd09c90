/* desk/field.h: how the fields of a request type are defined, and what no definition may say. */
#include "field_fixture.h"

/* "fieldId kind name;" of all fields in order. */
static const char *defined(void)
{
    apr_array_header_t *fields = all_fields();
    const char *text = "";

    for (int i = 0; i < fields->nelts; i++) {
        const sd_field_t *field = APR_ARRAY_IDX(fields, i, const sd_field_t *);

        text = apr_pstrcat(fixture.pool, text, field->field_id, " ", field->kind, " ", field->name, ";", NULL);
    }
    return text;
}

static const char *refused_definition(const char *text)
{
    const char *places = "";

    for (const sd_error_t *error = define_as(boss, text); error; error = error->next) {
        assert_int_equal(error->kind, SD_ERROR_INPUT);
        places = apr_pstrcat(fixture.pool, places, error->field, " ", error->key, ";", NULL);
    }
    return places;
}

static void test_replace(void **state)
{
    const sd_field_t *field;

    (void)state;
    people();
    define("[{\"fieldId\":\"summary\",\"name\":\"What?\",\"required\":false},"
           "{\"name\":\" Colour \",\"description\":\"yours\",\"kind\":\"select\"," OPTIONS ",\"required\":\"true\"}]");
    assert_string_equal(defined(), "summary text What?;customfield_10003 select Colour;");
    field = APR_ARRAY_IDX(all_fields(), 0, const sd_field_t *);
    assert_int_equal(field->required, 1);
    field = APR_ARRAY_IDX(all_fields(), 1, const sd_field_t *);
    assert_string_equal(field->description, "yours");
    assert_string_equal(field->options, "[{\"id\":\"1\",\"value\":\"Red\"},{\"id\":\"2\",\"value\":\"Green\"},"
                                        "{\"id\":\"3\",\"value\":\"3\"}]");
    assert_int_equal(field->required, 1);
    assert_int_equal(field->visible, 1);

    /* Kept by its id, moved, renamed; the summary is not mentioned and stays in front. */
    define("[{\"name\":\"New\",\"kind\":\"date\",\"visible\":\"False\"},{\"fieldId\":\"description\"},"
           "{\"fieldId\":\"customfield_10003\",\"kind\":\"checkbox\",\"options\":[\"Blue\",{\"id\":\"2\",\"value\":"
           "\"Lime\"},"
           "\"Red\"]}]");
    assert_string_equal(defined(), "summary text What?;customfield_10004 date New;description paragraph Description;"
                                   "customfield_10003 checkbox Colour;");
    field = APR_ARRAY_IDX(all_fields(), 1, const sd_field_t *);
    assert_int_equal(field->visible, 0);
    field = APR_ARRAY_IDX(all_fields(), 3, const sd_field_t *);
    assert_string_equal(field->options, "[{\"id\":\"4\",\"value\":\"Blue\"},{\"id\":\"2\",\"value\":\"Lime\"},"
                                        "{\"id\":\"1\",\"value\":\"Red\"}]");

    /* The id of an option that is gone never comes back, nor that of a field. */
    define("[{\"fieldId\":\"customfield_10003\",\"kind\":\"select\",\"options\":[\"3\",\"Blue\"]},"
           "{\"name\":\"Last\",\"kind\":\"user\"}]");
    field = APR_ARRAY_IDX(all_fields(), 1, const sd_field_t *);
    assert_string_equal(field->options, "[{\"id\":\"5\",\"value\":\"3\"},{\"id\":\"4\",\"value\":\"Blue\"}]");
    /* Row 5 is the description that came back. */
    assert_string_equal(defined(), "summary text What?;customfield_10003 select Colour;customfield_10006 user Last;");
    define("[]");
    assert_string_equal(defined(), "summary text What?;");
    assert_int_equal(fixture_audited("request-type.define"), 4);
}

static void test_definitions_refused(void **state)
{
    (void)state;
    people();
    assert_string_equal(refused_definition("{}"), "fields sd.validation.array;");
    assert_string_equal(refused_definition("[7]"), "fields[0] sd.validation.object;");
    assert_string_equal(refused_definition("[{}]"),
                        "fields[0].name sd.validation.required;fields[0].kind sd.validation.kind;");
    assert_string_equal(refused_definition("[{\"name\":\"a\",\"kind\":\"colour\"},{\"name\":7,\"kind\":\"text\"},"
                                           "{\"name\":\"a\\u0007\",\"kind\":7}]"),
                        "fields[0].kind sd.validation.kind;fields[1].name sd.validation.text;"
                        "fields[2].name sd.validation.control;fields[2].kind sd.validation.kind;");
    assert_string_equal(refused_definition("[{\"fieldId\":\"summary\",\"kind\":\"paragraph\"},"
                                           "{\"fieldId\":\"description\",\"kind\":\"text\"}]"),
                        "fields[0].kind sd.validation.kind;fields[1].kind sd.validation.kind;");
    assert_string_equal(refused_definition("[{\"fieldId\":\"customfield_10099\",\"name\":\"a\",\"kind\":\"text\"},"
                                           "{\"fieldId\":7,\"name\":\"a\",\"kind\":\"text\"},"
                                           "{\"fieldId\":\"summary\"},{\"fieldId\":\"summary\"}]"),
                        "fields[0].fieldId sd.validation.unknown.field;fields[1].fieldId sd.validation.unknown.field;"
                        "fields[3].fieldId sd.validation.duplicate;");
    assert_string_equal(refused_definition("[{\"name\":\"a\",\"kind\":\"text\",\"required\":\"maybe\",\"visible\":2}]"),
                        "fields[0].required sd.validation.boolean;fields[0].visible sd.validation.boolean;");
    assert_string_equal(refused_definition("[{\"name\":\"a\",\"kind\":\"text\",\"required\":true,\"visible\":false}]"),
                        "fields[0].presetValue sd.validation.required;");
    assert_string_equal(defined(), "summary text Summary;description paragraph Description;");
    assert_int_equal(fixture_audited("request-type.define"), 0);
}

static void test_options_refused(void **state)
{
    (void)state;
    people();
    assert_string_equal(
        refused_definition(
            "[{\"name\":\"a\",\"kind\":\"select\"},"
            "{\"name\":\"a\",\"kind\":\"checkbox\",\"options\":[]},"
            "{\"name\":\"a\",\"kind\":\"text\",\"options\":[\"x\"]},"
            "{\"name\":\"a\",\"kind\":\"select\",\"options\":[\"x\",\"x\",\" \",7]},"
            "{\"name\":\"a\",\"kind\":\"select\",\"options\":[{\"value\":\"x\",\"children\":[\"y\"]}]}]"),
        "fields[0].options sd.validation.options;fields[1].options sd.validation.options;"
        "fields[2].options sd.validation.options;fields[3].options[1] sd.validation.duplicate;"
        "fields[3].options[2].value sd.validation.required;"
        "fields[3].options[3].value sd.validation.required;"
        "fields[4].options[0].children sd.validation.children;");
    assert_string_equal(refused_definition(
                            "[{\"name\":\"a\",\"kind\":\"select\",\"options\":[{\"id\":\"1\",\"value\":\"x\"}]},"
                            "{\"name\":\"a\",\"kind\":\"cascading\",\"options\":[{\"value\":\"x\",\"children\":"
                            "[{\"value\":\"y\",\"children\":[\"z\"]},\"y\"]}]}]"),
                        "fields[0].options[0].id sd.validation.option;"
                        "fields[1].options[0].children[0].children sd.validation.children;"
                        "fields[1].options[0].children[1] sd.validation.duplicate;");
}

static void test_defaults_must_be_answers(void **state)
{
    (void)state;
    people();
    assert_string_equal(refused_definition("[{\"name\":\"a\",\"kind\":\"number\",\"defaultValue\":\"x\"},"
                                           "{\"name\":\"a\",\"kind\":\"select\"," OPTIONS ",\"presetValue\":\"Blue\"},"
                                           "{\"name\":\"a\",\"kind\":\"user\",\"defaultValue\":\"stranger\"},"
                                           "{\"name\":\"a\",\"kind\":\"date\",\"presetValue\":\"today\"}]"),
                        "fields[0].defaultValue sd.validation.number;fields[1].presetValue sd.validation.option;"
                        "fields[2].defaultValue sd.validation.user;fields[3].presetValue sd.validation.date;");
}

static void test_definitions_are_for_desk_administrators(void **state)
{
    apr_array_header_t *fields;
    json_t *none = json_array();

    (void)state;
    people();
    assert_bad(define_as(0, "[7]"), SD_ERROR_SIGN_IN);
    assert_bad(define_as(stranger, "[7]"), SD_ERROR_NOT_FOUND);
    assert_bad(define_as(ann, "[7]"), SD_ERROR_FORBIDDEN);
    assert_bad(define_as(agent, "[7]"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_field_replace(&fields, fixture_work(boss), "HELP", "2", none), SD_ERROR_NOT_FOUND);
    assert_null(fields);
    assert_bad_field(sd_field_replace(&fields, fixture_work(boss), "HELP", "1", NULL), SD_ERROR_INPUT, "fields",
                     "sd.validation.array");
    json_decref(none);
}

/* 100 fields and 1000 options are the end. */
static void test_limits(void **state)
{
    json_t *fields = json_array(), *options = json_array(), *select;
    apr_array_header_t *after;

    (void)state;
    people();
    for (int i = 0; i < 1000; i++) {
        json_array_append_new(options, json_string(apr_itoa(fixture.pool, i)));
    }
    json_array_append_new(fields,
                          select = json_pack("{s:s,s:s,s:o}", "name", "a", "kind", "select", "options", options));
    for (int i = 0; i < 99; i++) {
        json_array_append_new(fields, json_pack("{s:s,s:s}", "name", "a", "kind", "text"));
    }
    assert_good(sd_field_replace(&after, fixture_work(boss), "HELP", "1", fields));
    assert_int_equal(after->nelts, 101);
    json_array_append_new(options, json_string("more"));
    assert_bad_field(sd_field_replace(&after, fixture_work(boss), "HELP", "1", fields), SD_ERROR_INPUT,
                     "fields[0].options[1000]", "sd.validation.long");
    json_array_append_new(fields, json_pack("{s:s,s:s}", "name", "a", "kind", "text"));
    assert_bad_field(sd_field_replace(&after, fixture_work(boss), "HELP", "1", fields), SD_ERROR_INPUT, "fields",
                     "sd.validation.array");
    assert_non_null(select);
    json_decref(fields);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_replace),
        desk_test(test_definitions_refused),
        desk_test(test_options_refused),
        desk_test(test_defaults_must_be_answers),
        desk_test(test_definitions_are_for_desk_administrators),
        desk_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
