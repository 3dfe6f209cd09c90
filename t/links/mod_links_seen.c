/*
 * Notes what later parts of httpd find of a request's address, as t/security-links.t builds and loads it: each of them
 * is written down by some log or status page.
 */
#include <httpd.h>

#include <apr_strings.h>
#include <http_config.h>
#include <http_protocol.h>

static int note(request_rec *r)
{
    apr_table_setn(r->notes, "seen",
                   apr_psprintf(r->pool, "line %s uri %s args %s query %s", r->the_request, r->unparsed_uri,
                                r->args ? r->args : "-", r->parsed_uri.query ? r->parsed_uri.query : "-"));
    return DECLINED;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_log_transaction(note, NULL, NULL, APR_HOOK_FIRST);
}

module AP_MODULE_DECLARE_DATA links_seen_module = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL,
                                                   register_hooks,          0};
