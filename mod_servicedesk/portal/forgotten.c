/* Forgotten passwords. The answer is the same whoever has the address, and whether anybody does. */
#include "portal/forgotten.h"

#include "desk/own_account.h"
#include "portal/session.h"
#include "web/view.h"

sd_error_t *sd_portal_forgotten_get(sd_call_t *call)
{
    return sd_view_show(call, "forgotten", json_object());
}

sd_error_t *sd_portal_forgotten_post(sd_call_t *call)
{
    const char *address;
    SD_TRY(sd_portal_required(&address, call, "address"));
    SD_TRY(sd_own_password_forgotten(call->work, address));
    return sd_view_go(call, "/account/forgotten-sent");
}

sd_error_t *sd_portal_forgotten_sent_get(sd_call_t *call)
{
    return sd_view_show(call, "forgotten-sent", json_object());
}
