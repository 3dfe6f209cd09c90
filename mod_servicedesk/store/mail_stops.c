/* SQL over mail_stop. */
#include "store/mail_stops.h"

SD_SQL(mail_stop_has, "SELECT 1 FROM mail_stop WHERE mailbox_hash = $1");
SD_SQL(mail_stop_add, "INSERT INTO mail_stop (mailbox_hash, at) VALUES ($1, $2) ON CONFLICT (mailbox_hash) DO NOTHING");
SD_SQL(mail_stop_remove, "DELETE FROM mail_stop WHERE mailbox_hash = $1");

sd_error_t *sd_mail_stops_has(int *has, sd_store_t *store, const char *hash)
{
    apr_int64_t found;

    SD_TRY(sd_store_number(store, &mail_stop_has, SD_VALUES(SD_TEXT(hash)), 0, &found));
    *has = found != 0;
    return NULL;
}

sd_error_t *sd_mail_stops_add(apr_int64_t *changed, sd_store_t *store, const char *hash, sd_time_t at)
{
    return sd_store_execute(store, &mail_stop_add, SD_VALUES(SD_TEXT(hash), SD_INT(at)), changed);
}

sd_error_t *sd_mail_stops_remove(apr_int64_t *changed, sd_store_t *store, const char *hash)
{
    return sd_store_execute(store, &mail_stop_remove, SD_VALUES(SD_TEXT(hash)), changed);
}
