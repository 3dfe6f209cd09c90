/* Changing one's password: by the old one. */
#include "portal/password.h"

#include "desk/own_account.h"
#include "portal/session.h"
#include "web/site_of.h"
#include "web/view.h"

sd_error_t *sd_portal_password_get(sd_call_t *call)
{
    return sd_view_show(call, "password", json_object());
}

sd_error_t *sd_portal_password_post(sd_call_t *call)
{
    const char *password, *current, *tokens;
    sd_session_t *session = NULL;
    sd_error_t *error = sd_portal_required(&current, call, "currentPassword");
    SD_TRY(sd_error_append(error, sd_portal_required(&password, call, "newPassword")));
    SD_TRY(sd_view_field(&tokens, call, "endTokens"));
    SD_TRY(sd_portal_session_prove(call, "currentPassword"));
    SD_TRY(sd_own_password_change(&session, call->work, password, *tokens != '\0', sd_portal_session_cookie(call)));
    if (session) {
        sd_server_set_cookie(call->r, session->cookie, session->expires);
    }
    return sd_view_go(call, "/account?notice=password");
}
