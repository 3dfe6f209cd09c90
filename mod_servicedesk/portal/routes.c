/* Every page, a row each: method, path, right, scope, handler. How the two rows of a page share work: web/view.h. */
#include "web/route.h"

#include "portal/account.h"
#include "portal/address.h"
#include "portal/file.h"
#include "portal/forgotten.h"
#include "portal/invitation.h"
#include "portal/mail_stop.h"
#include "portal/password.h"
#include "portal/reset.h"
#include "portal/second_factor.h"
#include "portal/sessions.h"
#include "portal/sign_in_link.h"
#include "portal/signin.h"
#include "portal/signout.h"
#include "portal/signup.h"
#include "portal/verify.h"

/* Whoever may come, signed in or not. */
#define ANYBODY (SD_ROUTE_PAGE | SD_ROUTE_ANONYMOUS)
/* The handler lends the store by itself, or needs none. */
#define ALONE (ANYBODY | SD_ROUTE_NO_STORE)
#define OWN (SD_ROUTE_PAGE | SD_ROUTE_NO_STORE)

const sd_route_t sd_view_routes[] = {
    SD_ROUTE_WITH("GET", "/static/{file}", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_file_get, ALONE),

    SD_ROUTE_WITH("GET", "/account", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_portal_account_get, SD_ROUTE_PAGE),
    SD_ROUTE_WITH("POST", "/account", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_MANAGE, sd_portal_account_post, SD_ROUTE_PAGE),
    SD_ROUTE_WITH("GET", "/account/signin", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_signin_get, ANYBODY),
    SD_ROUTE_WITH("POST", "/account/signin", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_signin_post, ALONE),
    SD_ROUTE_WITH("GET", "/account/signin-link", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_link_ask_get, ANYBODY),
    SD_ROUTE_WITH("POST", "/account/signin-link", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_link_ask_post, ANYBODY),
    SD_ROUTE_WITH("GET", "/account/signin-link-sent", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_link_sent_get,
                  ALONE),
    SD_ROUTE_WITH("GET", "/account/link", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_link_get, ANYBODY),
    SD_ROUTE_WITH("POST", "/account/link", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_link_post, ANYBODY),
    SD_ROUTE_WITH("GET", "/account/signout", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_signout_get, ALONE),
    SD_ROUTE_WITH("POST", "/account/signout", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_signout_post, ANYBODY),
    SD_ROUTE_WITH("GET", "/account/nomail", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_mail_stop_get, ANYBODY),
    SD_ROUTE_WITH("POST", "/account/nomail", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_mail_stop_post, ANYBODY),
    SD_ROUTE_WITH("GET", "/account/forgotten", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_forgotten_get, ALONE),
    SD_ROUTE_WITH("POST", "/account/forgotten", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_forgotten_post, ANYBODY),
    SD_ROUTE_WITH("GET", "/account/forgotten-sent", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_forgotten_sent_get,
                  ALONE),
    SD_ROUTE_WITH("GET", "/account/reset", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_reset_get, ANYBODY),
    SD_ROUTE_WITH("POST", "/account/reset", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_reset_post, ALONE),
    SD_ROUTE_WITH("GET", "/account/password", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_MANAGE, sd_portal_password_get, OWN),
    SD_ROUTE_WITH("POST", "/account/password", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_MANAGE, sd_portal_password_post, OWN),
    SD_ROUTE_WITH("GET", "/account/new-address", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_MANAGE, sd_portal_new_address_get, OWN),
    SD_ROUTE_WITH("POST", "/account/new-address", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_MANAGE, sd_portal_new_address_post,
                  OWN),
    SD_ROUTE_WITH("GET", "/account/address", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_address_get, ANYBODY),
    SD_ROUTE_WITH("POST", "/account/address", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_address_post, ANYBODY),
    SD_ROUTE_WITH("GET", "/account/address-back", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_address_back_get,
                  ANYBODY),
    SD_ROUTE_WITH("POST", "/account/address-back", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_address_back_post,
                  ANYBODY),
    SD_ROUTE_WITH("GET", "/account/sessions", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_portal_sessions_get,
                  SD_ROUTE_PAGE),
    SD_ROUTE_WITH("POST", "/account/sessions", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_MANAGE, sd_portal_sessions_post,
                  SD_ROUTE_PAGE),
    SD_ROUTE_WITH("GET", "/account/second-factor", SD_MAY_SECURE_ACCOUNT, SD_SCOPE_NONE, sd_portal_second_factor_get,
                  SD_ROUTE_PAGE),
    SD_ROUTE_WITH("POST", "/account/second-factor", SD_MAY_SECURE_ACCOUNT, SD_SCOPE_NONE, sd_portal_second_factor_post,
                  OWN),
    SD_ROUTE_WITH("GET", "/account/signup", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_portal_signup_get, ANYBODY),
    SD_ROUTE_WITH("POST", "/account/signup", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_portal_signup_post, ALONE),
    SD_ROUTE_WITH("GET", "/account/signup/{desk}", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_portal_signup_get, ANYBODY),
    SD_ROUTE_WITH("POST", "/account/signup/{desk}", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_portal_signup_post, ALONE),
    SD_ROUTE_WITH("GET", "/account/signup-sent", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_portal_signup_sent_get, ANYBODY),
    SD_ROUTE_WITH("GET", "/account/invitation", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_invitation_get, ANYBODY),
    SD_ROUTE_WITH("POST", "/account/invitation", SD_MAY_LOOK_AROUND, SD_SCOPE_NONE, sd_portal_invitation_post, ALONE),
    SD_ROUTE_WITH("GET", "/account/verify", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_portal_verify_get, ANYBODY),
    SD_ROUTE_WITH("POST", "/account/verify", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_portal_verify_post, ALONE),
};

const apr_size_t sd_view_routes_count = sizeof sd_view_routes / sizeof sd_view_routes[0];
