/* Buckets in memory and in attempt_budget. */
#include "desk/budget.h"

#include <string.h>

#include <apr_strings.h>

#include "desk/throttle.h"
#include "store/attempts.h"

static int is_limited(const sd_work_t *work, const sd_budget_t *budget)
{
    return work->site->throttle && budget->subject;
}

int sd_budget_take(sd_work_t *work, const sd_budget_t *budget)
{
    return is_limited(work, budget) ? sd_throttle_take(work->site->throttle, budget->kind, budget->subject,
                                                       budget->attempts, budget->period, sd_work_now(work))
                                    : 0;
}

int sd_budget_wait(sd_work_t *work, const sd_budget_t *budget)
{
    return is_limited(work, budget) ? sd_throttle_wait(work->site->throttle, budget->kind, budget->subject,
                                                       budget->attempts, budget->period, sd_work_now(work))
                                    : 0;
}

void sd_budget_give_back(sd_work_t *work, const sd_budget_t *budget)
{
    if (is_limited(work, budget)) {
        sd_throttle_give_back(work->site->throttle, budget->kind, budget->subject, budget->attempts, budget->period,
                              sd_work_now(work));
    }
}

int sd_budget_tripped(sd_work_t *work, const sd_budget_t *budget)
{
    return is_limited(work, budget) &&
           sd_throttle_tripped(work->site->throttle, budget->kind, budget->subject, sd_work_now(work));
}

int sd_budget_is_shared(const sd_work_t *work)
{
    return work->site->throttle && sd_store_writes_at_once(work->store);
}

/* What is kept in a table that outlives the attempt tells nobody's name. */
static const char *shared_subject(sd_work_t *work, const sd_budget_t *budget)
{
    const char *text = apr_pstrcat(work->pool, budget->kind, "\n", budget->subject, NULL);
    unsigned char digest[SD_DIGEST_BYTES];

    sd_digest_hmac(digest, work->site->passwords.current.key, text, strlen(text));
    return sd_digest_base64url(work->pool, digest, sizeof(digest));
}

sd_error_t *sd_budget_take_shared(int *wait, sd_work_t *work, const sd_budget_t *budget)
{
    sd_time_t now = sd_work_now(work), full_at;
    sd_bucket_t bucket;
    int taken;

    *wait = 0;
    if (!budget->subject || !sd_budget_is_shared(work)) {
        return NULL;
    }
    bucket = (sd_bucket_t){shared_subject(work, budget), budget->period / budget->attempts, budget->period};
    SD_TRY(sd_attempts_take(&taken, &full_at, work->store, &bucket, now));
    sd_throttle_raise(work->site->throttle, budget->kind, budget->subject, budget->attempts, budget->period, full_at,
                      now);
    if (!taken) {
        int seconds = sd_budget_wait(work, budget);
        *wait = seconds ? seconds : 1;
    }
    return NULL;
}

typedef struct counting_t {
    sd_work_t *work;
    const sd_budget_t *budgets;
    int count;
    int spent;
    int wait;
} counting_t;

static sd_error_t *count_in_write(void *baton)
{
    counting_t *counting = baton;

    counting->spent = -1;
    for (int i = 0; i < counting->count; i++) {
        SD_TRY(sd_budget_take_shared(&counting->wait, counting->work, &counting->budgets[i]));
        if (counting->wait) {
            counting->spent = i;
            return NULL;
        }
    }
    return NULL;
}

sd_error_t *sd_budget_count_shared(int *spent, int *wait, sd_work_t *work, const sd_budget_t *budgets, int count)
{
    counting_t counting = {work, budgets, count, -1, 0};

    *spent = -1;
    *wait = 0;
    if (!sd_budget_is_shared(work)) {
        return NULL;
    }
    SD_TRY(sd_store_write_count(work->store, count_in_write, &counting));
    *spent = counting.spent;
    *wait = counting.wait;
    return NULL;
}

sd_error_t *sd_budget_return_shared(sd_work_t *work, const sd_budget_t *budget)
{
    if (!budget->subject || !sd_budget_is_shared(work)) {
        return NULL;
    }
    return sd_attempts_return(work->store, shared_subject(work, budget), budget->period / budget->attempts);
}
