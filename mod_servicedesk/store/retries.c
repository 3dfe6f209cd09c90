/* SQL over request_retry. */
#include "store/retries.h"

SD_SQL(retry_find, "SELECT content, request_id FROM request_retry WHERE account_id = $1 AND name = $2");
SD_SQL(retry_add, "INSERT INTO request_retry (account_id, name, content, request_id, created)"
                  " VALUES ($1, $2, $3, $4, $5)");
SD_SQL(retry_purge, "DELETE FROM request_retry WHERE (account_id, name) IN (SELECT r.account_id, r.name"
                    " FROM request_retry r WHERE r.created <= $1 ORDER BY r.created LIMIT $2)");

static sd_error_t *take_row(void *baton, sd_row_t *row)
{
    sd_retry_t *retry = baton;

    retry->content = sd_row_text(row, 0);
    retry->request_id = sd_row_int(row, 1);
    return NULL;
}

sd_error_t *sd_retries_find(sd_retry_t *retry, sd_store_t *store)
{
    retry->request_id = 0;
    return sd_store_query(store, &retry_find, SD_VALUES(SD_INT(retry->account_id), SD_TEXT(retry->name)), take_row,
                          retry);
}

sd_error_t *sd_retries_add(sd_store_t *store, const sd_retry_t *retry)
{
    return sd_store_execute(store, &retry_add,
                            SD_VALUES(SD_INT(retry->account_id), SD_TEXT(retry->name), SD_TEXT(retry->content),
                                      SD_INT(retry->request_id), SD_INT(retry->created)),
                            NULL);
}

sd_error_t *sd_retries_purge(apr_int64_t *count, sd_store_t *store, sd_time_t until, int limit)
{
    return sd_store_execute(store, &retry_purge, SD_VALUES(SD_INT(until), SD_INT(limit)), count);
}
