/* Which buckets of the throttle a sign-in takes from. */
#include "desk/password_budget.h"

#include <string.h>

#include <apr_strings.h>
#include <arpa/inet.h>

#include "desk/password_cache.h"
#include "desk/throttle.h"
#include "store/attempts.h"

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

/* One bucket. */
typedef struct budget_t {
    const char *kind;
    const char *subject; /* NULL: there is none */
    int attempts;
    sd_time_t period;
} budget_t;

typedef int (*throttle_fn)(sd_throttle_t *throttle, const char *kind, const char *subject, int budget, sd_time_t period,
                           sd_time_t now);

static int use(sd_work_t *work, const budget_t *budget, throttle_fn fn)
{
    return budget->subject ? fn(work->site->throttle, budget->kind, budget->subject, budget->attempts, budget->period,
                                sd_work_now(work))
                           : 0;
}

static void give_back(sd_work_t *work, const budget_t *budget)
{
    if (budget->subject) {
        sd_throttle_give_back(work->site->throttle, budget->kind, budget->subject, budget->attempts, budget->period,
                              sd_work_now(work));
    }
}

static budget_t source_budget(sd_work_t *work)
{
    return (budget_t){"source", sd_source_network(work->pool, work->source), SD_THROTTLE_SOURCE,
                      SD_THROTTLE_SOURCE_PERIOD};
}

static int is_known_source(sd_work_t *work, const char *name)
{
    const char *network = sd_source_network(work->pool, work->source);
    sd_password_cache_entry_t ignored;

    return network && work->site->password_cache &&
           sd_password_cache_get(work->site->password_cache, &ignored, SOURCE_MARK, name, network, sd_work_now(work));
}

static budget_t name_budget(sd_work_t *work, const char *name)
{
    budget_t budget = {"account", name, SD_THROTTLE_ACCOUNT, SD_THROTTLE_ACCOUNT_PERIOD};

    if (is_known_source(work, name)) {
        budget.kind = "known";
        budget.subject = apr_pstrcat(work->pool, sd_source_network(work->pool, work->source), " ", name, NULL);
    }
    return budget;
}

static budget_t account_budget(sd_work_t *work, sd_id_t account_id)
{
    return (budget_t){"id", account_id ? apr_psprintf(work->pool, "%" APR_INT64_T_FMT, account_id) : NULL,
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
    budget_t source = source_budget(work), plain = {"account", name, SD_THROTTLE_ACCOUNT, SD_THROTTLE_ACCOUNT_PERIOD};
    int wait = use(work, &source, sd_throttle_wait), name_wait = use(work, &plain, sd_throttle_wait);

    if (!wait && !name_wait) {
        return NULL;
    }
    budget_t own = name_budget(work, name);
    if (strcmp(own.kind, "known") == 0) {
        wait = use(work, &own, sd_throttle_wait);
        return wait ? throttled(work, wait) : NULL;
    }
    return throttled(work, wait > name_wait ? wait : name_wait);
}

sd_error_t *sd_password_budget_take(sd_work_t *work, const char *name)
{
    if (!work->site->throttle) {
        return NULL;
    }
    budget_t source = source_budget(work), own = name_budget(work, name);
    int wait = use(work, &source, sd_throttle_take);

    if (wait) {
        return throttled(work, wait);
    }
    wait = use(work, &own, sd_throttle_take);
    if (wait) {
        give_back(work, &source);
        return throttled(work, wait);
    }
    return NULL;
}

int sd_password_budget_take_account(sd_work_t *work, const char *name, sd_id_t account_id)
{
    if (!work->site->throttle || is_known_source(work, name)) {
        return 1;
    }
    budget_t account = account_budget(work, account_id);
    return use(work, &account, sd_throttle_take) == 0;
}

/* What is kept in a table that outlives the attempt tells nobody's name. */
static const char *shared_subject(sd_work_t *work, const budget_t *budget)
{
    const char *text = apr_pstrcat(work->pool, budget->kind, "\n", budget->subject, NULL);
    unsigned char digest[SD_DIGEST_BYTES];

    sd_digest_hmac(digest, work->site->passwords.current.key, text, strlen(text));
    return sd_digest_base64url(work->pool, digest, sizeof(digest));
}

/* A budget of `attempts` a period is used up when it takes more than the rest of the period to be full again. */
static int shared_wait(const budget_t *budget, sd_time_t full_at, sd_time_t now)
{
    sd_time_t step = budget->period / budget->attempts, left = full_at - now - (budget->period - step);

    return left > 0 ? (int)(left / SD_SECOND) + 1 : 0;
}

static int is_shared(const sd_work_t *work)
{
    return work->site->throttle && sd_store_writes_at_once(work->store);
}

static sd_error_t *ask_shared(int *wait, sd_work_t *work, const budget_t *budget)
{
    sd_time_t full_at = 0;

    *wait = 0;
    if (budget->subject) {
        SD_TRY(sd_attempts_full_at(&full_at, work->store, shared_subject(work, budget)));
        *wait = shared_wait(budget, full_at, sd_work_now(work));
    }
    return NULL;
}

sd_error_t *sd_password_budget_ask_all(sd_work_t *work, const char *name)
{
    budget_t source = source_budget(work), own = name_budget(work, name);
    int wait, name_wait;

    if (!is_shared(work) || is_known_source(work, name)) {
        return NULL;
    }
    SD_TRY(ask_shared(&wait, work, &source));
    SD_TRY(ask_shared(&name_wait, work, &own));
    return wait || name_wait ? throttled(work, wait > name_wait ? wait : name_wait) : NULL;
}

static sd_error_t *share(sd_work_t *work, const budget_t *budget)
{
    return budget->subject ? sd_attempts_take(work->store, shared_subject(work, budget), sd_work_now(work),
                                              budget->period / budget->attempts)
                           : NULL;
}

sd_error_t *sd_password_budget_share(sd_work_t *work, const char *name)
{
    budget_t source = source_budget(work), own = {"account", name, SD_THROTTLE_ACCOUNT, SD_THROTTLE_ACCOUNT_PERIOD};

    if (!is_shared(work) || is_known_source(work, name)) {
        return NULL;
    }
    SD_TRY(sd_attempts_sweep(work->store, sd_work_now(work)));
    SD_TRY(share(work, &source));
    return share(work, &own);
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
        budget_t source = source_budget(work), own = name_budget(work, name),
                 account = account_budget(work, account_id);

        give_back(work, &source);
        give_back(work, &own);
        if (strcmp(own.kind, "known") != 0) {
            give_back(work, &account);
        }
    }
    remember_source(work, name);
}

int sd_password_budget_name_tripped(sd_work_t *work, const char *name)
{
    if (!work->site->throttle) {
        return 0;
    }
    budget_t own = name_budget(work, name);
    return sd_throttle_tripped(work->site->throttle, own.kind, own.subject, sd_work_now(work));
}

int sd_password_budget_source_tripped(sd_work_t *work)
{
    if (!work->site->throttle) {
        return 0;
    }
    budget_t source = source_budget(work);
    return source.subject && sd_throttle_tripped(work->site->throttle, source.kind, source.subject, sd_work_now(work));
}
