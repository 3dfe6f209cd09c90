/* One-time links: asked for by address, used by the form behind them. The answer is the same for every address. */
#include "portal/sign_in_link.h"

#include "desk/sign_in_link.h"
#include "portal/link.h"
#include "portal/session.h"
#include "web/site_of.h"
#include "web/view.h"

static sd_error_t *show_form(sd_call_t *call, int offered)
{
    call->status = offered ? call->status : HTTP_NOT_FOUND;
    return sd_view_show(call, "signin-link", json_pack("{s:b}", "offered", offered));
}

sd_error_t *sd_portal_link_ask_get(sd_call_t *call)
{
    int offered;
    SD_TRY(sd_sign_in_link_offered(&offered, call->work));
    return show_form(call, offered);
}

sd_error_t *sd_portal_link_ask_post(sd_call_t *call)
{
    const char *address;
    SD_TRY(sd_portal_required(&address, call, "address"));
    sd_error_t *error = sd_sign_in_link_ask(call->work, address);
    if (error) {
        return error->kind == SD_ERROR_NOT_FOUND ? show_form(call, 0) : error;
    }
    return sd_view_go(call, "/account/signin-link-sent");
}

sd_error_t *sd_portal_link_sent_get(sd_call_t *call)
{
    return sd_view_show(call, "signin-link-sent", json_object());
}

sd_error_t *sd_portal_link_get(sd_call_t *call)
{
    sd_sign_in_link_t link;
    if (sd_portal_link_move(call)) {
        return NULL;
    }
    sd_error_t *error = sd_sign_in_link_find(&link, call->work, sd_portal_link_token(call));
    return error ? sd_portal_link_dead(call, error)
                 : sd_view_show(call, "link",
                                json_pack("{s:s,s:b}", "address", link.address, "asksForCode", link.needs_code));
}

sd_error_t *sd_portal_link_post(sd_call_t *call)
{
    sd_session_t *session;
    const char *code;
    SD_TRY(sd_view_field(&code, call, "code"));
    sd_error_t *error = sd_sign_in_link_use(&session, call->work, sd_portal_link_token(call), *code ? code : NULL,
                                            sd_server_cookie(call->r));
    if (error) {
        return sd_portal_link_dead(call, error);
    }
    sd_portal_link_done(call);
    sd_portal_session_hand_over(call, session);
    call->target = sd_server_target(call->r, NULL);
    return NULL;
}
