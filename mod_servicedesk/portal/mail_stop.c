/* No more mails to an address: asked first, because programs follow links too. */
#include "portal/mail_stop.h"

#include "desk/mail_stop.h"
#include "web/site_of.h"
#include "web/view.h"

sd_error_t *sd_portal_mail_stop_get(sd_call_t *call)
{
    const char *token = sd_server_mailed_token(call->r);
    const char *typed;
    const char *address;
    if (!token) {
        SD_TRY(sd_view_field(&typed, call, "token"));
        token = typed;
    }
    SD_TRY(sd_mail_stop_find(&address, call->work, token));
    return sd_view_show(call, "mail_stop", json_pack("{s:s, s:s}", "token", token, "address", address));
}

sd_error_t *sd_portal_mail_stop_post(sd_call_t *call)
{
    const char *token;
    SD_TRY(sd_view_field(&token, call, "token"));
    SD_TRY(sd_mail_stop(call->work, token));
    return sd_view_go(call, "/account/signin?notice=mailstop");
}
