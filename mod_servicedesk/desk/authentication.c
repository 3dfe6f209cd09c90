/* Who is it, by token and by session: one statement each, and now and then a note of when they were last used. */
#include "desk/authentication.h"

#include <stdatomic.h>

#include "base/token.h"
#include "desk/token_claims.h"
#include "store/sessions.h"
#include "store/tokens.h"

#define SESSION_TOUCH SD_MINUTE
#define TOKEN_TOUCH SD_HOUR
#define TOUCH_REST (10 * SD_SECOND)

/*
 * A note that cannot be written (database full, locked, read-only) must not stop a request that only reads, nor make
 * each one wait for the writer lock: after a failure this process writes none for a while.
 */
static void touch(sd_work_t *work, sd_store_fn fn, void *baton)
{
    static _Atomic sd_time_t rest_until;
    sd_time_t now = sd_work_now(work), until = atomic_load(&rest_until);
    sd_error_t *error;

    /* A moment too far ahead is left from before a clock was put back. */
    if (now < until && until <= now + TOUCH_REST) {
        return;
    }
    error = sd_store_write_idle(work->store, fn, baton);
    if (error) {
        atomic_store(&rest_until, now + TOUCH_REST);
    }
}

typedef struct touch_t {
    sd_store_t *store;
    sd_id_t token_id;
    const char *session_hash;
    sd_time_t now;
} touch_t;

static sd_error_t *touch_token(void *baton)
{
    touch_t *note = baton;

    return sd_tokens_touch(note->store, note->token_id, note->now);
}

static sd_error_t *touch_session(void *baton)
{
    touch_t *note = baton;

    return sd_sessions_touch(note->store, note->session_hash, note->now);
}

static void fill_actor(sd_work_t *work, const sd_account_t *account, sd_relations_t relations, unsigned scopes)
{
    work->actor = (sd_actor_t){
        .account_id = account->id,
        .generation = account->generation,
        .scopes = scopes,
        .directory = account->directory,
        .seen = account,
        .seen_relations = relations,
        .seen_at = sd_store_moment(work->store),
    };
}

/* Until the next note of its use is due, which an ordinary look-up writes. */
static void remember(sd_work_t *work, const char *hash, const sd_token_use_t *use)
{
    sd_token_claims_put(work->site->token_claims, &(sd_token_claim_t){use->account->id, use->scopes}, hash,
                        sd_work_now(work), use->last_used + TOKEN_TOUCH);
}

int sd_authenticate_token_later(sd_work_t *work, const char *token, unsigned scopes)
{
    const char *hash = token ? sd_token_hash(work->pool, SD_TOKEN_API, token) : NULL;
    sd_token_claim_t claim;

    if (!hash || !sd_token_claims_get(work->site->token_claims, &claim, hash, sd_work_now(work)) ||
        (claim.scopes & scopes) != scopes) {
        return 0;
    }
    work->actor = (sd_actor_t){.account_id = claim.account_id, .scopes = claim.scopes, .token_hash = hash};
    return 1;
}

sd_error_t *sd_authenticate_token(sd_work_t *work, const char *token)
{
    const char *hash = token ? sd_token_hash(work->pool, SD_TOKEN_API, token) : NULL;
    sd_time_t now = sd_work_now(work);
    sd_token_use_t use;

    if (!hash) {
        return sd_error_sign_in(work->pool);
    }
    SD_TRY(sd_tokens_alive(&use, work->store, hash, now));
    if (!use.id) {
        return sd_error_sign_in(work->pool);
    }
    fill_actor(work, use.account, use.relations, use.scopes);
    remember(work, hash, &use);
    if (now - use.last_used >= TOKEN_TOUCH) {
        touch(work, touch_token, &(touch_t){.store = work->store, .token_id = use.id, .now = now});
    }
    return NULL;
}

sd_error_t *sd_authenticate_session(sd_work_t *work, const char *cookie, const char **csrf)
{
    const char *hash = cookie ? sd_token_hash(work->pool, SD_TOKEN_SESSION, cookie) : NULL;
    sd_time_t now = sd_work_now(work);
    sd_session_row_t session;

    if (!hash) {
        return sd_error_sign_in(work->pool);
    }
    SD_TRY(sd_sessions_alive(&session, work->store, hash, now));
    if (!session.account_id) {
        return sd_error_sign_in(work->pool);
    }
    fill_actor(work, session.account, session.relations, session.restricted ? 0 : SD_SCOPE_ALL);
    work->actor.directory = session.directory;
    work->actor.auth_time = session.auth_time;
    *csrf = session.csrf;
    if (now - session.last_seen >= SESSION_TOUCH) {
        touch(work, touch_session, &(touch_t){.store = work->store, .session_hash = hash, .now = now});
    }
    return NULL;
}
