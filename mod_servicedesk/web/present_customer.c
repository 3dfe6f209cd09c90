/* Customers of a desk, and the groups whose members are customers. */
#include "web/present_customer.h"

#include "store/groups.h"

#define CUSTOMERS "/rest/servicedesk/1/servicedesk/%" APR_INT64_T_FMT "/customer"

static void put_request_link(json_t *links, const char *name, sd_call_t *call, const sd_desk_t *desk,
                             const sd_account_t *account, const char *status)
{
    sd_json_put_text(links, name,
                     sd_link(call, CUSTOMERS "/%s/request?requestStatus=%s", desk->id, account->public_id, status));
}

static json_t *present_customer(sd_call_t *call, const sd_desk_t *desk, const sd_customer_t *customer)
{
    const sd_account_t *account = &customer->account;
    json_t *object = sd_present_account(call, account);
    json_t *links = json_object_get(object, "_links");

    sd_json_put_text(object, "state", account->state);
    sd_json_put_text(object, "origin", customer->origin);
    sd_json_put(object, "byGroup", json_boolean(!customer->direct));
    sd_json_put(object, "openRequests", json_integer(customer->open));
    sd_json_put(object, "closedRequests", json_integer(customer->closed));
    sd_json_put(object, "lastActivity", sd_present_date(call, customer->activity));
    put_request_link(links, "requests", call, desk, account, "ALL_REQUESTS");
    put_request_link(links, "openRequests", call, desk, account, "OPEN_REQUESTS");
    put_request_link(links, "closedRequests", call, desk, account, "CLOSED_REQUESTS");
    return object;
}

static json_t *present_groups(const apr_array_header_t *groups)
{
    json_t *values = json_array();

    for (int i = 0; i < groups->nelts; i++) {
        const sd_user_group_t *group = APR_ARRAY_IDX(groups, i, const sd_user_group_t *);
        json_t *object = json_object();

        sd_json_put_id(object, "id", group->id);
        sd_json_put_text(object, "name", group->full_name);
        sd_json_put_text(object, "directory", group->directory);
        sd_json_put_text(object, "description", group->description);
        json_array_append_new(values, object);
    }
    return values;
}

json_t *sd_present_customer_page(sd_call_t *call, const sd_customer_page_t *page)
{
    json_t *values = json_array(), *reply;

    for (int i = 0; i < page->customers->rows->nelts; i++) {
        json_array_append_new(values, present_customer(call, page->desk,
                                                       APR_ARRAY_IDX(page->customers->rows, i, const sd_customer_t *)));
    }
    reply = sd_reply_page(call, page->customers, values);
    sd_json_put(reply, "isCutShort", json_boolean(page->cut));
    sd_json_put(reply, "groups", present_groups(page->groups));
    return reply;
}
