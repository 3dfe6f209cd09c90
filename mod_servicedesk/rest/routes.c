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

    /* Rows of the route table: desks, request types, organizations, customers. */
    SD_ROUTE("POST", "/rest/servicedeskapi/customer", SD_MAY_CREATE_CUSTOMER, SD_SCOPE_MANAGE, sd_rest_customer_create),
    SD_ROUTE("GET", "/rest/servicedeskapi/organization", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_organization_list),
    SD_ROUTE("POST", "/rest/servicedeskapi/organization", SD_MAY_MANAGE_ORGANIZATIONS, SD_SCOPE_MANAGE,
             sd_rest_organization_create),
    SD_ROUTE("GET", "/rest/servicedeskapi/organization/{organization}", SD_MAY_SEE_ORGANIZATION, SD_SCOPE_READ,
             sd_rest_organization_get),
    SD_ROUTE("DELETE", "/rest/servicedeskapi/organization/{organization}", SD_MAY_DELETE_ORGANIZATION, SD_SCOPE_MANAGE,
             sd_rest_organization_delete),
    SD_ROUTE("GET", "/rest/servicedeskapi/organization/{organization}/user", SD_MAY_FIND_PEOPLE, SD_SCOPE_READ,
             sd_rest_organization_user_list),
    SD_ROUTE("POST", "/rest/servicedeskapi/organization/{organization}/user", SD_MAY_MANAGE_ORGANIZATIONS,
             SD_SCOPE_MANAGE, sd_rest_organization_user_add),
    SD_ROUTE("DELETE", "/rest/servicedeskapi/organization/{organization}/user", SD_MAY_MANAGE_ORGANIZATIONS,
             SD_SCOPE_MANAGE, sd_rest_organization_user_remove),
    SD_ROUTE("GET", "/rest/servicedeskapi/organization/{organization}/property", SD_MAY_SEE_ORGANIZATION, SD_SCOPE_READ,
             sd_rest_organization_property_list),
    SD_ROUTE("GET", "/rest/servicedeskapi/organization/{organization}/property/{property}", SD_MAY_SEE_ORGANIZATION,
             SD_SCOPE_READ, sd_rest_organization_property_get),
    SD_ROUTE_WITH("PUT", "/rest/servicedeskapi/organization/{organization}/property/{property}",
                  SD_MAY_MANAGE_ORGANIZATIONS, SD_SCOPE_MANAGE, sd_rest_organization_property_put, SD_ROUTE_JSON_ANY),
    SD_ROUTE("DELETE", "/rest/servicedeskapi/organization/{organization}/property/{property}",
             SD_MAY_MANAGE_ORGANIZATIONS, SD_SCOPE_MANAGE, sd_rest_organization_property_delete),
    SD_ROUTE("GET", "/rest/servicedeskapi/servicedesk", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_desk_list),
    SD_ROUTE("GET", "/rest/servicedeskapi/servicedesk/{desk}", SD_MAY_ENTER_DESK, SD_SCOPE_READ, sd_rest_desk_get),
    SD_ROUTE("GET", "/rest/servicedeskapi/servicedesk/{desk}/organization", SD_MAY_ATTACH_ORGANIZATIONS, SD_SCOPE_READ,
             sd_rest_desk_organization_list),
    SD_ROUTE("POST", "/rest/servicedeskapi/servicedesk/{desk}/organization", SD_MAY_ATTACH_ORGANIZATIONS,
             SD_SCOPE_MANAGE, sd_rest_desk_organization_add),
    SD_ROUTE("DELETE", "/rest/servicedeskapi/servicedesk/{desk}/organization", SD_MAY_ATTACH_ORGANIZATIONS,
             SD_SCOPE_MANAGE, sd_rest_desk_organization_remove),
    SD_ROUTE("GET", "/rest/servicedeskapi/servicedesk/{desk}/customer", SD_MAY_LIST_CUSTOMERS, SD_SCOPE_READ,
             sd_rest_desk_customer_list),
    SD_ROUTE("POST", "/rest/servicedeskapi/servicedesk/{desk}/customer", SD_MAY_ADD_CUSTOMERS, SD_SCOPE_MANAGE,
             sd_rest_desk_customer_add),
    SD_ROUTE("DELETE", "/rest/servicedeskapi/servicedesk/{desk}/customer", SD_MAY_REMOVE_CUSTOMERS, SD_SCOPE_MANAGE,
             sd_rest_desk_customer_remove),
    SD_ROUTE("GET", "/rest/servicedeskapi/requesttype", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ,
             sd_rest_request_type_list_all),
    SD_ROUTE("GET", "/rest/servicedeskapi/servicedesk/{desk}/requesttype", SD_MAY_ENTER_DESK, SD_SCOPE_READ,
             sd_rest_request_type_list),
    SD_ROUTE("POST", "/rest/servicedeskapi/servicedesk/{desk}/requesttype", SD_MAY_ADMINISTER_DESK, SD_SCOPE_MANAGE,
             sd_rest_request_type_create),
    SD_ROUTE("GET", "/rest/servicedeskapi/servicedesk/{desk}/requesttype/{type}", SD_MAY_ENTER_DESK, SD_SCOPE_READ,
             sd_rest_request_type_get),
    SD_ROUTE("DELETE", "/rest/servicedeskapi/servicedesk/{desk}/requesttype/{type}", SD_MAY_ADMINISTER_DESK,
             SD_SCOPE_MANAGE, sd_rest_request_type_delete),
    SD_ROUTE("GET", "/rest/servicedeskapi/servicedesk/{desk}/requesttype/{type}/field", SD_MAY_ENTER_DESK,
             SD_SCOPE_READ, sd_rest_request_type_field_list),
    SD_ROUTE("GET", "/rest/servicedeskapi/servicedesk/{desk}/requesttypegroup", SD_MAY_ENTER_DESK, SD_SCOPE_READ,
             sd_rest_request_type_group_list),
    SD_ROUTE("PUT", "/rest/servicedesk/1/servicedesk/{desk}/requesttype/{type}/field", SD_MAY_ADMINISTER_DESK,
             SD_SCOPE_MANAGE, sd_rest_request_type_field_put),
    SD_ROUTE("PUT", "/rest/servicedesk/1/servicedesk/{desk}/requesttypegroup", SD_MAY_ADMINISTER_DESK, SD_SCOPE_MANAGE,
             sd_rest_request_type_group_put),

    /* Rows of the route table: requests and what hangs on them, queues, the core API's issue. */
    SD_ROUTE("GET", "/rest/servicedeskapi/request", SD_MAY_HAVE_ACCOUNT, SD_SCOPE_READ, sd_rest_request_list),
    SD_ROUTE("POST", "/rest/servicedeskapi/request", SD_MAY_RAISE, SD_SCOPE_WRITE, sd_rest_request_create),
    SD_ROUTE_WITH("POST", "/rest/servicedeskapi/request/validate", SD_MAY_RAISE, SD_SCOPE_WRITE,
                  sd_rest_request_validate, SD_ROUTE_READS),
    SD_ROUTE("GET", "/rest/servicedeskapi/request/{issue}", SD_MAY_READ, SD_SCOPE_READ, sd_rest_request_get),
    SD_ROUTE("GET", "/rest/servicedeskapi/request/{issue}/comment", SD_MAY_READ, SD_SCOPE_READ, sd_rest_comment_list),
    SD_ROUTE("POST", "/rest/servicedeskapi/request/{issue}/comment", SD_MAY_COMMENT, SD_SCOPE_WRITE,
             sd_rest_comment_create),
    SD_ROUTE("GET", "/rest/servicedeskapi/request/{issue}/comment/{comment}", SD_MAY_READ, SD_SCOPE_READ,
             sd_rest_comment_get),
    SD_ROUTE("GET", "/rest/servicedeskapi/request/{issue}/participant", SD_MAY_READ, SD_SCOPE_READ,
             sd_rest_participant_list),
    SD_ROUTE("POST", "/rest/servicedeskapi/request/{issue}/participant", SD_MAY_SHARE, SD_SCOPE_WRITE,
             sd_rest_participant_add),
    SD_ROUTE("DELETE", "/rest/servicedeskapi/request/{issue}/participant", SD_MAY_SHARE, SD_SCOPE_WRITE,
             sd_rest_participant_remove),
    SD_ROUTE("GET", "/rest/servicedeskapi/request/{issue}/status", SD_MAY_READ, SD_SCOPE_READ, sd_rest_status_list),
    SD_ROUTE("GET", "/rest/servicedeskapi/request/{issue}/transition", SD_MAY_READ, SD_SCOPE_READ,
             sd_rest_transition_list),
    SD_ROUTE("POST", "/rest/servicedeskapi/request/{issue}/transition", SD_MAY_TRANSITION_AS_CUSTOMER, SD_SCOPE_WRITE,
             sd_rest_transition_take),
    SD_ROUTE("GET", "/rest/servicedeskapi/request/{issue}/notification", SD_MAY_READ, SD_SCOPE_READ,
             sd_rest_notification_get),
    SD_ROUTE("PUT", "/rest/servicedeskapi/request/{issue}/notification", SD_MAY_READ, SD_SCOPE_WRITE,
             sd_rest_notification_put),
    SD_ROUTE("DELETE", "/rest/servicedeskapi/request/{issue}/notification", SD_MAY_READ, SD_SCOPE_WRITE,
             sd_rest_notification_delete),
    SD_ROUTE("GET", "/rest/servicedeskapi/servicedesk/{desk}/queue", SD_MAY_WORK_QUEUES, SD_SCOPE_READ,
             sd_rest_queue_list),
    SD_ROUTE("GET", "/rest/servicedeskapi/servicedesk/{desk}/queue/{queue}", SD_MAY_WORK_QUEUES, SD_SCOPE_READ,
             sd_rest_queue_get),
    SD_ROUTE("GET", "/rest/servicedeskapi/servicedesk/{desk}/queue/{queue}/issue", SD_MAY_WORK_QUEUES, SD_SCOPE_READ,
             sd_rest_queue_issues),
    SD_ROUTE("PUT", "/rest/servicedesk/1/request/{issue}/assignee", SD_MAY_ASSIGN, SD_SCOPE_WRITE,
             sd_rest_assignee_put),
    SD_ROUTE("DELETE", "/rest/servicedesk/1/request/{issue}/assignee", SD_MAY_ASSIGN, SD_SCOPE_WRITE,
             sd_rest_assignee_delete),
    SD_ROUTE("GET", "/rest/api/2/issue/{issue}", SD_MAY_READ, SD_SCOPE_READ, sd_rest_issue_get),
    SD_ROUTE("GET", "/rest/api/3/issue/{issue}", SD_MAY_READ, SD_SCOPE_READ, sd_rest_issue_get),
    SD_ROUTE("GET", "/rest/api/latest/issue/{issue}", SD_MAY_READ, SD_SCOPE_READ, sd_rest_issue_get),
};

const apr_size_t sd_routes_count = sizeof sd_routes / sizeof *sd_routes;
