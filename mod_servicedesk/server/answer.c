/* The status of an error answer, and a page that agrees with it. */
#include "server/answer.h"

#include <string.h>

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

#include "server/page.h"
#include "server/transport.h"
#include "server/visit.h"
#include "web/route.h"
#include "web/site_of.h"
#include "web/view.h"
#include "mod_servicedesk.h"

int sd_answer_prepare(request_rec *r)
{
    static const int statuses[] = {400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 429, 431, 500, 501, 503};
    /* TRACE would read the credentials of the desk back to whoever can make a browser ask for it. */
    if (r->method_number == M_TRACE && sd_server_path(r)) {
        apr_table_setn(r->err_headers_out, "Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS");
        return HTTP_METHOD_NOT_ALLOWED;
    }
    sd_transport_promise(r);
    if (ap_is_initial_req(r) && sd_server_is_rest(r)) {
        for (apr_size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
            ap_custom_response(r, statuses[i], "-");
        }
    }
    return DECLINED;
}

void sd_answer_expect(request_rec *r)
{
    ap_custom_response(r, HTTP_UNAUTHORIZED, "-");
    ap_custom_response(r, HTTP_INTERNAL_SERVER_ERROR, "-");
}

/* Somebody who is signed in and still not let in is not asked for a password again. */
static int is_known_caller(request_rec *r, const sd_visit_t *visit)
{
    const char *type = ap_auth_type(r);
    return r->user && visit->work.actor.account_id && type && ap_cstr_casecmp(type, SERVICEDESK_AUTH_TYPE) == 0;
}

static int corrected_status(request_rec *r, const sd_visit_t *visit)
{
    if (visit->trouble && (r->status == HTTP_INTERNAL_SERVER_ERROR || r->status == HTTP_UNAUTHORIZED)) {
        return sd_error_status(visit->trouble->kind);
    }
    if (r->status == HTTP_UNAUTHORIZED && is_known_caller(r, visit)) {
        return HTTP_FORBIDDEN;
    }
    return r->status;
}

void sd_answer_correct(request_rec *r)
{
    const sd_visit_t *visit = sd_visit_find(r);
    if (!visit) {
        return;
    }
    int status = corrected_status(r, visit);
    if (visit->trouble && visit->trouble->retry_after) {
        apr_table_setn(r->err_headers_out, "Retry-After", apr_itoa(r->pool, visit->trouble->retry_after));
    }
    if (status != r->status) {
        r->status = status;
        r->status_line = NULL;
        if (status != HTTP_UNAUTHORIZED) {
            apr_table_unset(r->err_headers_out, "WWW-Authenticate");
        }
        if (!sd_server_is_rest(r)) {
            ap_add_output_filter(SD_ANSWER_FILTER, NULL, r, r->connection);
        }
    }
}

/* httpd's own page speaks of the status that was; one of the right status takes its place. */
apr_status_t sd_answer_filter(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    request_rec *r = filter->r;

    if (!sd_web_swallow(brigade)) {
        return APR_SUCCESS;
    }
    const char *document = sd_page_document(r->pool, ap_get_status_line(r->status), "");
    apr_size_t length = strlen(document);
    sd_view_headers(r);
    ap_set_content_type(r, "text/html;charset=UTF-8");
    ap_set_content_length(r, (apr_off_t)length);
    APR_BRIGADE_INSERT_HEAD(brigade, apr_bucket_pool_create(document, length, r->pool, r->connection->bucket_alloc));
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}
