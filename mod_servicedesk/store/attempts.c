/* SQL over attempt_budget. */
#include "store/attempts.h"

SD_SQL(attempt_full_at, "SELECT full_at FROM attempt_budget WHERE subject = $1");
SD_SQL(attempt_take, "INSERT INTO attempt_budget (subject, full_at) VALUES ($1, $2) ON CONFLICT (subject)"
                     " DO UPDATE SET full_at = CASE WHEN attempt_budget.full_at > $3 THEN attempt_budget.full_at + $4"
                     " ELSE $2 END WHERE attempt_budget.full_at <= $5 RETURNING full_at");
SD_SQL(attempt_return, "UPDATE attempt_budget SET full_at = full_at - $1 WHERE subject = $2");
SD_SQL(attempt_sweep, "DELETE FROM attempt_budget WHERE subject IN"
                      " (SELECT b.subject FROM attempt_budget b WHERE b.full_at <= $1 OR b.full_at > $2 LIMIT $3)");

sd_error_t *sd_attempts_take(int *taken, sd_time_t *full_at, sd_store_t *store, const sd_bucket_t *bucket,
                             sd_time_t now)
{
    SD_TRY(sd_store_number(store, &attempt_take,
                           SD_VALUES(SD_TEXT(bucket->subject), SD_INT(now + bucket->step), SD_INT(now),
                                     SD_INT(bucket->step), SD_INT(now + bucket->most - bucket->step)),
                           0, full_at));
    *taken = *full_at != 0;
    return *taken ? NULL : sd_store_number(store, &attempt_full_at, SD_VALUES(SD_TEXT(bucket->subject)), 0, full_at);
}

sd_error_t *sd_attempts_return(sd_store_t *store, const char *subject, sd_time_t step)
{
    return sd_store_execute(store, &attempt_return, SD_VALUES(SD_INT(step), SD_TEXT(subject)), NULL);
}

sd_error_t *sd_attempts_sweep(apr_int64_t *count, sd_store_t *store, sd_time_t now, sd_time_t longest, int limit)
{
    return sd_store_execute(store, &attempt_sweep, SD_VALUES(SD_INT(now), SD_INT(now + longest), SD_INT(limit)), count);
}
