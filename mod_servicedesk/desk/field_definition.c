/* The definition of the fields of a request type: checked as a whole, then put in place of what was there. */
#include "desk/field.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/audit.h"
#include "desk/desk.h"
#include "desk/field_normal.h"
#include "desk/field_options.h"
#include "desk/policy.h"
#include "desk/request_type.h"
#include "store/fields.h"
#include "store/request_types.h"

#define FIELDS 100
#define NAME_LENGTH 255
#define DESCRIPTION_LENGTH 4000

typedef struct define_t {
    sd_work_t *work;
    const char *desk;
    const char *request_type;
    const json_t *definition;
    sd_id_t desk_id;
    apr_array_header_t *before; /* the fields that are there */
    apr_array_header_t *after;  /* those that shall be */
    sd_error_t *errors;
} define_t;

/* One entry of the definition. */
typedef struct entry_t {
    define_t *define;
    const json_t *json;
    const char *place;     /* fields[2] */
    const sd_field_t *old; /* the field that it continues, or NULL */
    sd_field_t *field;
} entry_t;

static int in_words(const char *word, const char *const *words)
{
    for (; *words; words++) {
        if (strcmp(*words, word) == 0) {
            return 1;
        }
    }
    return 0;
}

static const char *place_of(const entry_t *entry, const char *member)
{
    return apr_pstrcat(entry->define->work->pool, entry->place, ".", member, NULL);
}

static void add_errors(define_t *define, sd_error_t *errors)
{
    define->errors = sd_error_append(define->errors, errors);
}

static void complain(entry_t *entry, const char *member, const char *key, const char *text)
{
    add_errors(entry->define, sd_error_field(entry->define->work->pool, member ? place_of(entry, member) : entry->place,
                                             key, "%s", text));
}

static sd_field_t *find_field(const apr_array_header_t *fields, const char *field_id)
{
    for (int i = 0; i < fields->nelts; i++) {
        sd_field_t *field = APR_ARRAY_IDX(fields, i, sd_field_t *);

        if (field->field_id && strcmp(field->field_id, field_id) == 0) {
            return field;
        }
    }
    return NULL;
}

static int is_system(const char *field_id)
{
    return strcmp(field_id, "summary") == 0 || strcmp(field_id, "description") == 0;
}

/* ---- the members of an entry ---- */

/* A text of the entry, one line without blanks at its ends; `otherwise` if there is none. */
static const char *text_of(entry_t *entry, const char *member, const char *otherwise, apr_size_t min, apr_size_t max,
                           int lines)
{
    const json_t *given = json_object_get(entry->json, member);
    const char *text = given && !json_is_null(given) ? sd_field_string(given) : otherwise;
    apr_pool_t *pool = entry->define->work->pool;

    if (given && !json_is_null(given) && !text) {
        complain(entry, member, "sd.validation.text", "This member takes text.");
        return "";
    }
    if (!lines) {
        text = sd_text_trim(pool, text ? text : "");
    }
    add_errors(entry->define, sd_text_check(pool, place_of(entry, member), text, min, max, lines));
    return text;
}

static int boolean_of(entry_t *entry, const char *member, int otherwise)
{
    const json_t *given = json_object_get(entry->json, member);
    int value = otherwise;

    if (json_is_boolean(given)) {
        value = json_is_true(given);
    } else if (given && !json_is_null(given)) {
        value = sd_text_boolean(sd_field_id_text(entry->define->work->pool, given));
    }
    if (value < 0) {
        complain(entry, member, "sd.validation.boolean", "This member is true or false.");
    }
    return value == 1;
}

static void take_field_id(entry_t *entry)
{
    define_t *define = entry->define;
    const json_t *given = json_object_get(entry->json, "fieldId");
    const char *field_id = sd_field_string(given);

    if (!given || json_is_null(given)) {
        return;
    }
    entry->old = field_id ? find_field(define->before, field_id) : NULL;
    if (!entry->old && !(field_id && is_system(field_id))) {
        complain(entry, "fieldId", "sd.validation.unknown.field", "This request type has no such field.");
        return;
    }
    if (find_field(define->after, field_id)) {
        complain(entry, "fieldId", "sd.validation.duplicate", "This field is there twice.");
    }
    entry->field->field_id = field_id;
}

static void take_kind(entry_t *entry)
{
    static const char *const kinds[] = {"text",        "paragraph", "number", "date",     "select",
                                        "multiselect", "cascading", "user",   "checkbox", NULL};
    sd_field_t *field = entry->field;
    const char *only = NULL;

    if (field->field_id && is_system(field->field_id)) {
        only = strcmp(field->field_id, "summary") == 0 ? "text" : "paragraph";
    }
    const json_t *given = json_object_get(entry->json, "kind");
    const char *kind = given ? sd_field_string(given) : only;
    if (!kind || !in_words(kind, kinds) || (only && strcmp(kind, only) != 0)) {
        complain(entry, "kind", "sd.validation.kind",
                 only ? "This field has a kind of its own: summary is a text, description a paragraph."
                      : "The kinds are text, paragraph, number, date, select, multiselect, cascading, user, checkbox.");
        kind = "text";
    }
    field->kind = apr_pstrdup(entry->define->work->pool, kind);
}

static void take_options(entry_t *entry)
{
    static const char *const with_options[] = {"select", "multiselect", "checkbox", "cascading", NULL};
    const json_t *given = json_object_get(entry->json, "options");
    sd_field_t *field = entry->field;

    field->last_option = entry->old ? entry->old->last_option : 0;
    if (in_words(field->kind, with_options)) {
        add_errors(entry->define, sd_field_options(field, entry->define->work->pool, place_of(entry, "options"), given,
                                                   entry->old ? entry->old->options : NULL));
    } else if (given && !json_is_null(given) && json_array_size(given) != 0) {
        complain(entry, "options", "sd.validation.options", "This kind of field has no options.");
    }
}

/* A default or preset must itself be an answer to the field. */
static sd_error_t *take_value(const char **value, entry_t *entry, const char *member)
{
    sd_field_t asked = *entry->field;
    sd_error_t *error;

    asked.field_id = place_of(entry, member);
    asked.desk_id = entry->define->desk_id;
    error = sd_field_normalize(value, entry->define->work, &asked, json_object_get(entry->json, member));
    if (error && error->kind != SD_ERROR_INPUT) {
        return error;
    }
    add_errors(entry->define, error);
    return NULL;
}

static void take_switches(entry_t *entry)
{
    sd_field_t *field = entry->field;
    int summary = field->field_id && strcmp(field->field_id, "summary") == 0;

    field->required = boolean_of(entry, "required", 0) || summary;
    field->visible = boolean_of(entry, "visible", 1);
}

static sd_error_t *read_entry(entry_t *entry)
{
    sd_field_t *field = entry->field;
    const char *name = NULL;

    take_field_id(entry);
    if (entry->old) {
        name = entry->old->name;
        field->id = entry->old->id;
    } else if (field->field_id) {
        name = strcmp(field->field_id, "summary") == 0 ? "Summary" : "Description";
    }
    field->name = text_of(entry, "name", name, 1, NAME_LENGTH, 0);
    field->description = text_of(entry, "description", "", 0, DESCRIPTION_LENGTH, 1);
    take_kind(entry);
    take_switches(entry);
    take_options(entry);
    SD_TRY(take_value(&field->default_value, entry, "defaultValue"));
    SD_TRY(take_value(&field->preset_value, entry, "presetValue"));
    if (field->required && !field->visible && !field->preset_value && !field->default_value) {
        complain(entry, "presetValue", "sd.validation.required",
                 "A hidden field that is required needs a preset or default value.");
    }
    return NULL;
}

/* ---- the whole ---- */

static sd_error_t *read_definition(define_t *define)
{
    apr_pool_t *pool = define->work->pool;
    const json_t *one;
    size_t i;

    if (!json_is_array(define->definition) || json_array_size(define->definition) > FIELDS) {
        return sd_error_field(pool, "fields", "sd.validation.array", "The fields are an array of at most %d.", FIELDS);
    }
    define->after = apr_array_make(pool, (int)json_array_size(define->definition) + 1, sizeof(sd_field_t *));
    json_array_foreach(define->definition, i, one)
    {
        entry_t entry = {define, one, apr_psprintf(pool, "fields[%d]", (int)i), NULL,
                         apr_pcalloc(pool, sizeof(sd_field_t))};

        if (!json_is_object(one)) {
            complain(&entry, NULL, "sd.validation.object", "A field is a JSON object.");
            continue;
        }
        SD_TRY(read_entry(&entry));
        APR_ARRAY_PUSH(define->after, sd_field_t *) = entry.field;
    }
    return define->errors;
}

static sd_error_t *delete_left_out(define_t *define)
{
    for (int i = 0; i < define->before->nelts; i++) {
        const sd_field_t *field = APR_ARRAY_IDX(define->before, i, sd_field_t *);

        if (strcmp(field->field_id, "summary") != 0 && !find_field(define->after, field->field_id)) {
            SD_TRY(sd_fields_delete(define->work->store, field->id));
        }
    }
    return NULL;
}

/* A definition that says nothing about the summary leaves it as it is, in front. */
static sd_error_t *store_definition(define_t *define, sd_id_t type_id)
{
    sd_store_t *store = define->work->store;
    sd_field_t *summary = find_field(define->before, "summary");
    int position = 0;

    SD_TRY(delete_left_out(define));
    if (summary && !find_field(define->after, "summary")) {
        SD_TRY(sd_fields_update(store, summary, position++));
    }
    for (int i = 0; i < define->after->nelts; i++) {
        sd_field_t *field = APR_ARRAY_IDX(define->after, i, sd_field_t *);

        SD_TRY(field->id ? sd_fields_update(store, field, position++)
                         : sd_fields_insert(field, store, type_id, position++));
    }
    return NULL;
}

static sd_error_t *replace_in_write(void *baton)
{
    define_t *define = baton;
    sd_work_t *work = define->work;
    const sd_desk_t *desk;
    const sd_request_type_t *type;

    SD_TRY(sd_desk_find(&desk, work, define->desk, SD_MAY_ADMINISTER_DESK));
    SD_TRY(sd_request_types_find(&type, work->store, desk->id, sd_text_id(define->request_type), 0));
    if (!type) {
        return sd_error_not_found(work->pool);
    }
    define->desk_id = desk->id;
    SD_TRY(sd_fields_list(&define->before, work->store, type->id));
    SD_TRY(read_definition(define));
    SD_TRY(store_definition(define, type->id));
    SD_TRY(sd_fields_list(&define->after, work->store, type->id));
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = "request-type.define",
                                    .object_type = "request-type",
                                    .object_id = define->request_type,
                                    .desk_id = desk->id,
                                });
}

sd_error_t *sd_field_replace(apr_array_header_t **fields, sd_work_t *work, const char *desk, const char *request_type,
                             const json_t *definition)
{
    define_t define = {.work = work, .desk = desk, .request_type = request_type, .definition = definition};

    *fields = NULL;
    SD_TRY(sd_work_write(work, replace_in_write, &define));
    *fields = define.after;
    return NULL;
}
