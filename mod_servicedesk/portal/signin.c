/*
 * Signing in with name and password, and with the code of a second factor where the account has one. The database is
 * not lent while a password is compared.
 */
#include "portal/signin.h"

#include <string.h>

#include "desk/session.h"
#include "desk/sign_in_link.h"
#include "desk/signup.h"
#include "portal/session.h"
#include "web/site_of.h"
#include "web/view.h"

static sd_error_t *go_on(sd_call_t *call, const char *wish)
{
    call->target = sd_server_target(call->r, wish && *wish ? wish : NULL);
    return NULL;
}

/* The field for the code is shown to whoever has shown name and password, and needs one. */
static int asks_for_code(const sd_call_t *call)
{
    const sd_error_t *problem = call->problem;
    return problem && problem->field && strcmp(problem->field, "code") == 0;
}

sd_error_t *sd_portal_signin_get(sd_call_t *call)
{
    const char *wish = sd_query_get(call, "return");
    sd_signup_offer_t offer;
    int link;
    if (call->me && !call->problem) {
        return go_on(call, wish);
    }
    SD_TRY(sd_signup_offer(&offer, call->work, NULL));
    SD_TRY(sd_sign_in_link_offered(&link, call->work));
    json_t *context = json_object(), *values = json_object();
    sd_json_put_text(values, "return", wish);
    sd_json_put(context, "values", values);
    sd_json_put(context, "signup", json_boolean(offer.available));
    sd_json_put(context, "link", json_boolean(link));
    sd_json_put(context, "asksForCode", json_boolean(asks_for_code(call)));
    return sd_view_show(call, "signin", context);
}

static sd_error_t *read_form(const char **name, const char **password, sd_call_t *call)
{
    sd_error_t *error = sd_portal_required(name, call, "name");
    return sd_error_append(error, sd_portal_required(password, call, "password"));
}

sd_error_t *sd_portal_signin_post(sd_call_t *call)
{
    const char *name, *password, *code, *wish;
    SD_TRY(read_form(&name, &password, call));
    SD_TRY(sd_view_field(&code, call, "code"));
    SD_TRY(sd_view_field(&wish, call, "return"));
    SD_TRY(sd_server_sign_in(call->r, call->work, name, password));
    SD_TRY(sd_server_open_to_write(call->r, call->work));
    SD_TRY(sd_portal_session_open(call, *code ? code : NULL));
    return go_on(call, wish);
}
