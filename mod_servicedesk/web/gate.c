/*
 * The one gate of /rest: every request passes the same steps in the same order, and a handler begins where they end.
 * The database is lent after the body has been read and returned before the answer is written: a slow client holds
 * nothing that others wait for.
 */
#include "web/gate.h"

#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>

#include "desk/audit.h"
#include "web/input.h"
#include "web/reply.h"
#include "web/site_of.h"

sd_call_t *sd_gate_call(request_rec *r, const char *path)
{
    sd_call_t *call = apr_pcalloc(r->pool, sizeof *call);
    call->r = r;
    call->pool = r->pool;
    call->path = path;
    call->status = HTTP_OK;
    return call;
}

/* AllowEncodedSlashes On has made "%2f" a slash like any other: such a path is not the one that it claims to be. */
static int has_encoded_slash(const char *target)
{
    for (apr_size_t i = 0; target && target[i] && target[i] != '?'; i++) {
        if (target[i] == '%' && target[i + 1] == '2' && (target[i + 2] | 0x20) == 'f') {
            return 1;
        }
    }
    return 0;
}

sd_error_t *sd_gate_find_route(sd_call_t *call)
{
    sd_route_match_t match;
    request_rec *r = call->r;
    if (has_encoded_slash(r->unparsed_uri) || !sd_route_find(&match, call->pool, r->method, call->path)) {
        return sd_error_not_found(call->pool);
    }
    memcpy(call->parts, match.parts, sizeof call->parts);
    call->route = match.row;
    if (!call->route) {
        apr_table_setn(r->err_headers_out, "Allow", match.allow);
        return sd_error_new(call->pool, SD_ERROR_METHOD, "sd.method", "This resource does not have that method.");
    }
    return NULL;
}

/* A refusal belongs to the request, its copy to this answer. */
static sd_error_t *check_credentials(sd_call_t *call)
{
    int reads = call->r->method_number == M_GET && !(call->route->flags & SD_ROUTE_NO_STORE);
    call->work = reads                                  ? sd_server_work_to_read(call->r, "rest")
                 : call->route->flags & SD_ROUTE_CHANGE ? sd_server_work_to_change(call->r, "rest", call->route->scope)
                                                        : sd_server_work(call->r, "rest");
    const sd_error_t *refusal = sd_server_refusal(call->r);
    if (refusal) {
        return apr_pmemdup(call->pool, refusal, sizeof *refusal);
    }
    if (!call->work->actor.account_id && !(call->route->flags & SD_ROUTE_ANONYMOUS)) {
        return sd_error_sign_in(call->pool);
    }
    return NULL;
}

sd_error_t *sd_gate_check_scope(sd_call_t *call)
{
    const sd_actor_t *actor = &call->work->actor;
    if (actor->account_id && (actor->scopes & call->route->scope) != call->route->scope) {
        return sd_error_new(call->pool, SD_ERROR_FORBIDDEN, "sd.scope",
                            "The API token does not have the scope for this.");
    }
    return NULL;
}

sd_forgery_t sd_gate_forgery(const sd_call_t *call)
{
    const apr_table_t *headers = call->r->headers_in;
    return (sd_forgery_t){
        .method = call->r->method,
        .bearer = sd_server_proof(call->r) == SD_PROOF_BEARER,
        .content_type = apr_table_get(headers, "Content-Type"),
        .origin = apr_table_get(headers, "Origin"),
        .fetch_site = apr_table_get(headers, "Sec-Fetch-Site"),
        .base_url = call->work->site->base_url,
    };
}

/* What is wrong with a request is nothing for those whose token is over. Of a database that is away all may know. */
static sd_error_t *confirm(sd_call_t *call, sd_error_t *error)
{
    if (error && error->kind != SD_ERROR_SIGN_IN && error->kind != SD_ERROR_UNAVAILABLE && call->work &&
        sd_work_is_claimed(call->work)) {
        sd_error_t *trouble = sd_server_open(call->r, call->work);
        error = trouble ? trouble : sd_work_confirm(call->work, error);
        sd_server_close(call->r, call->work);
    }
    return error;
}

sd_error_t *sd_gate_noted(sd_call_t *call, const char *act, sd_error_t *error)
{
    error = confirm(call, error);
    if (error && error->kind == SD_ERROR_FORBIDDEN && call->work->actor.account_id &&
        !sd_server_open_to_write(call->r, call->work)) {
        sd_audit_refused(call->work, act, "address", call->route->path);
        sd_server_close(call->r, call->work);
    }
    return error;
}

static sd_error_t *check_forgery(sd_call_t *call)
{
    sd_forgery_t request = sd_gate_forgery(call);
    return sd_gate_noted(call, SD_GATE_FORGERY, sd_forgery_check(call->pool, &request));
}

static sd_error_t *admit(sd_call_t *call)
{
    SD_TRY(sd_gate_find_route(call));
    SD_TRY(check_credentials(call));
    SD_TRY(sd_gate_noted(call, SD_GATE_DENIED, sd_gate_check_scope(call)));
    SD_TRY(check_forgery(call));
    return sd_query_read(call);
}

sd_error_t *sd_gate_run(sd_call_t *call)
{
    if (!(call->route->flags & SD_ROUTE_NO_STORE)) {
        int reads = call->r->method_number == M_GET || call->route->flags & SD_ROUTE_READS;
        SD_TRY(reads ? sd_server_open(call->r, call->work) : sd_server_open_to_write(call->r, call->work));
    }
    sd_error_t *error = call->route->handler(call);
    sd_server_close(call->r, call->work);
    return sd_gate_noted(call, SD_GATE_DENIED, error);
}

/* Says which methods the path has, and nothing about what it names. No row has this method, every path has it. */
static int answer_options(sd_call_t *call)
{
    const sd_error_t *error = sd_gate_find_route(call);
    if (error && error->kind != SD_ERROR_METHOD) {
        return sd_reply_error(call->r, call->path, error);
    }
    call->status = HTTP_NO_CONTENT;
    return sd_reply_write(call);
}

static int serve(sd_call_t *call)
{
    sd_error_t *error = admit(call);
    if (!error && call->r->method_number != M_GET) {
        int status = sd_body_read(&error, call);
        if (status != OK) {
            return status;
        }
    }
    if (!error) {
        error = sd_gate_run(call);
    } else if (call->work) {
        sd_server_close(call->r, call->work);
        error = confirm(call, error);
    }
    return error ? sd_reply_error(call->r, call->path, error) : sd_reply_write(call);
}

int sd_gate_handle(request_rec *r, const char *path)
{
    sd_call_t *call = sd_gate_call(r, path);
    int status = r->method_number == M_OPTIONS ? answer_options(call) : serve(call);
    json_decref(call->reply);
    json_decref(call->body);
    return status;
}
