/* Accepting an invitation: a name and a password for the account that was made for it. */
#include "portal/invitation.h"

#include "portal/link.h"
#include "portal/session.h"
#include "web/newcomers.h"
#include "web/view.h"

static json_t *present(const sd_acceptance_t *found)
{
    json_t *context = json_object(), *values = json_object();
    sd_json_put_text(context, "invitedAddress", found->address);
    sd_json_put_text(context, "deskName", found->desk_name);
    sd_json_put_text(values, "displayName", found->display_name);
    sd_json_put(context, "values", values);
    return context;
}

sd_error_t *sd_portal_invitation_get(sd_call_t *call)
{
    sd_acceptance_t *found;
    if (sd_portal_link_move(call)) {
        return NULL;
    }
    sd_error_t *error = sd_acceptance_find(&found, call->work, sd_portal_link_token(call));
    if (error) {
        return sd_portal_link_dead(call, error);
    }
    call->desk_language = found->desk_language;
    return sd_view_show(call, "invitation", present(found));
}

sd_error_t *sd_portal_invitation_post(sd_call_t *call)
{
    sd_newcomer_input_t input;
    sd_acceptance_t *acceptance;
    const sd_account_t *account;
    SD_TRY(sd_view_field(&input.display_name, call, "displayName"));
    SD_TRY(sd_view_field(&input.password, call, "password"));
    sd_error_t *error = sd_newcomer_accept(&account, &acceptance, call, sd_portal_link_token(call), &input);
    if (error) {
        return sd_portal_link_dead(call, error);
    }
    sd_portal_link_done(call);
    SD_TRY(sd_portal_session_open(call, NULL));
    return sd_view_go(call, "/account?notice=accepted");
}
