/* SQL over user_group and user_group_member. */
#include "store/groups.h"

#include "store/rows.h"

SD_SQL(group_of_account, "SELECT g.name FROM user_group_member m JOIN user_group g ON g.id = m.group_id"
                         " WHERE m.account_id = $1 ORDER BY g.name");
SD_SQL(group_leave_all, "DELETE FROM user_group_member WHERE account_id = $1");
SD_SQL(group_insert, "INSERT INTO user_group (name) VALUES ($1) ON CONFLICT DO NOTHING");
SD_SQL(group_join, "INSERT INTO user_group_member (group_id, account_id)"
                   " SELECT id, $1 FROM user_group WHERE name = $2 ON CONFLICT DO NOTHING");

static void *name_record(apr_pool_t *pool, sd_row_t *row)
{
    (void)pool;
    return (void *)sd_row_text(row, 0);
}

sd_error_t *sd_groups_of(apr_array_header_t **names, sd_store_t *store, sd_id_t account_id)
{
    return sd_rows_all(names, store, &group_of_account, SD_VALUES(SD_INT(account_id)), name_record);
}

sd_error_t *sd_groups_replace(sd_store_t *store, sd_id_t account_id, const apr_array_header_t *names)
{
    SD_TRY(sd_store_execute(store, &group_leave_all, SD_VALUES(SD_INT(account_id)), NULL));
    for (int i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        SD_TRY(sd_store_execute(store, &group_insert, SD_VALUES(SD_TEXT(name)), NULL));
        SD_TRY(sd_store_execute(store, &group_join, SD_VALUES(SD_INT(account_id), SD_TEXT(name)), NULL));
    }
    return NULL;
}
