/* Messages by key, and which plural form a number takes. */
#include "web/catalogue.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "web/json.h"

typedef enum form_t { FORM_ONE, FORM_FEW, FORM_MANY, FORM_OTHER, FORM_COUNT } form_t;

static const char *const form_names[] = {"one", "few", "many", "other"};

typedef form_t (*rule_fn)(json_int_t n);

struct sd_catalogue_t {
    apr_hash_t *messages; /* key to message_t */
    rule_fn rule;
};

typedef struct message_t {
    const sd_mustache_t *forms[FORM_COUNT];
} message_t;

static form_t rule_none(json_int_t n)
{
    (void)n;
    return FORM_OTHER;
}

static form_t rule_one(json_int_t n)
{
    return n == 1 ? FORM_ONE : FORM_OTHER;
}

static form_t rule_few(json_int_t n)
{
    return n == 0 || n == 1 ? FORM_ONE : FORM_OTHER;
}

static form_t rule_slavic(json_int_t n)
{
    json_int_t last = n % 10, two = n % 100;
    if (last == 1 && two != 11) {
        return FORM_ONE;
    }
    return last >= 2 && last <= 4 && (two < 12 || two > 14) ? FORM_FEW : FORM_MANY;
}

static rule_fn rule_named(const char *name)
{
    static const struct {
        const char *name;
        rule_fn rule;
    } rules[] = {{"none", rule_none}, {"one", rule_one}, {"few", rule_few}, {"slavic", rule_slavic}};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].name, name) == 0) {
            return rules[i].rule;
        }
    }
    return NULL;
}

static void note(apr_array_header_t *complaints, const char *key, const char *what)
{
    APR_ARRAY_PUSH(complaints, const char *) = apr_pstrcat(complaints->pool, key, ": ", what, NULL);
}

static const char *compile(message_t *message, apr_pool_t *pool, form_t form, const json_t *value)
{
    const char *text = json_string_value(value);
    if (!text || !*text) {
        return "not a text with anything in it";
    }
    const sd_error_t *error = sd_mustache_compile_message(&message->forms[form], pool, text);
    return error ? error->detail : NULL;
}

static const char *compile_forms(message_t *message, apr_pool_t *pool, json_t *forms)
{
    const char *complaint = json_object_get(forms, "other") ? NULL : "a plural without \"other\"";
    const char *name;
    json_t *value;
    json_object_foreach(forms, name, value)
    {
        form_t form = FORM_ONE;
        while (form < FORM_COUNT && strcmp(form_names[form], name) != 0) {
            form++;
        }
        complaint = complaint            ? complaint
                    : form == FORM_COUNT ? "a plural form that is none of one, few, many, other"
                                         : compile(message, pool, form, value);
    }
    return complaint;
}

static void read_message(sd_catalogue_t *catalogue, const char *key, json_t *value, apr_array_header_t *complaints)
{
    apr_pool_t *pool = apr_hash_pool_get(catalogue->messages);
    message_t *message = apr_pcalloc(pool, sizeof *message);
    const char *complaint =
        json_is_object(value) ? compile_forms(message, pool, value) : compile(message, pool, FORM_OTHER, value);
    if (complaint) {
        note(complaints, key, complaint);
    } else {
        apr_hash_set(catalogue->messages, apr_pstrdup(pool, key), APR_HASH_KEY_STRING, message);
    }
}

static void read_rule(sd_catalogue_t *catalogue, const json_t *file, apr_array_header_t *complaints)
{
    const char *name = json_string_value(json_object_get(file, "language.plural"));
    rule_fn rule = name ? rule_named(name) : NULL;
    if (rule) {
        catalogue->rule = rule;
    } else if (name) {
        note(complaints, "language.plural", "there is no such rule");
    }
}

sd_error_t *sd_catalogue_read(sd_catalogue_t **catalogue, apr_pool_t *pool, const char *text, apr_size_t length,
                              apr_array_header_t *complaints)
{
    json_t *file = NULL, *value;
    const char *key;
    SD_TRY(sd_json_parse(&file, pool, text, length, 0));
    if (!json_is_object(file)) {
        json_decref(file);
        return sd_error_private(pool, SD_ERROR_INTERNAL, "not a JSON object");
    }
    if (!*catalogue) {
        *catalogue = apr_pcalloc(pool, sizeof **catalogue);
        (*catalogue)->messages = apr_hash_make(pool);
        (*catalogue)->rule = rule_one;
    }
    read_rule(*catalogue, file, complaints);
    json_object_foreach(file, key, value)
    {
        if (strcmp(key, "language.plural") != 0) {
            read_message(*catalogue, key, value, complaints);
        }
    }
    json_decref(file);
    return NULL;
}

const sd_mustache_t *sd_catalogue_find(const sd_catalogue_t *catalogue, const char *key, const json_t *count)
{
    const message_t *message = apr_hash_get(catalogue->messages, key, APR_HASH_KEY_STRING);
    if (!message) {
        return NULL;
    }
    form_t form = json_is_integer(count) ? catalogue->rule(json_integer_value(count)) : FORM_OTHER;
    return message->forms[form] ? message->forms[form] : message->forms[FORM_OTHER];
}
