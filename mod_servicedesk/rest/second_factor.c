/* The second factor of one's own account. */
#include "desk/second_factor.h"

#include "rest/own_account.h"
#include "web/site_of.h"

sd_error_t *sd_rest_second_factor_get(sd_call_t *call)
{
    sd_second_factor_t factor;
    SD_TRY(sd_second_factor_look(&factor, call->work));
    call->reply = json_object();
    sd_json_put(call->reply, "active", json_boolean(factor.active));
    sd_json_put(call->reply, "required", json_boolean(factor.required));
    sd_json_put(call->reply, "recoveryCodesLeft", json_integer(factor.codes));
    return NULL;
}

sd_error_t *sd_rest_second_factor_set_up(sd_call_t *call)
{
    const char *secret, *uri;
    SD_TRY(sd_rest_own_prove(call, 0));
    SD_TRY(sd_second_factor_set_up(&secret, &uri, call->work));
    call->status = HTTP_CREATED;
    call->reply = json_object();
    sd_json_put_text(call->reply, "secret", secret);
    sd_json_put_text(call->reply, "uri", uri);
    return NULL;
}

static sd_error_t *read_code(const char **code, sd_call_t *call)
{
    SD_TRY(sd_body_object(call));
    return sd_body_required(code, call, "code");
}

static void put_codes(sd_call_t *call, const apr_array_header_t *codes)
{
    call->reply = json_object();
    sd_json_put(call->reply, "recoveryCodes", sd_json_texts(codes));
}

sd_error_t *sd_rest_second_factor_activate(sd_call_t *call)
{
    const char *code;
    apr_array_header_t *codes;
    sd_session_t *session;
    const char *cookie = sd_server_proof(call->r) == SD_PROOF_SESSION ? sd_server_cookie(call->r) : NULL;
    SD_TRY(read_code(&code, call));
    SD_TRY(sd_rest_own_prove(call, 0));
    SD_TRY(sd_second_factor_activate(&codes, &session, call->work, code, cookie));
    if (session) {
        sd_server_set_cookie(call->r, session->cookie, session->expires);
    }
    put_codes(call, codes);
    return NULL;
}

sd_error_t *sd_rest_second_factor_codes(sd_call_t *call)
{
    const char *code;
    apr_array_header_t *codes;
    SD_TRY(read_code(&code, call));
    SD_TRY(sd_rest_own_prove(call, 0));
    SD_TRY(sd_second_factor_renew(&codes, call->work, code));
    put_codes(call, codes);
    return NULL;
}

sd_error_t *sd_rest_second_factor_delete(sd_call_t *call)
{
    const char *code;
    SD_TRY(read_code(&code, call));
    SD_TRY(sd_rest_own_prove(call, 0));
    SD_TRY(sd_second_factor_remove(call->work, NULL, code));
    return sd_reply_nothing(call);
}
