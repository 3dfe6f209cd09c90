/* The site about itself. Source: contract 2 and 3. */
#include "rest/site.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "desk/request_type.h"

#define VERSION "0.1.0"
#define BUILD_DATE ((sd_time_t)1795219200000) /* 2026-11-21: of the version, so that two builds are the same */

/* The release of the vendor's product whose API is spoken: clients choose their way by it. */
#define PLATFORM_VERSION "10.3.1"
#define PLATFORM_BUILD 10030001
static const int platform_numbers[] = {10, 3, 1};

sd_error_t *sd_rest_info_get(sd_call_t *call)
{
    json_t *links = json_object();
    json_t *info = json_object();
    call->reply = info;
    sd_json_put_text(info, "version", VERSION);
    sd_json_put_text(info, "platformVersion", PLATFORM_VERSION);
    sd_json_put(info, "buildDate", sd_present_date(call, BUILD_DATE));
    sd_json_put_text(info, "buildChangeSet", "v" VERSION);
    sd_json_put(info, "isLicensedForUse", json_true());
    sd_json_put_text(links, "self", sd_link(call, "/rest/servicedeskapi/info"));
    sd_json_put(info, "_links", links);
    return NULL;
}

sd_error_t *sd_rest_server_info_get(sd_call_t *call)
{
    json_t *numbers = json_array();
    json_t *info = json_object();
    call->reply = info;
    for (int i = 0; i < 3; i++) {
        json_array_append_new(numbers, json_integer(platform_numbers[i]));
    }
    sd_json_put_text(info, "baseUrl", call->work->site->base_url);
    sd_json_put_text(info, "version", PLATFORM_VERSION);
    sd_json_put(info, "versionNumbers", numbers);
    sd_json_put_text(info, "deploymentType", "Server");
    sd_json_put(info, "buildNumber", json_integer(PLATFORM_BUILD));
    sd_json_put_text(info, "buildDate", sd_time_jira(call->pool, BUILD_DATE));
    sd_json_put_text(info, "serverTime", sd_time_jira(call->pool, sd_work_now(call->work)));
    sd_json_put_text(info, "scmInfo", "v" VERSION);
    sd_json_put_text(info, "serverTitle", "Service Desk");
    return NULL;
}

typedef struct system_field_t {
    const char *id;
    const char *name;
    const char *type;
    const char *clause;
} system_field_t;

static const system_field_t system_fields[] = {
    {"summary", "Summary", "string", "summary"},
    {"description", "Description", "string", "description"},
    {"status", "Status", "status", "status"},
    {"resolution", "Resolution", "resolution", "resolution"},
    {"reporter", "Reporter", "user", "reporter"},
    {"assignee", "Assignee", "user", "assignee"},
    {"created", "Created", "datetime", "created"},
    {"updated", "Updated", "datetime", "updated"},
    {"issuetype", "Request type", "issuetype", "issuetype"},
    {"project", "Desk", "project", "project"},
};

static json_t *field_object(const char *id, const char *name, int custom)
{
    json_t *field = json_object();
    sd_json_put_text(field, "id", id);
    sd_json_put_text(field, "key", id);
    sd_json_put_text(field, "name", name);
    sd_json_put(field, "custom", json_boolean(custom));
    sd_json_put(field, "orderable", json_true());
    sd_json_put(field, "navigable", json_true());
    sd_json_put(field, "searchable", json_true());
    return field;
}

static void add_system_field(json_t *fields, const system_field_t *row)
{
    json_t *field = field_object(row->id, row->name, 0);
    json_t *clauses = json_array();
    json_t *schema = json_object();
    json_array_append_new(clauses, json_string(row->clause));
    sd_json_put(field, "clauseNames", clauses);
    sd_json_put_text(schema, "type", row->type);
    sd_json_put_text(schema, "system", row->id);
    sd_json_put(field, "schema", schema);
    json_array_append_new(fields, field);
}

/* "customfield_10012" is searched as cf[10012]. */
static void add_custom_field(json_t *fields, apr_pool_t *pool, const sd_field_t *row)
{
    const char *number = strchr(row->field_id, '_');
    json_t *field = field_object(row->field_id, row->name, 1);
    json_t *clauses = json_array();
    json_array_append_new(clauses, json_string(apr_pstrcat(pool, "cf[", number ? number + 1 : "", "]", NULL)));
    json_array_append_new(clauses, json_string(row->name));
    sd_json_put(field, "clauseNames", clauses);
    json_array_append_new(fields, field);
}

typedef struct listing_t {
    sd_call_t *call;
    apr_hash_t *seen; /* ids of the fields that are in the answer */
} listing_t;

/* The fields that customers are asked in one request type. */
static sd_error_t *add_fields_of(listing_t *listing, const sd_request_type_t *type)
{
    sd_call_t *call = listing->call;
    apr_array_header_t *fields;
    const char *desk = apr_psprintf(call->pool, "%" APR_INT64_T_FMT, type->desk_id);
    const char *id = apr_psprintf(call->pool, "%" APR_INT64_T_FMT, type->id);
    SD_TRY(sd_request_type_fields(&fields, call->work, desk, id, 0));
    for (int i = 0; i < fields->nelts; i++) {
        const sd_field_t *field = APR_ARRAY_IDX(fields, i, const sd_field_t *);
        if (!apr_hash_get(listing->seen, field->field_id, APR_HASH_KEY_STRING)) {
            apr_hash_set(listing->seen, field->field_id, APR_HASH_KEY_STRING, field);
            add_custom_field(call->reply, call->pool, field);
        }
    }
    return NULL;
}

static sd_error_t *add_custom_fields(void *baton)
{
    listing_t *listing = baton;
    sd_request_type_filter_t filter = {0};
    sd_page_t page = {0, SD_PAGE_LIMIT};
    sd_list_t *types;
    do {
        SD_TRY(sd_request_type_list_all(&types, listing->call->work, &filter, page));
        for (int i = 0; i < types->rows->nelts; i++) {
            SD_TRY(add_fields_of(listing, APR_ARRAY_IDX(types->rows, i, const sd_request_type_t *)));
        }
        page.start += page.limit;
    } while (!types->is_last);
    return NULL;
}

sd_error_t *sd_rest_field_list(sd_call_t *call)
{
    listing_t listing = {call, apr_hash_make(call->pool)};
    call->reply = json_array();
    for (apr_size_t i = 0; i < sizeof system_fields / sizeof *system_fields; i++) {
        add_system_field(call->reply, &system_fields[i]);
        apr_hash_set(listing.seen, system_fields[i].id, APR_HASH_KEY_STRING, &system_fields[i]);
    }
    return sd_work_read(call->work, add_custom_fields, &listing);
}

static sd_error_t *answer_picture(sd_call_t *call, const char *svg)
{
    call->raw = svg;
    call->raw_type = "image/svg+xml";
    return NULL;
}

sd_error_t *sd_rest_avatar_get(sd_call_t *call)
{
    return answer_picture(call, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 48 48\">"
                                "<rect width=\"48\" height=\"48\" rx=\"24\" fill=\"#5e6c84\"/>"
                                "<circle cx=\"24\" cy=\"19\" r=\"8\" fill=\"#fff\"/>"
                                "<path d=\"M9 41a15 12 0 0 1 30 0z\" fill=\"#fff\"/></svg>\n");
}

sd_error_t *sd_rest_icon_get(sd_call_t *call)
{
    return answer_picture(call, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 48 48\">"
                                "<rect width=\"48\" height=\"48\" rx=\"8\" fill=\"#0052cc\"/>"
                                "<path d=\"M11 13h26v18H24l-8 7v-7h-5z\" fill=\"#fff\"/></svg>\n");
}
