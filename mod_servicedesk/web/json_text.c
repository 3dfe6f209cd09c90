/*
 * JSON out: what json_dumps(JSON_COMPACT) would say, straight into the pool. jansson looks at each character through
 * two functions, which was a third of the time of a list; here a run that needs no escape is one copy. A long text may
 * have a slow reader: it is one piece of its own size, and leaves none of its earlier sizes in the pool.
 */
#include "web/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#define FIRST_SIZE 4096
#define LARGE_SIZE 65536 /* from here on the text is not in the pool, which keeps what it has given */
#define NUMBER_LENGTH 32

#define LOW_BITS UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)
#define CONTROL_BITS UINT64_C(0xe0e0e0e0e0e0e0e0) /* none of them: a byte below a blank */

typedef struct buffer_t {
    apr_pool_t *pool;
    char *text;
    char *large; /* the text, if it is large; of malloc() */
    apr_size_t length;
    apr_size_t size;
    int failed; /* no memory for a number */
} buffer_t;

/* As a pool does. */
static void end_without_memory(apr_pool_t *pool)
{
    apr_abortfunc_t end = apr_pool_abort_get(pool);
    if (end) {
        end(APR_ENOMEM);
    }
    abort();
}

static void grow_large(buffer_t *buffer, apr_size_t size)
{
    char *text = realloc(buffer->large, size);
    if (!text) {
        end_without_memory(buffer->pool);
    }
    if (!buffer->large) {
        memcpy(text, buffer->text, buffer->length);
    }
    buffer->large = text;
    buffer->text = text;
}

static void grow(buffer_t *buffer, apr_size_t size)
{
    if (size >= LARGE_SIZE) {
        grow_large(buffer, size);
    } else {
        char *text = apr_palloc(buffer->pool, size);
        memcpy(text, buffer->text, buffer->length);
        buffer->text = text;
    }
    buffer->size = size;
}

/* Room for `length` more and the NUL at the end. */
static char *reserve(buffer_t *buffer, apr_size_t length)
{
    if (buffer->length + length >= buffer->size) {
        grow(buffer, 2 * buffer->size + length);
    }
    return buffer->text + buffer->length;
}

static void put_bytes(buffer_t *buffer, const char *bytes, apr_size_t length)
{
    memcpy(reserve(buffer, length), bytes, length);
    buffer->length += length;
}

static void put_char(buffer_t *buffer, char c)
{
    *reserve(buffer, 1) = c;
    buffer->length++;
}

static int is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/* The high bit of each byte that is zero, and perhaps of one above such a byte. */
static uint64_t zeros(uint64_t eight)
{
    return (eight - LOW_BITS) & ~eight & HIGH_BITS;
}

/* The first byte that needs an escape, or the end: eight bytes at a time as long as none of them does. */
static const char *skip_plain(const char *text, const char *end)
{
    uint64_t eight;

    while ((apr_size_t)(end - text) >= sizeof eight) {
        memcpy(&eight, text, sizeof eight);
        if (zeros(eight & CONTROL_BITS) | zeros(eight ^ LOW_BITS * '"') | zeros(eight ^ LOW_BITS * '\\')) {
            break;
        }
        text += sizeof eight;
    }
    while (text < end && is_plain((unsigned char)*text)) {
        text++;
    }
    return text;
}

static void put_escaped(buffer_t *buffer, unsigned char c)
{
    static const char letters[] = "btn?fr"; /* from 8 to 13; 11 has none */
    static const char digits[] = "0123456789ABCDEF";
    char escape[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};

    if (c == '"' || c == '\\') {
        escape[1] = (char)c;
        put_bytes(buffer, escape, 2);
    } else if (c >= '\b' && c <= '\r' && c != '\v') {
        escape[1] = letters[c - '\b'];
        put_bytes(buffer, escape, 2);
    } else {
        put_bytes(buffer, escape, sizeof escape);
    }
}

static void put_string(buffer_t *buffer, const char *text, apr_size_t length)
{
    const char *end = text + length;

    put_char(buffer, '"');
    while (text < end) {
        const char *start = text;
        text = skip_plain(text, end);
        put_bytes(buffer, start, (apr_size_t)(text - start));
        if (text < end) {
            put_escaped(buffer, (unsigned char)*text++);
        }
    }
    put_char(buffer, '"');
}

static void put_real(buffer_t *buffer, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);

    if (!text) {
        buffer->failed = 1;
        return;
    }
    put_bytes(buffer, text, strlen(text));
    free(text);
}

static void put_integer(buffer_t *buffer, json_int_t number)
{
    char *at = reserve(buffer, NUMBER_LENGTH);

    buffer->length += (apr_size_t)apr_snprintf(at, NUMBER_LENGTH, "%" APR_INT64_T_FMT, (apr_int64_t)number);
}

static void put_value(buffer_t *buffer, const json_t *value);

static void put_array(buffer_t *buffer, const json_t *array)
{
    size_t count = json_array_size(array);

    put_char(buffer, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            put_char(buffer, ',');
        }
        put_value(buffer, json_array_get(array, i));
    }
    put_char(buffer, ']');
}

/* jansson's iterators take no constant, and change nothing. */
static void put_object(buffer_t *buffer, const json_t *constant)
{
    json_t *object = (json_t *)constant;
    char separator = '{';

    if (!json_object_size(object)) {
        put_bytes(buffer, "{}", 2);
        return;
    }
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        const char *key = json_object_iter_key(i);
        put_char(buffer, separator);
        put_string(buffer, key, strlen(key));
        put_char(buffer, ':');
        put_value(buffer, json_object_iter_value(i));
        separator = ',';
    }
    put_char(buffer, '}');
}

static void put_value(buffer_t *buffer, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        put_object(buffer, value);
        break;
    case JSON_ARRAY:
        put_array(buffer, value);
        break;
    case JSON_STRING:
        put_string(buffer, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        put_integer(buffer, json_integer_value(value));
        break;
    case JSON_REAL:
        put_real(buffer, value);
        break;
    case JSON_TRUE:
        put_bytes(buffer, "true", 4);
        break;
    case JSON_FALSE:
        put_bytes(buffer, "false", 5);
        break;
    case JSON_NULL:
        put_bytes(buffer, "null", 4);
        break;
    }
}

static apr_status_t free_large(void *text)
{
    free(text);
    return APR_SUCCESS;
}

/* Cut to what it needs; it lives as long as the pool. */
static void keep_large(buffer_t *buffer)
{
    grow_large(buffer, buffer->length + 1);
    apr_pool_cleanup_register(buffer->pool, buffer->large, free_large, apr_pool_cleanup_null);
}

const char *sd_json_text(apr_size_t *length, apr_pool_t *pool, const json_t *value)
{
    buffer_t buffer = {.pool = pool, .text = apr_palloc(pool, FIRST_SIZE), .size = FIRST_SIZE};

    put_value(&buffer, value);
    if (buffer.failed) {
        free(buffer.large);
        return NULL;
    }
    *reserve(&buffer, 0) = '\0';
    if (buffer.large) {
        keep_large(&buffer);
    }
    *length = buffer.length;
    return buffer.text;
}
