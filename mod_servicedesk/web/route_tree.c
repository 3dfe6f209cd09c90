/* The tree of path segments, and which paths are refused before anything is compared. */
#include "web/route_tree.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

typedef struct row_t row_t;
struct row_t {
    const char *method;
    const void *row;
    row_t *next;
};

typedef struct node_t node_t;
struct node_t {
    const char *segment; /* NULL captures whatever stands there */
    apr_size_t length;
    node_t *children;
    node_t *next;
    row_t *rows;
    const char *allow;
};

struct sd_route_tree_t {
    apr_pool_t *pool;
    node_t root;
};

sd_route_tree_t *sd_route_tree_create(apr_pool_t *pool)
{
    sd_route_tree_t *tree = apr_pcalloc(pool, sizeof *tree);
    tree->pool = pool;
    return tree;
}

static apr_size_t segment_length(const char *at)
{
    return strcspn(at, "/");
}

static node_t *child_of(const node_t *parent, const char *segment, apr_size_t length)
{
    for (node_t *child = parent->children; child; child = child->next) {
        if (child->segment && child->length == length && memcmp(child->segment, segment, length) == 0) {
            return child;
        }
    }
    return NULL;
}

static node_t *capture_of(const node_t *parent)
{
    for (node_t *child = parent->children; child; child = child->next) {
        if (!child->segment) {
            return child;
        }
    }
    return NULL;
}

static node_t *grow(sd_route_tree_t *tree, node_t *parent, const char *segment, apr_size_t length)
{
    int captures = segment[0] == '{';
    node_t *child = captures ? capture_of(parent) : child_of(parent, segment, length);
    if (!child) {
        child = apr_pcalloc(tree->pool, sizeof *child);
        child->segment = captures ? NULL : apr_pstrmemdup(tree->pool, segment, length);
        child->length = captures ? 0 : length;
        child->next = parent->children;
        parent->children = child;
    }
    return child;
}

static const row_t *row_of(const node_t *node, const char *method)
{
    if (strcmp(method, "HEAD") == 0) {
        method = "GET";
    }
    for (const row_t *row = node->rows; row; row = row->next) {
        if (strcmp(row->method, method) == 0) {
            return row;
        }
    }
    return NULL;
}

static const char *allow_of(apr_pool_t *pool, const node_t *node)
{
    return apr_pstrcat(pool, row_of(node, "DELETE") ? "DELETE, " : "", row_of(node, "GET") ? "GET, HEAD, " : "",
                       "OPTIONS", row_of(node, "POST") ? ", POST" : "", row_of(node, "PUT") ? ", PUT" : "", NULL);
}

int sd_route_tree_add(sd_route_tree_t *tree, const char *method, const char *path, const void *row)
{
    node_t *node = &tree->root;
    while (*path == '/') {
        path++;
        apr_size_t length = segment_length(path);
        node = grow(tree, node, path, length);
        path += length;
    }
    if (row_of(node, method)) {
        return 0;
    }
    row_t *entry = apr_pcalloc(tree->pool, sizeof *entry);
    entry->method = method;
    entry->row = row;
    entry->next = node->rows;
    node->rows = entry;
    node->allow = allow_of(tree->pool, node);
    return 1;
}

static int segment_is_plain(const char *segment, apr_size_t length)
{
    if (length == 0 || (segment[0] == '.' && (length == 1 || (length == 2 && segment[1] == '.')))) {
        return 0;
    }
    for (apr_size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)segment[i];
        if (c < 0x20 || c == 0x7f || c == '%' || c == ';' || c == '\\') {
            return 0;
        }
    }
    return 1;
}

/* Goes down one segment; a captured one is written to *part. */
static const node_t *step(const node_t *node, apr_pool_t *pool, const char *segment, apr_size_t length,
                          const char **part)
{
    const node_t *child = child_of(node, segment, length);
    if (!child && (child = capture_of(node)) != NULL) {
        *part = apr_pstrmemdup(pool, segment, length);
    }
    return child;
}

int sd_route_tree_find(sd_route_match_t *match, const sd_route_tree_t *tree, apr_pool_t *pool, const char *method,
                       const char *path)
{
    const node_t *node = &tree->root;
    int parts = 0;
    memset(match, 0, sizeof *match);
    if (*path != '/' || !sd_text_is_utf8(path, strlen(path))) {
        return 0;
    }
    while (*path == '/') {
        path++;
        apr_size_t length = segment_length(path);
        const char *part = NULL;
        if (!segment_is_plain(path, length) || !(node = step(node, pool, path, length, &part)) ||
            (part && parts == SD_ROUTE_PARTS)) {
            return 0;
        }
        if (part) {
            match->parts[parts++] = part;
        }
        path += length;
    }
    if (!node->rows) {
        return 0;
    }
    const row_t *row = row_of(node, method);
    match->row = row ? row->row : NULL;
    match->allow = node->allow;
    return 1;
}
