/* The table of rest/routes.c as a tree, made before any thread of a child runs. */
#include "web/route.h"

#include <jansson.h>

static sd_route_tree_t *tree;

void sd_web_child_init(void)
{
    apr_pool_t *pool;
    json_object_seed(0);
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return;
    }
    tree = sd_route_tree_create(pool);
    for (apr_size_t i = 0; i < sd_routes_count; i++) {
        sd_route_tree_add(tree, sd_routes[i].method, sd_routes[i].path, &sd_routes[i]);
    }
}

int sd_route_find(sd_route_match_t *match, apr_pool_t *pool, const char *method, const char *path)
{
    return sd_route_tree_find(match, tree, pool, method, path);
}
