/* Hiding the tokens of mailed links. */
#include "server/mailed_link.h"

#include <string.h>

#include <apr_strings.h>

#include "server/instance.h"
#include "web/site_of.h"

#define PARAMETER "token="
#define HIDDEN "token=hidden"
#define KEPT "servicedesk mailed token"
#define LONGEST 128 /* more than any token has */

/* The parameter in a query, or NULL. */
static const char *find(const char *query)
{
    while (query && strncmp(query, PARAMETER, sizeof PARAMETER - 1) != 0) {
        query = strchr(query, '&');
        query += query != NULL;
    }
    return query;
}

/* `text` without the values of such parameters, each time one stands behind a "?". */
static char *hide(apr_pool_t *pool, const char *text)
{
    char *hidden = apr_palloc(pool, 2 * strlen(text) + sizeof HIDDEN), *to = hidden;
    int in_query = 0, at_name = 0;
    while (*text) {
        if (at_name && strncmp(text, PARAMETER, sizeof PARAMETER - 1) == 0) {
            memcpy(to, HIDDEN, sizeof HIDDEN - 1);
            to += sizeof HIDDEN - 1;
            text += strcspn(text, "& #");
            at_name = 0;
            continue;
        }
        in_query |= *text == '?';
        at_name = in_query && (*text == '?' || *text == '&');
        *to++ = *text++;
    }
    *to = '\0';
    return hidden;
}

static void keep(request_rec *r, const char *token)
{
    apr_size_t length = strcspn(token, "&");
    /* What is too long for one is none. */
    apr_pool_userdata_setn(apr_pstrmemdup(r->pool, token, length <= LONGEST ? length : 0), KEPT, NULL, r->pool);
}

int sd_mailed_link_hide(request_rec *r)
{
    const char *path = sd_instance_of(r->server) && r->args ? sd_server_path(r) : NULL;
    int ours = path && strncmp(path, "/account", 8) == 0 && (path[8] == '/' || path[8] == '\0');
    const char *found = ours ? find(r->args) : NULL;
    if (!found) {
        return DECLINED;
    }
    keep(r, found + sizeof PARAMETER - 1);
    r->the_request = hide(r->pool, r->the_request);
    r->unparsed_uri = hide(r->pool, r->unparsed_uri);
    r->args = hide(r->pool, apr_pstrcat(r->pool, "?", r->args, NULL)) + 1;
    r->parsed_uri.query = r->args;
    return DECLINED;
}

const char *sd_server_mailed_token(request_rec *r)
{
    void *token = NULL;
    apr_pool_userdata_get(&token, KEPT, r->pool);
    return token;
}
