/* SQL over account_part. */
#include "store/account_parts.h"

#include <apr_strings.h>

#include "store/rows.h"

SD_SQL(account_part_insert, "INSERT INTO account_part (part, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
SD_SQL(account_part_delete, "DELETE FROM account_part WHERE part = $1 AND account_id = $2");

/* Each part by itself: whatever the database knows of how many there are, it walks through no table. */
#define LACKING(texts_)                                                                                                \
    "SELECT count(*) FROM " texts_                                                                                     \
    " WHERE (SELECT count(*) FROM account_part AS p WHERE p.part = e.value AND p.account_id = $2) = 0"
SD_SQL_EACH(account_parts_lacking, LACKING(SD_TEXTS_SQLITE), LACKING(SD_TEXTS_PGSQL));
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

sd_error_t *sd_account_parts_lacking(apr_int64_t *lacking, sd_store_t *store, sd_id_t account_id,
                                     const apr_array_header_t *parts)
{
    const char *texts = sd_rows_texts(sd_store_pool(store), parts);

    return sd_store_number(store, &account_parts_lacking, SD_VALUES(SD_TEXT(texts), SD_INT(account_id)), 0, lacking);
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
