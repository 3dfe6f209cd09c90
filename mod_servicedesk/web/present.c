/*
 * Presenters: one thing, one JSON shape, for whoever shows it. Source: contract 1.6, 3, 4, 5.
 *
 * An account is shown whole to itself and to staff. Everybody else sees an opaque id and a name to call the person by:
 * sign-in names are addresses, and nobody's address is anybody's business.
 */
#include "web/call.h"

#include <string.h>

#include <apr_strings.h>

#define DESK_PATH "/rest/servicedeskapi/servicedesk/%" APR_INT64_T_FMT
#define PRIVILEGED (SD_RELATION_STAFF | SD_RELATION_SYSTEM_ADMIN)

json_t *sd_present_date(sd_call_t *call, sd_time_t time)
{
    json_t *date = json_object();
    sd_json_put_text(date, "iso8601", sd_time_iso8601(call->pool, time));
    sd_json_put_text(date, "jira", sd_time_jira(call->pool, time));
    sd_json_put_text(date, "friendly", sd_time_friendly(call->pool, time));
    sd_json_put(date, "epochMillis", json_integer(time));
    return date;
}

void sd_json_put_date(json_t *object, const char *name, sd_call_t *call, sd_time_t time)
{
    sd_json_put(object, name, time ? sd_present_date(call, time) : NULL);
}

static int may_see_whole(const sd_call_t *call, const sd_account_t *account)
{
    const sd_actor_t *actor = &call->work->actor;
    return actor->account_id == account->id || (actor->relations & PRIVILEGED) != 0;
}

/* An account without a display name is called by its address: the part that is a name is enough. */
static const char *display_name(sd_call_t *call, const sd_account_t *account, int whole)
{
    const char *at = whole ? NULL : strchr(account->display_name, '@');
    return at ? apr_pstrmemdup(call->pool, account->display_name, (apr_size_t)(at - account->display_name))
              : account->display_name;
}

/* Every size is the same picture, which scales. */
static json_t *picture_urls(sd_call_t *call, const char *path)
{
    static const char *const sizes[] = {"48x48", "24x24", "16x16", "32x32"};
    json_t *url = sd_json_string(sd_link(call, "%s", path));
    json_t *urls = json_object();
    for (int i = 0; i < 4; i++) {
        sd_json_put_again(urls, sizes[i], url);
    }
    json_decref(url);
    return urls;
}

static const char *account_link(sd_call_t *call, const sd_account_t *account)
{
    return sd_link(call, "/rest/api/2/user?accountId=%s", account->public_id);
}

static void put_person(json_t *user, sd_call_t *call, const sd_account_t *account)
{
    int whole = may_see_whole(call, account);
    json_t *id = sd_json_string(account->public_id);
    sd_json_put(user, "name", whole ? sd_json_string(account->name) : json_incref(id));
    sd_json_put_again(user, "key", id);
    sd_json_put(user, "accountId", id);
    sd_json_put_text(user, "emailAddress", whole ? account->address : NULL);
    sd_json_put_text(user, "displayName", display_name(call, account, whole));
    sd_json_put(user, "active", json_boolean(strcmp(account->state, "active") == 0));
    sd_json_put_text(user, "timeZone", "Etc/UTC");
}

json_t *sd_present_account(sd_call_t *call, const sd_account_t *account)
{
    json_t *user = json_object();
    json_t *links = json_object();
    json_t *self = sd_json_string(account_link(call, account));
    put_person(user, call, account);
    sd_json_put_again(links, "self", self);
    sd_json_put(links, "jiraRest", self);
    sd_json_put(links, "avatarUrls", picture_urls(call, SD_PATH_AVATAR));
    sd_json_put(user, "_links", links);
    return user;
}

json_t *sd_present_user_bean(sd_call_t *call, const sd_account_t *account)
{
    json_t *user = json_object();
    sd_json_put_text(user, "self", account_link(call, account));
    put_person(user, call, account);
    sd_json_put_text(user, "locale", "en_US");
    sd_json_put(user, "avatarUrls", picture_urls(call, SD_PATH_AVATAR));
    return user;
}

static json_t *self_link(const char *link)
{
    json_t *links = json_object();
    sd_json_put_text(links, "self", link);
    return links;
}

json_t *sd_present_desk(sd_call_t *call, const sd_desk_t *desk)
{
    json_t *object = json_object();
    sd_json_put_id(object, "id", desk->id);
    sd_json_put_id(object, "projectId", desk->id);
    sd_json_put_text(object, "projectName", desk->name);
    sd_json_put_text(object, "projectKey", desk->key);
    sd_json_put_text(object, "projectTypeKey", "service_desk");
    sd_json_put(object, "_links", self_link(sd_link(call, DESK_PATH, desk->id)));
    return object;
}

json_t *sd_present_organization(sd_call_t *call, const sd_organization_t *organization)
{
    json_t *object = json_object();
    const char *self = sd_link(call, "/rest/servicedeskapi/organization/%" APR_INT64_T_FMT, organization->id);
    sd_json_put_id(object, "id", organization->id);
    sd_json_put_text(object, "name", organization->name);
    sd_json_put(object, "_links", self_link(self));
    return object;
}

static json_t *icon(sd_call_t *call, const sd_request_type_t *type)
{
    json_t *object = json_object();
    json_t *links = json_object();
    sd_json_put_text(object, "id", type->icon);
    sd_json_put(links, "iconUrls", picture_urls(call, SD_PATH_ICON));
    sd_json_put(object, "_links", links);
    return object;
}

static json_t *group_ids(const sd_request_type_t *type)
{
    json_t *ids = json_array();
    for (int i = 0; type->group_ids && i < type->group_ids->nelts; i++) {
        char text[24];
        apr_snprintf(text, sizeof text, "%" APR_INT64_T_FMT, APR_ARRAY_IDX(type->group_ids, i, sd_id_t));
        json_array_append_new(ids, json_string_nocheck(text));
    }
    return ids;
}

json_t *sd_present_request_type(sd_call_t *call, const sd_request_type_t *type)
{
    json_t *object = json_object();
    json_t *expands = json_array();
    const char *self = sd_link(call, DESK_PATH "/requesttype/%" APR_INT64_T_FMT, type->desk_id, type->id);
    json_array_append_new(expands, json_string_nocheck("field"));
    sd_json_put(object, "_expands", expands);
    sd_json_put_id(object, "id", type->id);
    sd_json_put_text(object, "name", type->name);
    sd_json_put_text(object, "description", type->description);
    sd_json_put_text(object, "helpText", type->help_text);
    sd_json_put_id(object, "serviceDeskId", type->desk_id);
    sd_json_put_id(object, "portalId", type->desk_id);
    sd_json_put(object, "groupIds", group_ids(type));
    sd_json_put(object, "icon", icon(call, type));
    sd_json_put_text(object, "restrictionStatus", type->restricted ? "RESTRICTED" : "OPEN");
    sd_json_put(object, "_links", self_link(self));
    return object;
}
