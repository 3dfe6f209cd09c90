/* The unit of work: every outermost transaction begins by reading its actor anew. */
#include "desk/work.h"

#include <string.h>

#include "desk/second_factor.h"
#include "desk/setting.h"
#include "desk/token_claims.h"
#include "store/accounts.h"
#include "store/tokens.h"

typedef struct run_t {
    sd_work_t *work;
    sd_store_fn ask; /* or NULL */
    sd_store_fn fn;
    void *baton;
} run_t;

sd_time_t sd_work_now(const sd_work_t *work)
{
    return sd_clock_now(work->site->clock);
}

/* Only system administrators pay for this look-up. */
static sd_error_t *add_reader(sd_work_t *work)
{
    int reads;
    SD_TRY(sd_setting_boolean(&reads, work, "system_admin_reads_requests"));
    if (reads) {
        work->actor.relations |= SD_RELATION_SYSTEM_READER;
    }
    return NULL;
}

sd_error_t *sd_work_require_fresh(const sd_work_t *work)
{
    const sd_actor_t *actor = &work->actor;
    sd_time_t age = sd_work_now(work) - actor->auth_time;

    /* A clock that was put back makes nobody fresh. */
    if (actor->is_operator || !actor->auth_time || (age >= -SD_MINUTE && age <= SD_WORK_FRESH)) {
        return NULL;
    }
    return sd_error_new(work->pool, SD_ERROR_FORBIDDEN, "sd.account.confirm", "Confirm with your password first.");
}

/* Owner and scopes of a token never change; that these are compared is for a hash that would stand for another. */
static sd_error_t *see_token(const sd_account_t **account, sd_relations_t *relations, sd_work_t *work)
{
    sd_actor_t *actor = &work->actor;
    sd_token_use_t use;

    *account = NULL;
    SD_TRY(sd_tokens_alive(&use, work->store, actor->token_hash, sd_work_now(work)));
    if (!use.id || use.account->id != actor->account_id || use.scopes != actor->scopes) {
        sd_token_claims_forget(work->site->token_claims, actor->token_hash);
        return NULL;
    }
    actor->directory = use.account->directory;
    *account = use.account;
    *relations = use.relations;
    return NULL;
}

/* Who has been authenticated by this very transaction was read by it. */
static sd_error_t *see_account(const sd_account_t **account, sd_relations_t *relations, sd_work_t *work)
{
    const sd_actor_t *actor = &work->actor;

    if (actor->token_hash) {
        return see_token(account, relations, work);
    }
    if (actor->seen && actor->seen_at && actor->seen_at == sd_store_moment(work->store)) {
        *account = actor->seen;
        *relations = actor->seen_relations;
        return NULL;
    }
    return sd_accounts_actor(account, relations, work->store, actor->account_id);
}

/* A credential counts only if this very transaction sees its generation unchanged: revocation is at once. */
static sd_error_t *read_actor(sd_work_t *work)
{
    sd_actor_t *actor = &work->actor;
    actor->relations = SD_RELATION_ANYONE;
    actor->account = NULL;
    if (!actor->account_id) {
        return NULL;
    }

    const sd_account_t *account;
    sd_relations_t relations;
    SD_TRY(see_account(&account, &relations, work));
    if (!account || strcmp(account->state, "active") != 0 ||
        (actor->generation && actor->generation != account->generation)) {
        return sd_error_sign_in(work->pool);
    }
    actor->account = account;
    actor->relations |= SD_RELATION_ACCOUNT | relations;
    if (actor->by_password) {
        SD_TRY(sd_second_factor_refuse_password(work));
    }
    return relations & SD_RELATION_SYSTEM_ADMIN ? add_reader(work) : NULL;
}

/* What is asked ahead comes with the actor's row, in one trip; nobody looks at it before the actor is judged. */
static sd_error_t *begin(const run_t *run)
{
    sd_work_t *work = run->work;

    if (run->ask) {
        SD_TRY(run->ask(run->baton));
    }
    if (work->depth == 1) {
        SD_TRY(read_actor(work));
    }
    return run->ask ? sd_store_settle(work->store) : NULL;
}

static sd_error_t *run(void *baton)
{
    run_t *run = baton;
    sd_work_t *work = run->work;
    work->depth++;
    sd_error_t *error = begin(run);
    if (!error) {
        error = run->fn(run->baton);
    }
    work->depth--;
    return error;
}

sd_error_t *sd_work_read(sd_work_t *work, sd_store_fn fn, void *baton)
{
    return sd_work_read_ahead(work, NULL, fn, baton);
}

sd_error_t *sd_work_read_ahead(sd_work_t *work, sd_store_fn ask, sd_store_fn fn, void *baton)
{
    return sd_store_read(work->store, run, &(run_t){work, ask, fn, baton});
}

sd_error_t *sd_work_read_long(sd_work_t *work, sd_store_fn fn, void *baton)
{
    return sd_store_read_long(work->store, run, &(run_t){work, NULL, fn, baton});
}

sd_error_t *sd_work_write(sd_work_t *work, sd_store_fn fn, void *baton)
{
    return sd_store_write(work->store, run, &(run_t){work, NULL, fn, baton});
}

sd_error_t *sd_work_write_turns(sd_work_t *work, sd_store_fn fn, void *baton)
{
    return sd_store_write_turns(work->store, run, &(run_t){work, NULL, fn, baton});
}

sd_error_t *sd_work_write_rows(sd_work_t *work, sd_store_fn fn, void *baton)
{
    return sd_work_write_rows_ahead(work, NULL, fn, baton);
}

sd_error_t *sd_work_write_rows_ahead(sd_work_t *work, sd_store_fn ask, sd_store_fn fn, void *baton)
{
    return sd_store_write_rows(work->store, run, &(run_t){work, ask, fn, baton});
}

/* The account is there since the transaction that has seen it. */
int sd_work_is_claimed(const sd_work_t *work)
{
    return work->actor.token_hash && !work->actor.account;
}

static sd_error_t *look_only(void *baton)
{
    (void)baton;
    return NULL;
}

sd_error_t *sd_work_confirm(sd_work_t *work, sd_error_t *error)
{
    if (sd_work_is_claimed(work)) {
        SD_TRY(sd_work_read(work, look_only, NULL));
    }
    return error;
}
