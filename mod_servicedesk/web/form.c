/* Forms to JSON. */
#include "web/form.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/text.h"
#include "web/forgery.h"

static int hex_value(char c)
{
    return apr_isdigit(c) ? c - '0' : apr_isxdigit(c) ? (c | 0x20) - 'a' + 10 : -1;
}

const char *sd_form_decode(apr_pool_t *pool, const char *at, apr_size_t length)
{
    char *text = apr_palloc(pool, length + 1);
    char *to = text;
    for (const char *end = at + length; at < end; at++) {
        if (*at != '%') {
            *to++ = *at == '+' ? ' ' : *at;
            continue;
        }
        int high = end - at > 2 ? hex_value(at[1]) : -1;
        int low = high >= 0 ? hex_value(at[2]) : -1;
        if (low < 0) {
            return NULL;
        }
        *to++ = (char)(high * 16 + low);
        at += 2;
    }
    *to = '\0';
    return sd_text_is_utf8(text, (apr_size_t)(to - text)) ? text : NULL;
}

static void put(json_t *form, const char *name, const char *value)
{
    json_t *before = json_object_get(form, name);
    json_t *text = json_string_nocheck(value);
    if (json_is_array(before)) {
        json_array_append_new(before, text);
    } else if (before) {
        json_object_set_new_nocheck(form, name, json_pack("[O,o]", before, text));
    } else {
        json_object_set_new_nocheck(form, name, text);
    }
}

static int take_field(json_t *form, apr_pool_t *pool, const char *at, apr_size_t length)
{
    const char *equals = memchr(at, '=', length);
    apr_size_t name_length = equals ? (apr_size_t)(equals - at) : length;
    const char *name = sd_form_decode(pool, at, name_length);
    const char *value = equals ? sd_form_decode(pool, equals + 1, length - name_length - 1) : "";
    if (name && value) {
        put(form, name, value);
    }
    return name && value;
}

sd_error_t *sd_form_parse(json_t **form, apr_pool_t *pool, const char *text, apr_size_t length)
{
    const char *end = text + length;
    json_t *made = json_object();
    int good = 1;
    for (int fields = 0; text < end && good; fields++) {
        const char *stop = memchr(text, '&', (apr_size_t)(end - text));
        apr_size_t size = (apr_size_t)((stop ? stop : end) - text);
        good = fields < SD_FORM_FIELDS && (size == 0 || take_field(made, pool, text, size));
        text += size + 1;
    }
    if (!good) {
        json_decref(made);
        return sd_error_new(pool, SD_ERROR_INPUT, "sd.form.malformed", "The form is not well-formed.");
    }
    *form = made;
    return NULL;
}

int sd_media_is_form(const char *content_type)
{
    return sd_media_is(content_type, "application/x-www-form-urlencoded");
}
