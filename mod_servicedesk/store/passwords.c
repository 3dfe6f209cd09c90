/* SQL over the password columns of account. */
#include "store/passwords.h"

#include "store/rows.h"

SD_SQL(password_find,
       "SELECT a.id, a.generation, a.password_hash, a.state, a.failures FROM account a WHERE a.id = coalesce("
       "(SELECT n.id FROM directory d JOIN account n ON n.directory_id = d.id"
       " WHERE d.name = 'internal' AND n.name_key = $1),"
       " (SELECT m.id FROM directory e JOIN account m ON m.directory_id = e.id"
       " WHERE e.name = 'internal' AND m.address_key = $2 AND m.address_proven = 1))");
SD_SQL(password_fail, "UPDATE account SET failures = failures + 1, failed_sign_ins = failed_sign_ins + 1,"
                      " last_failed_sign_in = $1 WHERE id = $2 RETURNING failures");
SD_SQL(password_fail_decoy, "UPDATE password_decoy SET failures = failures + 1 WHERE id = 1 RETURNING failures");
SD_SQL(password_forgive, "UPDATE account SET failures = 0 WHERE id = $1");
SD_SQL(password_set, "UPDATE account SET password_hash = $1, state = $2, failures = 0, generation = generation + 1"
                     " WHERE id = $3");
SD_SQL(password_rehash, "UPDATE account SET password_hash = $1 WHERE id = $2 AND password_hash = $3");

static sd_error_t *take_row(void *baton, sd_row_t *row)
{
    sd_password_row_t *found = baton;

    found->account_id = sd_row_int(row, 0);
    found->generation = sd_row_int(row, 1);
    found->hash = sd_row_text(row, 2);
    found->state = sd_row_text(row, 3);
    found->failures = sd_row_int(row, 4);
    return NULL;
}

sd_error_t *sd_passwords_find(sd_password_row_t *row, sd_store_t *store, const char *name_key, const char *address_key)
{
    *row = (sd_password_row_t){0};
    return sd_store_query(store, &password_find, SD_VALUES(SD_TEXT(name_key), SD_TEXT(address_key)), take_row, row);
}

sd_error_t *sd_passwords_fail(apr_int64_t *failures, sd_store_t *store, sd_id_t account_id, sd_time_t at)
{
    return sd_rows_id(failures, store, &password_fail, SD_VALUES(SD_INT(at), SD_INT(account_id)));
}

sd_error_t *sd_passwords_fail_decoy(sd_store_t *store)
{
    apr_int64_t ignored;

    return sd_rows_id(&ignored, store, &password_fail_decoy, SD_NO_VALUES);
}

sd_error_t *sd_passwords_forgive(sd_store_t *store, sd_id_t account_id)
{
    return sd_store_execute(store, &password_forgive, SD_VALUES(SD_INT(account_id)), NULL);
}

sd_error_t *sd_passwords_set(sd_store_t *store, sd_id_t account_id, const char *hash, const char *state)
{
    return sd_store_execute(store, &password_set, SD_VALUES(SD_TEXT(hash), SD_TEXT(state), SD_INT(account_id)), NULL);
}

sd_error_t *sd_passwords_rehash(sd_store_t *store, sd_id_t account_id, const char *old_hash, const char *new_hash)
{
    return sd_store_execute(store, &password_rehash,
                            SD_VALUES(SD_TEXT(new_hash), SD_INT(account_id), SD_TEXT(old_hash)), NULL);
}
