/* desk/request_type.h: which types exist for whom, what a new one asks, and the groups. */
#include "fixture.h"

#include <jansson.h>

#include "desk/request_type.h"

static const sd_page_t first_page = {0, 50};
static const sd_request_type_filter_t everything = {0};

static sd_id_t desk, other_desk, boss, agent, ann, stranger;

/* HELP for listed customers, OPEN for all; boss administers HELP, agent works there, ann is its customer. */
static void people(void)
{
    desk = fixture_desk("HELP", "listed");
    other_desk = fixture_desk("OPEN", "accounts");
    boss = fixture_account("boss");
    agent = fixture_account("agent");
    ann = fixture_account("ann");
    stranger = fixture_account("stranger");
    fixture_role(desk, "administrator", boss);
    fixture_role(desk, "agent", agent);
    fixture_role(desk, "customer", ann);
}

static sd_error_t *load(const sd_request_type_t **type, apr_array_header_t **fields, sd_work_t *work, sd_id_t desk_id,
                        const char *id, int deleted)
{
    sd_request_type_asked_t asked;

    *type = NULL;
    *fields = NULL;
    SD_TRY(sd_request_type_ask(&asked, work, id, deleted));
    *type = sd_request_type_of(&asked, desk_id);
    *fields = asked.fields;
    return NULL;
}

static const char *make(const char *name)
{
    const sd_request_type_t *type;

    assert_good(sd_request_type_create(&type, fixture_work(boss), "HELP", name, "about it", "help for it"));
    return apr_psprintf(fixture.pool, "%" APR_INT64_T_FMT, type->id);
}

static const char *names_of(const sd_list_t *list)
{
    const char *names = "";

    for (int i = 0; i < list->rows->nelts; i++) {
        names =
            apr_pstrcat(fixture.pool, names, APR_ARRAY_IDX(list->rows, i, const sd_request_type_t *)->name, "|", NULL);
    }
    return names;
}

static const char *list_for(sd_id_t account_id, const sd_request_type_filter_t *filter)
{
    sd_list_t *list;

    assert_good(sd_request_type_list(&list, fixture_work(account_id), "HELP", filter, first_page));
    return names_of(list);
}

static const char *list_all_for(sd_id_t account_id, const sd_request_type_filter_t *filter)
{
    sd_list_t *list;

    assert_good(sd_request_type_list_all(&list, fixture_work(account_id), filter, first_page));
    return names_of(list);
}

static sd_error_t *set_groups(sd_id_t account_id, const char *text)
{
    json_t *groups = json_loads(text, 0, NULL);
    sd_error_t *error;

    assert_non_null(groups);
    error = sd_request_type_set_groups(fixture_work(account_id), "HELP", groups);
    json_decref(groups);
    return error;
}

static const char *groups_for(sd_id_t account_id)
{
    const char *names = "";
    sd_list_t *list;

    assert_good(sd_request_type_groups(&list, fixture_work(account_id), "HELP", first_page));
    for (int i = 0; i < list->rows->nelts; i++) {
        const sd_request_type_group_t *group = APR_ARRAY_IDX(list->rows, i, const sd_request_type_group_t *);

        names = apr_psprintf(fixture.pool, "%s%" APR_INT64_T_FMT ":%s|", names, group->id, group->name);
    }
    return names;
}

static void test_create(void **state)
{
    const sd_request_type_t *type, *found;
    apr_array_header_t *fields;
    const sd_field_t *field;

    (void)state;
    people();
    assert_good(sd_request_type_create(&type, fixture_work(boss), "1", " New laptop ", NULL, NULL));
    assert_string_equal(type->name, "New laptop");
    assert_good(sd_request_type_find(&found, fixture_work(ann), "HELP", "1"));
    assert_int_equal(found->id, 1);
    assert_int_equal(found->desk_id, desk);
    assert_string_equal(found->name, "New laptop");
    assert_string_equal(found->description, "");
    assert_string_equal(found->help_text, "");
    assert_string_equal(found->icon, "question");
    assert_int_equal(found->restricted, 0);
    assert_int_equal(found->group_ids->nelts, 0);
    assert_good(sd_request_type_fields(&fields, fixture_work(ann), "HELP", "1", 0));
    assert_int_equal(fields->nelts, 2);
    field = APR_ARRAY_IDX(fields, 0, const sd_field_t *);
    assert_string_equal(field->field_id, "summary");
    assert_string_equal(field->kind, "text");
    assert_int_equal(field->required, 1);
    assert_int_equal(field->visible, 1);
    assert_int_equal(field->desk_id, desk);
    field = APR_ARRAY_IDX(fields, 1, const sd_field_t *);
    assert_string_equal(field->field_id, "description");
    assert_string_equal(field->kind, "paragraph");
    assert_int_equal(field->required, 0);
    assert_int_equal(field->visible, 1);
    assert_string_equal(fixture_text("SELECT actor || ' ' || object_type || ' ' || object_id || ' ' || desk_id"
                                     " FROM audit WHERE act = 'request-type.create'"),
                        "boss request-type 1 1");
}

static void test_create_is_for_desk_administrators(void **state)
{
    const sd_request_type_t *type;

    (void)state;
    people();
    assert_bad(sd_request_type_create(&type, fixture_work(0), "HELP", "x", NULL, NULL), SD_ERROR_SIGN_IN);
    assert_bad(sd_request_type_create(&type, fixture_work(stranger), "HELP", "x", NULL, NULL), SD_ERROR_NOT_FOUND);
    assert_bad(sd_request_type_create(&type, fixture_work(ann), "HELP", "x", NULL, NULL), SD_ERROR_FORBIDDEN);
    assert_bad(sd_request_type_create(&type, fixture_work(agent), "HELP", "x", NULL, NULL), SD_ERROR_FORBIDDEN);
    /* Administrator here is nobody there, and right comes before input. */
    assert_bad(sd_request_type_create(&type, fixture_work(boss), "OPEN", "", NULL, NULL), SD_ERROR_FORBIDDEN);
    assert_null(type);
    assert_int_equal(fixture_number("SELECT count(*) FROM request_type"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM request_field"), 0);
}

static void test_create_names_every_bad_member(void **state)
{
    char long_text[4002];
    const sd_request_type_t *type;
    sd_error_t *error;

    (void)state;
    people();
    memset(long_text, 'x', 4001);
    long_text[4001] = '\0';
    error = sd_request_type_create(&type, fixture_work(boss), "HELP", " ", long_text, "a\x01");
    assert_bad_field(error, SD_ERROR_INPUT, "name", "sd.validation.required");
    assert_bad_field(error->next, SD_ERROR_INPUT, "description", "sd.validation.long");
    assert_bad_field(error->next->next, SD_ERROR_INPUT, "helpText", "sd.validation.control");
    assert_null(error->next->next->next);
    error = sd_request_type_create(&type, fixture_work(boss), "HELP", NULL, NULL, NULL);
    assert_bad_field(error, SD_ERROR_INPUT, "name", "sd.validation.required");
    long_text[256] = '\0';
    error = sd_request_type_create(&type, fixture_work(boss), "HELP", long_text, NULL, NULL);
    assert_bad_field(error, SD_ERROR_INPUT, "name", "sd.validation.long");
    long_text[255] = '\0';
    assert_good(sd_request_type_create(&type, fixture_work(boss), "HELP", long_text, NULL, NULL));
}

static void test_find(void **state)
{
    const sd_request_type_t *type;
    const char *id;

    (void)state;
    people();
    id = make("Laptop");
    assert_bad(sd_request_type_find(&type, fixture_work(stranger), "HELP", id), SD_ERROR_NOT_FOUND);
    assert_bad(sd_request_type_find(&type, fixture_work(ann), "OPEN", id), SD_ERROR_NOT_FOUND);
    assert_bad(sd_request_type_find(&type, fixture_work(ann), "HELP", "99"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_request_type_find(&type, fixture_work(ann), "HELP", "Laptop"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_request_type_find(&type, fixture_work(0), "HELP", id), SD_ERROR_SIGN_IN);
    assert_good(sd_request_type_find(&type, fixture_work(agent), "HELP", id));
}

static void test_restricted_types_are_the_administrators(void **state)
{
    const sd_request_type_t *type;
    apr_array_header_t *fields;
    const char *id;

    (void)state;
    people();
    make("Laptop");
    id = make("Raise");
    fixture_run("UPDATE request_type SET restricted = 1 WHERE name = 'Raise'");
    assert_string_equal(list_for(ann, &everything), "Laptop|");
    assert_string_equal(list_for(agent, &everything), "Laptop|");
    assert_string_equal(list_for(boss, &everything), "Laptop|Raise|");
    assert_string_equal(list_all_for(ann, &everything), "Laptop|");
    assert_string_equal(list_all_for(agent, &everything), "Laptop|");
    assert_string_equal(list_all_for(boss, &everything), "Laptop|Raise|");
    assert_bad(sd_request_type_find(&type, fixture_work(agent), "HELP", id), SD_ERROR_NOT_FOUND);
    assert_bad(sd_request_type_fields(&fields, fixture_work(agent), "HELP", id, 0), SD_ERROR_NOT_FOUND);
    assert_good(sd_request_type_find(&type, fixture_work(boss), "HELP", id));
    assert_int_equal(type->restricted, 1);
}

static void test_list_filters(void **state)
{
    sd_list_t *list;
    sd_request_type_filter_t filter = {0};

    (void)state;
    people();
    make("Laptop");
    make("100% Stra\xc3\x9f"
         "e");
    make("Door_key");
    fixture_run("UPDATE request_type SET restricted = 1 WHERE name = 'Door_key'");
    filter.search = "LAP";
    assert_string_equal(list_for(ann, &filter), "Laptop|");
    filter.search = "strasse";
    assert_string_equal(list_for(ann, &filter), "100% Stra\xc3\x9f"
                                                "e|");
    filter.search = "ABOUT it";
    assert_string_equal(list_for(boss, &filter), "Laptop|100% Stra\xc3\x9f"
                                                 "e|Door_key|");
    filter.search = "help for";
    assert_string_equal(list_for(boss, &filter), "");
    filter.search = "0%";
    assert_string_equal(list_for(boss, &filter), "100% Stra\xc3\x9f"
                                                 "e|");
    filter.search = "%";
    assert_string_equal(list_for(boss, &filter), "100% Stra\xc3\x9f"
                                                 "e|");
    filter.search = "r_k";
    assert_string_equal(list_for(boss, &filter), "Door_key|");
    filter.search = "p_o";
    assert_string_equal(list_for(boss, &filter), "");
    filter.search = "!";
    assert_string_equal(list_for(boss, &filter), "");
    filter.search = "";
    filter.restriction = "restricted";
    assert_string_equal(list_for(boss, &filter), "Door_key|");
    assert_string_equal(list_for(ann, &filter), "");
    assert_string_equal(list_all_for(boss, &filter), "Door_key|");
    assert_string_equal(list_all_for(ann, &filter), "");
    filter.restriction = "open";
    assert_string_equal(list_for(boss, &filter), "Laptop|100% Stra\xc3\x9f"
                                                 "e|");
    assert_string_equal(list_all_for(boss, &filter), "Laptop|100% Stra\xc3\x9f"
                                                     "e|");
    filter.restriction = "closed";
    assert_bad_field(sd_request_type_list(&list, fixture_work(ann), "HELP", &filter, first_page), SD_ERROR_INPUT,
                     "restrictionStatus", "sd.validation.restriction");
    assert_bad(sd_request_type_list(&list, fixture_work(stranger), "HELP", &filter, first_page), SD_ERROR_NOT_FOUND);
}

static void test_list_by_pages_counts_types_not_groups(void **state)
{
    sd_list_t *list;

    (void)state;
    people();
    make("A");
    make("B");
    make("C");
    assert_good(
        set_groups(boss, "[{\"name\":\"x\",\"requestTypeIds\":[1,2]},{\"name\":\"y\",\"requestTypeIds\":[1,2]}]"));
    assert_good(sd_request_type_list(&list, fixture_work(ann), "HELP", &everything, (sd_page_t){0, 2}));
    assert_string_equal(names_of(list), "A|B|");
    assert_false(list->is_last);
    assert_int_equal(APR_ARRAY_IDX(list->rows, 0, sd_request_type_t *)->group_ids->nelts, 2);
    assert_good(sd_request_type_list(&list, fixture_work(ann), "HELP", &everything, (sd_page_t){2, 2}));
    assert_string_equal(names_of(list), "C|");
    assert_true(list->is_last);
}

static void test_list_across_desks(void **state)
{
    apr_array_header_t *desks;
    sd_request_type_filter_t filter = {0};
    sd_id_t root, open_boss;
    const sd_request_type_t *type;
    sd_list_t *list;

    (void)state;
    people();
    root = fixture_account("root");
    open_boss = fixture_account("openboss");
    fixture_system_admin(root);
    fixture_role(other_desk, "administrator", open_boss);
    make("Laptop");
    assert_good(sd_request_type_create(&type, fixture_work(open_boss), "OPEN", "Question", NULL, NULL));
    assert_string_equal(list_all_for(ann, &everything), "Laptop|Question|");
    assert_string_equal(list_all_for(stranger, &everything), "Question|");
    assert_string_equal(list_all_for(root, &everything), "Laptop|Question|");
    filter.search = "quest";
    assert_string_equal(list_all_for(ann, &filter), "Question|");
    filter.search = NULL;
    filter.desks = desks = apr_array_make(fixture.pool, 2, sizeof(const char *));
    assert_string_equal(list_all_for(ann, &filter), "");
    APR_ARRAY_PUSH(desks, const char *) = "1";
    assert_string_equal(list_all_for(ann, &filter), "Laptop|");
    assert_string_equal(list_all_for(stranger, &filter), "");
    APR_ARRAY_PUSH(desks, const char *) = "2";
    assert_string_equal(list_all_for(ann, &filter), "Laptop|Question|");
    assert_bad(sd_request_type_list_all(&list, fixture_work(0), &everything, first_page), SD_ERROR_SIGN_IN);
    fixture_run("UPDATE request_type SET restricted = 1");
    assert_string_equal(list_all_for(root, &everything), "Laptop|Question|");
    assert_string_equal(list_all_for(boss, &everything), "Laptop|");
    assert_string_equal(list_all_for(open_boss, &everything), "Question|");
}

static void test_delete(void **state)
{
    const sd_request_type_t *type;
    apr_array_header_t *fields;
    const char *id;

    (void)state;
    people();
    id = make("Laptop");
    assert_good(set_groups(boss, "[{\"name\":\"x\",\"requestTypeIds\":[1]}]"));
    assert_bad(sd_request_type_delete(fixture_work(agent), "HELP", id), SD_ERROR_FORBIDDEN);
    assert_bad(sd_request_type_delete(fixture_work(stranger), "HELP", id), SD_ERROR_NOT_FOUND);
    assert_bad(sd_request_type_delete(fixture_work(boss), "HELP", "7"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_request_type_delete(fixture_work(boss), "OPEN", id), SD_ERROR_FORBIDDEN);
    assert_string_equal(list_for(ann, &everything), "Laptop|");
    assert_good(sd_request_type_delete(fixture_work(boss), "HELP", id));
    assert_string_equal(list_for(boss, &everything), "");
    assert_bad(sd_request_type_find(&type, fixture_work(boss), "HELP", id), SD_ERROR_NOT_FOUND);
    assert_bad(sd_request_type_delete(fixture_work(boss), "HELP", id), SD_ERROR_NOT_FOUND);
    assert_int_equal(fixture_number("SELECT count(*) FROM request_type_group_member"), 0);
    assert_int_equal(fixture_audited("request-type.delete"), 1);

    assert_good(load(&type, &fields, fixture_operator(), desk, id, 0));
    assert_null(type);
    assert_good(load(&type, &fields, fixture_operator(), desk, id, 1));
    assert_string_equal(type->name, "Laptop");
    assert_int_equal(fields->nelts, 2);
}

static void test_load(void **state)
{
    const sd_request_type_t *type;
    apr_array_header_t *fields;
    const char *id;

    (void)state;
    people();
    id = make("Laptop");
    fixture_run("UPDATE request_field SET visible = 0 WHERE field_id = 'description'");
    assert_good(load(&type, &fields, fixture_work(ann), desk, id, 0));
    assert_string_equal(type->name, "Laptop");
    assert_int_equal(fields->nelts, 2);
    assert_good(load(&type, &fields, fixture_work(ann), other_desk, id, 0));
    assert_null(type);
    assert_good(load(&type, &fields, fixture_work(ann), desk, "x", 0));
    assert_null(type);
}

static void test_hidden_fields(void **state)
{
    apr_array_header_t *fields;
    const char *id;

    (void)state;
    people();
    id = make("Laptop");
    fixture_run("UPDATE request_field SET visible = 0 WHERE field_id = 'description'");
    assert_good(sd_request_type_fields(&fields, fixture_work(ann), "HELP", id, 1));
    assert_int_equal(fields->nelts, 1);
    assert_good(sd_request_type_fields(&fields, fixture_work(agent), "HELP", id, 1));
    assert_int_equal(fields->nelts, 1);
    assert_good(sd_request_type_fields(&fields, fixture_work(boss), "HELP", id, 0));
    assert_int_equal(fields->nelts, 1);
    assert_good(sd_request_type_fields(&fields, fixture_work(boss), "HELP", id, 1));
    assert_int_equal(fields->nelts, 2);
    assert_bad(sd_request_type_fields(&fields, fixture_work(stranger), "HELP", id, 0), SD_ERROR_NOT_FOUND);
}

static void test_groups(void **state)
{
    const sd_request_type_t *type;
    sd_request_type_filter_t filter = {0};

    (void)state;
    people();
    make("A");
    make("B");
    assert_string_equal(groups_for(ann), "");
    assert_good(set_groups(boss, "[{\"name\":\" Common \",\"requestTypeIds\":[\"2\",1,2]},{\"name\":\"Rare\"}]"));
    assert_string_equal(groups_for(ann), "1:Common|2:Rare|");
    assert_good(sd_request_type_find(&type, fixture_work(ann), "HELP", "2"));
    assert_int_equal(type->group_ids->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(type->group_ids, 0, sd_id_t), 1);

    /* Moved, made anew, taken away: whoever keeps the name keeps the id. */
    assert_good(
        set_groups(boss, "[{\"name\":\"New\",\"requestTypeIds\":[1]},{\"name\":\"Common\",\"requestTypeIds\":[1]}]"));
    assert_string_equal(groups_for(ann), "3:New|1:Common|");
    assert_good(sd_request_type_find(&type, fixture_work(ann), "HELP", "1"));
    assert_int_equal(type->group_ids->nelts, 2);
    assert_int_equal(APR_ARRAY_IDX(type->group_ids, 0, sd_id_t), 3);
    assert_int_equal(APR_ARRAY_IDX(type->group_ids, 1, sd_id_t), 1);
    filter.group_id = 1;
    assert_string_equal(list_for(ann, &filter), "A|");
    filter.group_id = 2;
    assert_string_equal(list_for(ann, &filter), "");
    assert_good(set_groups(boss, "[]"));
    assert_string_equal(groups_for(ann), "");
    assert_string_equal(list_for(ann, &everything), "A|B|");
    assert_int_equal(fixture_audited("desk.group-request-types"), 3);
}

static void test_groups_refused(void **state)
{
    sd_error_t *error;
    sd_list_t *list;

    (void)state;
    people();
    make("A");
    fixture_run("INSERT INTO request_type (desk_id, name, search_key, created) VALUES (%" APR_INT64_T_FMT
                ", 'Foreign', '', 0)",
                other_desk);
    assert_good(set_groups(boss, "[{\"name\":\"Common\",\"requestTypeIds\":[1]}]"));
    error = set_groups(boss, "[{\"name\":\"\",\"requestTypeIds\":[2]},{\"name\":\"x\",\"requestTypeIds\":\"1\"},"
                             "{\"name\":\"x\",\"requestTypeIds\":[true]}, 7]");
    assert_bad_field(error, SD_ERROR_INPUT, "groups[0].name", "sd.validation.required");
    assert_bad_field(error->next, SD_ERROR_INPUT, "groups[0].requestTypeIds", "sd.validation.request.type");
    assert_bad_field(error->next->next, SD_ERROR_INPUT, "groups[1].requestTypeIds", "sd.validation.array");
    assert_bad_field(error->next->next->next, SD_ERROR_INPUT, "groups[2].requestTypeIds", "sd.validation.request.type");
    assert_bad_field(error->next->next->next->next, SD_ERROR_INPUT, "groups[3].name", "sd.validation.required");
    assert_bad_field(set_groups(boss, "[{\"name\":\"x\"},{\"name\":\"x \"}]"), SD_ERROR_INPUT, "groups[1].name",
                     "sd.validation.duplicate");
    assert_bad_field(set_groups(boss, "{}"), SD_ERROR_INPUT, "groups", "sd.validation.array");
    assert_bad_field(sd_request_type_set_groups(fixture_work(boss), "HELP", NULL), SD_ERROR_INPUT, "groups",
                     "sd.validation.array");
    assert_bad(set_groups(agent, "[]"), SD_ERROR_FORBIDDEN);
    assert_bad(set_groups(stranger, "[]"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_request_type_groups(&list, fixture_work(stranger), "HELP", first_page), SD_ERROR_NOT_FOUND);
    assert_string_equal(groups_for(ann), "1:Common|");
    assert_int_equal(fixture_audited("desk.group-request-types"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_create),
        desk_test(test_create_is_for_desk_administrators),
        desk_test(test_create_names_every_bad_member),
        desk_test(test_find),
        desk_test(test_restricted_types_are_the_administrators),
        desk_test(test_list_filters),
        desk_test(test_list_by_pages_counts_types_not_groups),
        desk_test(test_list_across_desks),
        desk_test(test_delete),
        desk_test(test_load),
        desk_test(test_hidden_fields),
        desk_test(test_groups),
        desk_test(test_groups_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
