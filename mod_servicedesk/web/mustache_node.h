/* What a compiled template is made of: between web/mustache.c, which makes it, and web/mustache_render.c. */
#ifndef SD_WEB_MUSTACHE_NODE_H
#define SD_WEB_MUSTACHE_NODE_H

#include "web/mustache.h"

typedef enum sd_mustache_kind_t {
    SD_MUSTACHE_TEXT,     /* `text` as it is */
    SD_MUSTACHE_LINE,     /* a line of the template begins: the indentation of a partial goes here */
    SD_MUSTACHE_VALUE,    /* {{name}} */
    SD_MUSTACHE_RAW,      /* {{{name}}}, {{&name}} */
    SD_MUSTACHE_MESSAGE,  /* {{t.key}}, and with `raw` {{{t.key}}} */
    SD_MUSTACHE_SECTION,  /* {{#name}} */
    SD_MUSTACHE_INVERTED, /* {{^name}} */
    SD_MUSTACHE_PARTIAL   /* {{>name}}, `indent` before each of its lines */
} sd_mustache_kind_t;

typedef struct sd_mustache_node_t sd_mustache_node_t;
struct sd_mustache_node_t {
    sd_mustache_kind_t kind;
    int raw;
    const char *text; /* of a text, the name of a partial, the key of a message; of a section its name */
    apr_size_t length;
    const char *const *path; /* the segments of a dotted name, NULL at the end; none for "." */
    const char *indent;      /* of a partial that stands alone on its line, else "" */
    sd_mustache_node_t *children;
    sd_mustache_node_t *next;
};

struct sd_mustache_t {
    sd_mustache_node_t *nodes;
};

#endif
