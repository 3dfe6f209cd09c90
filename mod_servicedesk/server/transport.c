/* Plain http where https is meant. */
#include "server/transport.h"

#include <string.h>

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>

#include "server/page.h"
#include "web/reply.h"
#include "web/site_of.h"

int sd_transport_is_plain(const request_rec *r, const sd_instance_t *instance)
{
    return instance->secure && strcmp(ap_http_scheme(r), "https") != 0;
}

/* Programs are told instead of led on: they would send their credentials by plain http for ever. */
static int refuse_program(request_rec *r, const char *path)
{
    return sd_reply_error(r, path,
                          sd_error_new(r->pool, SD_ERROR_FORBIDDEN, "sd.transport.plain",
                                       "This service desk is reached by https only. What you sent has crossed the "
                                       "network in the clear: change it."));
}

/* What a GET of a page is answered with: the same address, by https. */
static int lead_on(request_rec *r, const sd_instance_t *instance)
{
    if (sd_server_is_rest(r) || r->method_number != M_GET) {
        return HTTP_FORBIDDEN;
    }
    apr_table_setn(r->err_headers_out, "Location",
                   apr_pstrcat(r->pool, instance->origin, ap_os_escape_path(r->pool, r->uri, 1), r->args ? "?" : "",
                               r->args ? r->args : "", NULL));
    return HTTP_MOVED_PERMANENTLY;
}

int sd_transport_bar(request_rec *r, const sd_instance_t *instance)
{
    return sd_transport_is_plain(r, instance) ? lead_on(r, instance) : OK;
}

int sd_transport_refuse(request_rec *r, const sd_instance_t *instance)
{
    if (sd_server_is_rest(r)) {
        return refuse_program(r, sd_server_path(r));
    }
    return lead_on(r, instance) == HTTP_MOVED_PERMANENTLY
               ? sd_page_send(r, HTTP_MOVED_PERMANENTLY, "Moved", "")
               : sd_page_send(r, HTTP_FORBIDDEN, "Not secure",
                              "<p>This service desk is reached by https only. Please open its page again.</p>\n");
}

void sd_transport_promise(request_rec *r)
{
    const sd_instance_t *instance = sd_instance_of(r->server);
    apr_int64_t period = instance && instance->secure ? instance->config->strict_transport / SD_SECOND : 0;
    if (period && sd_server_path(r) && !sd_transport_is_plain(r, instance)) {
        apr_table_setn(r->err_headers_out, "Strict-Transport-Security",
                       apr_psprintf(r->pool, "max-age=%" APR_INT64_T_FMT, period));
    }
}
