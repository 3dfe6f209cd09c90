/* SQL over captcha_use. */
#include "store/captcha_uses.h"

SD_SQL(captcha_use_add, "INSERT INTO captcha_use (ticket, expires) VALUES ($1, $2) ON CONFLICT (ticket) DO NOTHING");
SD_SQL(captcha_use_purge, "DELETE FROM captcha_use WHERE ticket IN"
                          " (SELECT ticket FROM captcha_use WHERE expires <= $1 ORDER BY expires LIMIT $2)");

sd_error_t *sd_captcha_uses_add(int *first, sd_store_t *store, const char *ticket, sd_time_t expires)
{
    apr_int64_t added;
    SD_TRY(sd_store_execute(store, &captcha_use_add, SD_VALUES(SD_TEXT(ticket), SD_INT(expires)), &added));
    *first = added == 1;
    return NULL;
}

sd_error_t *sd_captcha_uses_purge(apr_int64_t *count, sd_store_t *store, sd_time_t now, int limit)
{
    return sd_store_execute(store, &captcha_use_purge, SD_VALUES(SD_INT(now), SD_INT(limit)), count);
}
