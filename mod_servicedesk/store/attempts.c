/* SQL over attempt_budget. */
#include "store/attempts.h"

SD_SQL(attempt_full_at, "SELECT full_at FROM attempt_budget WHERE subject = $1");
SD_SQL(attempt_take, "INSERT INTO attempt_budget (subject, full_at) VALUES ($1, $2) ON CONFLICT (subject)"
                     " DO UPDATE SET full_at = CASE WHEN attempt_budget.full_at > $3 THEN attempt_budget.full_at + $4"
                     " ELSE $2 END");
SD_SQL(attempt_sweep, "DELETE FROM attempt_budget WHERE full_at <= $1");

sd_error_t *sd_attempts_full_at(sd_time_t *at, sd_store_t *store, const char *subject)
{
    return sd_store_number(store, &attempt_full_at, SD_VALUES(SD_TEXT(subject)), 0, at);
}

sd_error_t *sd_attempts_take(sd_store_t *store, const char *subject, sd_time_t now, sd_time_t step)
{
    return sd_store_execute(store, &attempt_take,
                            SD_VALUES(SD_TEXT(subject), SD_INT(now + step), SD_INT(now), SD_INT(step)), NULL);
}

sd_error_t *sd_attempts_sweep(sd_store_t *store, sd_time_t now)
{
    return sd_store_execute(store, &attempt_sweep, SD_VALUES(SD_INT(now)), NULL);
}
