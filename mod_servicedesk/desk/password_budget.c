/* Which buckets of the throttle a sign-in takes from. */
#include "desk/password_budget.h"

#include <string.h>

#include <apr_strings.h>
#include <arpa/inet.h>

#include "desk/password_cache.h"
#include "desk/throttle.h"

/* How long a source is remembered in which somebody signed in, as far as memory lasts. */
#define KNOWN_SOURCE (30 * SD_DAY)
/* The place of the directory's name in the cache's key; no directory is called so. */
#define SOURCE_MARK ""

const char *sd_source_network(apr_pool_t *pool, const char *source)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    unsigned char bytes[16];
    char text[INET6_ADDRSTRLEN];

    if (!source) {
        return NULL;
    }
    if (inet_pton(AF_INET, source, bytes) == 1) {
        return inet_ntop(AF_INET, bytes, text, sizeof(text)) ? apr_pstrdup(pool, text) : NULL;
    }
    if (inet_pton(AF_INET6, source, bytes) != 1) {
        return NULL;
    }
    if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
        return inet_ntop(AF_INET, bytes + 12, text, sizeof(text)) ? apr_pstrdup(pool, text) : NULL;
    }
    memset(bytes + 8, 0, 8);
    return inet_ntop(AF_INET6, bytes, text, sizeof(text)) ? apr_pstrcat(pool, text, "/64", NULL) : NULL;
}

static sd_budget_t source_budget(sd_work_t *work)
{
    return (sd_budget_t){"source", sd_source_network(work->pool, work->source), SD_THROTTLE_SOURCE,
                         SD_THROTTLE_SOURCE_PERIOD};
}

static int is_known_source(sd_work_t *work, const char *name)
{
    const char *network = sd_source_network(work->pool, work->source);
    sd_password_cache_entry_t ignored;

    return network && work->site->password_cache &&
           sd_password_cache_get(work->site->password_cache, &ignored, SOURCE_MARK, name, network, sd_work_now(work));
}

static sd_budget_t name_budget(sd_work_t *work, const char *name)
{
    sd_budget_t budget = {"account", name, SD_THROTTLE_ACCOUNT, SD_THROTTLE_ACCOUNT_PERIOD};

    if (is_known_source(work, name)) {
        budget.kind = "known";
        budget.subject = apr_pstrcat(work->pool, sd_source_network(work->pool, work->source), " ", name, NULL);
    }
    return budget;
}

static sd_budget_t account_budget(sd_work_t *work, sd_id_t account_id)
{
    return (sd_budget_t){"id", account_id ? apr_psprintf(work->pool, "%" APR_INT64_T_FMT, account_id) : NULL,
                         SD_THROTTLE_ACCOUNT, SD_THROTTLE_ACCOUNT_PERIOD};
}

static sd_error_t *throttled(sd_work_t *work, int seconds)
{
    sd_error_t *error = sd_error_new(work->pool, SD_ERROR_THROTTLED, "sd.sign.in.throttled",
                                     "Too many wrong passwords. Try again later.");

    error->retry_after = seconds;
    return error;
}

/* Without a throttle there is nothing to ask; with one, a known source stands apart from what strangers used up. */
sd_error_t *sd_password_budget_ask(sd_work_t *work, const char *name)
{
    if (!work->site->throttle) {
        return NULL;
    }
    sd_budget_t source = source_budget(work),
                plain = {"account", name, SD_THROTTLE_ACCOUNT, SD_THROTTLE_ACCOUNT_PERIOD};
    int wait = sd_budget_wait(work, &source), name_wait = sd_budget_wait(work, &plain);

    if (!wait && !name_wait) {
        return NULL;
    }
    sd_budget_t own = name_budget(work, name);
    if (strcmp(own.kind, "known") == 0) {
        wait = sd_budget_wait(work, &own);
        return wait ? throttled(work, wait) : NULL;
    }
    return throttled(work, wait > name_wait ? wait : name_wait);
}

sd_error_t *sd_password_budget_take(sd_work_t *work, const char *name)
{
    if (!work->site->throttle) {
        return NULL;
    }
    sd_budget_t source = source_budget(work), own = name_budget(work, name);
    int wait = sd_budget_take(work, &source);

    if (wait) {
        return throttled(work, wait);
    }
    wait = sd_budget_take(work, &own);
    if (wait) {
        sd_budget_give_back(work, &source);
        return throttled(work, wait);
    }
    return NULL;
}

int sd_password_budget_take_account(sd_work_t *work, const char *name, sd_id_t account_id)
{
    if (!work->site->throttle || is_known_source(work, name)) {
        return 1;
    }
    sd_budget_t account = account_budget(work, account_id);
    return sd_budget_take(work, &account) == 0;
}

/* Somebody unknown costs as many rows. */
static sd_budget_t shared_account(sd_work_t *work, const char *name, sd_id_t account_id)
{
    sd_budget_t budget = account_budget(work, account_id);

    if (!budget.subject) {
        budget.subject = apr_pstrcat(work->pool, "-", name, NULL);
    }
    return budget;
}

static sd_error_t *hold_one(int *wait, sd_password_hold_t *hold, sd_work_t *work, sd_budget_t budget)
{
    SD_TRY(sd_budget_take_shared(wait, work, &budget));
    if (!*wait) {
        hold->budgets[hold->count++] = budget;
    }
    return NULL;
}

sd_error_t *sd_password_budget_hold(sd_password_hold_t *hold, sd_work_t *work, const char *name, sd_id_t account_id)
{
    int wait;

    *hold = (sd_password_hold_t){.count = 0};
    SD_TRY(hold_one(&wait, hold, work, name_budget(work, name)));
    if (!wait) {
        SD_TRY(hold_one(&wait, hold, work, source_budget(work)));
    }
    if (wait) {
        return throttled(work, wait);
    }
    return is_known_source(work, name)
               ? NULL
               : hold_one(&hold->account_is_spent, hold, work, shared_account(work, name, account_id));
}

sd_error_t *sd_password_budget_return(sd_work_t *work, const sd_password_hold_t *hold)
{
    for (int i = 0; i < hold->count; i++) {
        SD_TRY(sd_budget_return_shared(work, &hold->budgets[i]));
    }
    return NULL;
}

static void remember_source(sd_work_t *work, const char *name)
{
    const char *network = sd_source_network(work->pool, work->source);
    sd_password_cache_entry_t nobody = {0, 0};
    sd_time_t now = sd_work_now(work);

    if (network && work->site->password_cache) {
        sd_password_cache_set(work->site->password_cache, &nobody, SOURCE_MARK, name, network, now, now + KNOWN_SOURCE);
    }
}

void sd_password_budget_give_back(sd_work_t *work, const char *name, sd_id_t account_id)
{
    if (work->site->throttle) {
        sd_budget_t source = source_budget(work), own = name_budget(work, name),
                    account = account_budget(work, account_id);

        sd_budget_give_back(work, &source);
        sd_budget_give_back(work, &own);
        if (strcmp(own.kind, "known") != 0) {
            sd_budget_give_back(work, &account);
        }
    }
    remember_source(work, name);
}

int sd_password_budget_name_tripped(sd_work_t *work, const char *name)
{
    sd_budget_t own = name_budget(work, name);

    return sd_budget_tripped(work, &own);
}

int sd_password_budget_source_tripped(sd_work_t *work)
{
    sd_budget_t source = source_budget(work);

    return sd_budget_tripped(work, &source);
}
