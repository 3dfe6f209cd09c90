/* Accepting an invitation: a name and a password for the account that was made for it. */
#include "portal/invitation.h"

#include "desk/invitation.h"
#include "portal/link.h"
#include "portal/session.h"
#include "web/site_of.h"
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

static sd_error_t *find(sd_acceptance_t **acceptance, sd_call_t *call)
{
    SD_TRY(sd_server_open(call->r, call->work));
    sd_error_t *error = sd_acceptance_find(acceptance, call->work, sd_portal_link_token(call));
    sd_server_close(call->r, call->work);
    return error;
}

static sd_error_t *finish(sd_call_t *call, sd_acceptance_t *acceptance)
{
    const sd_account_t *account;
    sd_error_t *error = sd_server_open_to_write(call->r, call->work);
    if (!error) {
        error = sd_acceptance_finish(&account, acceptance);
    }
    if (error) {
        sd_server_close(call->r, call->work);
        sd_acceptance_undo(acceptance);
    }
    return error;
}

sd_error_t *sd_portal_invitation_post(sd_call_t *call)
{
    const char *name, *password;
    sd_acceptance_t *acceptance;
    SD_TRY(sd_view_field(&name, call, "displayName"));
    SD_TRY(sd_view_field(&password, call, "password"));
    sd_error_t *error = find(&acceptance, call);
    if (!error) {
        SD_TRY(sd_acceptance_hash(acceptance, name, password));
        error = finish(call, acceptance);
    }
    if (error) {
        return sd_portal_link_dead(call, error);
    }
    sd_portal_link_done(call);
    SD_TRY(sd_portal_session_open(call, NULL));
    return sd_view_go(call, "/account?notice=accepted");
}
