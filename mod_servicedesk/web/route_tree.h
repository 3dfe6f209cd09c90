/*
 * The routes as a tree of path segments: one look per segment, whatever the number of routes. Made once per process
 * (child_init), read-only afterwards. Knows no httpd type.
 *
 * A path is taken as httpd left it, decoded once and never again: whatever still looks like a trick (an empty, "." or
 * ".." segment, a percent sign, a path parameter, a backslash, a control character, bytes that are not UTF-8) is the
 * path of nothing. Segments are compared byte for byte.
 */
#ifndef SD_WEB_ROUTE_TREE_H
#define SD_WEB_ROUTE_TREE_H

#include <apr_pools.h>

#define SD_ROUTE_PARTS 4

typedef struct sd_route_tree_t sd_route_tree_t;

typedef struct sd_route_match_t {
    const void *row;                   /* NULL: the path exists, the method does not */
    const char *allow;                 /* for the header: "GET, HEAD, OPTIONS, POST" */
    const char *parts[SD_ROUTE_PARTS]; /* what {..} stands for, in order; copies in the pool of the call */
} sd_route_match_t;

sd_route_tree_t *sd_route_tree_create(apr_pool_t *pool);

/* Enters a row. `path` and `row` must outlive the tree. False if that method of that path is taken already. */
int sd_route_tree_add(sd_route_tree_t *tree, const char *method, const char *path, const void *row);

/* False if no row has such a path. A literal segment wins over a captured one; HEAD finds the row of GET. */
int sd_route_tree_find(sd_route_match_t *match, const sd_route_tree_t *tree, apr_pool_t *pool, const char *method,
                       const char *path);

#endif
