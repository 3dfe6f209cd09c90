/* SQL that makes desk_role and account.barred from the groups. */
#include "store/grants.h"

#include <string.h>

#include "store/rows.h"

/* All groups that an account is in; all groups above one; all groups whose members have a role, or may sign in. */
#define ABOVE " UNION SELECT c.parent_id FROM above u JOIN user_group_child c ON c.child_id = u.id) "
#define BELOW " UNION SELECT c.child_id FROM below u JOIN user_group_child c ON c.parent_id = u.id) "
#define ABOVE_GROUP "WITH RECURSIVE above (id) AS (SELECT id FROM user_group WHERE id = $1" ABOVE
#define BELOW_ROLE                                                                                                     \
    "WITH RECURSIVE below (id) AS (SELECT group_id FROM desk_role_group WHERE desk_id = $1 AND role = $2" BELOW
#define BELOW_DIRECTORY                                                                                                \
    "WITH RECURSIVE below (id) AS (SELECT group_id FROM directory_group WHERE directory_id = $1"                       \
    " AND purpose = 'sign-in'" BELOW
/* CROSS JOIN keeps SQLite from beginning at the members of all groups. */
#define MEMBERS_BELOW "SELECT m.account_id FROM below b CROSS JOIN user_group_member m WHERE m.group_id = b.id"

SD_SQL(grant_lock, "UPDATE group_change SET times = times + 1 WHERE id = 1");
SD_SQL(grant_add_group, "INSERT INTO desk_role_group (desk_id, role, group_id, created) VALUES ($1, $2, $3, $4)"
                        " ON CONFLICT DO NOTHING");
SD_SQL(grant_remove_group, "DELETE FROM desk_role_group WHERE desk_id = $1 AND role = $2 AND group_id = $3");
SD_SQL(grant_groups, "SELECT " SD_GROUP_COLUMNS " FROM desk_role_group r JOIN user_group g ON g.id = r.group_id"
                     " JOIN directory e ON e.id = g.directory_id WHERE r.desk_id = $1 AND r.role = $2 ORDER BY g.id");
SD_SQL(grant_ways, SD_GRANT_ABOVE_ACCOUNT "SELECT " SD_GROUP_COLUMNS " FROM above b JOIN desk_role_group r"
                                          " ON r.group_id = b.id AND r.desk_id = $2 AND r.role = $3"
                                          " JOIN user_group g ON g.id = b.id JOIN directory e ON e.id = g.directory_id"
                                          " ORDER BY g.id");
SD_SQL(grant_of_group,
       ABOVE_GROUP "SELECT DISTINCT r.desk_id, r.role, 0 FROM above b JOIN desk_role_group r ON r.group_id = b.id"
                   " UNION ALL SELECT DISTINCT 0, NULL, g.directory_id FROM above b JOIN directory_group g"
                   " ON g.group_id = b.id AND g.purpose = 'sign-in'");

/* One role of one desk. Nobody who is portal-only becomes staff. */
SD_SQL(grant_role_new_staff, BELOW_ROLE
       "UPDATE account SET generation = generation + 1 WHERE portal_only = 0 AND id IN (" MEMBERS_BELOW
       ") AND NOT EXISTS (SELECT 1 FROM desk_role r WHERE r.desk_id = $1 AND r.role = $2 AND r.account_id = account.id"
       ") AND $2 <> 'customer'");
SD_SQL(grant_role_give,
       BELOW_ROLE "INSERT INTO desk_role (desk_id, account_id, role, origin, created, direct, activity)"
                  " SELECT r.id, a.id, $2, 'group', $3, 0, $3 FROM desk r JOIN account a ON a.id IN (" MEMBERS_BELOW
                  ") WHERE r.id = $1 AND (a.portal_only = 0 OR $2 = 'customer') ON CONFLICT DO NOTHING");
#define LOST_ROLE                                                                                                      \
    "desk_id = $1 AND role = $2 AND direct = 0 AND (account_id NOT IN (" MEMBERS_BELOW ") OR ($2 <> 'customer'"        \
    " AND EXISTS (SELECT 1 FROM account p WHERE p.id = account_id AND p.portal_only = 1)))"
SD_SQL(grant_role_lost, BELOW_ROLE "UPDATE account SET generation = generation + 1 WHERE id IN"
                                   " (SELECT account_id FROM desk_role WHERE " LOST_ROLE ")");
SD_SQL(grant_role_take, BELOW_ROLE "DELETE FROM desk_role WHERE " LOST_ROLE);

/* The people of one directory. */
#define MAY_NOT                                                                                                        \
    "EXISTS (SELECT 1 FROM directory d WHERE d.id = $1 AND d.sign_in = 'groups') AND id NOT IN (" MEMBERS_BELOW ")"
SD_SQL(grant_directory_bar, BELOW_DIRECTORY
       "UPDATE account SET barred = 1, generation = generation + 1 WHERE directory_id = $1 AND barred = 0"
       " AND " MAY_NOT);
SD_SQL(grant_directory_free,
       BELOW_DIRECTORY "UPDATE account SET barred = 0 WHERE directory_id = $1 AND barred = 1 AND NOT (" MAY_NOT ")");

/* One account: every role, every desk, its own directory. */
#define HAS_WAY                                                                                                        \
    "EXISTS (SELECT 1 FROM above b JOIN desk_role_group g ON g.group_id = b.id AND g.desk_id = desk_role.desk_id"      \
    " AND g.role = desk_role.role)"
SD_SQL(grant_account_give_staff, SD_GRANT_ABOVE_ACCOUNT
       "INSERT INTO desk_role (desk_id, account_id, role, origin, created, direct, activity)"
       " SELECT g.desk_id, a.id, g.role, 'group', $2, 0, $2 FROM account a JOIN desk_role_group g"
       " ON g.group_id IN (SELECT id FROM above) WHERE a.id = $1 AND a.portal_only = 0 AND g.role <> 'customer'"
       " ON CONFLICT DO NOTHING");
SD_SQL(grant_account_give_customer, SD_GRANT_ABOVE_ACCOUNT
       "INSERT INTO desk_role (desk_id, account_id, role, origin, created, direct, activity)"
       " SELECT g.desk_id, a.id, g.role, 'group', $2, 0, $2 FROM account a JOIN desk_role_group g"
       " ON g.group_id IN (SELECT id FROM above) WHERE a.id = $1 AND g.role = 'customer' ON CONFLICT DO NOTHING");
SD_SQL(grant_account_take,
       SD_GRANT_ABOVE_ACCOUNT "DELETE FROM desk_role WHERE account_id = $1 AND direct = 0 AND (NOT " HAS_WAY
                              " OR (role <> 'customer' AND EXISTS (SELECT 1 FROM account p WHERE p.id = $1"
                              " AND p.portal_only = 1)))");
#define ACCOUNT_MAY_NOT                                                                                                \
    "EXISTS (SELECT 1 FROM directory d WHERE d.id = account.directory_id AND d.sign_in = 'groups') AND NOT EXISTS"     \
    " (SELECT 1 FROM above b JOIN directory_group g ON g.group_id = b.id AND g.purpose = 'sign-in'"                    \
    " AND g.directory_id = account.directory_id)"
SD_SQL(grant_account_bar, SD_GRANT_ABOVE_ACCOUNT "UPDATE account SET barred = 1 WHERE id = $1 AND barred = 0"
                                                 " AND " ACCOUNT_MAY_NOT);
SD_SQL(grant_account_free, SD_GRANT_ABOVE_ACCOUNT
       "UPDATE account SET barred = 0 WHERE id = $1 AND barred = 1 AND NOT (" ACCOUNT_MAY_NOT ")");
SD_SQL(grant_account_count, "UPDATE account SET generation = generation + 1 WHERE id = $1");

/* For the check: every pair of group and member, all the way up. */
#define EVERY_WAY                                                                                                      \
    "WITH RECURSIVE way (account_id, id) AS (SELECT account_id, group_id FROM user_group_member"                       \
    " UNION SELECT w.account_id, c.parent_id FROM way w JOIN user_group_child c ON c.child_id = w.id) "
SD_SQL(check_grant_extra,
       EVERY_WAY "SELECT 'desk ' || k.key || ': account ' || a.public_id || ' is ' || r.role || ' by no group'"
                 " FROM desk_role r JOIN desk k ON k.id = r.desk_id JOIN account a ON a.id = r.account_id"
                 " WHERE r.direct = 0 AND NOT EXISTS (SELECT 1 FROM way w JOIN desk_role_group g ON g.group_id = w.id"
                 " WHERE w.account_id = r.account_id AND g.desk_id = r.desk_id AND g.role = r.role)");
SD_SQL(check_grant_missing,
       EVERY_WAY "SELECT DISTINCT 'desk ' || k.key || ': account ' || a.public_id || ' is not ' || g.role ||"
                 " ' as its groups say' FROM way w JOIN desk_role_group g ON g.group_id = w.id"
                 " JOIN desk k ON k.id = g.desk_id JOIN account a ON a.id = w.account_id"
                 " WHERE (a.portal_only = 0 OR g.role = 'customer') AND NOT EXISTS (SELECT 1 FROM desk_role r"
                 " WHERE r.desk_id = g.desk_id AND r.role = g.role AND r.account_id = w.account_id)");
SD_SQL(check_grant_portal_only,
       "SELECT 'desk ' || k.key || ': account ' || a.public_id || ' is ' || r.role || ' and portal-only'"
       " FROM desk_role r JOIN desk k ON k.id = r.desk_id JOIN account a ON a.id = r.account_id"
       " WHERE r.role <> 'customer' AND a.portal_only = 1");

sd_error_t *sd_grants_lock(sd_store_t *store)
{
    return sd_store_execute(store, &grant_lock, SD_NO_VALUES, NULL);
}

sd_error_t *sd_grants_add_group(int *changed, sd_store_t *store, sd_id_t desk_id, const char *role, sd_id_t group_id,
                                sd_time_t now)
{
    apr_int64_t rows;

    SD_TRY(sd_store_execute(store, &grant_add_group,
                            SD_VALUES(SD_INT(desk_id), SD_TEXT(role), SD_INT(group_id), SD_INT(now)), &rows));
    *changed = rows > 0;
    return NULL;
}

sd_error_t *sd_grants_remove_group(int *changed, sd_store_t *store, sd_id_t desk_id, const char *role, sd_id_t group_id)
{
    apr_int64_t rows;

    SD_TRY(sd_store_execute(store, &grant_remove_group, SD_VALUES(SD_INT(desk_id), SD_TEXT(role), SD_INT(group_id)),
                            &rows));
    *changed = rows > 0;
    return NULL;
}

sd_error_t *sd_grants_groups(apr_array_header_t **groups, sd_store_t *store, sd_id_t desk_id, const char *role)
{
    return sd_rows_all(groups, store, &grant_groups, SD_VALUES(SD_INT(desk_id), SD_TEXT(role)), sd_user_group_record);
}

sd_error_t *sd_grants_ways(apr_array_header_t **names, sd_store_t *store, sd_id_t desk_id, const char *role,
                           sd_id_t account_id)
{
    apr_array_header_t *groups;

    SD_TRY(sd_rows_all(&groups, store, &grant_ways, SD_VALUES(SD_INT(account_id), SD_INT(desk_id), SD_TEXT(role)),
                       sd_user_group_record));
    *names = apr_array_make(sd_store_pool(store), groups->nelts, sizeof(const char *));
    for (int i = 0; i < groups->nelts; i++) {
        APR_ARRAY_PUSH(*names, const char *) = APR_ARRAY_IDX(groups, i, const sd_user_group_t *)->full_name;
    }
    return NULL;
}

static void *grant_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_grant_t *grant = apr_pcalloc(pool, sizeof(*grant));

    grant->desk_id = sd_row_int(row, 0);
    grant->role = sd_row_text(row, 1);
    grant->directory_id = sd_row_int(row, 2);
    return grant;
}

sd_error_t *sd_grants_of_group(apr_array_header_t **grants, sd_store_t *store, sd_id_t group_id)
{
    return sd_rows_all(grants, store, &grant_of_group, SD_VALUES(SD_INT(group_id)), grant_record);
}

sd_error_t *sd_grants_refresh_role(sd_store_t *store, sd_id_t desk_id, const char *role, sd_time_t now)
{
    SD_TRY(sd_store_execute(store, &grant_role_new_staff, SD_VALUES(SD_INT(desk_id), SD_TEXT(role)), NULL));
    SD_TRY(sd_store_execute(store, &grant_role_give, SD_VALUES(SD_INT(desk_id), SD_TEXT(role), SD_INT(now)), NULL));
    SD_TRY(sd_store_execute(store, &grant_role_lost, SD_VALUES(SD_INT(desk_id), SD_TEXT(role)), NULL));
    return sd_store_execute(store, &grant_role_take, SD_VALUES(SD_INT(desk_id), SD_TEXT(role)), NULL);
}

sd_error_t *sd_grants_refresh_directory(sd_store_t *store, sd_id_t directory_id)
{
    SD_TRY(sd_store_execute(store, &grant_directory_bar, SD_VALUES(SD_INT(directory_id)), NULL));
    return sd_store_execute(store, &grant_directory_free, SD_VALUES(SD_INT(directory_id)), NULL);
}

sd_error_t *sd_grants_refresh(sd_store_t *store, const apr_array_header_t *grants, sd_time_t now)
{
    for (int i = 0; i < grants->nelts; i++) {
        const sd_grant_t *grant = APR_ARRAY_IDX(grants, i, const sd_grant_t *);

        SD_TRY(grant->role ? sd_grants_refresh_role(store, grant->desk_id, grant->role, now)
                           : sd_grants_refresh_directory(store, grant->directory_id));
    }
    return NULL;
}

sd_error_t *sd_grants_refresh_account(int *staff, sd_store_t *store, sd_id_t account_id, sd_time_t now)
{
    apr_int64_t gained, lost, barred;

    SD_TRY(sd_store_execute(store, &grant_account_give_staff, SD_VALUES(SD_INT(account_id), SD_INT(now)), &gained));
    SD_TRY(sd_store_execute(store, &grant_account_give_customer, SD_VALUES(SD_INT(account_id), SD_INT(now)), NULL));
    SD_TRY(sd_store_execute(store, &grant_account_take, SD_VALUES(SD_INT(account_id)), &lost));
    SD_TRY(sd_store_execute(store, &grant_account_bar, SD_VALUES(SD_INT(account_id)), &barred));
    SD_TRY(sd_store_execute(store, &grant_account_free, SD_VALUES(SD_INT(account_id)), NULL));
    if (staff) {
        *staff = gained > 0;
    }
    return gained || lost || barred ? sd_store_execute(store, &grant_account_count, SD_VALUES(SD_INT(account_id)), NULL)
                                    : NULL;
}

sd_error_t *sd_grants_check(sd_store_t *store, sd_row_fn fn, void *baton)
{
    SD_TRY(sd_store_query(store, &check_grant_extra, SD_NO_VALUES, fn, baton));
    SD_TRY(sd_store_query(store, &check_grant_missing, SD_NO_VALUES, fn, baton));
    return sd_store_query(store, &check_grant_portal_only, SD_NO_VALUES, fn, baton);
}
