/* Organizations, their users and properties, and the desks that they are attached to. */
#include "rest/organizations.h"

#include <httpd.h>

#include "desk/organization.h"
#include "web/present_request.h"

static sd_error_t *answer_page(sd_call_t *call, const sd_list_t *list)
{
    json_t *values = json_array();

    for (int i = 0; i < list->rows->nelts; i++) {
        json_array_append_new(values,
                              sd_present_organization(call, APR_ARRAY_IDX(list->rows, i, const sd_organization_t *)));
    }
    call->reply = sd_reply_page(call, list, values);
    return NULL;
}

sd_error_t *sd_rest_organization_list(sd_call_t *call)
{
    sd_page_t page;
    sd_list_t *list;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_organization_list(&list, call->work, sd_query_get(call, "accountId"), page));
    return answer_page(call, list);
}

sd_error_t *sd_rest_organization_create(sd_call_t *call)
{
    const sd_organization_t *organization;
    const char *name;

    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(&name, call, "name"));
    SD_TRY(sd_organization_create(&organization, call->work, name));
    call->status = HTTP_CREATED;
    call->reply = sd_present_organization(call, organization);
    return NULL;
}

sd_error_t *sd_rest_organization_get(sd_call_t *call)
{
    const sd_organization_t *organization;

    SD_TRY(sd_organization_find(&organization, call->work, call->parts[0]));
    call->reply = sd_present_organization(call, organization);
    return NULL;
}

sd_error_t *sd_rest_organization_delete(sd_call_t *call)
{
    SD_TRY(sd_organization_delete(call->work, call->parts[0]));
    return sd_reply_nothing(call);
}

/* ---- users ---- */

sd_error_t *sd_rest_organization_user_list(sd_call_t *call)
{
    sd_page_t page;
    sd_list_t *list;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_organization_members(&list, call->work, call->parts[0], page));
    call->reply = sd_reply_page(call, list, sd_present_accounts(call, list));
    return NULL;
}

/* Without a body nobody is meant: one client deletes so, and must not lose everybody. */
static sd_error_t *change_users(sd_call_t *call,
                                sd_error_t *(*fn)(sd_work_t *work, const char *id, const apr_array_header_t *names))
{
    apr_array_header_t *names;

    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_people(&names, call));
    SD_TRY(fn(call->work, call->parts[0], names));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_organization_user_add(sd_call_t *call)
{
    return change_users(call, sd_organization_add_members);
}

sd_error_t *sd_rest_organization_user_remove(sd_call_t *call)
{
    return change_users(call, sd_organization_remove_members);
}

/* ---- properties ---- */

sd_error_t *sd_rest_organization_property_list(sd_call_t *call)
{
    apr_array_header_t *keys;
    json_t *list;

    SD_TRY(sd_organization_property_keys(&keys, call->work, call->parts[0]));
    call->reply = json_object();
    list = json_array();
    for (int i = 0; i < keys->nelts; i++) {
        const char *key = APR_ARRAY_IDX(keys, i, const char *);
        json_t *object = json_object();

        sd_json_put_text(object, "key", key);
        sd_json_put_text(object, "self",
                         sd_link(call, "/rest/servicedeskapi/organization/%s/property/%s", call->parts[0],
                                 sd_link_escape(call, key)));
        json_array_append_new(list, object);
    }
    sd_json_put(call->reply, "keys", list);
    return NULL;
}

sd_error_t *sd_rest_organization_property_get(sd_call_t *call)
{
    const char *value;

    SD_TRY(sd_organization_property_get(&value, call->work, call->parts[0], call->parts[1]));
    call->reply = json_object();
    sd_json_put_text(call->reply, "key", call->parts[1]);
    sd_json_put(call->reply, "value", json_loads(value, JSON_DECODE_ANY, NULL));
    return NULL;
}

sd_error_t *sd_rest_organization_property_put(sd_call_t *call)
{
    int created;

    SD_TRY(sd_organization_property_set(&created, call->work, call->parts[0], call->parts[1], call->body));
    call->status = created ? HTTP_CREATED : HTTP_OK;
    return NULL;
}

sd_error_t *sd_rest_organization_property_delete(sd_call_t *call)
{
    SD_TRY(sd_organization_property_delete(call->work, call->parts[0], call->parts[1]));
    return sd_reply_nothing(call);
}

/* ---- desks ---- */

sd_error_t *sd_rest_desk_organization_list(sd_call_t *call)
{
    sd_page_t page;
    sd_list_t *list;

    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_organization_list_of_desk(&list, call->work, call->parts[0], page));
    return answer_page(call, list);
}

static sd_error_t *change_desk(sd_call_t *call, sd_error_t *(*fn)(sd_work_t *work, const char *desk, const char *id))
{
    const char *id;

    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_id(&id, call, "organizationId"));
    if (!id) {
        return sd_error_field(call->pool, "organizationId", "sd.validation.required", "An organization is required.");
    }
    SD_TRY(fn(call->work, call->parts[0], id));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_desk_organization_add(sd_call_t *call)
{
    return change_desk(call, sd_organization_attach);
}

sd_error_t *sd_rest_desk_organization_remove(sd_call_t *call)
{
    return change_desk(call, sd_organization_detach);
}
