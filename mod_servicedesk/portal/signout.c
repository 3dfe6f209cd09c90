/* Ending one's session, after a question: a link that ends it at once, any page could make a browser follow. */
#include "portal/signout.h"

#include "desk/session.h"
#include "web/site_of.h"
#include "web/view.h"

sd_error_t *sd_portal_signout_get(sd_call_t *call)
{
    json_t *values = json_object();
    if (!sd_server_cookie(call->r)) {
        json_decref(values);
        return sd_view_go(call, call->me ? "/account" : "/account/signin");
    }
    sd_json_put_text(values, "return", sd_query_get(call, "return"));
    return sd_view_show(call, "signout", json_pack("{s:o}", "values", values));
}

sd_error_t *sd_portal_signout_post(sd_call_t *call)
{
    const char *wish;
    SD_TRY(sd_view_field(&wish, call, "return"));
    SD_TRY(sd_session_close(call->work, sd_server_cookie(call->r)));
    sd_server_set_cookie(call->r, NULL, 0);
    if (*wish) {
        call->target = sd_server_target(call->r, wish);
        return NULL;
    }
    return sd_view_go(call, "/account/signin?notice=signedout");
}
