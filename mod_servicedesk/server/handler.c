/* From httpd's handler to the faces of the desk. */
#include "server/handler.h"

#include <string.h>

#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>

#include "base/text.h"
#include "server/page.h"
#include "server/transport.h"
#include "server/visit.h"
#include "web/route.h"
#include "mod_servicedesk.h"

APLOG_USE_MODULE(servicedesk);

static int show_landing_page(request_rec *r, const sd_instance_t *instance)
{
    const char *entry = apr_pstrcat(r->pool, instance->site.base_url, "/rest/servicedeskapi/info", NULL);
    if (r->method_number != M_GET) {
        apr_table_setn(r->err_headers_out, "Allow", "GET, HEAD");
        return HTTP_METHOD_NOT_ALLOWED;
    }
    entry = ap_escape_html(r->pool, entry);
    return sd_page_send(r, HTTP_OK, "Service Desk",
                        apr_pstrcat(r->pool, "<p>This is mod_servicedesk. Programs find its REST API at <a href=\"",
                                    entry, "\">", entry, "</a>.</p>\n", NULL));
}

static int serve(request_rec *r, const sd_instance_t *instance, const char *path)
{
    if (strcmp(path, "/rest") == 0 || strncmp(path, "/rest/", 6) == 0) {
        return sd_gate_handle(r, path);
    }
    if (strcmp(path, "/") == 0) {
        return show_landing_page(r, instance);
    }
    return sd_view_gate_handle(r, path);
}

int sd_handler_forget_file(request_rec *r)
{
    if (r->handler &&
        (strcmp(r->handler, SERVICEDESK_HANDLER) == 0 || strcmp(r->handler, SERVICEDESK_SIGN_IN_HANDLER) == 0)) {
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
