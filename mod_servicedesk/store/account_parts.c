/* SQL over account_part. */
#include "store/account_parts.h"

#include <apr_strings.h>

SD_SQL(account_part_insert, "INSERT INTO account_part (part, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
SD_SQL(account_part_delete, "DELETE FROM account_part WHERE part = $1 AND account_id = $2");
SD_SQL(account_part_has, "SELECT count(*) FROM account_part WHERE part = $1 AND account_id = $2");
SD_SQL(account_part_count,
       "SELECT count(*) FROM (SELECT account_id FROM account_part WHERE part >= $1 AND part < $2 LIMIT $3) AS found");

sd_error_t *sd_account_parts_insert(sd_store_t *store, sd_id_t account_id, const char *part)
{
    return sd_store_execute(store, &account_part_insert, SD_VALUES(SD_TEXT(part), SD_INT(account_id)), NULL);
}

sd_error_t *sd_account_parts_delete(sd_store_t *store, sd_id_t account_id, const char *part)
{
    return sd_store_execute(store, &account_part_delete, SD_VALUES(SD_TEXT(part), SD_INT(account_id)), NULL);
}

sd_error_t *sd_account_parts_has(int *has, sd_store_t *store, sd_id_t account_id, const char *part)
{
    apr_int64_t count;

    SD_TRY(sd_store_number(store, &account_part_has, SD_VALUES(SD_TEXT(part), SD_INT(account_id)), 0, &count));
    *has = count > 0;
    return NULL;
}

const char *sd_account_parts_end(apr_pool_t *pool, const char *text)
{
    return apr_pstrcat(pool, text, "\xf4\x8f\xbf\xbf", NULL);
}

sd_error_t *sd_account_parts_count(apr_int64_t *count, sd_store_t *store, const char *part, int most)
{
    const char *end = sd_account_parts_end(sd_store_pool(store), part);

    return sd_store_number(store, &account_part_count, SD_VALUES(SD_TEXT(part), SD_TEXT(end), SD_INT(most)), 0, count);
}
