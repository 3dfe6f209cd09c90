/* Opening sessions. */
#include "portal/session.h"

#include "desk/session.h"
#include "web/site_of.h"
#include "web/view.h"

void sd_portal_session_hand_over(sd_call_t *call, const sd_session_t *session)
{
    sd_server_set_cookie(call->r, session->cookie, session->expires);
    sd_server_set_side_cookie(call->r, SD_COOKIE_FORM, NULL, 0);
}

sd_error_t *sd_portal_session_open(sd_call_t *call, const char *code)
{
    sd_session_t *session = NULL;
    SD_TRY(sd_session_sign_in(&session, call->work, "password", code, sd_server_cookie(call->r)));
    sd_portal_session_hand_over(call, session);
    return NULL;
}

const char *sd_portal_session_cookie(sd_call_t *call)
{
    return sd_server_proof(call->r) == SD_PROOF_SESSION ? sd_server_cookie(call->r) : NULL;
}

void sd_portal_session_forget(sd_call_t *call)
{
    if (sd_portal_session_cookie(call)) {
        sd_server_set_cookie(call->r, NULL, 0);
    }
}

sd_error_t *sd_portal_required(const char **value, sd_call_t *call, const char *name)
{
    SD_TRY(sd_view_field(value, call, name));
    return **value ? NULL : sd_error_field(call->pool, name, "sd.validation.required", "%s is required.", name);
}

sd_error_t *sd_portal_session_prove(sd_call_t *call, const char *field)
{
    const char *password;
    SD_TRY(sd_portal_required(&password, call, field));
    SD_TRY(sd_server_confirm(call->r, call->work, field, password));
    return sd_server_open_to_write(call->r, call->work);
}
