/* Proving the address of a signup: by the link, and by the password, so that only whoever signed up gets in. */
#include "portal/verify.h"

#include "portal/link.h"
#include "portal/session.h"
#include "web/newcomers.h"
#include "web/view.h"

sd_error_t *sd_portal_verify_get(sd_call_t *call)
{
    sd_verification_t *found;
    if (sd_portal_link_move(call)) {
        return NULL;
    }
    sd_error_t *error = sd_verification_find(&found, call->work, sd_portal_link_token(call));
    if (error) {
        return sd_portal_link_dead(call, error);
    }
    call->desk_language = found->desk_language;
    json_t *context = json_object();
    sd_json_put_text(context, "address", found->address);
    sd_json_put_text(context, "deskName", found->desk_name);
    return sd_view_show(call, "verify", context);
}

sd_error_t *sd_portal_verify_post(sd_call_t *call)
{
    const char *password;
    const sd_account_t *account;
    sd_verification_t *verification;
    SD_TRY(sd_view_field(&password, call, "password"));
    sd_error_t *error = sd_newcomer_prove(&account, &verification, call, sd_portal_link_token(call), password);
    if (error) {
        return sd_portal_link_dead(call, error);
    }
    sd_portal_link_done(call);
    if (!account) {
        return sd_view_go(call, "/account/signin?notice=waiting");
    }
    SD_TRY(sd_portal_session_open(call, NULL));
    return sd_view_go(call, "/account?notice=verified");
}
