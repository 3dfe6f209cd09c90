/* Options and their ids. */
#include "desk/field_options.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/field_normal.h"

#define VALUE_LENGTH 255
#define OPTIONS 1000

typedef struct build_t {
    apr_pool_t *pool;
    sd_field_t *field;
    int cascading;
    int count;
    sd_error_t *errors;
} build_t;

static void complain(build_t *build, const char *place, const char *key, const char *text)
{
    build->errors = sd_error_append(build->errors, sd_error_field(build->pool, place, key, "%s", text));
}

static const json_t *find(const json_t *options, const char *member, const char *text)
{
    const json_t *option;
    size_t i;

    json_array_foreach(options, i, option)
    {
        if (text && strcmp(json_string_value(json_object_get(option, member)), text) == 0) {
            return option;
        }
    }
    return NULL;
}

/* The option of before that this one continues, or NULL. */
static const json_t *predecessor(build_t *build, const char *place, const json_t *given, const char *value,
                                 const json_t *before)
{
    const json_t *id = json_object_get(given, "id");

    if (!id || json_is_null(id)) {
        return find(before, "value", value);
    }
    const json_t *option = find(before, "id", sd_field_id_text(build->pool, id));
    if (!option) {
        complain(build, apr_pstrcat(build->pool, place, ".id", NULL), "sd.validation.option",
                 "There is no option with this id.");
    }
    return option;
}

static json_t *build_options(build_t *build, const char *place, const json_t *given, const json_t *before, int depth);

static void add_children(build_t *build, const char *place, json_t *option, const json_t *given, const json_t *before,
                         int depth)
{
    const json_t *children = json_object_get(given, "children");

    place = apr_pstrcat(build->pool, place, ".children", NULL);
    if (!children || json_is_null(children) || (json_is_array(children) && !json_array_size(children))) {
        return;
    }
    if (!build->cascading || depth > 0) {
        complain(build, place, "sd.validation.children", "Only the first level of a cascading field has children.");
        return;
    }
    json_object_set_new(option, "children",
                        build_options(build, place, children, json_object_get(before, "children"), depth + 1));
}

static json_t *build_option(build_t *build, const char *place, const json_t *given, const json_t *before, int depth)
{
    const char *value = sd_field_string(json_is_object(given) ? json_object_get(given, "value") : given);
    sd_error_t *error;

    value = sd_text_trim(build->pool, value ? value : "");
    error = sd_text_check(build->pool, apr_pstrcat(build->pool, place, ".value", NULL), value, 1, VALUE_LENGTH, 0);
    if (error) {
        build->errors = sd_error_append(build->errors, error);
        return NULL;
    }
    const json_t *old = predecessor(build, place, given, value, before);
    const char *id = json_string_value(json_object_get(old, "id"));
    if (!id) {
        id = apr_psprintf(build->pool, "%" APR_INT64_T_FMT, ++build->field->last_option);
    }
    json_t *option = json_pack("{s:s,s:s}", "id", id, "value", value);
    add_children(build, place, option, given, old, depth);
    return option;
}

static json_t *build_options(build_t *build, const char *place, const json_t *given, const json_t *before, int depth)
{
    json_t *options = json_array();
    const json_t *one;
    size_t i;

    if (!json_is_array(given) || !json_array_size(given)) {
        complain(build, place, "sd.validation.options", "This kind of field needs options.");
        return options;
    }
    json_array_foreach(given, i, one)
    {
        const char *here = apr_psprintf(build->pool, "%s[%d]", place, (int)i);

        if (++build->count > OPTIONS) {
            complain(build, here, "sd.validation.long", "A field has at most 1000 options.");
            break;
        }
        json_t *option = build_option(build, here, one, before, depth);
        if (option && (find(options, "value", json_string_value(json_object_get(option, "value"))) ||
                       find(options, "id", json_string_value(json_object_get(option, "id"))))) {
            complain(build, here, "sd.validation.duplicate", "This option is there twice.");
        }
        if (option) {
            json_array_append_new(options, option);
        }
    }
    return options;
}

sd_error_t *sd_field_options(sd_field_t *field, apr_pool_t *pool, const char *place, const json_t *given,
                             const char *before)
{
    build_t build = {.pool = pool, .field = field, .cascading = strcmp(field->kind, "cascading") == 0};
    json_t *old = before ? json_loads(before, 0, NULL) : NULL;
    json_t *options = build_options(&build, place, given, old, 0);

    field->options = sd_field_json(pool, options);
    json_decref(options);
    json_decref(old);
    return build.errors;
}
