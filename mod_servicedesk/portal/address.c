/*
 * Another address: asked for by whoever is signed in, proven by the link that is mailed to it, and taken back by the
 * one that is mailed to the old address.
 */
#include "portal/address.h"

#include "desk/own_account.h"
#include "portal/link.h"
#include "portal/session.h"
#include "web/site_of.h"
#include "web/view.h"

sd_error_t *sd_portal_new_address_get(sd_call_t *call)
{
    return sd_view_show(call, "new-address", json_object());
}

sd_error_t *sd_portal_new_address_post(sd_call_t *call)
{
    const char *address, *current;
    sd_error_t *error = sd_portal_required(&address, call, "address");
    SD_TRY(sd_error_append(error, sd_portal_required(&current, call, "currentPassword")));
    SD_TRY(sd_portal_session_prove(call, "currentPassword"));
    SD_TRY(sd_own_address_ask(call->work, address));
    return sd_view_go(call, "/account?notice=newaddress");
}

sd_error_t *sd_portal_address_get(sd_call_t *call)
{
    const sd_mailed_token_t *found;
    if (sd_portal_link_move(call)) {
        return NULL;
    }
    sd_error_t *error = sd_mailed_token_find(&found, call->work, SD_MAILED_ADDRESS, sd_portal_link_token(call));
    return error ? sd_portal_link_dead(call, error)
                 : sd_view_show(call, "address", json_pack("{s:s}", "address", found->address));
}

sd_error_t *sd_portal_address_post(sd_call_t *call)
{
    sd_session_t *session;
    sd_error_t *error =
        sd_own_address_change(&session, call->work, sd_portal_link_token(call), sd_portal_session_cookie(call));
    if (error) {
        return sd_portal_link_dead(call, error);
    }
    if (session) {
        sd_server_set_cookie(call->r, session->cookie, session->expires);
    }
    sd_portal_link_done(call);
    return sd_view_go(call, call->me ? "/account?notice=address" : "/account/signin?notice=address");
}

sd_error_t *sd_portal_address_back_get(sd_call_t *call)
{
    sd_address_back_t back;
    if (sd_portal_link_move(call)) {
        return NULL;
    }
    sd_error_t *error = sd_own_address_back_find(&back, call->work, sd_portal_link_token(call));
    return error ? sd_portal_link_dead(call, error)
                 : sd_view_show(call, "address-back",
                                json_pack("{s:s,s:b}", "address", back.address, "changed", back.changed));
}

sd_error_t *sd_portal_address_back_post(sd_call_t *call)
{
    sd_error_t *error = sd_own_address_back(call->work, sd_portal_link_token(call));
    if (error) {
        return sd_portal_link_dead(call, error);
    }
    sd_portal_link_done(call);
    sd_portal_session_forget(call);
    return sd_view_go(call, "/account/forgotten?notice=addressback");
}
