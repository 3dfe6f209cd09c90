/* Ending one's session, after a question: a link that ends it at once, any page could make a browser follow. */
#include "portal/signout.h"

#include "desk/session.h"
#include "web/site_of.h"
#include "web/view.h"

sd_error_t *sd_portal_signout_get(sd_call_t *call)
{
    if (!sd_server_cookie(call->r)) {
        return sd_view_go(call, call->me ? "/account" : "/account/signin");
    }
    return sd_view_show(call, "signout", json_object());
}

sd_error_t *sd_portal_signout_post(sd_call_t *call)
{
    SD_TRY(sd_session_close(call->work, sd_server_cookie(call->r)));
    sd_server_set_cookie(call->r, NULL, 0);
    return sd_view_go(call, "/account/signin?notice=signedout");
}
