/* The worker's thread, its pauses, and how it ends. */
#include "server/worker.h"

#include <apr_allocator.h>
#include <apr_atomic.h>
#include <apr_optional.h>
#include <apr_strings.h>
#include <ap_mpm.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <mod_watchdog.h>

#include "base/memory.h"
#include "desk/keeping.h"
#include "desk/request_index.h"
#include "mail/message.h"
#include "mail/smtp.h"
#include "server/bridge_dbd.h"
#include "store/checkpoint.h"

APLOG_USE_MODULE(servicedesk);

#define NAME "_servicedesk_"
#define TICK apr_time_from_sec(1)
#define ROUNDS 50 /* of one instance before the next has its turn */
#define KEEP_EVERY apr_time_from_sec(20)
#define FIRST_PAUSE apr_time_from_sec(2)
#define LONGEST_PAUSE apr_time_from_sec(60)
#define ROUND_KEEPS 65536 /* bytes of memory from one piece of work to the next */
#define STOP_SLICE apr_time_from_msec(20)
#define STOP_SLICES 250  /* 5 seconds until what is under way is broken off ... */
#define ABORT_SLICES 100 /* ... and 2 more until the process leaves it behind */

/* What one process remembers of an instance. */
typedef struct job_t {
    struct job_t *next;
    const sd_instance_t *instance;
    apr_time_t paused_until;
    apr_interval_time_t pause;
    int told;              /* the error log knows why */
    apr_time_t next_keep;  /* when the keeping has its turn again */
    apr_time_t next_index; /* when words are made again; only later if that failed */
    sd_checkpoint_t log;   /* of the database */
} job_t;

static job_t *jobs;
static volatile apr_uint32_t stop, abort_now, busy;

const volatile apr_uint32_t *sd_worker_stop(void)
{
    return &stop;
}

const volatile apr_uint32_t *sd_worker_abort(void)
{
    return &abort_now;
}

void sd_worker_complain(void *instance, const char *text)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ((const sd_instance_t *)instance)->server, "%s", text);
}

sd_error_t *sd_worker_unit(void *baton, apr_pool_t *pool, int to_write, sd_sender_fn fn, void *fn_baton)
{
    const sd_instance_t *instance = baton;
    sd_connection_t *connection;
    sd_work_t work = {
        .pool = pool,
        .site = &instance->site,
        .face = "server",
        .actor = {.scopes = SD_SCOPE_ALL, .is_worker = 1},
    };

    SD_TRY((to_write ? sd_bridge_open_to_write : sd_bridge_open)(&connection, instance, pool));
    work.store = sd_bridge_store(connection);
    sd_error_t *error = fn(fn_baton, &work);
    sd_bridge_close(connection);
    return error;
}

/* Each time twice as long, up to a minute. */
static void pause_job(job_t *job)
{
    job->pause = job->pause ? job->pause * 2 : FIRST_PAUSE;
    job->pause = job->pause < LONGEST_PAUSE ? job->pause : LONGEST_PAUSE;
    job->paused_until = apr_time_now() + job->pause;
}

static void tell_once(job_t *job, const char *what, const char *why)
{
    if (!job->told) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, job->instance->server, "SD00053: %s: %s", what, why ? why : "?");
        job->told = 1;
    }
}

/* What will be tried again, and needs nobody. */
static void note_wait(const job_t *job, const char *what, const sd_error_t *error)
{
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, job->instance->server, "%s: %s", what,
                 error->detail ? error->detail : error->text);
}

static sd_error_t *take_turn(void *mine, sd_work_t *work)
{
    return sd_keep_turn(mine, work);
}

static sd_error_t *keep(void *more, sd_work_t *work)
{
    return sd_keep(more, work);
}

/*
 * Every now and then, and as long as there is something: the audit is sealed, what has had its time goes. It touches
 * pages and takes memory that this thread will not want again for long.
 */
static void keep_round(job_t *job, apr_pool_t *pool)
{
    void *instance = (void *)job->instance;
    int more;

    if (apr_time_now() < job->next_keep) {
        return;
    }
    sd_error_t *error = sd_worker_unit(instance, pool, 1, take_turn, &more);
    for (int i = 0; !error && more && i < ROUNDS && !stop; i++) {
        apr_pool_clear(pool);
        error = sd_worker_unit(instance, pool, 1, keep, &more);
    }
    if (error) {
        note_wait(job, "SD00054: keeping waits", error);
    }
    apr_pool_clear(pool);
    sd_memory_give_back();
    job->next_keep = apr_time_now() + KEEP_EVERY;
}

static sd_error_t *carry_over(void *log, sd_work_t *work)
{
    return sd_checkpoint_round(log, work->store);
}

/* The changes in SQLite's log go into the database file here, where nobody waits for it. */
static void checkpoint_round(job_t *job, apr_pool_t *pool)
{
    if (apr_atomic_read32(&((sd_instance_t *)job->instance)->writes_at_once)) {
        return;
    }
    sd_error_t *error = sd_worker_unit((void *)job->instance, pool, 0, carry_over, &job->log);
    if (error) {
        note_wait(job, "SD00017: the log of the database waits", error);
    }
    apr_pool_clear(pool);
}

static sd_error_t *add_words(void *more, sd_work_t *work)
{
    return sd_request_index_round(more, work);
}

/* The words of what was written since; searches look through the rest themselves. */
static void index_round(job_t *job, apr_pool_t *pool)
{
    sd_error_t *error = NULL;
    int more = apr_time_now() >= job->next_index;

    for (int i = 0; !error && more && i < ROUNDS && !stop; i++) {
        apr_pool_clear(pool);
        error = sd_worker_unit((void *)job->instance, pool, 1, add_words, &more);
    }
    if (error) {
        note_wait(job, "SD00018: the words of requests wait", error);
        job->next_index = apr_time_now() + KEEP_EVERY;
    }
    apr_pool_clear(pool);
}

/* True if there may be more to do at once. */
static int send_round(job_t *job, apr_pool_t *pool)
{
    sd_sender_state_t state;
    sd_error_t *error = sd_sender_round(&state, job->instance->sender, pool);

    if (error) {
        tell_once(job, "mails wait for the database", error->detail);
        pause_job(job);
        return 0;
    }
    if (state == SD_SENDER_HELD) {
        tell_once(job, "mails wait", "mail_total_hour is used up");
    }
    if (state == SD_SENDER_HELD || state == SD_SENDER_DOWN) {
        pause_job(job);
        return 0;
    }
    job->pause = 0;
    job->told = 0;
    return state == SD_SENDER_BUSY;
}

/* With an allocator of its own, which keeps little: the thread's would keep the largest round's memory for good. */
static apr_pool_t *round_pool(void)
{
    apr_allocator_t *allocator;
    apr_pool_t *pool;

    apr_allocator_create(&allocator);
    apr_allocator_max_free_set(allocator, ROUND_KEEPS);
    apr_pool_create_ex(&pool, NULL, NULL, allocator);
    apr_allocator_owner_set(allocator, pool);
    return pool;
}

static void run_job(job_t *job)
{
    apr_pool_t *round = round_pool();
    int more = job->instance->sender && apr_time_now() >= job->paused_until;

    checkpoint_round(job, round);
    for (int i = 0; more && i < ROUNDS && !stop; i++) {
        more = send_round(job, round);
        apr_pool_clear(round);
    }
    index_round(job, round);
    keep_round(job, round);
    apr_pool_destroy(round);
}

static int is_stopping(void)
{
    int state;

    return stop || (ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING);
}

/* Always APR_SUCCESS: mod_watchdog never calls again who once said anything else. */
static apr_status_t tick(int state, void *data, apr_pool_t *pool)
{
    (void)data;
    (void)pool;
    if (state != AP_WATCHDOG_STATE_RUNNING) {
        return APR_SUCCESS;
    }
    apr_atomic_set32(&busy, 1);
    for (job_t *job = jobs; job && !is_stopping(); job = job->next) {
        run_job(job);
    }
    apr_atomic_set32(&busy, 0);
    return APR_SUCCESS;
}

static int is_needed(server_rec *server)
{
    for (; server; server = server->next) {
        const sd_instance_t *instance = sd_instance_of(server);
        if (instance) {
            return 1;
        }
    }
    return 0;
}

int sd_worker_post_config(apr_pool_t *config_pool, apr_pool_t *log_pool, apr_pool_t *pool, server_rec *server)
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *add = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    ap_watchdog_t *watchdog;

    (void)log_pool;
    (void)pool;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG || !is_needed(server)) {
        return OK;
    }
    if (!get || !add || get(&watchdog, NAME, 0, 1, config_pool) != APR_SUCCESS ||
        add(watchdog, TICK, NULL, tick) != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server,
                     "SD00006: no mail is sent, and the audit is not sealed: mod_watchdog is not loaded");
    }
    return OK;
}

/* The last of this module's: the thread may run already, and must not find half of it. */
void sd_worker_child_init(apr_pool_t *pool, server_rec *server)
{
    job_t *first = NULL;

    if (!is_needed(server)) {
        return;
    }
    sd_message_child_init();
    if (!sd_smtp_child_init()) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server,
                     "SD00007: no mail is sent, and the audit is not sealed: libcurl does not start");
        return;
    }
    for (; server; server = server->next) {
        const sd_instance_t *instance = sd_instance_of(server);
        if (instance && instance->server == server && !instance->trouble) {
            job_t *job = apr_pcalloc(pool, sizeof *job);
            job->instance = instance;
            job->next_keep = apr_time_now() + KEEP_EVERY;
            job->next = first;
            first = job;
        }
    }
    apr_atomic_casptr((volatile void **)(void *)&jobs, first, NULL);
}

void sd_worker_child_stopping(apr_pool_t *pool, int graceful)
{
    (void)pool;
    (void)graceful;
    apr_atomic_set32(&stop, 1);
    for (int i = 0; i < STOP_SLICES + ABORT_SLICES && apr_atomic_read32(&busy); i++) {
        if (i == STOP_SLICES) {
            apr_atomic_set32(&abort_now, 1);
        }
        apr_sleep(STOP_SLICE);
    }
}
