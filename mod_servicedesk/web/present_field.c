/* Fields as clients know them: the type under which the vendor's own fields go, options as values with labels. */
#include "web/present_field.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/policy.h"
#include "web/json.h"

#define CUSTOM "com.atlassian.jira.plugin.system.customfieldtypes:"
#define CUSTOM_PREFIX "customfield_"

static const struct {
    const char *kind;
    const char *type;
    const char *items;
    const char *custom;
} schemas[] = {
    {"text", "string", NULL, CUSTOM "textfield"},
    {"paragraph", "string", NULL, CUSTOM "textarea"},
    {"number", "number", NULL, CUSTOM "float"},
    {"date", "date", NULL, CUSTOM "datepicker"},
    {"select", "option", NULL, CUSTOM "select"},
    {"multiselect", "array", "option", CUSTOM "multiselect"},
    {"checkbox", "array", "option", CUSTOM "multicheckboxes"},
    {"cascading", "option-with-child", NULL, CUSTOM "cascadingselect"},
    {"user", "user", NULL, CUSTOM "userpicker"},
};

static json_t *present_schema(const sd_field_t *field)
{
    json_t *schema = json_object();
    int custom = strncmp(field->field_id, CUSTOM_PREFIX, strlen(CUSTOM_PREFIX)) == 0;

    for (apr_size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        if (strcmp(schemas[i].kind, field->kind) == 0) {
            sd_json_put_text(schema, "type", schemas[i].type);
            sd_json_put_text(schema, "items", schemas[i].items);
            sd_json_put_text(schema, "custom", custom ? schemas[i].custom : NULL);
        }
    }
    if (custom) {
        sd_json_put(schema, "customId", json_integer(sd_text_id(field->field_id + strlen(CUSTOM_PREFIX))));
    } else {
        sd_json_put_text(schema, "system", field->field_id);
    }
    return schema;
}

static json_t *choice(const char *value, const char *label)
{
    json_t *object = json_object();

    sd_json_put_text(object, "value", value);
    sd_json_put_text(object, "label", label);
    sd_json_put(object, "children", json_array());
    return object;
}

static json_t *present_option(const json_t *option)
{
    return choice(json_string_value(json_object_get(option, "id")),
                  json_string_value(json_object_get(option, "value")));
}

static json_t *present_options(const json_t *options)
{
    json_t *values = json_array();
    const json_t *option;
    size_t i;

    json_array_foreach(options, i, option)
    {
        json_t *value = present_option(option);
        const json_t *children = json_object_get(option, "children");

        if (children) {
            sd_json_put(value, "children", present_options(children));
        }
        json_array_append_new(values, value);
    }
    return values;
}

/* One normal value (desk/field.h) as the list of choices that it is. */
static void append_choices(json_t *values, sd_call_t *call, const json_t *value)
{
    const json_t *account = json_object_get(value, "accountId");
    const json_t *child = json_object_get(value, "child");
    const json_t *one;
    size_t i, length;

    json_array_foreach(value, i, one)
    {
        append_choices(values, call, one);
    }
    if (json_is_object(value) && !account) {
        json_t *option = present_option(value);

        if (child) {
            json_array_append_new(json_object_get(option, "children"), present_option(child));
        }
        json_array_append_new(values, option);
    } else if (!json_is_array(value)) {
        const json_t *plain = account ? account : value;
        const char *text = json_is_string(plain) ? json_string_value(plain) : sd_json_text(&length, call->pool, plain);

        json_array_append_new(values, choice(text, text));
    }
}

static json_t *present_value(sd_call_t *call, const char *text)
{
    json_t *values = json_array();
    json_t *value = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;

    if (value) {
        append_choices(values, call, value);
    }
    json_decref(value);
    return values;
}

/* The same as plain texts, a child after its parent. */
static void append_texts(json_t *texts, const json_t *choices)
{
    const json_t *one;
    size_t i;

    json_array_foreach(choices, i, one)
    {
        json_array_append(texts, json_object_get(one, "value"));
        append_texts(texts, json_object_get(one, "children"));
    }
}

static json_t *present_preset(sd_call_t *call, const char *text)
{
    json_t *choices = present_value(call, text);
    json_t *texts = json_array();

    append_texts(texts, choices);
    json_decref(choices);
    return texts;
}

static json_t *present_field(sd_call_t *call, const sd_field_t *field)
{
    json_t *object = json_object();
    json_t *options = field->options ? json_loads(field->options, 0, NULL) : NULL;

    sd_json_put_text(object, "fieldId", field->field_id);
    sd_json_put_text(object, "name", field->name);
    sd_json_put_text(object, "description", field->description);
    sd_json_put(object, "required", json_boolean(field->required));
    sd_json_put(object, "visible", json_boolean(field->visible));
    sd_json_put(object, "defaultValues", present_value(call, field->default_value));
    sd_json_put(object, "presetValues", present_preset(call, field->preset_value));
    sd_json_put(object, "validValues", present_options(options));
    sd_json_put(object, "jiraSchema", present_schema(field));
    json_decref(options);
    return object;
}

/* Whoever raises a request is its reporter, and shares it as such. */
json_t *sd_present_fields(sd_call_t *call, const sd_desk_t *desk, const apr_array_header_t *fields)
{
    json_t *object = json_object();
    json_t *list = json_array();
    int raise = sd_policy_may(call->work, SD_MAY_RAISE, desk->relations);
    int share = sd_policy_may(call->work, SD_MAY_SHARE, desk->relations | SD_RELATION_REPORTER);

    for (int i = 0; i < fields->nelts; i++) {
        json_array_append_new(list, present_field(call, APR_ARRAY_IDX(fields, i, const sd_field_t *)));
    }
    sd_json_put(object, "requestTypeFields", list);
    sd_json_put(object, "canRaiseOnBehalfOf",
                json_boolean(sd_policy_may(call->work, SD_MAY_RAISE_ON_BEHALF, desk->relations)));
    sd_json_put(object, "canAddRequestParticipants", json_boolean(raise && share));
    return object;
}
