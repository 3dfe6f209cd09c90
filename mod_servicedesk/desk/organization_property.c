/* Properties of an organization: what integrations keep with it. */
#include "desk/organization.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/field_normal.h"
#include "desk/organization_guard.h"
#include "store/organizations.h"

typedef struct property_t {
    sd_work_t *work;
    const char *id;
    const char *key;
    const json_t *set;
    int created;
    const char *value;
    apr_array_header_t *keys;
} property_t;

static sd_error_t *keys_in_read(void *baton)
{
    property_t *property = baton;
    const sd_organization_t *organization;

    SD_TRY(sd_organization_judged(&organization, property->work, property->id, SD_MAY_SEE_ORGANIZATION));
    return sd_organizations_property_keys(&property->keys, property->work->store, organization->id);
}

sd_error_t *sd_organization_property_keys(apr_array_header_t **keys, sd_work_t *work, const char *id)
{
    property_t property = {.work = work, .id = id};

    SD_TRY(sd_work_read(work, keys_in_read, &property));
    *keys = property.keys;
    return NULL;
}

static sd_error_t *get_in_read(void *baton)
{
    property_t *property = baton;
    const sd_organization_t *organization;

    SD_TRY(sd_organization_judged(&organization, property->work, property->id, SD_MAY_SEE_ORGANIZATION));
    SD_TRY(sd_organizations_property(&property->value, property->work->store, organization->id, property->key));
    return property->value ? NULL : sd_error_not_found(property->work->pool);
}

sd_error_t *sd_organization_property_get(const char **value, sd_work_t *work, const char *id, const char *key)
{
    property_t property = {.work = work, .id = id, .key = key};

    *value = NULL;
    SD_TRY(sd_work_read(work, get_in_read, &property));
    *value = property.value;
    return NULL;
}

static sd_error_t *check(property_t *property)
{
    apr_pool_t *pool = property->work->pool;

    if (strlen(property->key) > SD_PROPERTY_KEY_BYTES) {
        return sd_error_field(pool, "key", "sd.validation.long", "A key has at most %d bytes.", SD_PROPERTY_KEY_BYTES);
    }
    SD_TRY(sd_text_check(pool, "key", property->key, 1, SD_PROPERTY_KEY_BYTES, 0));
    if (!property->set) {
        return sd_error_field(pool, "value", "sd.validation.required", "A JSON value is required.");
    }
    property->value = sd_field_json(pool, property->set);
    if (strlen(property->value) > SD_PROPERTY_VALUE_BYTES) {
        return sd_error_field(pool, "value", "sd.validation.long", "A value has at most %d bytes.",
                              SD_PROPERTY_VALUE_BYTES);
    }
    return NULL;
}

static sd_error_t *set_in_write(void *baton)
{
    property_t *property = baton;
    sd_work_t *work = property->work;
    const sd_organization_t *organization;
    const char *before;

    SD_TRY(sd_organization_judged(&organization, work, property->id, SD_MAY_MANAGE_ORGANIZATIONS));
    SD_TRY(check(property));
    SD_TRY(sd_organizations_property(&before, work->store, organization->id, property->key));
    SD_TRY(sd_organizations_put_property(work->store, organization->id, property->key, property->value));
    property->created = !before;
    return sd_organization_audit(work, "organization.property.set", organization->id, 0, NULL);
}

sd_error_t *sd_organization_property_set(int *created, sd_work_t *work, const char *id, const char *key,
                                         const json_t *value)
{
    property_t property = {.work = work, .id = id, .key = key, .set = value};

    SD_TRY(sd_work_write(work, set_in_write, &property));
    *created = property.created;
    return NULL;
}

static sd_error_t *delete_in_write(void *baton)
{
    property_t *property = baton;
    sd_work_t *work = property->work;
    const sd_organization_t *organization;
    int changed;

    SD_TRY(sd_organization_judged(&organization, work, property->id, SD_MAY_MANAGE_ORGANIZATIONS));
    SD_TRY(sd_organizations_delete_property(&changed, work->store, organization->id, property->key));
    if (!changed) {
        return sd_error_not_found(work->pool);
    }
    return sd_organization_audit(work, "organization.property.delete", organization->id, 0, NULL);
}

sd_error_t *sd_organization_property_delete(sd_work_t *work, const char *id, const char *key)
{
    return sd_work_write(work, delete_in_write, &(property_t){.work = work, .id = id, .key = key});
}
