/* No more mails to an address: asked first, because programs follow links too. */
#include "portal/mail_stop.h"

#include "desk/mail_stop.h"
#include "portal/link.h"
#include "web/view.h"

sd_error_t *sd_portal_mail_stop_get(sd_call_t *call)
{
    const char *address;
    if (sd_portal_link_move(call)) {
        return NULL;
    }
    sd_error_t *error = sd_mail_stop_find(&address, call->work, sd_portal_link_token(call));
    return error ? sd_portal_link_dead(call, error)
                 : sd_view_show(call, "mail_stop", json_pack("{s:s}", "address", address));
}

sd_error_t *sd_portal_mail_stop_post(sd_call_t *call)
{
    sd_error_t *error = sd_mail_stop(call->work, sd_portal_link_token(call));
    if (error) {
        return sd_portal_link_dead(call, error);
    }
    sd_portal_link_done(call);
    return sd_view_go(call, "/account/signin?notice=mailstop");
}
