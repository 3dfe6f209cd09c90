/* The tables of rest/routes.c and portal/routes.c as a tree, made before any thread of a child runs. */
#include "web/route.h"

#include <jansson.h>

static sd_route_tree_t *tree;

static void add_all(const sd_route_t *rows, apr_size_t count)
{
    for (apr_size_t i = 0; i < count; i++) {
        sd_route_tree_add(tree, rows[i].method, rows[i].path, &rows[i]);
    }
}

void sd_web_child_init(void)
{
    apr_pool_t *pool;
    json_object_seed(0);
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return;
    }
    tree = sd_route_tree_create(pool);
    add_all(sd_routes, sd_routes_count);
    add_all(sd_view_routes, sd_view_routes_count);
}

int sd_route_find(sd_route_match_t *match, apr_pool_t *pool, const char *method, const char *path)
{
    return sd_route_tree_find(match, tree, pool, method, path);
}
