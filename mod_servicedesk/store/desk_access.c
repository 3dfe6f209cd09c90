/* SQL over access and signup of desk, and over desk_signup_memory. */
#include "store/desk_access.h"

#include "store/rows.h"

SD_SQL(desk_access_set, "UPDATE desk SET access = $1, signup = $2 WHERE id = $3");
SD_SQL(desk_access_raised, "SELECT count(*) FROM (SELECT 1 FROM desk_role WHERE desk_id = $1 AND role = 'customer'"
                           " AND origin = 'raised' LIMIT $2) found");
SD_SQL(desk_access_link, "SELECT sign_in_link FROM desk WHERE id = $1");
SD_SQL(desk_access_set_link, "UPDATE desk SET sign_in_link = $1 WHERE id = $2");
SD_SQL(desk_access_signups, "SELECT id, key, access FROM desk WHERE signup = 1 ORDER BY key");
SD_SQL(desk_access_remembered, "SELECT k.id, k.key, k.access FROM desk_signup_memory m JOIN desk k ON k.id = m.desk_id"
                               " ORDER BY k.key");
SD_SQL(desk_access_remember, "INSERT INTO desk_signup_memory (desk_id, at) VALUES ($1, $2)"
                             " ON CONFLICT (desk_id) DO UPDATE SET at = excluded.at");
SD_SQL(desk_access_forget, "DELETE FROM desk_signup_memory WHERE desk_id = $1");

sd_error_t *sd_desk_access_count_raised(apr_int64_t *count, sd_store_t *store, sd_id_t desk_id, apr_int64_t most)
{
    return sd_store_number(store, &desk_access_raised, SD_VALUES(SD_INT(desk_id), SD_INT(most)), 0, count);
}

sd_error_t *sd_desk_access_set(sd_store_t *store, sd_id_t desk_id, const char *access, int signup)
{
    return sd_store_execute(store, &desk_access_set, SD_VALUES(SD_TEXT(access), SD_INT(signup != 0), SD_INT(desk_id)),
                            NULL);
}

sd_error_t *sd_desk_access_link(int *on, sd_store_t *store, sd_id_t desk_id)
{
    apr_int64_t value;

    SD_TRY(sd_store_number(store, &desk_access_link, SD_VALUES(SD_INT(desk_id)), 0, &value));
    *on = value != 0;
    return NULL;
}

sd_error_t *sd_desk_access_set_link(sd_store_t *store, sd_id_t desk_id, int on)
{
    return sd_store_execute(store, &desk_access_set_link, SD_VALUES(SD_INT(on != 0), SD_INT(desk_id)), NULL);
}

static void *record(apr_pool_t *pool, sd_row_t *row)
{
    sd_signup_desk_t *desk = apr_pcalloc(pool, sizeof(*desk));

    desk->id = sd_row_int(row, 0);
    desk->key = sd_row_text(row, 1);
    desk->access = sd_row_text(row, 2);
    return desk;
}

sd_error_t *sd_desk_access_signups(apr_array_header_t **desks, sd_store_t *store)
{
    return sd_rows_all(desks, store, &desk_access_signups, SD_NO_VALUES, record);
}

sd_error_t *sd_desk_access_remembered(apr_array_header_t **desks, sd_store_t *store)
{
    return sd_rows_all(desks, store, &desk_access_remembered, SD_NO_VALUES, record);
}

sd_error_t *sd_desk_access_remember(sd_store_t *store, sd_id_t desk_id, sd_time_t at)
{
    return sd_store_execute(store, &desk_access_remember, SD_VALUES(SD_INT(desk_id), SD_INT(at)), NULL);
}

sd_error_t *sd_desk_access_forget(sd_store_t *store, sd_id_t desk_id)
{
    return sd_store_execute(store, &desk_access_forget, SD_VALUES(SD_INT(desk_id)), NULL);
}
