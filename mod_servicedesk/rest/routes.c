/* Every URL under /rest, a row each: method, path, right, scope, handler. A URL without a row does not exist. */
#include "web/route.h"

#include "rest/accounts.h"
#include "rest/comments.h"
#include "rest/customers.h"
#include "rest/desks.h"
#include "rest/issues.h"
#include "rest/organizations.h"
#include "rest/participants.h"
#include "rest/queues.h"
#include "rest/request_types.h"
#include "rest/requests.h"
#include "rest/sessions.h"
#include "rest/site.h"
#include "rest/tokens.h"
#include "rest/transitions.h"

#define OPEN (SD_ROUTE_ANONYMOUS | SD_ROUTE_NO_STORE)

const sd_route_t sd_routes[] = {
    SD_ROUTE_WITH("GET", "/rest/servicedeskapi/info", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_rest_info_get, OPEN),
    SD_ROUTE_WITH("GET", "/rest/servicedesk/1/avatar", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_rest_avatar_get, OPEN),
    SD_ROUTE_WITH("GET", "/rest/servicedesk/1/icon", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_rest_icon_get, OPEN),

    SD_ROUTE_WITH("GET", "/rest/api/2/serverInfo", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_rest_server_info_get, OPEN),
    SD_ROUTE_WITH("GET", "/rest/api/3/serverInfo", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_rest_server_info_get, OPEN),
    SD_ROUTE_WITH("GET", "/rest/api/latest/serverInfo", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_rest_server_info_get,
                  OPEN),
    SD_ROUTE("GET", "/rest/api/2/field", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_field_list),
    SD_ROUTE("GET", "/rest/api/3/field", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_field_list),
    SD_ROUTE("GET", "/rest/api/latest/field", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_field_list),
    SD_ROUTE("GET", "/rest/api/2/myself", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_myself_get),
    SD_ROUTE("GET", "/rest/api/3/myself", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_myself_get),
    SD_ROUTE("GET", "/rest/api/latest/myself", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_myself_get),
    SD_ROUTE("GET", "/rest/api/2/user", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_user_get),
    SD_ROUTE("GET", "/rest/api/3/user", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_user_get),
    SD_ROUTE("GET", "/rest/api/latest/user", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_user_get),
    SD_ROUTE("GET", "/rest/api/2/user/search", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_user_search),
    SD_ROUTE("GET", "/rest/api/3/user/search", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_user_search),
    SD_ROUTE("GET", "/rest/api/latest/user/search", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_user_search),

    SD_ROUTE("GET", "/rest/auth/1/session", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_session_get),
    SD_ROUTE("GET", "/rest/auth/latest/session", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_session_get),
    SD_ROUTE_WITH("POST", "/rest/auth/1/session", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_rest_session_create, OPEN),
    SD_ROUTE_WITH("POST", "/rest/auth/latest/session", SD_MAY_LOOK_AROUND, SD_SCOPE_READ, sd_rest_session_create, OPEN),
    SD_ROUTE("DELETE", "/rest/auth/1/session", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_session_delete),
    SD_ROUTE("DELETE", "/rest/auth/latest/session", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_session_delete),
    SD_ROUTE("DELETE", "/rest/servicedesk/1/session", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_MANAGE, sd_rest_session_delete_all),

    SD_ROUTE("GET", "/rest/servicedesk/1/token", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_MANAGE, sd_rest_token_list),
    SD_ROUTE("POST", "/rest/servicedesk/1/token", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_MANAGE, sd_rest_token_create),
    SD_ROUTE("DELETE", "/rest/servicedesk/1/token/{token}", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_MANAGE, sd_rest_token_delete),

#include "rest/routes_desks.inc"
#include "rest/routes_requests.inc"
};

const apr_size_t sd_routes_count = sizeof sd_routes / sizeof *sd_routes;
