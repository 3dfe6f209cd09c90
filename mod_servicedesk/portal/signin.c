/* Signing in with name and password. The database is not lent while a password is compared. */
#include "portal/signin.h"

#include "desk/session.h"
#include "web/site_of.h"
#include "web/view.h"

static sd_error_t *go_on(sd_call_t *call, const char *wish)
{
    call->target = sd_server_target(call->r, wish && *wish ? wish : NULL);
    return NULL;
}

sd_error_t *sd_portal_signin_get(sd_call_t *call)
{
    const char *wish = sd_query_get(call, "return");
    json_t *values = json_object();
    if (call->me && !call->problem) {
        json_decref(values);
        return go_on(call, wish);
    }
    sd_json_put_text(values, "return", wish);
    return sd_view_show(call, "signin", json_pack("{s:o}", "values", values));
}

static sd_error_t *require(sd_call_t *call, const char *value, const char *field)
{
    return *value ? NULL : sd_error_field(call->pool, field, "sd.validation.required", "%s is required.", field);
}

sd_error_t *sd_portal_signin_post(sd_call_t *call)
{
    const char *name, *password, *wish;
    sd_session_t *session = NULL;
    SD_TRY(sd_view_field(&name, call, "name"));
    SD_TRY(sd_view_field(&password, call, "password"));
    SD_TRY(sd_view_field(&wish, call, "return"));
    SD_TRY(sd_error_append(require(call, name, "name"), require(call, password, "password")));
    SD_TRY(sd_server_sign_in(call->r, call->work, name, password));
    SD_TRY(sd_server_open(call->r, call->work));
    SD_TRY(sd_session_open(&session, call->work, "password", sd_server_cookie(call->r)));
    sd_server_set_cookie(call->r, session->cookie, session->expires);
    sd_server_set_side_cookie(call->r, SD_COOKIE_FORM, NULL, 0);
    return go_on(call, wish);
}
