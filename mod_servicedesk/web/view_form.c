/* Which proof a form carries: the session's, or that of a nonce in a cookie. */
#include "web/view_form.h"

#include "web/form_token.h"
#include "web/site_of.h"

/* What the cookie holds, if it is one. */
static const char *nonce_of(sd_call_t *call)
{
    const char *nonce = sd_server_side_cookie(call->r, SD_COOKIE_FORM);
    if (!call->form_nonce && sd_form_nonce_is_one(nonce)) {
        call->form_nonce = nonce;
    }
    return call->form_nonce;
}

static sd_form_proof_t proof_of(sd_call_t *call)
{
    return (sd_form_proof_t){
        .key = sd_server_form_key(call->r),
        .path = call->path,
        .secret = sd_server_form_secret(call->r),
        .nonce = nonce_of(call),
        .user = call->r->user,
        /* The actor may be somebody who is just signing in: who sends the next form is nobody yet. */
        .directory = call->r->user ? call->work->actor.directory : NULL,
        .now = sd_work_now(call->work),
    };
}

sd_error_t *sd_view_form_nonce(const char **nonce, sd_call_t *call)
{
    if (!nonce_of(call)) {
        SD_TRY(sd_form_nonce(&call->form_nonce, call->pool, call->work->site->random));
    }
    *nonce = call->form_nonce;
    return NULL;
}

sd_error_t *sd_view_form_token(const char **token, sd_call_t *call)
{
    sd_form_proof_t proof = proof_of(call);
    const sd_random_t *random = call->work->site->random;
    if (!proof.secret) {
        SD_TRY(sd_view_form_nonce(&proof.nonce, call));
        sd_server_set_side_cookie(call->r, SD_COOKIE_FORM, proof.nonce, SD_FORM_LIFETIME);
    }
    return sd_form_token_make(token, call->pool, random, &proof);
}

sd_error_t *sd_view_form_check(sd_call_t *call)
{
    sd_form_proof_t proof = proof_of(call);
    if (sd_form_token_check(call->pool, &proof, json_string_value(json_object_get(call->body, SD_FORM_FIELD)))) {
        return NULL;
    }
    return sd_error_new(call->pool, SD_ERROR_FORBIDDEN, "sd.form.old",
                        "The form was too old, or cookies are switched off. Please send it again.");
}
