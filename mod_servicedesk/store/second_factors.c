/* SQL over second_factor and recovery_code. */
#include "store/second_factors.h"

#include "store/rows.h"

SD_SQL(second_factor_find,
       "SELECT account_id, secret, pepper, active, last_step, created FROM second_factor WHERE account_id = $1");
SD_SQL(second_factor_put, "INSERT INTO second_factor (account_id, secret, pepper, active, last_step, created)"
                          " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id) DO UPDATE SET"
                          " secret = excluded.secret, pepper = excluded.pepper, active = excluded.active,"
                          " last_step = excluded.last_step, created = excluded.created");
SD_SQL(second_factor_activate, "UPDATE second_factor SET active = 1 WHERE account_id = $1");
SD_SQL(second_factor_take_step, "UPDATE second_factor SET last_step = $1 WHERE account_id = $2 AND last_step < $1");
SD_SQL(second_factor_delete, "DELETE FROM second_factor WHERE account_id = $1");
SD_SQL(second_factor_delete_since, "DELETE FROM second_factor WHERE account_id = $1 AND created >= $2");
SD_SQL(second_factor_new_codes, "UPDATE second_factor SET codes_created = $1 WHERE account_id = $2");
SD_SQL(recovery_code_delete_since, "DELETE FROM recovery_code WHERE account_id IN"
                                   " (SELECT f.account_id FROM second_factor f WHERE f.account_id = $1"
                                   " AND f.codes_created >= $2)");
SD_SQL(recovery_code_insert, "INSERT INTO recovery_code (account_id, hash) VALUES ($1, $2)");
SD_SQL(recovery_code_use, "DELETE FROM recovery_code WHERE account_id = $1 AND hash = $2");
SD_SQL(recovery_code_delete, "DELETE FROM recovery_code WHERE account_id = $1");
SD_SQL(recovery_code_count, "SELECT count(*) FROM recovery_code WHERE account_id = $1");

static sd_error_t *take_row(void *baton, sd_row_t *row)
{
    sd_second_factor_row_t *found = baton;

    found->account_id = sd_row_int(row, 0);
    found->secret = sd_row_text(row, 1);
    found->pepper = (int)sd_row_int(row, 2);
    found->active = sd_row_bool(row, 3);
    found->last_step = sd_row_int(row, 4);
    found->created = sd_row_int(row, 5);
    return NULL;
}

sd_error_t *sd_second_factors_find(sd_second_factor_row_t *row, sd_store_t *store, sd_id_t account_id)
{
    *row = (sd_second_factor_row_t){0};
    return sd_store_query(store, &second_factor_find, SD_VALUES(SD_INT(account_id)), take_row, row);
}

sd_error_t *sd_second_factors_put(sd_store_t *store, const sd_second_factor_row_t *row)
{
    return sd_store_execute(store, &second_factor_put,
                            SD_VALUES(SD_INT(row->account_id), SD_TEXT(row->secret), SD_INT(row->pepper),
                                      SD_INT(row->active), SD_INT(row->last_step), SD_INT(row->created)),
                            NULL);
}

sd_error_t *sd_second_factors_activate(sd_store_t *store, sd_id_t account_id)
{
    return sd_store_execute(store, &second_factor_activate, SD_VALUES(SD_INT(account_id)), NULL);
}

static sd_error_t *change(int *changed, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count)
{
    apr_int64_t rows;

    SD_TRY(sd_store_execute(store, sql, values, count, &rows));
    *changed = rows > 0;
    return NULL;
}

sd_error_t *sd_second_factors_take_step(int *taken, sd_store_t *store, sd_id_t account_id, apr_int64_t step)
{
    return change(taken, store, &second_factor_take_step, SD_VALUES(SD_INT(step), SD_INT(account_id)));
}

sd_error_t *sd_second_factors_delete(sd_store_t *store, sd_id_t account_id)
{
    return sd_store_execute(store, &second_factor_delete, SD_VALUES(SD_INT(account_id)), NULL);
}

sd_error_t *sd_second_factors_delete_since(int *deleted, sd_store_t *store, sd_id_t account_id, sd_time_t since)
{
    SD_TRY(change(deleted, store, &second_factor_delete_since, SD_VALUES(SD_INT(account_id), SD_INT(since))));
    return sd_store_execute(store, &recovery_code_delete_since, SD_VALUES(SD_INT(account_id), SD_INT(since)), NULL);
}

sd_error_t *sd_recovery_codes_renew(sd_store_t *store, sd_id_t account_id, sd_time_t now)
{
    SD_TRY(sd_store_execute(store, &second_factor_new_codes, SD_VALUES(SD_INT(now), SD_INT(account_id)), NULL));
    return sd_store_execute(store, &recovery_code_delete, SD_VALUES(SD_INT(account_id)), NULL);
}

sd_error_t *sd_recovery_codes_insert(sd_store_t *store, sd_id_t account_id, const char *hash)
{
    return sd_store_execute(store, &recovery_code_insert, SD_VALUES(SD_INT(account_id), SD_TEXT(hash)), NULL);
}

sd_error_t *sd_recovery_codes_use(int *used, sd_store_t *store, sd_id_t account_id, const char *hash)
{
    return change(used, store, &recovery_code_use, SD_VALUES(SD_INT(account_id), SD_TEXT(hash)));
}

sd_error_t *sd_recovery_codes_count(apr_int64_t *count, sd_store_t *store, sd_id_t account_id)
{
    return sd_store_number(store, &recovery_code_count, SD_VALUES(SD_INT(account_id)), 0, count);
}
