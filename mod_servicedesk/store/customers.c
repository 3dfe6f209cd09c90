/* SQL over the customer rows of desk_role. */
#include "store/customers.h"

#include "store/accounts.h"
#include "store/roles.h"
#include "store/rows.h"

/* LEFT, although each account is there: see store/customer_lists.c. */
SD_SQL(customer_list,
       "SELECT " SD_ACCOUNT_COLUMNS " FROM (SELECT account_id FROM desk_role WHERE desk_id = $1 AND role = 'customer'"
       " ORDER BY account_id LIMIT $2 OFFSET $3) AS r LEFT JOIN account a ON a.id = r.account_id"
       " LEFT JOIN directory d ON d.id = a.directory_id ORDER BY r.account_id");

sd_error_t *sd_customers_add(int *added, sd_store_t *store, sd_id_t desk_id, sd_id_t account_id, const char *origin,
                             sd_time_t now)
{
    return sd_roles_insert(added, store, desk_id, "customer", account_id, origin, now);
}

sd_error_t *sd_customers_remove(int *removed, sd_store_t *store, sd_id_t desk_id, sd_id_t account_id,
                                const char *origin)
{
    return sd_roles_delete(removed, store, desk_id, "customer", account_id, origin);
}

sd_error_t *sd_customers_list(sd_list_t **accounts, sd_store_t *store, sd_id_t desk_id, sd_page_t page)
{
    return sd_rows_page(accounts, store, &customer_list, SD_VALUES(SD_INT(desk_id), SD_PAGE_VALUES(page)), page,
                        sd_accounts_record);
}
