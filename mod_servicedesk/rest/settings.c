/* Every setting of the site, each with its type. None of them is a secret: those are in files, not in the database. */
#include "rest/settings.h"

#include <string.h>

#include <apr_strings.h>

#include "desk/setting.h"

/* As JSON has it: true, 3 or "agents". */
static json_t *typed(const sd_setting_t *setting, const char *value)
{
    if (strcmp(setting->type, "boolean") == 0) {
        return json_boolean(strcmp(value, "true") == 0);
    }
    return strcmp(setting->type, "number") == 0 ? json_integer(apr_atoi64(value)) : json_string(value);
}

static json_t *present_choices(apr_pool_t *pool, const sd_setting_t *setting)
{
    json_t *choices = json_array();
    char *last, *rest = apr_pstrdup(pool, setting->type);

    for (char *one = apr_strtok(rest, "|", &last); one; one = apr_strtok(NULL, "|", &last)) {
        json_array_append_new(choices, json_string(one));
    }
    return choices;
}

static json_t *present(apr_pool_t *pool, const sd_setting_t *setting)
{
    int is_plain = strcmp(setting->type, "boolean") == 0 || strcmp(setting->type, "number") == 0;
    json_t *object = json_object();

    sd_json_put_text(object, "name", setting->name);
    sd_json_put_text(object, "type", is_plain ? setting->type : "choice");
    sd_json_put(object, "choices", is_plain ? NULL : present_choices(pool, setting));
    sd_json_put(object, "value", typed(setting, setting->value));
    sd_json_put(object, "default", typed(setting, setting->preset));
    sd_json_put_text(object, "description", setting->help);
    return object;
}

sd_error_t *sd_rest_setting_list(sd_call_t *call)
{
    apr_array_header_t *settings;
    json_t *values;

    SD_TRY(sd_setting_list(&settings, call->work));
    values = json_array();
    for (int i = 0; i < settings->nelts; i++) {
        json_array_append_new(values, present(call->pool, APR_ARRAY_IDX(settings, i, const sd_setting_t *)));
    }
    call->reply = json_object();
    sd_json_put(call->reply, "values", values);
    return NULL;
}

sd_error_t *sd_rest_setting_get(sd_call_t *call)
{
    const sd_setting_t *setting;

    sd_error_t *error = sd_setting_get(&setting, call->work, call->parts[0]);
    if (error) {
        return error->kind == SD_ERROR_INPUT ? sd_error_not_found(call->pool)
                                             : error; /* the name is part of the path */
    }
    call->version = sd_setting_version(call->pool, setting);
    call->reply = present(call->pool, setting);
    return NULL;
}

/* A number may come as one or as text; NULL is what is neither, nor anything else that a setting can be. */
static const char *read_value(sd_call_t *call)
{
    const json_t *value = json_object_get(call->body, "value");

    if (json_is_boolean(value)) {
        return json_is_true(value) ? "true" : "false";
    }
    if (json_is_integer(value)) {
        return apr_psprintf(call->pool, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(value));
    }
    return json_string_value(value);
}

sd_error_t *sd_rest_setting_put(sd_call_t *call)
{
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_setting_replace(call->work, call->parts[0], read_value(call), sd_call_if_match(call)));
    return sd_rest_setting_get(call);
}
