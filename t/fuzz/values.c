/* Values of fields: what is accepted has a normal form, which is JSON and the normal form of itself. */
#include "base/text.h"
#include "desk/field_normal.h"

#include "fuzz.h"

#define OPTIONS                                                                                                        \
    "[{\"id\":\"1\",\"value\":\"Red\",\"children\":[{\"id\":\"4\",\"value\":\"Dark\"}]},{\"id\":\"2\",\"value\":"      \
    "\"Blue\"}]"

/* All kinds but user, which asks the database. */
static const sd_field_t fields[] = {
    {.field_id = "summary", .kind = "text"},
    {.field_id = "description", .kind = "paragraph"},
    {.field_id = "customfield_10001", .kind = "number"},
    {.field_id = "customfield_10002", .kind = "date"},
    {.field_id = "customfield_10003", .kind = "select", .options = OPTIONS},
    {.field_id = "customfield_10004", .kind = "multiselect", .options = OPTIONS},
    {.field_id = "customfield_10005", .kind = "cascading", .options = OPTIONS},
    {.field_id = "customfield_10006", .kind = "checkbox", .options = OPTIONS},
};

static void try_field(sd_work_t *work, const sd_field_t *field, const json_t *given)
{
    const char *normal = NULL, *again = NULL;
    sd_error_t *error = sd_field_normalize(&normal, work, field, given);

    if (error) {
        must(error->kind == SD_ERROR_INPUT && error->field && strcmp(error->field, field->field_id) == 0);
        return;
    }
    if (!normal) {
        return;
    }
    must(sd_text_is_utf8(normal, strlen(normal)));
    json_t *value = json_loads(normal, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    must(value && !sd_field_normalize(&again, work, field, value) && again && strcmp(normal, again) == 0);
    json_decref(value);
}

static void try_one(apr_pool_t *pool, const char *text, apr_size_t size)
{
    sd_work_t work = {.pool = pool};
    json_t *given = json_loadb(text, size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);

    if (!given) {
        given = json_stringn(text, size);
    }
    for (apr_size_t i = 0; given && i < sizeof fields / sizeof fields[0]; i++) {
        try_field(&work, &fields[i], given);
    }
    json_decref(given);
}
