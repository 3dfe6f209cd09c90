/* Kinds of fields: what each takes and how it is kept. */
#include "desk/field_normal.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/people.h"
#include "desk/policy.h"
#include "store/accounts.h"
#include "store/desks.h"

#define TEXT_LENGTH 255
#define PARAGRAPH_LENGTH 32767
#define NUMBER_LENGTH 32
#define CHOICES 1000 /* in one answer: as many as a field has options */

typedef struct check_t {
    sd_work_t *work;
    const sd_field_t *field;
    const json_t *options; /* of the field, parsed */
} check_t;

const char *sd_field_json(apr_pool_t *pool, const json_t *value)
{
    size_t flags = JSON_ENCODE_ANY | JSON_COMPACT;
    size_t length = json_dumpb(value, NULL, 0, flags);
    char *text = apr_palloc(pool, length + 1);

    json_dumpb(value, text, length, flags);
    text[length] = '\0';
    return text;
}

const char *sd_field_string(const json_t *value)
{
    const char *text = json_string_value(value);

    return text && strlen(text) == json_string_length(value) ? text : NULL;
}

const char *sd_field_id_text(apr_pool_t *pool, const json_t *value)
{
    if (json_is_integer(value)) {
        return apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(value));
    }
    return sd_field_string(value);
}

static const char *json_of_text(apr_pool_t *pool, const char *text)
{
    json_t *string = json_string(text);
    const char *json = sd_field_json(pool, string);

    json_decref(string);
    return json;
}

static sd_error_t *wrong(const check_t *check, const char *key, const char *text)
{
    return sd_error_field(check->work->pool, check->field->field_id, key, "%s", text);
}

/* ---- text ---- */

static sd_error_t *normalize_lines(const char **normal, const check_t *check, const json_t *given, apr_size_t max,
                                   int lines)
{
    apr_pool_t *pool = check->work->pool;
    const char *text = sd_field_string(given);

    if (!text) {
        return wrong(check, "sd.validation.text", "This field takes text.");
    }
    const char *trimmed = sd_text_trim(pool, text);
    if (!lines) {
        text = trimmed;
    }
    SD_TRY(sd_text_check(pool, check->field->field_id, text, 0, max, lines));
    if (*trimmed) {
        *normal = json_of_text(pool, text);
    }
    return NULL;
}

static sd_error_t *normalize_text(const char **normal, const check_t *check, const json_t *given)
{
    return normalize_lines(normal, check, given, TEXT_LENGTH, 0);
}

static sd_error_t *normalize_paragraph(const char **normal, const check_t *check, const json_t *given)
{
    return normalize_lines(normal, check, given, PARAGRAPH_LENGTH, 1);
}

static sd_error_t *normalize_date(const char **normal, const check_t *check, const json_t *given)
{
    const char *text = sd_field_string(given);

    if (!text || !sd_time_is_date(text)) {
        return wrong(check, "sd.validation.date", "This field takes a date that exists, as yyyy-MM-dd.");
    }
    *normal = json_of_text(check->work->pool, text);
    return NULL;
}

/* ---- number ---- */

/* -?(0|[1-9][0-9]*)(\.[0-9]+)? : no sign in front, no exponent, no zeros in front, no blanks. */
static int is_decimal(const char *text)
{
    static const char digits[] = "0123456789";
    const char *at = text + (*text == '-');
    apr_size_t whole = strspn(at, digits);

    if (!whole || (*at == '0' && whole > 1) || strlen(text) > NUMBER_LENGTH) {
        return 0;
    }
    at += whole;
    if (*at == '.') {
        at++;
        whole = strspn(at, digits);
        at += whole;
    }
    return whole && !*at;
}

/* The shortest text that reads back as the same number: 0.1 and not 0.10000000000000001. */
static const char *json_of_real(apr_pool_t *pool, const json_t *number)
{
    char text[64];
    size_t length = 0;

    for (size_t precision = 15; precision <= 17; precision++) {
        length = json_dumpb(number, text, sizeof(text), JSON_ENCODE_ANY | JSON_REAL_PRECISION(precision));
        json_t *back = json_loadb(text, length, JSON_DECODE_ANY, NULL);
        int same = json_real_value(back) == json_real_value(number);

        json_decref(back);
        if (same) {
            break;
        }
    }
    return apr_pstrmemdup(pool, text, length);
}

static sd_error_t *normalize_number(const char **normal, const check_t *check, const json_t *given)
{
    apr_pool_t *pool = check->work->pool;
    const char *text = sd_field_string(given);
    json_t *number = NULL;

    if (json_is_number(given)) {
        number = json_deep_copy(given);
    } else if (text && is_decimal(text)) {
        /* Whole numbers of more than 63 bits are read as reals. */
        number = json_loads(text, JSON_DECODE_ANY, NULL);
        if (!number) {
            number = json_loads(apr_pstrcat(pool, text, strchr(text, '.') ? "" : ".0", NULL), JSON_DECODE_ANY, NULL);
        }
    }
    if (!number) {
        return wrong(check, "sd.validation.number", "This field takes a number.");
    }
    *normal = json_is_real(number) ? json_of_real(pool, number) : sd_field_json(pool, number);
    json_decref(number);
    return NULL;
}

/* ---- options ---- */

static json_t *option_with(const json_t *options, const char *member, const char *text)
{
    json_t *option;
    size_t i;

    json_array_foreach(options, i, option)
    {
        const char *found = json_string_value(json_object_get(option, member));

        if (found && strcmp(found, text) == 0) {
            return option;
        }
    }
    return NULL;
}

static json_t *option_called(const json_t *options, const char *text)
{
    json_t *option = option_with(options, "value", text);

    return option ? option : option_with(options, "id", text);
}

/* {"id":..}, {"value":..}, or the id or value itself; an id wins. NULL if there is no such option. */
static json_t *find_option(apr_pool_t *pool, const json_t *options, const json_t *given)
{
    const json_t *id = json_object_get(given, "id");
    const char *text;

    if (id && !json_is_null(id)) {
        text = sd_field_id_text(pool, id);
        return text ? option_with(options, "id", text) : NULL;
    }
    text = sd_field_id_text(pool, json_is_object(given) ? json_object_get(given, "value") : given);
    return text ? option_called(options, text) : NULL;
}

static json_t *kept_option(const json_t *option)
{
    return json_pack("{s:O,s:O}", "id", json_object_get(option, "id"), "value", json_object_get(option, "value"));
}

static sd_error_t *no_option(const check_t *check)
{
    return wrong(check, "sd.validation.option", "This field takes one of its options.");
}

static const char *finish(apr_pool_t *pool, json_t *value)
{
    const char *json = sd_field_json(pool, value);

    json_decref(value);
    return json;
}

static sd_error_t *normalize_select(const char **normal, const check_t *check, const json_t *given)
{
    const json_t *option = find_option(check->work->pool, check->options, given);

    if (!option) {
        return no_option(check);
    }
    *normal = finish(check->work->pool, kept_option(option));
    return NULL;
}

static int holds(const json_t *chosen, const json_t *option)
{
    return option_with(chosen, "id", json_string_value(json_object_get(option, "id"))) != NULL;
}

/* Options given twice are kept once. */
static sd_error_t *choose(json_t *chosen, const check_t *check, const json_t *given)
{
    const json_t *option = find_option(check->work->pool, check->options, given);

    if (!option) {
        return no_option(check);
    }
    if (!holds(chosen, option)) {
        json_array_append_new(chosen, kept_option(option));
    }
    return NULL;
}

static sd_error_t *normalize_several(const char **normal, const check_t *check, const json_t *given)
{
    json_t *chosen = json_array();
    sd_error_t *error = NULL;
    const json_t *one;
    size_t i;

    if (!json_is_array(given)) {
        error = choose(chosen, check, given);
    } else if (json_array_size(given) > CHOICES) {
        error = wrong(check, "sd.validation.too.many",
                      "This field takes at most " APR_STRINGIFY(CHOICES) " of its options.");
    }
    json_array_foreach(given, i, one)
    {
        error = error ? error : choose(chosen, check, one);
    }
    if (!error) {
        *normal = sd_field_json(check->work->pool, chosen);
    }
    json_decref(chosen);
    return error;
}

static int is_nothing(const json_t *given)
{
    return !given || json_is_null(given) || (json_is_string(given) && json_string_length(given) == 0) ||
           (json_is_array(given) && json_array_size(given) == 0);
}

static sd_error_t *normalize_cascading(const char **normal, const check_t *check, const json_t *given)
{
    const json_t *option = find_option(check->work->pool, check->options, given);
    const json_t *given_child = json_object_get(given, "child");
    const json_t *child = NULL;

    if (option && !is_nothing(given_child)) {
        child = find_option(check->work->pool, json_object_get(option, "children"), given_child);
    }
    if (!option || (!child && !is_nothing(given_child))) {
        return no_option(check);
    }
    json_t *value = kept_option(option);
    if (child) {
        json_object_set_new(value, "child", kept_option(child));
    }
    *normal = finish(check->work->pool, value);
    return NULL;
}

/* ---- user ---- */

static const char *name_of(const json_t *given)
{
    static const char *const members[] = {"accountId", "name", "key", "emailAddress"};

    if (!json_is_object(given)) {
        return sd_field_string(given);
    }
    for (apr_size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const char *name = sd_field_string(json_object_get(given, members[i]));

        if (name) {
            return name;
        }
    }
    return NULL;
}

static sd_error_t *may_enter(int *may, sd_work_t *work, sd_id_t desk_id, const sd_account_t *account)
{
    const sd_desk_t *desk;

    SD_TRY(sd_desks_find(&desk, work->store, apr_psprintf(work->pool, "%" APR_INT64_T_FMT, desk_id), account->id));
    *may = desk && strcmp(account->state, "disabled") != 0 && strcmp(account->state, "anonymised") != 0 &&
           (desk->relations & sd_policy_scope(work, SD_MAY_ENTER_DESK)) != 0;
    return NULL;
}

/* Somebody unknown and somebody who has no business at this desk get the same answer: it tells nobody who exists. */
static sd_error_t *normalize_user(const char **normal, const check_t *check, const json_t *given)
{
    sd_work_t *work = check->work;
    const char *name = name_of(given);
    const sd_account_t *account = NULL;
    int may = 0;

    if (name) {
        SD_TRY(sd_people_guess(work));
        SD_TRY(sd_accounts_named(&account, work->store, name));
    }
    if (account) {
        SD_TRY(may_enter(&may, work, check->field->desk_id, account));
    }
    if (!may) {
        return wrong(check, "sd.validation.user", "This field takes a person who may use this service desk.");
    }
    sd_people_guessed_right(work);
    *normal = finish(work->pool, json_pack("{s:s}", "accountId", account->public_id));
    return NULL;
}

/* ---- all kinds ---- */

static const struct {
    const char *kind;
    sd_error_t *(*normalize)(const char **normal, const check_t *check, const json_t *given);
} kinds[] = {
    {"text", normalize_text},        {"paragraph", normalize_paragraph}, {"number", normalize_number},
    {"date", normalize_date},        {"select", normalize_select},       {"multiselect", normalize_several},
    {"checkbox", normalize_several}, {"cascading", normalize_cascading}, {"user", normalize_user},
};

sd_error_t *sd_field_normalize(const char **normal, sd_work_t *work, const sd_field_t *field, const json_t *given)
{
    *normal = NULL;
    if (is_nothing(given)) {
        return NULL;
    }
    for (apr_size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].kind, field->kind) == 0) {
            json_t *options = field->options ? json_loads(field->options, 0, NULL) : NULL;
            sd_error_t *error = kinds[i].normalize(normal, &(check_t){work, field, options}, given);

            json_decref(options);
            return error;
        }
    }
    return sd_error_private(work->pool, SD_ERROR_INTERNAL, "field %s has the kind %s", field->field_id, field->kind);
}
