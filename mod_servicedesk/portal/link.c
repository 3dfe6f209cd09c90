/* Links in mails. */
#include "portal/link.h"

#include <string.h>

#include "web/form_token.h"
#include "web/site_of.h"
#include "web/view.h"

int sd_portal_link_move(sd_call_t *call)
{
    const char *token = sd_server_mailed_token(call->r);
    if (!token) {
        return 0;
    }
    /* What is no token has no place in a cookie, and takes that of an earlier link away. */
    sd_server_set_side_cookie(call->r, SD_COOKIE_LINK, sd_form_is_word(token) ? token : NULL, SD_FORM_LIFETIME);
    call->target = sd_link(call, "%s", call->path);
    return 1;
}

const char *sd_portal_link_token(sd_call_t *call)
{
    const char *token = sd_server_side_cookie(call->r, SD_COOKIE_LINK);
    return token ? token : "";
}

void sd_portal_link_done(sd_call_t *call)
{
    sd_server_set_side_cookie(call->r, SD_COOKIE_LINK, NULL, 0);
}

sd_error_t *sd_portal_link_dead(sd_call_t *call, sd_error_t *error)
{
    if (strcmp(error->key, "sd.mailed_token.dead") != 0) {
        return error;
    }
    call->status = HTTP_NOT_FOUND;
    return sd_view_show(call, "link-dead", json_object());
}
