/* From httpd's handler to the faces of the desk. */
#include "server/handler.h"

#include <string.h>

#include <ap_expr.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include "base/text.h"
#include "server/page.h"
#include "server/transport.h"
#include "server/visit.h"
#include "web/route.h"
#include "mod_servicedesk.h"

APLOG_USE_MODULE(servicedesk);

/* For whoever types the address of the host, or follows a mail that leads nowhere in particular. */
static int show_landing_page(request_rec *r, const sd_instance_t *instance)
{
    if (r->method_number != M_GET) {
        apr_table_setn(r->err_headers_out, "Allow", "GET, HEAD");
        return HTTP_METHOD_NOT_ALLOWED;
    }
    const char *base = ap_escape_html(r->pool, instance->site.base_url);
    const char *entry = apr_pstrcat(r->pool, base, "/rest/servicedeskapi/info", NULL);
    return sd_page_send(r, HTTP_OK, "Service Desk",
                        apr_pstrcat(r->pool, "<p><a href=\"", base, "/account\">Sign in, or see your account</a></p>\n",
                                    "<p>This is mod_servicedesk. Programs find its REST API at <a href=\"", entry,
                                    "\">", entry, "</a>.</p>\n", NULL));
}

static int serve(request_rec *r, const sd_instance_t *instance, const char *path)
{
    if (sd_server_is_rest(r)) {
        return sd_gate_handle(r, path);
    }
    if (strcmp(path, "/") == 0) {
        return show_landing_page(r, instance);
    }
    return sd_view_gate_handle(r, path);
}

static int is_ours(const char *handler)
{
    return handler && (strcmp(handler, SERVICEDESK_HANDLER) == 0 || strcmp(handler, SERVICEDESK_SIGN_IN_HANDLER) == 0);
}

/* httpd begins this phase without what sections of URLs say; it has walked through them before, and remembers. */
static int is_our_section(request_rec *r)
{
    ap_conf_vector_t *before = r->per_dir_config;
    int walked = ap_location_walk(r) == OK;
    const core_dir_config *section = ap_get_core_module_config(r->per_dir_config);
    const char *trouble = NULL;
    int ours = walked && section->expr_handler && is_ours(ap_expr_str_exec(r, section->expr_handler, &trouble));
    r->per_dir_config = before;
    return ours && !trouble;
}

int sd_handler_claim_file(request_rec *r)
{
    if (r->finfo.filetype == APR_NOFILE && sd_instance_of(r->server) && is_our_section(r)) {
        r->finfo.filetype = APR_REG;
    }
    return DECLINED;
}

/* What was claimed and no look at the disk has filled. */
static int is_claimed(const request_rec *r)
{
    return r->finfo.filetype == APR_REG && !r->finfo.valid;
}

int sd_handler_forget_file(request_rec *r)
{
    /* What is claimed and not ours, an <If> has given to somebody else after all: then the disk decides. */
    if (is_ours(r->handler) ||
        (is_claimed(r) && apr_stat(&r->finfo, r->filename, APR_FINFO_MIN, r->pool) != APR_SUCCESS)) {
        r->finfo.filetype = APR_NOFILE;
    }
    return DECLINED;
}

int sd_handler_handle(request_rec *r)
{
    if (!r->handler || strcmp(r->handler, SERVICEDESK_HANDLER) != 0) {
        return DECLINED;
    }
    const sd_instance_t *instance = sd_instance_of(r->server);
    if (!instance) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "SD00040: SetHandler servicedesk for %s, and ServiceDesk is not On",
                      r->uri);
        return HTTP_NOT_FOUND;
    }
    const char *path = sd_server_path(r);
    if (!path || !sd_text_is_utf8(path, strlen(path))) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "SD00041: %s is not below the path of ServiceDeskBaseURL %s",
                      r->uri, instance->site.base_url);
        return HTTP_NOT_FOUND;
    }
    /* HTTP/0.9 gets no headers, and without them a page is not safe to show. */
    if (r->assbackwards) {
        return HTTP_BAD_REQUEST;
    }
    return sd_transport_is_plain(r, instance) ? sd_transport_refuse(r, instance) : serve(r, instance, path);
}
