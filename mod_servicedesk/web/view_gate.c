/*
 * The gate of pages. The steps of web/gate.c, and what differs for people: whoever must sign in first is sent to do so
 * and comes back; forms carry a token; an error that can be put right shows the form again.
 */
#include "web/gate.h"

#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>

#include "web/form_token.h"
#include "web/input.h"
#include "web/view.h"
#include "web/view_form.h"
#include "web/site_of.h"

/* A session that is good for nothing but setting up a second factor. */
static int is_restricted(const sd_call_t *call)
{
    return call->work->actor.account_id && !call->work->actor.scopes;
}

static sd_error_t *check_credentials(sd_call_t *call)
{
    const sd_error_t *refusal = sd_server_refusal(call->r);
    if (refusal) {
        return apr_pmemdup(call->pool, refusal, sizeof *refusal);
    }
    if (is_restricted(call)) {
        return NULL;
    }
    sd_error_t *error = call->work->actor.account_id ? sd_server_account(&call->me, call->r) : NULL;
    if (error && error->kind != SD_ERROR_SIGN_IN) {
        return error;
    }
    return call->me || call->route->flags & SD_ROUTE_ANONYMOUS ? NULL : sd_error_sign_in(call->pool);
}

/* To the sign-in page, and back here afterwards; a form that was sent is not kept for that long. */
static int send_to_sign_in(sd_call_t *call)
{
    const char *args = call->r->method_number == M_GET ? call->r->args : NULL;
    const char *here = apr_pstrcat(call->pool, call->r->uri, args ? "?" : "", args ? args : "", NULL);
    call->target = sd_link(call, "/account/signin?return=%s", sd_link_escape(call, here));
    return sd_view_write(call);
}

static sd_error_t *admit(sd_call_t *call)
{
    SD_TRY(sd_gate_find_route(call));
    SD_TRY(check_credentials(call));
    SD_TRY(sd_gate_check_scope(call));
    return sd_query_read(call);
}

static sd_error_t *check_origin(sd_call_t *call)
{
    sd_forgery_t request = sd_gate_forgery(call);
    if (!sd_forgery_is_foreign(&request)) {
        return NULL;
    }
    return sd_error_new(call->pool, SD_ERROR_FORBIDDEN, "sd.form.foreign", "The form came from another site.");
}

static int can_be_put_right(const sd_error_t *error)
{
    switch (error->kind) {
    case SD_ERROR_INPUT:
    case SD_ERROR_SIGN_IN:
    case SD_ERROR_CONFLICT:
    case SD_ERROR_STALE:
    case SD_ERROR_THROTTLED:
    case SD_ERROR_UNAVAILABLE:
        return 1;
    default:
        return 0;
    }
}

/* 401 would have to name a scheme of HTTP, and a browser would ask in a window of its own. */
static int status_of(const sd_error_t *error)
{
    return error->kind == SD_ERROR_SIGN_IN ? HTTP_FORBIDDEN : sd_error_status(error->kind);
}

static sd_error_t *show_again(sd_call_t *call, sd_error_t *problem)
{
    sd_route_match_t match;
    if (!sd_route_find(&match, call->pool, "GET", call->path) || !match.row) {
        return problem;
    }
    call->route = match.row;
    call->problem = problem;
    call->status = status_of(problem);
    if (problem->retry_after) {
        apr_table_setn(call->r->err_headers_out, "Retry-After", apr_itoa(call->pool, problem->retry_after));
    }
    if (problem->detail) {
        sd_server_log_error(call->r, problem);
    }
    sd_error_t *error = sd_gate_run(call);
    return error ? problem : NULL;
}

static sd_error_t *act(sd_call_t *call)
{
    int posted = call->r->method_number == M_POST;
    sd_error_t *error = posted ? sd_gate_noted(call, SD_GATE_FORGERY, sd_view_form_check(call)) : NULL;
    if (error) {
        return show_again(call, error);
    }
    error = sd_gate_run(call);
    return posted && error && can_be_put_right(error) ? show_again(call, error) : error;
}

/* Whoever must set up a second factor, and has none yet, gets no further than the page for that. */
static int send_to_second_factor(sd_call_t *call)
{
    call->target = sd_link(call, "/account/second-factor");
    return sd_view_write(call);
}

static int serve(sd_call_t *call)
{
    sd_error_t *error = admit(call);
    if (error && error->kind == SD_ERROR_SIGN_IN && call->route && !sd_server_refusal(call->r)) {
        return send_to_sign_in(call);
    }
    if (error && call->route && is_restricted(call) && call->r->method_number == M_GET) {
        return send_to_second_factor(call);
    }
    if (error) {
        return sd_view_error(call, sd_gate_noted(call, SD_GATE_DENIED, error));
    }
    if (call->r->method_number == M_POST) {
        error = sd_gate_noted(call, SD_GATE_FORGERY, check_origin(call));
        int status = error ? OK : sd_body_read(&error, call);
        if (status != OK) {
            return status;
        }
    }
    if (!error) {
        error = act(call);
    }
    return error ? sd_view_error(call, error) : sd_view_write(call);
}

/* Says which methods the page has. No row has this one. */
static int answer_options(sd_call_t *call)
{
    sd_error_t *error = sd_gate_find_route(call);
    sd_view_headers(call->r);
    call->r->status = HTTP_NO_CONTENT;
    return error && error->kind == SD_ERROR_METHOD ? OK : sd_view_error(call, error);
}

int sd_view_gate_handle(request_rec *r, const char *path)
{
    sd_call_t *call = sd_gate_call(r, path);
    call->work = sd_server_work(r, "portal");
    int status = r->method_number == M_OPTIONS ? answer_options(call) : serve(call);
    json_decref(call->reply);
    json_decref(call->body);
    return status;
}
