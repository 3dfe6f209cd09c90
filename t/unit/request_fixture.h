/*
 * The people and desks that the tests of requests share. HELP is open to everyone with an account, HR to those listed.
 * Ann and Bob belong to Acme, which HELP knows; Cid and Dee to nothing; Dee is a customer of HR. Ivy and Jon are agents
 * of HELP, Lea its administrator, Kim an agent of HR, Sam a system administrator.
 */
#ifndef SD_UNIT_REQUEST_FIXTURE_H
#define SD_UNIT_REQUEST_FIXTURE_H

#include "fixture.h"

#include <jansson.h>

#include "desk/request.h"

#define ID "%" APR_INT64_T_FMT

static sd_id_t ann, bob, cid, dee, ivy, jon, kim, lea, sam;
static sd_id_t help, hr, acme, help_type, hr_type;

/* Ids of the transitions of HELP. */
enum { RESPOND = 101, RESOLVE = 102, REOPEN = 103, ESCALATE = 104, CLOSE = 105, START = 106, OF_HR = 201 };

static inline sd_id_t make_type(sd_id_t desk_id, const char *name)
{
    sd_id_t id;

    id = fixture_insert("INSERT INTO request_type (desk_id, name, search_key, created)"
                        " VALUES (" ID ", '%s', lower('%s'), 1) RETURNING id",
                        desk_id, name, name);
    fixture_run("INSERT INTO request_field (request_type_id, field_id, name, kind, required, visible, position)"
                " VALUES (" ID ", 'summary', 'What do you need?', 'text', 1, 1, 1),"
                " (" ID ", 'description', 'Why do you need it?', 'paragraph', 0, 1, 2)",
                id, id);
    return id;
}

static inline void make_transition(int id, sd_id_t desk_id, const char *name, const char *from, const char *to,
                                   const char *resolution, int customer)
{
    fixture_run("INSERT INTO transition (id, desk_id, name, from_status, to_status, resolution, customer)"
                " VALUES (%d, " ID ", '%s', '%s', '%s', nullif('%s', ''), %d)",
                id, desk_id, name, from, to, resolution, customer);
}

static inline void make_people(void)
{
    ann = fixture_account("ann");
    bob = fixture_account("bob");
    cid = fixture_account("cid");
    dee = fixture_account("dee");
    ivy = fixture_account("ivy");
    jon = fixture_account("jon");
    kim = fixture_account("kim");
    lea = fixture_account("lea");
    sam = fixture_account("sam");
    fixture_system_admin(sam);
    acme = fixture_organization("Acme", ann, bob, (sd_id_t)0);
}

static inline int request_setup(void **state)
{
    fixture_setup(state);
    make_people();
    help = fixture_desk("HELP", "accounts");
    hr = fixture_desk("HR", "listed");
    fixture_run("INSERT INTO desk_organization (desk_id, organization_id) VALUES (" ID ", " ID ")", help, acme);
    fixture_role(help, "agent", ivy);
    fixture_role(help, "agent", jon);
    fixture_role(help, "administrator", lea);
    fixture_role(hr, "agent", kim);
    fixture_role(hr, "customer", dee);
    help_type = make_type(help, "Get help");
    hr_type = make_type(hr, "Ask HR");
    make_transition(RESPOND, help, "Respond to customer", "waiting-for-support", "waiting-for-customer", "", 0);
    make_transition(RESOLVE, help, "Resolve", "waiting-for-support", "resolved", "Done", 1);
    make_transition(REOPEN, help, "Reopen", "resolved", "waiting-for-support", "", 1);
    make_transition(ESCALATE, help, "Escalate", "waiting-for-support", "escalated", "", 0);
    make_transition(CLOSE, help, "Close", "resolved", "closed", "Done", 0);
    make_transition(START, help, "Start progress", "waiting-for-support", "in-progress", "", 0);
    make_transition(OF_HR, hr, "Resolve", "waiting-for-support", "resolved", "Done", 1);
    return 0;
}

#define request_test(fn_) cmocka_unit_test_setup_teardown(fn_, request_setup, fixture_teardown)

static inline apr_status_t forget_json(void *baton)
{
    json_decref(baton);
    return APR_SUCCESS;
}

static inline const json_t *json_of(const char *text)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

    assert_non_null(json);
    apr_pool_cleanup_register(fixture.pool, json, forget_json, apr_pool_cleanup_null);
    return json;
}

static inline const char *id_text(sd_id_t id)
{
    return apr_psprintf(fixture.pool, ID, id);
}

static inline sd_request_input_t input_for(sd_id_t desk_id, const char *values)
{
    return (sd_request_input_t){
        .desk = id_text(desk_id),
        .request_type = id_text(desk_id == help ? help_type : hr_type),
        .values = json_of(values),
    };
}

/* Raises a request and returns its key. */
static inline const char *raise_with(sd_id_t who, const sd_request_input_t *input)
{
    sd_request_view_t *view = NULL;

    assert_good(sd_request_create(&view, fixture_work(who), input, 0));
    return view->request->key;
}

static inline const char *raise_one(sd_id_t who, sd_id_t desk_id, const char *summary)
{
    sd_request_input_t input = input_for(desk_id, apr_psprintf(fixture.pool, "{\"summary\":\"%s\"}", summary));

    return raise_with(who, &input);
}

/* Shared with nobody, whatever the reporter belongs to. */
static inline const char *raise_private(sd_id_t who, sd_id_t desk_id, const char *summary)
{
    sd_request_input_t input = input_for(desk_id, apr_psprintf(fixture.pool, "{\"summary\":\"%s\"}", summary));

    input.organizations = fixture_texts(NULL);
    return raise_with(who, &input);
}

static inline sd_id_t request_id(const char *key)
{
    return fixture_number("SELECT id FROM request WHERE key = '%s'", key);
}

static inline const char *status_of(const char *key)
{
    return fixture_text("SELECT status FROM request WHERE key = '%s'", key);
}

static inline void set_status(const char *key, const char *status, int open)
{
    fixture_run("UPDATE request SET status = '%s', open = %d WHERE key = '%s'", status, open, key);
}

static inline void participate(const char *key, sd_id_t who)
{
    fixture_run("INSERT INTO participant (request_id, account_id, added_by, created, activity)"
                " SELECT id, " ID ", " ID ", 1, public_updated FROM request WHERE key = '%s'",
                who, who, key);
}

/* "open closed" of a reporter at HELP. */
static inline const char *counts_of(sd_id_t who)
{
    return fixture_text("SELECT open_requests || ' ' || closed_requests FROM desk_count WHERE desk_id = " ID
                        " AND account_id = " ID,
                        help, who);
}

/* Looks like the answer for a request that is not there: to the byte. */
static inline void assert_not_found(const sd_error_t *error)
{
    const sd_error_t *plain = sd_error_not_found(fixture.pool);

    assert_bad(error, SD_ERROR_NOT_FOUND);
    assert_string_equal(error->key, plain->key);
    assert_string_equal(error->text, plain->text);
    assert_null(error->field);
    assert_null(error->next);
}

/* A clock that never says the same moment twice. */
static inline sd_time_t tick(void *baton)
{
    return ++((fixture_t *)baton)->now;
}

/* The `n`-th row of a list as text of one member. */
#define ROW(list_, i_, type_) (APR_ARRAY_IDX((list_)->rows, i_, const type_ *))

#define PAGE ((sd_page_t){0, SD_PAGE_DEFAULT})

#endif
