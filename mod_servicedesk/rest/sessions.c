/* Sessions of the core API. Source: contract 1.8 and 2. The database is not lent while a password is compared. */
#include "rest/sessions.h"

#include "desk/account.h"
#include "desk/session.h"
#include "desk/sign_in_link.h"
#include "web/site_of.h"

static void put_date(json_t *object, const char *name, sd_call_t *call, sd_time_t time)
{
    sd_json_put_text(object, name, time ? sd_time_jira(call->pool, time) : NULL);
}

static sd_error_t *put_login_info(sd_call_t *call)
{
    sd_sign_ins_t sign_ins;
    json_t *info = json_object();
    sd_json_put(call->reply, "loginInfo", info);
    SD_TRY(sd_account_sign_ins(&sign_ins, call->work));
    sd_json_put(info, "failedLoginCount", json_integer(sign_ins.failed));
    sd_json_put(info, "loginCount", json_integer(sign_ins.count));
    put_date(info, "lastFailedLoginTime", call, sign_ins.last_failed);
    put_date(info, "previousLoginTime", call, sign_ins.previous);
    return NULL;
}

sd_error_t *sd_rest_session_get(sd_call_t *call)
{
    const sd_account_t *account;
    SD_TRY(sd_account_myself(&account, call->work));
    call->reply = json_object();
    sd_json_put_text(call->reply, "self", sd_link(call, "/rest/api/2/user?accountId=%s", account->public_id));
    sd_json_put_text(call->reply, "name", account->name);
    return put_login_info(call);
}

static sd_error_t *read_credentials(const char **name, const char **password, const char **code, sd_call_t *call)
{
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(code, call, "code"));
    sd_error_t *error = sd_body_required(name, call, "username");
    return sd_error_append(error, sd_body_required(password, call, "password"));
}

/* Whoever sends a wrong code, or none, has not signed in yet. */
static sd_error_t *not_signed_in(sd_error_t *error)
{
    if (error && error->kind == SD_ERROR_INPUT) {
        error->kind = SD_ERROR_SIGN_IN;
    }
    return error;
}

static sd_error_t *open_session(sd_session_t **opened, sd_call_t *call, const char *code)
{
    return not_signed_in(sd_session_sign_in(opened, call->work, "password", code, sd_server_cookie(call->r)));
}

static sd_error_t *answer(sd_call_t *call, const sd_session_t *opened)
{
    json_t *session = json_object();
    sd_server_set_cookie(call->r, opened->cookie, opened->expires);
    call->reply = json_object();
    sd_json_put_text(session, "name", sd_server_cookie_name(call->r));
    sd_json_put_text(session, "value", opened->cookie);
    sd_json_put(call->reply, "session", session);
    return put_login_info(call);
}

sd_error_t *sd_rest_session_create(sd_call_t *call)
{
    const char *name, *password, *code;
    sd_session_t *opened;
    SD_TRY(read_credentials(&name, &password, &code, call));
    SD_TRY(sd_server_sign_in(call->r, call->work, name, password));
    SD_TRY(sd_server_open_to_write(call->r, call->work));
    SD_TRY(open_session(&opened, call, code));
    return answer(call, opened);
}

sd_error_t *sd_rest_session_link_get(sd_call_t *call)
{
    int offered;
    SD_TRY(sd_sign_in_link_offered(&offered, call->work));
    call->reply = json_pack("{s:b}", "available", offered);
    return NULL;
}

sd_error_t *sd_rest_session_link_ask(sd_call_t *call)
{
    const char *address;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_required(&address, call, "address"));
    SD_TRY(sd_sign_in_link_ask(call->work, address));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_session_link_use(sd_call_t *call)
{
    const char *token, *code;
    sd_session_t *opened;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_required(&token, call, "token"));
    SD_TRY(sd_body_text(&code, call, "code"));
    SD_TRY(not_signed_in(sd_sign_in_link_use(&opened, call->work, token, code, sd_server_cookie(call->r))));
    return answer(call, opened);
}

/* A Bearer token beside the cookie would speak for somebody else. */
sd_error_t *sd_rest_session_delete(sd_call_t *call)
{
    const char *cookie = sd_server_cookie(call->r);
    if (!cookie || sd_server_proof(call->r) == SD_PROOF_BEARER) {
        return sd_error_sign_in(call->pool);
    }
    SD_TRY(sd_session_close(call->work, cookie));
    sd_server_set_cookie(call->r, NULL, 0);
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_session_delete_all(sd_call_t *call)
{
    const sd_account_t *account;
    SD_TRY(sd_account_myself(&account, call->work));
    SD_TRY(sd_session_close_all(call->work, account->public_id));
    sd_server_set_cookie(call->r, NULL, 0);
    return sd_reply_nothing(call);
}
