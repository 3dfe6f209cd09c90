/*
 * Mustache, the language of all templates (mustache(5), every case of the public specification but its optional
 * modules): {{name}} escaped for HTML, {{{name}}} and {{&name}} as it is, {{#section}}, {{^inverted}}, {{>partial}},
 * {{! comment }}, {{=<% %>=}}. Values are jansson's. What is missing, null, false, "" or an empty list is false.
 *
 * Names that begin with "t." are messages in the reader's language: {{t.signin.title}} asks the scene for the message
 * "signin.title", which is a template of its own that holds nothing but text and {{parameters}}; these are looked up
 * where the message stands, so a section hands parameters on: {{#desk}}{{t.desk.welcome}}{{/desk}}. A message is plain
 * text: {{t...}} escapes all of it, {{{t...}}} nothing of it.
 *
 * A compiled template is read-only, lives in the pool it was made in and serves any number of threads. Rendering is
 * bounded in depth, steps and bytes, whatever the template says. Knows no httpd type.
 */
#ifndef SD_WEB_MUSTACHE_H
#define SD_WEB_MUSTACHE_H

#include <jansson.h>

#include "base/error.h"

#define SD_MUSTACHE_SOURCE 262144  /* bytes of a template */
#define SD_MUSTACHE_NESTING 32     /* sections inside sections of one template */
#define SD_MUSTACHE_DEPTH 64       /* sections and partials inside each other while rendering */
#define SD_MUSTACHE_STEPS 1000000  /* tags and texts that one rendering looks at */
#define SD_MUSTACHE_OUTPUT 4194304 /* bytes of one rendering */

typedef struct sd_mustache_t sd_mustache_t;

/* What a rendering asks of its surroundings; functions may be NULL, and may answer NULL: then nothing is put there. */
typedef struct sd_mustache_scene_t {
    const sd_mustache_t *(*partial)(void *baton, const char *name);
    /* `count` is the value of that name where the message stands, or NULL: it decides about the plural form. */
    const sd_mustache_t *(*message)(void *baton, const char *key, const json_t *count);
    void *baton;
    int plain; /* the answer is no HTML: {{name}} is not escaped either */
} sd_mustache_scene_t;

/* Compiles a template, or says in the error's detail what is wrong with it and in which line. */
SD_CHECKED sd_error_t *sd_mustache_compile(const sd_mustache_t **compiled, apr_pool_t *pool, const char *text,
                                           apr_size_t length);

/* The same for a message: other tags than {{name}} are errors, and no line is anything but text. */
SD_CHECKED sd_error_t *sd_mustache_compile_message(const sd_mustache_t **compiled, apr_pool_t *pool, const char *text);

/* `context` is borrowed. The text is NUL-terminated, in the pool; `length` may be NULL. */
SD_CHECKED sd_error_t *sd_mustache_render(const char **text, apr_size_t *length, apr_pool_t *pool,
                                          const sd_mustache_t *compiled, const json_t *context,
                                          const sd_mustache_scene_t *scene);

#endif
