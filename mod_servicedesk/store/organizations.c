/* SQL over organization and what hangs on it. */
#include "store/organizations.h"

#include <apr_strings.h>

#include "store/accounts.h"
#include "store/rows.h"

/* As the account in $1 sees it. */
#define COLUMNS                                                                                                        \
    "o.id, o.name, CASE WHEN EXISTS (SELECT 1 FROM organization_member s WHERE s.organization_id = o.id"               \
    " AND s.account_id = $1) THEN 1 ELSE 0 END"

SD_SQL(organization_find, "SELECT " COLUMNS " FROM organization o WHERE o.id = $2");
SD_SQL(organization_find_named, "SELECT " COLUMNS " FROM organization o WHERE o.name_key = $2");
SD_SQL(organization_list, "SELECT " COLUMNS " FROM organization o ORDER BY o.id LIMIT $2 OFFSET $3");
SD_SQL(organization_of_member,
       "SELECT " COLUMNS " FROM organization_member m JOIN organization o ON o.id = m.organization_id"
       " WHERE m.account_id = $2 ORDER BY m.organization_id LIMIT $3 OFFSET $4");
SD_SQL(organization_of_desk,
       "SELECT " COLUMNS " FROM desk_organization m JOIN organization o ON o.id = m.organization_id"
       " WHERE m.desk_id = $2 ORDER BY m.organization_id LIMIT $3 OFFSET $4");
SD_SQL(organization_insert, "INSERT INTO organization (name, name_key, created) VALUES ($1, $2, $3) RETURNING id");
SD_SQL(organization_delete, "DELETE FROM organization WHERE id = $1");
SD_SQL(organization_members, "SELECT " SD_ACCOUNT_COLUMNS " FROM organization_member m JOIN account a"
                             " ON a.id = m.account_id JOIN directory d ON d.id = a.directory_id"
                             " WHERE m.organization_id = $1 ORDER BY m.account_id LIMIT $2 OFFSET $3");
SD_SQL(organization_member_add,
       "INSERT INTO organization_member (organization_id, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
SD_SQL(organization_member_remove, "DELETE FROM organization_member WHERE organization_id = $1 AND account_id = $2");
SD_SQL(organization_attach,
       "INSERT INTO desk_organization (organization_id, desk_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
SD_SQL(organization_detach, "DELETE FROM desk_organization WHERE organization_id = $1 AND desk_id = $2");
SD_SQL(organization_desks, "SELECT m.desk_id FROM desk_organization m WHERE m.organization_id = $1"
                           " UNION SELECT u.desk_id FROM organization_use u WHERE u.organization_id = $1");
SD_SQL(organization_property_keys, "SELECT key FROM organization_property WHERE organization_id = $1 ORDER BY key");
SD_SQL(organization_property, "SELECT value FROM organization_property WHERE organization_id = $1 AND key = $2");
SD_SQL(organization_property_put, "INSERT INTO organization_property (organization_id, key, value) VALUES ($1, $2, $3)"
                                  " ON CONFLICT (organization_id, key) DO UPDATE SET value = excluded.value");
SD_SQL(organization_property_delete, "DELETE FROM organization_property WHERE organization_id = $1 AND key = $2");

static void *organization_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_organization_t *organization = apr_pcalloc(pool, sizeof(*organization));

    organization->id = sd_row_int(row, 0);
    organization->name = sd_row_text(row, 1);
    organization->relations = sd_row_bool(row, 2) ? SD_RELATION_MEMBER : 0;
    return organization;
}

static sd_error_t *find(const sd_organization_t **organization, sd_store_t *store, const sd_sql_t *sql,
                        const sd_value_t *values, int count)
{
    void *found;

    *organization = NULL;
    SD_TRY(sd_rows_one(&found, store, sql, values, count, organization_record));
    *organization = found;
    return NULL;
}

sd_error_t *sd_organizations_find(const sd_organization_t **organization, sd_store_t *store, sd_id_t id,
                                  sd_id_t account_id)
{
    return find(organization, store, &organization_find, SD_VALUES(SD_INT(account_id), SD_INT(id)));
}

sd_error_t *sd_organizations_find_named(const sd_organization_t **organization, sd_store_t *store, const char *name_key,
                                        sd_id_t account_id)
{
    return find(organization, store, &organization_find_named, SD_VALUES(SD_INT(account_id), SD_TEXT(name_key)));
}

sd_error_t *sd_organizations_list(sd_list_t **organizations, sd_store_t *store, sd_id_t account_id, sd_page_t page)
{
    return sd_rows_page(organizations, store, &organization_list, SD_VALUES(SD_INT(account_id), SD_PAGE_VALUES(page)),
                        page, organization_record);
}

sd_error_t *sd_organizations_of_member(sd_list_t **organizations, sd_store_t *store, sd_id_t account_id,
                                       sd_id_t member_id, sd_page_t page)
{
    return sd_rows_page(organizations, store, &organization_of_member,
                        SD_VALUES(SD_INT(account_id), SD_INT(member_id), SD_PAGE_VALUES(page)), page,
                        organization_record);
}

sd_error_t *sd_organizations_of_desk(sd_list_t **organizations, sd_store_t *store, sd_id_t account_id, sd_id_t desk_id,
                                     sd_page_t page)
{
    return sd_rows_page(organizations, store, &organization_of_desk,
                        SD_VALUES(SD_INT(account_id), SD_INT(desk_id), SD_PAGE_VALUES(page)), page,
                        organization_record);
}

sd_error_t *sd_organizations_insert(sd_id_t *id, sd_store_t *store, const char *name, const char *name_key,
                                    sd_time_t created)
{
    return sd_rows_id(id, store, &organization_insert, SD_VALUES(SD_TEXT(name), SD_TEXT(name_key), SD_INT(created)));
}

sd_error_t *sd_organizations_delete(sd_store_t *store, sd_id_t id)
{
    return sd_store_execute(store, &organization_delete, SD_VALUES(SD_INT(id)), NULL);
}

sd_error_t *sd_organizations_members(sd_list_t **accounts, sd_store_t *store, sd_id_t id, sd_page_t page)
{
    return sd_rows_page(accounts, store, &organization_members, SD_VALUES(SD_INT(id), SD_PAGE_VALUES(page)), page,
                        sd_accounts_record);
}

static sd_error_t *change(int *changed, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count)
{
    apr_int64_t rows;

    SD_TRY(sd_store_execute(store, sql, values, count, &rows));
    *changed = rows > 0;
    return NULL;
}

sd_error_t *sd_organizations_add_member(int *changed, sd_store_t *store, sd_id_t id, sd_id_t account_id)
{
    return change(changed, store, &organization_member_add, SD_VALUES(SD_INT(id), SD_INT(account_id)));
}

sd_error_t *sd_organizations_remove_member(int *changed, sd_store_t *store, sd_id_t id, sd_id_t account_id)
{
    return change(changed, store, &organization_member_remove, SD_VALUES(SD_INT(id), SD_INT(account_id)));
}

sd_error_t *sd_organizations_attach(int *changed, sd_store_t *store, sd_id_t id, sd_id_t desk_id)
{
    return change(changed, store, &organization_attach, SD_VALUES(SD_INT(id), SD_INT(desk_id)));
}

sd_error_t *sd_organizations_detach(int *changed, sd_store_t *store, sd_id_t id, sd_id_t desk_id)
{
    return change(changed, store, &organization_detach, SD_VALUES(SD_INT(id), SD_INT(desk_id)));
}

static void *id_text_record(apr_pool_t *pool, sd_row_t *row)
{
    return apr_psprintf(pool, "%" APR_INT64_T_FMT, sd_row_int(row, 0));
}

sd_error_t *sd_organizations_desks(apr_array_header_t **ids, sd_store_t *store, sd_id_t id)
{
    return sd_rows_all(ids, store, &organization_desks, SD_VALUES(SD_INT(id)), id_text_record);
}

sd_error_t *sd_organizations_property_keys(apr_array_header_t **keys, sd_store_t *store, sd_id_t id)
{
    return sd_rows_all(keys, store, &organization_property_keys, SD_VALUES(SD_INT(id)), sd_rows_text);
}

sd_error_t *sd_organizations_property(const char **value, sd_store_t *store, sd_id_t id, const char *key)
{
    void *found;

    *value = NULL;
    SD_TRY(sd_rows_one(&found, store, &organization_property, SD_VALUES(SD_INT(id), SD_TEXT(key)), sd_rows_text));
    *value = found;
    return NULL;
}

sd_error_t *sd_organizations_put_property(sd_store_t *store, sd_id_t id, const char *key, const char *value)
{
    return sd_store_execute(store, &organization_property_put, SD_VALUES(SD_INT(id), SD_TEXT(key), SD_TEXT(value)),
                            NULL);
}

sd_error_t *sd_organizations_delete_property(int *changed, sd_store_t *store, sd_id_t id, const char *key)
{
    return change(changed, store, &organization_property_delete, SD_VALUES(SD_INT(id), SD_TEXT(key)));
}
