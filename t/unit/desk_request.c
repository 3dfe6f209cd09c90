/* Requests: what is refused, what is written, who sees it. */
#include "request_fixture.h"

#include "desk/keeping.h"
#include "desk/policy.h"

#define HELLO "{\"summary\":\"My screen is dark\",\"description\":\"Since noon.\\n\\nHelp!\"}"

static sd_error_t *create(sd_id_t who, const sd_request_input_t *input)
{
    sd_request_view_t *view = NULL;

    return sd_request_create(&view, fixture_work(who), input, 0);
}

static sd_error_t *get(sd_id_t who, const char *key)
{
    sd_request_view_t *view = NULL;

    return sd_request_get(&view, fixture_work(who), key, 0);
}

static void assert_nothing_written(void)
{
    assert_int_equal(fixture_number("SELECT count(*) FROM request"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_count"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM audit"), 0);
    assert_int_equal(fixture_number("SELECT sum(last) FROM desk_number"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE origin = 'raised'"), 0);
}

/* Both ways refuse it alike, and nothing is left behind. */
static const sd_error_t *assert_refused(sd_id_t who, const sd_request_input_t *input)
{
    const sd_error_t *error = create(who, input);
    const sd_error_t *same = sd_request_validate(fixture_work(who), input);

    assert_non_null(error);
    assert_non_null(same);
    assert_int_equal(same->kind, error->kind);
    assert_string_equal(same->key, error->key);
    assert_string_equal(same->text, error->text);
    assert_nothing_written();
    return error;
}

static void test_create_writes_everything(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);
    sd_request_view_t *view = NULL;

    (void)state;
    assert_good(sd_request_create(&view, fixture_work(ann), &input, SD_REQUEST_VALUES | SD_REQUEST_HISTORY));
    assert_string_equal(view->request->key, "HELP-1");
    assert_string_equal(view->request->desk_key, "HELP");
    assert_string_equal(view->request->summary, "My screen is dark");
    assert_string_equal(view->request->status, "waiting-for-support");
    assert_true(view->request->open);
    assert_true(view->request->reporter.id == ann);
    assert_true(view->request->created == FIXTURE_START);
    assert_int_equal(view->request->relations, SD_RELATION_REPORTER);
    assert_false(view->staff);
    assert_int_equal(view->values->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(view->values, 0, sd_request_value_t *)->value, "\"My screen is dark\"");
    assert_string_equal(APR_ARRAY_IDX(view->values, 1, sd_request_value_t *)->label, "Why do you need it?");
    assert_int_equal(view->history->rows->nelts, 1);
    assert_string_equal(ROW(view->history, 0, sd_status_change_t)->status, "waiting-for-support");
    assert_string_equal(counts_of(ann), "1 0");
    assert_string_equal(fixture_text("SELECT summary_key FROM request"), "my screen is dark");
    assert_string_equal(fixture_text("SELECT origin FROM desk_role WHERE account_id = " ID, ann), "raised");
    assert_int_equal(fixture_audited("request.create"), 1);
    assert_string_equal(fixture_text("SELECT object_id || ' ' || desk_id FROM audit WHERE act = 'request.create'"),
                        apr_psprintf(fixture.pool, "HELP-1 " ID, help));
}

/* The request, its first status and its reporter's activity carry one time, however fast the clock runs. */
static void test_one_moment(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);
    sd_request_view_t *view = NULL;

    (void)state;
    fixture.clock.now = tick;
    input.participants = fixture_texts("cid", NULL);
    assert_good(sd_request_create(&view, fixture_work(ann), &input, SD_REQUEST_HISTORY));
    assert_true(view->request->status_at == view->request->created);
    assert_true(view->request->updated == view->request->created);
    assert_true(view->request->public_updated == view->request->created);
    assert_true(ROW(view->history, 0, sd_status_change_t)->at == view->request->created);
    assert_string_equal(fixture_text("SELECT last_activity FROM desk_count"), id_text(view->request->created));
    assert_string_equal(fixture_text("SELECT created FROM participant"), id_text(view->request->created));
}

static void test_keys_count_by_desk(void **state)
{
    (void)state;
    fixture_run("DELETE FROM desk_number WHERE desk_id = " ID, hr);
    assert_string_equal(raise_one(ann, help, "one"), "HELP-1");
    assert_string_equal(raise_one(dee, hr, "one, without a row to count from"), "HR-1");
    assert_string_equal(raise_one(bob, help, "two"), "HELP-2");
    assert_string_equal(raise_one(dee, hr, "two"), "HR-2");
}

static void test_bad_desk_is_input(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);

    (void)state;
    input.desk = "999";
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "serviceDeskId", "sd.request.desk");
    input.desk = "NONE";
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "serviceDeskId", "sd.request.desk");
    input.desk = NULL;
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "serviceDeskId", "sd.validation.required");
    input = input_for(hr, HELLO);
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "serviceDeskId", "sd.request.desk");
    assert_bad(assert_refused(0, &input), SD_ERROR_SIGN_IN);
}

static void test_bad_type_is_input(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);

    (void)state;
    input.request_type = id_text(hr_type);
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "requestTypeId", "sd.request.type");
    input.request_type = "12a";
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "requestTypeId", "sd.request.type");
    input.request_type = NULL;
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "requestTypeId", "sd.validation.required");
    input.request_type = id_text(help_type);
    fixture_run("UPDATE request_type SET restricted = 1");
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "requestTypeId", "sd.request.type");
    assert_good(sd_request_validate(fixture_work(lea), &input));
    fixture_run("UPDATE request_type SET restricted = 0, deleted = 1");
    assert_bad_field(assert_refused(lea, &input), SD_ERROR_INPUT, "requestTypeId", "sd.request.type");
}

static void test_closed_desk_takes_none(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);
    const char *old;

    (void)state;
    fixture_run("UPDATE desk SET open = 0");
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "serviceDeskId", "sd.request.desk.closed");
    assert_bad_field(assert_refused(ivy, &input), SD_ERROR_INPUT, "serviceDeskId", "sd.request.desk.closed");
    fixture_run("UPDATE desk SET open = 1");
    old = raise_one(ann, help, "old");
    fixture_run("UPDATE desk SET open = 0, access = 'listed'");
    assert_good(get(ann, old));
}

static void test_everything_wrong_is_named_at_once(void **state)
{
    static const char *const fields[] = {"description",         "summary",        "surprise", "requestParticipants",
                                         "requestParticipants", "organizationIds"};
    sd_request_input_t input = input_for(help, "{\"description\":7,\"surprise\":1}");
    const sd_error_t *error;
    size_t seen = 0;

    (void)state;
    input.participants = fixture_texts("nobody", "bob", "no one", NULL);
    input.organizations = fixture_texts("77", NULL);
    error = assert_refused(ann, &input);
    for (; error; error = error->next) {
        int known = 0;

        assert_int_equal(error->kind, SD_ERROR_INPUT);
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
            known += strcmp(error->field, fields[i]) == 0;
        }
        assert_true(known > 0);
        seen++;
    }
    assert_int_equal(seen, 6);
}

static void test_on_behalf(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);

    (void)state;
    input.on_behalf_of = "bob";
    assert_bad(assert_refused(ann, &input), SD_ERROR_FORBIDDEN);
    assert_non_null(strstr(assert_refused(ann, &input)->text, "permission to raise"));
    input.on_behalf_of = "who is not there";
    assert_bad(assert_refused(ann, &input), SD_ERROR_FORBIDDEN);
    assert_bad_field(assert_refused(ivy, &input), SD_ERROR_INPUT, "raiseOnBehalfOf", "sd.request.on.behalf.unknown");
    input.on_behalf_of = "bob@example.org";
    assert_bad(assert_refused(kim, &input), SD_ERROR_FORBIDDEN);
    fixture_run("UPDATE account SET state = 'disabled' WHERE id = " ID, bob);
    assert_bad_field(assert_refused(ivy, &input), SD_ERROR_INPUT, "raiseOnBehalfOf", "sd.request.on.behalf.unknown");
    fixture_run("UPDATE account SET state = 'active' WHERE id = " ID, bob);
    assert_string_equal(raise_with(ivy, &input), "HELP-1");
    assert_string_equal(fixture_text("SELECT reporter_id || ' ' || author_id FROM request"),
                        apr_psprintf(fixture.pool, ID " " ID, bob, ivy));
    assert_string_equal(counts_of(bob), "1 0");
    assert_null(counts_of(ivy));
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE role = 'customer' AND account_id = " ID, bob),
                     1);
}

static void test_on_behalf_of_a_stranger_to_the_desk(void **state)
{
    sd_request_input_t input = input_for(hr, HELLO);

    (void)state;
    input.on_behalf_of = "cid";
    assert_bad_field(assert_refused(kim, &input), SD_ERROR_INPUT, "raiseOnBehalfOf", "sd.request.on.behalf.unknown");
    input.on_behalf_of = "dee";
    assert_string_equal(raise_with(kim, &input), "HR-1");
    fixture_system_admin(cid); /* who may raise anywhere */
    input.on_behalf_of = "cid";
    assert_string_equal(raise_with(kim, &input), "HR-2");
}

static void test_on_behalf_of_oneself(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);

    (void)state;
    input.on_behalf_of = "ann";
    assert_string_equal(raise_with(ann, &input), "HELP-1");
    input.on_behalf_of = "";
    assert_string_equal(raise_with(ann, &input), "HELP-2");
}

static void test_the_operator_names_a_reporter(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);
    sd_request_view_t *view = NULL;

    (void)state;
    assert_bad_field(sd_request_create(&view, fixture_operator(), &input, 0), SD_ERROR_INPUT, "raiseOnBehalfOf",
                     "sd.validation.required");
    input.on_behalf_of = "cid";
    assert_good(sd_request_create(&view, fixture_operator(), &input, 0));
    assert_true(view->request->reporter.id == cid);
    assert_string_equal(fixture_text("SELECT author_id FROM request"), id_text(cid));
}

static void test_who_is_enlisted(void **state)
{
    (void)state;
    raise_one(ivy, help, "agents are no customers");
    raise_one(dee, hr, "listed already");
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE origin = 'raised'"), 0);
    raise_one(cid, help, "one");
    raise_one(cid, help, "two");
    assert_int_equal(fixture_number("SELECT count(*) FROM desk_role WHERE origin = 'raised' AND account_id = " ID, cid),
                     1);
}

static void test_participants(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);
    const char *key;

    (void)state;
    input.participants = fixture_texts("bob", "ann", "cid@example.org", "cid", NULL);
    key = raise_with(ann, &input);
    assert_int_equal(fixture_number("SELECT count(*) FROM participant WHERE request_id = " ID, request_id(key)), 2);
    assert_int_equal(fixture_number("SELECT count(*) FROM participant WHERE account_id IN (" ID ", " ID ")"
                                    " AND added_by = " ID,
                                    bob, cid, ann),
                     2);
    assert_good(get(cid, key));
}

static void test_sharing_within_the_organization(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);

    (void)state;
    fixture_run("UPDATE desk SET sharing = 'organization'");
    input.participants = fixture_texts("cid", NULL);
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "requestParticipants", "sd.participant.unknown");
    assert_string_equal(assert_refused(ann, &input)->text, "\"cid\" cannot be added to this request.");
    raise_with(ivy, &input);
    input.participants = fixture_texts("bob", NULL);
    raise_with(ann, &input);
}

/* Who cannot enter the desk cannot be added, and reads the same as somebody who does not exist. */
static void test_strangers_cannot_participate(void **state)
{
    sd_request_input_t input = input_for(hr, HELLO);

    (void)state;
    input.participants = fixture_texts("cid", NULL);
    assert_string_equal(assert_refused(dee, &input)->text, "\"cid\" cannot be added to this request.");
    assert_string_equal(assert_refused(kim, &input)->text, "\"cid\" cannot be added to this request.");
    input.participants = fixture_texts("xyz", NULL);
    assert_string_equal(assert_refused(kim, &input)->text, "\"xyz\" cannot be added to this request.");
}

static apr_int64_t shares(const char *key)
{
    return fixture_number("SELECT count(*) FROM request_organization WHERE request_id = " ID, request_id(key));
}

static void test_organizations(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);
    sd_id_t other = fixture_organization("Other", cid, (sd_id_t)0);
    sd_id_t strange = fixture_organization("Strange", ann, (sd_id_t)0);

    (void)state;
    fixture_run("INSERT INTO desk_organization (desk_id, organization_id) VALUES (" ID ", " ID ")", help, other);
    input.organizations = fixture_texts(id_text(other), NULL);
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "organizationIds", "sd.request.organization");
    input.organizations = fixture_texts(id_text(strange), NULL);
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "organizationIds", "sd.request.organization");
    assert_bad_field(assert_refused(ivy, &input), SD_ERROR_INPUT, "organizationIds", "sd.request.organization");
    input.organizations = fixture_texts("Acme", NULL);
    assert_bad_field(assert_refused(ann, &input), SD_ERROR_INPUT, "organizationIds", "sd.request.organization");
    input.organizations = fixture_texts(id_text(acme), id_text(acme), NULL);
    assert_int_equal(shares(raise_with(ann, &input)), 1);
    input.organizations = fixture_texts(id_text(acme), id_text(other), NULL);
    assert_int_equal(shares(raise_with(ivy, &input)), 2);
    input.organizations = fixture_texts(NULL);
    assert_int_equal(shares(raise_with(ann, &input)), 0);
    input.organizations = NULL;
    assert_int_equal(shares(raise_with(ann, &input)), 1);
    assert_int_equal(shares(raise_with(ivy, &input)), 0);
    fixture_run("INSERT INTO organization_member (organization_id, account_id) VALUES (" ID ", " ID ")", other, ann);
    assert_int_equal(shares(raise_with(ann, &input)), 0);
}

static void test_validate_changes_nothing(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);

    (void)state;
    input.participants = fixture_texts("bob", NULL);
    assert_good(sd_request_validate(fixture_work(ann), &input));
    assert_nothing_written();
}

static void test_deleted(void **state)
{
    const char *open = raise_one(ann, help, "one"), *closed = raise_one(ann, help, "two");
    sd_request_view_t *view;

    (void)state;
    participate(open, dee);
    set_status(closed, "resolved", 0);
    fixture_run("UPDATE desk_count SET open_requests = 1, closed_requests = 1");
    assert_bad(sd_request_delete(fixture_work(ann), open, NULL), SD_ERROR_FORBIDDEN);
    assert_bad(sd_request_delete(fixture_work(ivy), open, NULL), SD_ERROR_FORBIDDEN);
    assert_not_found(sd_request_delete(fixture_work(cid), open, NULL));
    assert_bad(sd_request_delete(fixture_work(0), open, NULL), SD_ERROR_SIGN_IN);
    assert_bad(sd_request_delete(fixture_work(lea), open, "a9"), SD_ERROR_STALE);
    assert_string_equal(counts_of(ann), "1 1");
    assert_good(sd_request_delete(fixture_work(lea), open, NULL));
    assert_string_equal(counts_of(ann), "0 1");
    assert_good(sd_request_delete(fixture_operator(), closed, NULL));
    assert_string_equal(counts_of(ann), "0 0");
    assert_int_equal(fixture_audited("request.delete"), 2);
    assert_not_found(sd_request_delete(fixture_work(lea), open, NULL));
    assert_not_found(sd_request_get(&view, fixture_work(ann), open, 0));
    assert_not_found(sd_request_get(&view, fixture_work(dee), open, 0));
    assert_string_equal(raise_one(ann, help, "three"), "HELP-3");
}

static void test_who_reads(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);
    const char *key, *id;

    (void)state;
    input.participants = fixture_texts("dee", NULL);
    key = raise_with(ann, &input);
    id = id_text(request_id(key));
    assert_good(get(ann, key));
    assert_good(get(ann, id));
    assert_good(get(bob, key));
    assert_good(get(dee, key));
    assert_good(get(ivy, key));
    assert_good(get(lea, key));
    assert_not_found(get(cid, key));
    assert_not_found(get(cid, id));
    assert_not_found(get(kim, key));
    assert_not_found(get(sam, key));
    assert_not_found(get(ann, "HELP-99"));
    assert_not_found(get(ann, "999"));
    assert_bad(get(0, key), SD_ERROR_SIGN_IN);
    assert_bad(get(0, "HELP-99"), SD_ERROR_SIGN_IN);
    assert_int_equal(fixture_audited("request.read"), 0);
    fixture_run("UPDATE request SET deleted = 1");
    assert_not_found(get(ann, key));
    assert_not_found(get(ivy, id));
}

/* Decided at the moment of the access, not when it was shared. */
static void test_access_ends_at_once(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);
    const char *key;

    (void)state;
    input.participants = fixture_texts("cid", NULL);
    key = raise_with(ann, &input);
    assert_good(get(bob, key));
    fixture_run("DELETE FROM organization_member WHERE account_id = " ID, bob);
    assert_not_found(get(bob, key));
    fixture_run("INSERT INTO organization_member (organization_id, account_id) VALUES (" ID ", " ID ")", acme, dee);
    assert_good(get(dee, key));
    fixture_run("DELETE FROM request_organization");
    assert_not_found(get(dee, key));
    assert_good(get(cid, key));
    fixture_run("DELETE FROM participant");
    assert_not_found(get(cid, key));
    fixture_run("DELETE FROM desk_role WHERE account_id = " ID, ivy);
    assert_not_found(get(ivy, key));
    assert_good(get(ann, key));
}

static void test_system_admin_reads_by_setting_and_leaves_a_trace(void **state)
{
    const char *key = raise_one(ann, help, "secret");

    (void)state;
    assert_not_found(get(sam, key));
    fixture_run("INSERT INTO setting (name, value) VALUES ('system_admin_reads_requests', 'true')");
    assert_good(get(sam, key));
    assert_int_equal(fixture_audited("request.read"), 1);
    assert_string_equal(fixture_text("SELECT object_id || ' ' || account_id FROM audit WHERE act = 'request.read'"),
                        apr_psprintf(fixture.pool, "%s " ID, key, sam));
    assert_not_found(get(sam, "HELP-99"));
    assert_good(get(ivy, key));
    assert_good(get(sam, raise_one(sam, help, "his own")));
    assert_int_equal(fixture_audited("request.read"), 1);
}

static void test_parts(void **state)
{
    unsigned all = SD_REQUEST_VALUES | SD_REQUEST_TYPE | SD_REQUEST_DESK | SD_REQUEST_PARTICIPANTS |
                   SD_REQUEST_COMMENTS | SD_REQUEST_HISTORY | SD_REQUEST_ASSIGNEE;
    const char *key = raise_one(ann, help, "parts");
    sd_request_view_t *view = NULL;

    (void)state;
    participate(key, bob);
    fixture_run("UPDATE request SET assignee_id = " ID, ivy);
    fixture_run("UPDATE request_type SET deleted = 1");
    fixture_run("INSERT INTO comment (request_id, author_id, body, public, created) VALUES (" ID ", " ID
                ", 'inside', 0, 1), (" ID ", " ID ", 'outside', 1, 2)",
                request_id(key), ivy, request_id(key), ivy);
    assert_good(sd_request_get(&view, fixture_work(ann), key, all));
    assert_string_equal(view->type->name, "Get help");
    assert_string_equal(view->desk->key, "HELP");
    assert_int_equal(view->participants->rows->nelts, 1);
    assert_true(ROW(view->participants, 0, sd_account_t)->id == bob);
    assert_int_equal(view->comments->rows->nelts, 1);
    assert_string_equal(ROW(view->comments, 0, sd_comment_t)->body, "outside");
    assert_null(view->assignee);
    assert_good(sd_request_get(&view, fixture_work(jon), key, all));
    assert_true(view->staff);
    assert_int_equal(view->comments->rows->nelts, 2);
    assert_true(view->assignee->id == ivy);
    assert_good(sd_request_get(&view, fixture_work(jon), key, 0));
    assert_null(view->values);
    assert_null(view->type);
    assert_null(view->desk);
    assert_null(view->participants);
    assert_null(view->comments);
    assert_null(view->history);
    assert_null(view->assignee);
}

static const char *version_for(sd_id_t who, const char *key)
{
    sd_work_t *work = fixture_work(who);
    sd_request_view_t *view = NULL;

    assert_good(sd_request_get(&view, work, key, 0));
    return sd_request_version(work, view->request);
}

static void test_versions(void **state)
{
    const char *key = raise_one(ann, help, "versions");

    (void)state;
    fixture_run("UPDATE request SET version = 7, public_version = 3");
    assert_string_equal(version_for(ann, key), "c3");
    assert_string_equal(version_for(bob, key), "c3");
    assert_string_equal(version_for(ivy, key), "a7");
}

/* For a day, whoever asks again under the name of a raising gets what is there. */
static void test_asked_again(void **state)
{
    sd_request_input_t input = input_for(help, HELLO);
    const char *key;
    int more;

    (void)state;
    input.retry_name = "name";
    input.retry_content = "content";
    key = raise_with(ann, &input);
    fixture_clock_move(SD_DAY - 1);
    assert_good(sd_keep(&more, fixture_operator()));
    assert_string_equal(raise_with(ann, &input), key);
    input.retry_content = "other";
    assert_bad(create(ann, &input), SD_ERROR_CONFLICT);
    assert_int_equal(fixture_number("SELECT count(*) FROM request"), 1);
    fixture_clock_move(1);
    assert_good(sd_keep(&more, fixture_operator()));
    assert_int_equal(fixture_number("SELECT count(*) FROM request_retry"), 0);
    assert_string_not_equal(raise_with(ann, &input), key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        request_test(test_create_writes_everything),
        request_test(test_one_moment),
        request_test(test_keys_count_by_desk),
        request_test(test_bad_desk_is_input),
        request_test(test_bad_type_is_input),
        request_test(test_closed_desk_takes_none),
        request_test(test_everything_wrong_is_named_at_once),
        request_test(test_on_behalf),
        request_test(test_on_behalf_of_a_stranger_to_the_desk),
        request_test(test_on_behalf_of_oneself),
        request_test(test_deleted),
        request_test(test_the_operator_names_a_reporter),
        request_test(test_who_is_enlisted),
        request_test(test_participants),
        request_test(test_sharing_within_the_organization),
        request_test(test_strangers_cannot_participate),
        request_test(test_organizations),
        request_test(test_validate_changes_nothing),
        request_test(test_who_reads),
        request_test(test_access_ends_at_once),
        request_test(test_system_admin_reads_by_setting_and_leaves_a_trace),
        request_test(test_parts),
        request_test(test_versions),
        request_test(test_asked_again),
    };

    return cmocka_run_group_tests_name("desk request", tests, NULL, NULL);
}
