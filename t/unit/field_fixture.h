/* What the tests of fields share: a desk HELP with one request type, its people, and definitions as JSON text. */
#ifndef SD_UNIT_FIELD_FIXTURE_H
#define SD_UNIT_FIELD_FIXTURE_H

#include "fixture.h"

#include <jansson.h>

#include "desk/field.h"
#include "desk/request_type.h"

#define OPTIONS "\"options\":[{\"value\":\"Red\"},\"Green\",{\"value\":\"3\"}]"

static sd_id_t desk, boss, agent, ann, stranger;

static inline void people(void)
{
    const sd_request_type_t *type;

    desk = fixture_desk("HELP", "listed");
    boss = fixture_account("boss");
    agent = fixture_account("agent");
    ann = fixture_account("ann");
    stranger = fixture_account("stranger");
    fixture_role(desk, "administrator", boss);
    fixture_role(desk, "agent", agent);
    fixture_role(desk, "customer", ann);
    assert_good(sd_request_type_create(&type, fixture_work(boss), "HELP", "Laptop", NULL, NULL));
}

static inline json_t *json_of(const char *text)
{
    json_error_t problem;
    json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &problem);

    if (!json) {
        fail_msg("%s: %s", text, problem.text);
    }
    return json;
}

static inline sd_error_t *define_as(sd_id_t account_id, const char *text)
{
    json_t *definition = json_of(text);
    apr_array_header_t *fields;
    sd_error_t *error = sd_field_replace(&fields, fixture_work(account_id), "HELP", "1", definition);

    json_decref(definition);
    return error;
}

static inline void define(const char *text)
{
    assert_good(define_as(boss, text));
}

static inline apr_array_header_t *all_fields(void)
{
    sd_request_type_asked_t asked;

    assert_good(sd_request_type_ask(&asked, fixture_operator(), "1", 0));
    assert_good(sd_store_settle(fixture.store));
    return asked.fields;
}

#endif
