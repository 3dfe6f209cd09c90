/* One's own account. What needs a password again runs without a lent store until the password has been compared. */
#include "rest/own_account.h"

#include "desk/account.h"
#include "desk/own_account.h"
#include "desk/second_factor.h"
#include "web/site_of.h"

sd_error_t *sd_rest_own_prove(sd_call_t *call, int always)
{
    const char *password;
    /* A read-only token reads, also where sessions need no scope. */
    if (sd_server_proof(call->r) == SD_PROOF_BEARER && !(call->work->actor.scopes & SD_SCOPE_MANAGE)) {
        return sd_error_new(call->pool, SD_ERROR_FORBIDDEN, "sd.scope",
                            "The API token does not have the scope for this.");
    }
    SD_TRY(sd_body_text(&password, call, "currentPassword"));
    if (password) {
        SD_TRY(sd_server_confirm(call->r, call->work, "currentPassword", password));
    } else if (always || sd_server_proof(call->r) == SD_PROOF_BEARER) {
        return sd_body_required(&password, call, "currentPassword");
    }
    return sd_server_open_to_write(call->r, call->work);
}

/* The cookie of whoever came by it; a cookie beside other credentials is somebody else's business. */
static const char *own_cookie(sd_call_t *call)
{
    return sd_server_proof(call->r) == SD_PROOF_SESSION ? sd_server_cookie(call->r) : NULL;
}

/* The caller's own session has another id now, if there is one. */
static void set_session(sd_call_t *call, const sd_session_t *session)
{
    if (session) {
        sd_server_set_cookie(call->r, session->cookie, session->expires);
    }
}

sd_error_t *sd_rest_own_get(sd_call_t *call)
{
    const sd_account_t *account;
    sd_second_factor_t factor;
    SD_TRY(sd_account_myself(&account, call->work));
    SD_TRY(sd_second_factor_look(&factor, call->work));
    call->reply = sd_present_account(call, account);
    sd_json_put_text(call->reply, "directory", account->directory);
    sd_json_put(call->reply, "secondFactor", json_boolean(factor.active));
    sd_json_put(call->reply, "secondFactorRequired", json_boolean(factor.required));
    sd_json_put(call->reply, "confirmed", json_boolean(!sd_work_require_fresh(call->work)));
    return NULL;
}

sd_error_t *sd_rest_own_confirm(sd_call_t *call)
{
    const char *password, *code, *cookie = own_cookie(call);
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_required(&password, call, "password"));
    SD_TRY(sd_body_text(&code, call, "code"));
    if (!cookie) {
        return sd_error_new(call->pool, SD_ERROR_CONFLICT, "sd.account.no.session",
                            "Only a session is confirmed: everything else proves itself with each request.");
    }
    SD_TRY(sd_server_confirm(call->r, call->work, "password", password));
    SD_TRY(sd_server_open_to_write(call->r, call->work));
    SD_TRY(sd_session_confirm(call->work, cookie, code));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_own_password_put(sd_call_t *call)
{
    const char *password;
    sd_session_t *session;
    int end_tokens;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_required(&password, call, "newPassword"));
    SD_TRY(sd_body_bool(&end_tokens, call, "endTokens"));
    SD_TRY(sd_rest_own_prove(call, 1));
    SD_TRY(sd_own_password_change(&session, call->work, password, end_tokens == 1, own_cookie(call)));
    set_session(call, session);
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_own_password_forgotten(sd_call_t *call)
{
    const char *address;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_required(&address, call, "address"));
    SD_TRY(sd_own_password_forgotten(call->work, address));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_own_password_reset(sd_call_t *call)
{
    const char *token, *password;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_required(&token, call, "token"));
    SD_TRY(sd_body_required(&password, call, "newPassword"));
    SD_TRY(sd_server_open_to_write(call->r, call->work));
    SD_TRY(sd_own_password_reset(call->work, token, password));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_own_address_ask(sd_call_t *call)
{
    const char *address;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_required(&address, call, "address"));
    SD_TRY(sd_rest_own_prove(call, 1));
    SD_TRY(sd_own_address_ask(call->work, address));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_own_address_put(sd_call_t *call)
{
    const char *token;
    sd_session_t *session;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_required(&token, call, "token"));
    SD_TRY(sd_own_address_change(&session, call->work, token, own_cookie(call)));
    set_session(call, session);
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_own_address_back(sd_call_t *call)
{
    const char *token;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_required(&token, call, "token"));
    SD_TRY(sd_own_address_back(call->work, token));
    return sd_reply_nothing(call);
}

static json_t *present_session(sd_call_t *call, const sd_session_view_t *view)
{
    json_t *object = json_object();
    sd_json_put_text(object, "id", view->id);
    sd_json_put_text(object, "kind", view->kind);
    sd_json_put_text(object, "directory", view->directory);
    sd_json_put_text(object, "source", view->source);
    sd_json_put(object, "created", sd_present_date(call, view->created));
    sd_json_put(object, "lastSeen", sd_present_date(call, view->last_seen));
    sd_json_put(object, "expires", sd_present_date(call, view->expires));
    sd_json_put(object, "current", json_boolean(view->current));
    return object;
}

sd_error_t *sd_rest_own_session_list(sd_call_t *call)
{
    apr_array_header_t *sessions;
    json_t *values = json_array();
    call->reply = json_object();
    sd_json_put(call->reply, "values", values);
    SD_TRY(sd_session_list(&sessions, call->work, own_cookie(call)));
    for (int i = 0; i < sessions->nelts; i++) {
        json_array_append_new(values, present_session(call, APR_ARRAY_IDX(sessions, i, const sd_session_view_t *)));
    }
    return NULL;
}

sd_error_t *sd_rest_own_session_delete(sd_call_t *call)
{
    SD_TRY(sd_session_close_one(call->work, call->parts[0]));
    return sd_reply_nothing(call);
}
