/* Nodes and values to text, within bounds. */
#include "web/mustache_node.h"

#include <string.h>

#include <apr_strings.h>

#include "web/html.h"

#define FIRST_SIZE 4096

typedef struct render_t {
    apr_pool_t *pool;
    const sd_mustache_scene_t *scene;
    const json_t *stack[SD_MUSTACHE_DEPTH + 1]; /* the root and what sections put on it */
    int height;
    int depth;
    int steps;
    int message; /* inside a message: text and values are escaped alike, by what its tag said */
    int escape;  /* whether they are */
    const char *indent;
    char *bytes;
    apr_size_t length;
    apr_size_t size;
} render_t;

static sd_error_t *render_nodes(render_t *render, const sd_mustache_node_t *node);

static sd_error_t *too_much(const render_t *render, const char *of_what)
{
    return sd_error_private(render->pool, SD_ERROR_INTERNAL, "a template was not rendered to its end: too many %s",
                            of_what);
}

static sd_error_t *put(render_t *render, const char *text, apr_size_t length)
{
    if (length > SD_MUSTACHE_OUTPUT - render->length) {
        return too_much(render, "bytes");
    }
    if (render->length + length >= render->size) {
        apr_size_t size = 2 * (render->length + length) + FIRST_SIZE;
        char *larger = apr_palloc(render->pool, size);
        if (render->length) {
            memcpy(larger, render->bytes, render->length);
        }
        render->bytes = larger;
        render->size = size;
    }
    memcpy(render->bytes + render->length, text, length);
    render->length += length;
    return NULL;
}

static sd_error_t *put_text(render_t *render, const char *text, int escape)
{
    const char *shown = escape ? sd_html_escape(render->pool, text) : text;
    return put(render, shown, strlen(shown));
}

/* ---- values ---- */

static const json_t *look_up(const render_t *render, const char *const *path)
{
    const json_t *value = NULL;
    if (!*path) {
        return render->stack[render->height - 1];
    }
    for (int i = render->height; i > 0 && !value; i--) {
        value = json_object_get(render->stack[i - 1], *path);
    }
    while (value && *++path) {
        value = json_object_get(value, *path);
    }
    return value;
}

static int is_true(const json_t *value)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_NULL:
    case JSON_FALSE:
        return 0;
    case JSON_ARRAY:
        return json_array_size(value) > 0;
    case JSON_STRING:
        return json_string_length(value) > 0;
    default:
        return 1;
    }
}

static const char *number_text(apr_pool_t *pool, const json_t *value)
{
    char text[64];
    size_t length = json_dumpb(value, text, sizeof text - 1, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    return length < sizeof text ? apr_pstrmemdup(pool, text, length) : "";
}

static sd_error_t *put_value(render_t *render, const json_t *value, int escape)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        return put_text(render, json_string_value(value), escape);
    case JSON_INTEGER:
    case JSON_REAL:
        return put_text(render, number_text(render->pool, value), 0);
    case JSON_TRUE:
        return put_text(render, "true", 0);
    case JSON_FALSE:
        return put_text(render, "false", 0);
    default:
        return NULL;
    }
}

/* ---- tags ---- */

static sd_error_t *render_message(render_t *render, const sd_mustache_node_t *node)
{
    static const char *const count[] = {"count", NULL};
    const sd_mustache_scene_t *scene = render->scene;
    const sd_mustache_t *message =
        scene->message ? scene->message(scene->baton, node->text, look_up(render, count)) : NULL;
    if (!message) {
        return NULL;
    }
    render->message = 1;
    render->escape = !node->raw && !scene->plain;
    sd_error_t *error = render_nodes(render, message->nodes);
    render->message = 0;
    return error;
}

static sd_error_t *render_partial(render_t *render, const sd_mustache_node_t *node)
{
    const sd_mustache_scene_t *scene = render->scene;
    const sd_mustache_t *partial = scene->partial ? scene->partial(scene->baton, node->text) : NULL;
    const char *before = render->indent;
    if (!partial) {
        return NULL;
    }
    if (render->depth == SD_MUSTACHE_DEPTH) {
        return too_much(render, "partials inside each other");
    }
    render->indent = *node->indent ? apr_pstrcat(render->pool, before, node->indent, NULL) : before;
    render->depth++;
    sd_error_t *error = render_nodes(render, partial->nodes);
    render->depth--;
    render->indent = before;
    return error;
}

static sd_error_t *render_with(render_t *render, const sd_mustache_node_t *node, const json_t *value)
{
    if (render->depth == SD_MUSTACHE_DEPTH || render->height > SD_MUSTACHE_DEPTH) {
        return too_much(render, "sections inside each other");
    }
    render->stack[render->height++] = value;
    render->depth++;
    sd_error_t *error = render_nodes(render, node->children);
    render->depth--;
    render->height--;
    return error;
}

static sd_error_t *render_section(render_t *render, const sd_mustache_node_t *node)
{
    const json_t *value = look_up(render, node->path);
    if (!is_true(value)) {
        return NULL;
    }
    if (!json_is_array(value)) {
        return render_with(render, node, value);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        SD_TRY(render_with(render, node, json_array_get(value, i)));
    }
    return NULL;
}

static sd_error_t *render_node(render_t *render, const sd_mustache_node_t *node)
{
    switch (node->kind) {
    case SD_MUSTACHE_TEXT:
        return render->message ? put_text(render, node->text, render->escape) : put(render, node->text, node->length);
    case SD_MUSTACHE_LINE:
        return put(render, render->indent, strlen(render->indent));
    case SD_MUSTACHE_VALUE:
        return put_value(render, look_up(render, node->path), render->message ? render->escape : !render->scene->plain);
    case SD_MUSTACHE_RAW:
        return put_value(render, look_up(render, node->path), 0);
    case SD_MUSTACHE_MESSAGE:
        return render_message(render, node);
    case SD_MUSTACHE_SECTION:
        return render_section(render, node);
    case SD_MUSTACHE_INVERTED:
        return is_true(look_up(render, node->path)) ? NULL : render_nodes(render, node->children);
    case SD_MUSTACHE_PARTIAL:
        return render_partial(render, node);
    }
    return NULL;
}

static sd_error_t *render_nodes(render_t *render, const sd_mustache_node_t *node)
{
    for (; node; node = node->next) {
        if (++render->steps > SD_MUSTACHE_STEPS) {
            return too_much(render, "steps");
        }
        SD_TRY(render_node(render, node));
    }
    return NULL;
}

sd_error_t *sd_mustache_render(const char **text, apr_size_t *length, apr_pool_t *pool, const sd_mustache_t *compiled,
                               const json_t *context, const sd_mustache_scene_t *scene)
{
    render_t render = {.pool = pool, .scene = scene, .stack = {context}, .height = 1, .indent = ""};
    SD_TRY(put(&render, "", 0));
    SD_TRY(render_nodes(&render, compiled->nodes));
    render.bytes[render.length] = '\0';
    *text = render.bytes;
    if (length) {
        *length = render.length;
    }
    return NULL;
}
