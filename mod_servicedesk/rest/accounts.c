/* Users of the core API. Source: contract 2. */
#include "rest/accounts.h"

#include "desk/account.h"

/* {"size":1,"items":[{"name":...}]} */
static json_t *named_items(const apr_array_header_t *names)
{
    json_t *items = json_array();
    json_t *object = json_object();
    for (int i = 0; i < names->nelts; i++) {
        json_t *item = json_object();
        sd_json_put_text(item, "name", APR_ARRAY_IDX(names, i, const char *));
        json_array_append_new(items, item);
    }
    sd_json_put(object, "size", json_integer(names->nelts));
    sd_json_put(object, "items", items);
    return object;
}

/* What clients look at to tell an agent from a customer. */
static json_t *application_roles(const sd_actor_t *actor)
{
    json_t *items = json_array();
    json_t *object = json_object();
    if (actor->relations & SD_RELATION_STAFF) {
        json_t *role = json_object();
        sd_json_put_text(role, "key", "jira-servicedesk");
        sd_json_put_text(role, "name", "Service Desk");
        json_array_append_new(items, role);
    }
    sd_json_put(object, "size", json_integer((json_int_t)json_array_size(items)));
    sd_json_put(object, "items", items);
    return object;
}

sd_error_t *sd_rest_myself_get(sd_call_t *call)
{
    const sd_account_t *account;
    apr_array_header_t *groups;
    SD_TRY(sd_account_myself(&account, call->work));
    SD_TRY(sd_account_groups(&groups, call->work, account->id));
    call->reply = sd_present_user_bean(call, account);
    sd_json_put(call->reply, "groups", named_items(groups));
    sd_json_put(call->reply, "applicationRoles", application_roles(&call->work->actor));
    sd_json_put_text(call->reply, "expand", "groups,applicationRoles");
    return NULL;
}

/* The first of the parameters that has a value. */
static const char *first_of(const sd_call_t *call, const char *const *names)
{
    for (; *names; names++) {
        const char *value = sd_query_get(call, *names);
        if (value && *value) {
            return value;
        }
    }
    return NULL;
}

sd_error_t *sd_rest_user_get(sd_call_t *call)
{
    static const char *const names[] = {"accountId", "key", "username", NULL};
    const char *named = first_of(call, names);
    const sd_account_t *account;
    if (!named) {
        return sd_error_field(call->pool, "username", "sd.validation.required",
                              "One of accountId, key and username is required.");
    }
    SD_TRY(sd_account_find(&account, call->work, named));
    call->reply = sd_present_user_bean(call, account);
    return NULL;
}

sd_error_t *sd_rest_user_search(sd_call_t *call)
{
    static const char *const names[] = {"username", "query", NULL};
    const char *query = first_of(call, names);
    sd_page_t page;
    sd_list_t *accounts;
    if (!query) {
        return sd_error_field(call->pool, "username", "sd.validation.required", "username is required.");
    }
    SD_TRY(sd_query_page_as(&page, call, "startAt", "maxResults"));
    SD_TRY(sd_account_search(&accounts, call->work, query, page));
    call->reply = json_array();
    for (int i = 0; i < accounts->rows->nelts; i++) {
        const sd_account_t *account = APR_ARRAY_IDX(accounts->rows, i, const sd_account_t *);
        json_array_append_new(call->reply, sd_present_user_bean(call, account));
    }
    return NULL;
}
