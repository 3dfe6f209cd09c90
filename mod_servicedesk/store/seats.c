/* SQL about the seats of the licence. */
#include "store/seats.h"

#include <string.h>

#include <apr_strings.h>

#include "store/accounts.h"
#include "store/rows.h"

/* The rows of agents alone have an index: no statement here walks through customers. */
SD_SQL(seat_accounts, "SELECT " SD_ACCOUNT_COLUMNS " FROM account a JOIN directory d ON d.id = a.directory_id"
                      " WHERE a.id IN (SELECT account_id FROM desk_role WHERE role = 'agent')"
                      " AND a.state NOT IN ('disabled', 'anonymised') ORDER BY d.position, d.id, a.id");
SD_SQL(seat_direct, "SELECT k.key FROM desk_role r JOIN desk k ON k.id = r.desk_id"
                    " WHERE r.account_id = $1 AND r.role = 'agent' AND r.direct = 1 ORDER BY k.key");
/* From each group that the account is in itself (root) up to the groups that have the role. */
SD_SQL(seat_by_group,
       "WITH RECURSIVE above (root, id) AS (SELECT group_id, group_id FROM user_group_member WHERE account_id = $1"
       " UNION SELECT u.root, c.parent_id FROM above u JOIN user_group_child c ON c.child_id = u.id)"
       " SELECT k.key, CASE WHEN f.kind <> 'internal' THEN 'web-server' WHEN EXISTS (SELECT 1 FROM directory_group x"
       " WHERE x.directory_id = a.directory_id AND x.purpose = 'default' AND x.group_id = b.root) THEN 'default'"
       " WHEN b.root <> b.id THEN 'nested' ELSE 'group' END, b.root <> b.id, " SD_GROUP_COLUMNS
       ", h.id, h.directory_id, f.name, CASE WHEN f.kind = 'internal' THEN 1 ELSE 0 END, h.name, h.description"
       " FROM account a JOIN above b ON 1 = 1"
       " JOIN desk_role_group r ON r.group_id = b.id AND r.role = 'agent' JOIN desk k ON k.id = r.desk_id"
       " JOIN user_group g ON g.id = b.id JOIN directory e ON e.id = g.directory_id"
       " JOIN user_group h ON h.id = b.root JOIN directory f ON f.id = h.directory_id"
       " WHERE a.id = $1 ORDER BY k.key, g.id, h.id");
SD_SQL(seat_is_customer, "SELECT count(*) FROM desk_role WHERE account_id = $1 AND role = 'customer'");
#define BELOW(name_, role_)                                                                                            \
    name_ " (id) AS (SELECT group_id FROM desk_role_group WHERE role " role_ " UNION SELECT c.child_id FROM " name_    \
          " u JOIN user_group_child c ON c.parent_id = u.id)"
#define AGENTS BELOW("agents", "= 'agent'")
#define STAFF BELOW("staff", "<> 'customer'")
#define CUSTOMERS BELOW("customers", "= 'customer'")
#define OF_GROUP " JOIN user_group g ON g.id = a.id JOIN directory e ON e.id = g.directory_id"
SD_SQL(seat_risks,
       "WITH RECURSIVE " AGENTS ", " STAFF ", " CUSTOMERS " SELECT DISTINCT " SD_GROUP_COLUMNS ", 'customers' AS risk"
       " FROM agents a JOIN customers c ON c.id = a.id" OF_GROUP " UNION SELECT " SD_GROUP_COLUMNS ", 'default' AS risk"
       " FROM staff a JOIN directory_group p ON p.group_id = a.id AND p.purpose = 'default'" OF_GROUP " ORDER BY 7, 1");
SD_SQL(seat_members,
       "WITH RECURSIVE below (id) AS (SELECT id FROM user_group WHERE id = $1"
       " UNION SELECT c.child_id FROM below u JOIN user_group_child c ON c.parent_id = u.id)"
       " SELECT count(DISTINCT a.id) FROM below b JOIN user_group_member m ON m.group_id = b.id"
       " JOIN account a ON a.id = m.account_id WHERE a.state NOT IN ('disabled', 'anonymised') AND a.portal_only = 0");

sd_error_t *sd_seats_accounts(apr_array_header_t **accounts, sd_store_t *store)
{
    return sd_rows_all(accounts, store, &seat_accounts, SD_NO_VALUES, sd_accounts_record);
}

static void *direct_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_seat_way_t *way = apr_pcalloc(pool, sizeof(*way));

    way->desk_key = sd_row_text(row, 0);
    way->kind = "direct";
    return way;
}

static void *group_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_seat_way_t *way = apr_pcalloc(pool, sizeof(*way));
    sd_user_group_t holder, root;

    sd_user_group_of_row(&holder, pool, row, 3);
    sd_user_group_of_row(&root, pool, row, 3 + SD_GROUP_WIDTH);
    way->desk_key = sd_row_text(row, 0);
    way->kind = sd_row_text(row, 1);
    way->group = holder.full_name;
    way->through = sd_row_bool(row, 2) ? root.full_name : NULL;
    return way;
}

sd_error_t *sd_seats_ways(apr_array_header_t **ways, sd_store_t *store, sd_id_t account_id)
{
    apr_array_header_t *by_group;

    SD_TRY(sd_rows_all(ways, store, &seat_direct, SD_VALUES(SD_INT(account_id)), direct_record));
    SD_TRY(sd_rows_all(&by_group, store, &seat_by_group, SD_VALUES(SD_INT(account_id)), group_record));
    apr_array_cat(*ways, by_group);
    return NULL;
}

sd_error_t *sd_seats_is_customer(int *customer, sd_store_t *store, sd_id_t account_id)
{
    apr_int64_t count;

    SD_TRY(sd_store_number(store, &seat_is_customer, SD_VALUES(SD_INT(account_id)), 0, &count));
    *customer = count > 0;
    return NULL;
}

static void *risk_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_seat_risk_t *risk = apr_pcalloc(pool, sizeof(*risk));

    sd_user_group_of_row(&risk->group, pool, row, 0);
    risk->kind = sd_row_text(row, SD_GROUP_WIDTH);
    return risk;
}

sd_error_t *sd_seats_risks(apr_array_header_t **risks, sd_store_t *store)
{
    SD_TRY(sd_rows_all(risks, store, &seat_risks, SD_NO_VALUES, risk_record));
    for (int i = 0; i < (*risks)->nelts; i++) {
        sd_seat_risk_t *risk = APR_ARRAY_IDX(*risks, i, sd_seat_risk_t *);

        SD_TRY(sd_store_number(store, &seat_members, SD_VALUES(SD_INT(risk->group.id)), 0, &risk->members));
    }
    return NULL;
}
