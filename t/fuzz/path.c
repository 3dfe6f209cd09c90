/* Paths: a path that is found is, part for part, the path that was asked for; every trick is the path of nothing. */
#include "web/route_tree.c" /* knows no httpd type: the fuzzers are linked without httpd */

#include "fuzz.h"

static const char *const paths[] = {
    "/rest/api/{}/myself",
    "/rest/servicedeskapi/request",
    "/rest/servicedeskapi/request/validate",
    "/rest/servicedeskapi/request/{}",
    "/rest/servicedeskapi/request/{}/comment/{}",
    "/rest/servicedeskapi/servicedesk/{}/queue/{}/issue",
    "/{}/{}/{}/{}/deep",
};

/* The pattern with its parts put back. */
static const char *put_together(apr_pool_t *pool, const char *pattern, const sd_route_match_t *match)
{
    const char *path = "";
    int part = 0;

    for (const char *brace; (brace = strstr(pattern, "{}")); pattern = brace + 2) {
        must(part < SD_ROUTE_PARTS && match->parts[part]);
        path = apr_pstrcat(pool, path, apr_pstrmemdup(pool, pattern, (apr_size_t)(brace - pattern)),
                           match->parts[part++], NULL);
    }
    return apr_pstrcat(pool, path, pattern, NULL);
}

static void try_one(apr_pool_t *pool, const char *text, apr_size_t size)
{
    sd_route_tree_t *tree = sd_route_tree_create(pool);
    sd_route_match_t match;

    (void)size;
    for (apr_size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        must(sd_route_tree_add(tree, "GET", paths[i], paths[i]));
    }
    if (!sd_route_tree_find(&match, tree, pool, "GET", text)) {
        return;
    }
    must(match.row && strcmp(put_together(pool, match.row, &match), text) == 0);
    must(strcmp(match.allow, "GET, HEAD, OPTIONS") == 0 && sd_text_is_utf8(text, strlen(text)));
    must(!strpbrk(text, "%;\\\r\n") && !strstr(text, "//") && !strstr(text, "/../") && !strstr(text, "/./"));
    must(sd_route_tree_find(&match, tree, pool, "PUT", text) && !match.row && match.allow);
}
