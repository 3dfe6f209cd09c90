/* JSON in. jansson does the reading; what it would accept or recurse into is refused before. */
#include "web/json.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

static sd_error_t *refuse(apr_pool_t *pool, const char *key, const char *text)
{
    return sd_error_new(pool, SD_ERROR_INPUT, key, "%s", text);
}

/* Past the string that begins at `at` (its opening quote); `end` if it does not end. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++) {
        if (*at == '\\') {
            at++;
        }
    }
    return at < end ? at + 1 : end;
}

/* jansson descends by recursion, to 2048: the depth is known before it starts. */
static int is_too_deep(const char *at, const char *end)
{
    int depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
            continue;
        }
        if (*at == '[' || *at == '{') {
            if (++depth > SD_JSON_DEPTH) {
                return 1;
            }
        } else if (*at == ']' || *at == '}') {
            depth--;
        }
        at++;
    }
    return 0;
}

/* jansson's own text may quote the input; its position may not mislead. */
static sd_error_t *of_jansson(apr_pool_t *pool, const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return refuse(pool, "sd.json.duplicate", "A member of the JSON body appears twice.");
    case json_error_numeric_overflow:
        return refuse(pool, "sd.json.number", "A number of the JSON body is out of range.");
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return refuse(pool, "sd.json.nul", "The JSON body holds a NUL character.");
    case json_error_out_of_memory:
        return sd_error_private(pool, SD_ERROR_INTERNAL, "no memory for a JSON body");
    default:
        return sd_error_new(pool, SD_ERROR_INPUT, "sd.json.syntax", "The body is not valid JSON (line %d, column %d).",
                            error->line, error->column);
    }
}

sd_error_t *sd_json_parse(json_t **value, apr_pool_t *pool, const char *text, apr_size_t length, int any)
{
    *value = NULL;
    if (!sd_text_is_utf8(text, length)) {
        return refuse(pool, "sd.json.utf8", "The JSON body is not well-formed UTF-8.");
    }
    if (is_too_deep(text, text + length)) {
        return sd_error_new(pool, SD_ERROR_INPUT, "sd.json.depth", "The JSON body is nested deeper than %d levels.",
                            SD_JSON_DEPTH);
    }
    json_error_t error;
    *value = json_loadb(text, length, JSON_REJECT_DUPLICATES | (any ? JSON_DECODE_ANY : 0), &error);
    return *value ? NULL : of_jansson(pool, &error);
}
