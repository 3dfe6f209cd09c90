/* A new password by a mailed link. */
#include "portal/reset.h"

#include "desk/mailed_token.h"
#include "desk/own_account.h"
#include "portal/link.h"
#include "portal/session.h"
#include "web/site_of.h"
#include "web/view.h"

sd_error_t *sd_portal_reset_get(sd_call_t *call)
{
    const sd_mailed_token_t *found;
    if (sd_portal_link_move(call)) {
        return NULL;
    }
    sd_error_t *error = sd_mailed_token_find(&found, call->work, SD_MAILED_RESET, sd_portal_link_token(call));
    return error ? sd_portal_link_dead(call, error) : sd_view_show(call, "reset", json_object());
}

sd_error_t *sd_portal_reset_post(sd_call_t *call)
{
    const char *password;
    SD_TRY(sd_portal_required(&password, call, "newPassword"));
    SD_TRY(sd_server_open_to_write(call->r, call->work));
    sd_error_t *error = sd_own_password_reset(call->work, sd_portal_link_token(call), password);
    if (error) {
        return sd_portal_link_dead(call, error);
    }
    sd_portal_link_done(call);
    sd_portal_session_forget(call);
    return sd_view_go(call, "/account/signin?notice=reset");
}
