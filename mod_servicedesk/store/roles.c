/* SQL over desk_role. */
#include "store/roles.h"

#include "store/accounts.h"
#include "store/grants.h"
#include "store/rows.h"

SD_SQL(role_insert, "INSERT INTO desk_role (desk_id, account_id, role, origin, created, activity)"
                    " VALUES ($1, $2, $3, $4, $5, $5)"
                    " ON CONFLICT (desk_id, role, account_id) DO UPDATE SET direct = 1, origin = excluded.origin"
                    " WHERE desk_role.direct = 0 RETURNING 1");
SD_SQL(role_make_indirect, "UPDATE desk_role SET direct = 0, origin = 'group'"
                           " WHERE desk_id = $1 AND role = $2 AND account_id = $3 AND direct = 1"
                           " AND ($4 = '' OR origin = $4)");
SD_SQL(role_take, SD_GRANT_ABOVE_ACCOUNT
       "DELETE FROM desk_role WHERE account_id = $1 AND desk_id = $2 AND role = $3 AND direct = 0 AND NOT EXISTS"
       " (SELECT 1 FROM above b JOIN desk_role_group g ON g.group_id = b.id AND g.desk_id = $2 AND g.role = $3)");
SD_SQL(role_users, "SELECT " SD_ACCOUNT_COLUMNS " FROM desk_role r JOIN account a ON a.id = r.account_id"
                   " JOIN directory d ON d.id = a.directory_id WHERE r.desk_id = $1 AND r.role = $2 AND r.direct = 1"
                   " ORDER BY r.account_id LIMIT $3 OFFSET $4");
SD_SQL(role_direct_staff, "SELECT count(*) FROM desk_role WHERE account_id = $1 AND role <> 'customer' AND direct = 1");
SD_SQL(role_list, "SELECT " SD_ACCOUNT_COLUMNS ", k.key, r.role, r.origin FROM desk k"
                  " JOIN desk_role r ON r.desk_id = k.id JOIN account a ON a.id = r.account_id"
                  " JOIN directory d ON d.id = a.directory_id WHERE k.id = $1 ORDER BY r.role, a.id");
SD_SQL(role_desks, "SELECT id FROM desk ORDER BY key");
SD_SQL(role_system_admins, "SELECT " SD_ACCOUNT_COLUMNS ", NULL, 'system-admin', a.origin FROM account a"
                           " JOIN directory d ON d.id = a.directory_id WHERE a.system_admin = 1 ORDER BY a.id");

static sd_error_t *take_added(void *baton, sd_row_t *row)
{
    *(int *)baton = sd_row_bool(row, 0);
    return NULL;
}

sd_error_t *sd_roles_ask_insert(int *added, sd_store_t *store, sd_id_t desk_id, const char *role, sd_id_t account_id,
                                const char *origin, sd_time_t created)
{
    *added = 0;
    return sd_store_ask(store, &role_insert,
                        SD_VALUES(SD_INT(desk_id), SD_INT(account_id), SD_TEXT(role), SD_TEXT(origin), SD_INT(created)),
                        take_added, added);
}

sd_error_t *sd_roles_insert(int *added, sd_store_t *store, sd_id_t desk_id, const char *role, sd_id_t account_id,
                            const char *origin, sd_time_t created)
{
    SD_TRY(sd_roles_ask_insert(added, store, desk_id, role, account_id, origin, created));
    return sd_store_settle(store);
}

sd_error_t *sd_roles_delete(int *removed, sd_store_t *store, sd_id_t desk_id, const char *role, sd_id_t account_id,
                            const char *origin)
{
    apr_int64_t changed;

    SD_TRY(sd_grants_lock(store));
    SD_TRY(sd_store_execute(
        store, &role_make_indirect,
        SD_VALUES(SD_INT(desk_id), SD_TEXT(role), SD_INT(account_id), SD_TEXT(origin ? origin : "")), &changed));
    *removed = changed > 0;
    if (!changed) {
        return NULL;
    }
    return sd_store_execute(store, &role_take, SD_VALUES(SD_INT(account_id), SD_INT(desk_id), SD_TEXT(role)), NULL);
}

sd_error_t *sd_roles_is_direct_staff(int *staff, sd_store_t *store, sd_id_t account_id)
{
    apr_int64_t count;

    SD_TRY(sd_store_number(store, &role_direct_staff, SD_VALUES(SD_INT(account_id)), 0, &count));
    *staff = count > 0;
    return NULL;
}

sd_error_t *sd_roles_users(sd_list_t **accounts, sd_store_t *store, sd_id_t desk_id, const char *role, sd_page_t page)
{
    return sd_rows_page(accounts, store, &role_users, SD_VALUES(SD_INT(desk_id), SD_TEXT(role), SD_PAGE_VALUES(page)),
                        page, sd_accounts_record);
}

static sd_error_t *append_row(void *baton, sd_row_t *row)
{
    apr_array_header_t *rows = baton;
    sd_role_row_t *role = apr_pcalloc(rows->pool, sizeof(*role));

    sd_account_of_row(&role->account, row, 0);
    role->desk_key = sd_row_text(row, SD_ACCOUNT_WIDTH);
    role->role = sd_row_text(row, SD_ACCOUNT_WIDTH + 1);
    role->origin = sd_row_text(row, SD_ACCOUNT_WIDTH + 2);
    APR_ARRAY_PUSH(rows, sd_role_row_t *) = role;
    return NULL;
}

typedef struct desks_t {
    sd_store_t *store;
    apr_array_header_t *rows;
} desks_t;

static sd_error_t *append_desk(void *baton, sd_row_t *row)
{
    desks_t *desks = baton;

    return sd_store_query(desks->store, &role_list, SD_VALUES(SD_INT(sd_row_int(row, 0))), append_row, desks->rows);
}

sd_error_t *sd_roles_list(apr_array_header_t **rows, sd_store_t *store, sd_id_t desk_id)
{
    desks_t desks = {store, apr_array_make(sd_store_pool(store), 16, sizeof(sd_role_row_t *))};

    *rows = desks.rows;
    if (desk_id) {
        return sd_store_query(store, &role_list, SD_VALUES(SD_INT(desk_id)), append_row, desks.rows);
    }
    return sd_store_query(store, &role_desks, SD_NO_VALUES, append_desk, &desks);
}

sd_error_t *sd_roles_system_admins(apr_array_header_t **rows, sd_store_t *store)
{
    *rows = apr_array_make(sd_store_pool(store), 4, sizeof(sd_role_row_t *));
    return sd_store_query(store, &role_system_admins, SD_NO_VALUES, append_row, *rows);
}
