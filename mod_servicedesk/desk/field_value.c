/* The values of a new request against the fields of its type. */
#include "desk/field.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/field_normal.h"

#define NAME_LENGTH 255

typedef struct answers_t {
    sd_work_t *work;
    const apr_array_header_t *fields;
    const json_t *given;
    int crew; /* the actor may set what customers do not see */
    apr_array_header_t *values;
    sd_error_t *errors;
    sd_error_t *last; /* of them: a body can hold thousands of unknown names */
} answers_t;

static void complain(answers_t *answers, sd_error_t *error)
{
    if (answers->last) {
        answers->last->next = error;
    } else {
        answers->errors = error;
    }
    for (answers->last = error; answers->last->next; answers->last = answers->last->next) {
    }
}

static void keep(answers_t *answers, const sd_field_t *field, const char *json)
{
    sd_request_value_t *value = apr_pcalloc(answers->work->pool, sizeof(*value));

    value->field_id = field->field_id;
    value->label = field->name;
    value->kind = field->kind;
    value->visible = field->visible;
    value->value = json;
    APR_ARRAY_PUSH(answers->values, sd_request_value_t *) = value;
}

static sd_error_t *unknown_field(answers_t *answers, const char *name)
{
    if (!sd_text_is_utf8(name, strlen(name)) || sd_text_length(name) > NAME_LENGTH) {
        name = "requestFieldValues";
    }
    return sd_error_field(answers->work->pool, name, "sd.validation.unknown.field",
                          "This request type has no such field.");
}

/* A fault of the server or a field that is wrong: only the first ends the check. */
static sd_error_t *sort_out(answers_t *answers, sd_error_t *error)
{
    if (error && error->kind != SD_ERROR_INPUT) {
        return error;
    }
    if (error) {
        complain(answers, error);
    }
    return NULL;
}

static sd_error_t *answer(answers_t *answers, const sd_field_t *field)
{
    const json_t *given = json_object_get(answers->given, field->field_id);
    const char *json = NULL;
    sd_error_t *error = NULL;

    if (given && !field->visible && !answers->crew) {
        return sort_out(answers, unknown_field(answers, field->field_id));
    }
    if (field->preset_value) {
        json = field->preset_value;
    } else if (!given) {
        json = field->default_value;
    } else {
        error = sd_field_normalize(&json, answers->work, field, given);
    }
    if (!error && !json && field->required) {
        error =
            sd_error_field(answers->work->pool, field->field_id, "sd.validation.required", "This field is required.");
    }
    if (!error && json) {
        keep(answers, field, json);
    }
    return sort_out(answers, error);
}

static int has_field(const apr_array_header_t *fields, const char *field_id)
{
    for (int i = 0; i < fields->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(fields, i, const sd_field_t *)->field_id, field_id) == 0) {
            return 1;
        }
    }
    return 0;
}

static void refuse_unknown(answers_t *answers)
{
    for (void *i = json_object_iter((json_t *)answers->given); i;
         i = json_object_iter_next((json_t *)answers->given, i)) {
        const char *name = json_object_iter_key(i);

        if (!has_field(answers->fields, name)) {
            complain(answers, unknown_field(answers, name));
        }
    }
}

sd_error_t *sd_field_values(apr_array_header_t **values, sd_work_t *work, const apr_array_header_t *fields,
                            const json_t *given, int crew)
{
    answers_t answers = {.work = work, .fields = fields, .given = given, .crew = crew};

    *values = answers.values = apr_array_make(work->pool, fields->nelts, sizeof(sd_request_value_t *));
    if (given && !json_is_object(given)) {
        return sd_error_field(work->pool, "requestFieldValues", "sd.validation.object",
                              "The values of the fields are a JSON object.");
    }
    for (int i = 0; i < fields->nelts; i++) {
        SD_TRY(answer(&answers, APR_ARRAY_IDX(fields, i, const sd_field_t *)));
    }
    refuse_unknown(&answers);
    return answers.errors;
}
