/* Sessions: opened, ended, cleared away. That they are alive is asked by desk/authentication.c. */
#include "desk/session.h"

#include <string.h>

#include "base/token.h"
#include "desk/account.h"
#include "desk/audit.h"
#include "desk/policy.h"
#include "desk/second_factor.h"
#include "store/accounts.h"
#include "store/sessions.h"

#define SESSIONS 50 /* of one account; the oldest makes room */
#define CSRF_BYTES 32
#define PURGE 20 /* ended sessions swept at each sign-in: more than it adds */

typedef struct open_t {
    sd_work_t *work;
    const char *kind;
    const char *old_hash;
    const char *code;
    int is_proven;    /* by a second factor, as far as there is one */
    sd_time_t proved; /* when its owner last proved who he is, if not now */
    sd_session_row_t row;
} open_t;

static sd_time_t earlier(sd_time_t a, sd_time_t b)
{
    return a < b ? a : b;
}

/* Staff works with other people's words: shorter limits. A bridge session ends with its time, used or not. */
static void set_limits(open_t *open)
{
    sd_work_t *work = open->work;
    const sd_site_t *site = work->site;
    int staff = (work->actor.relations & (SD_RELATION_STAFF | SD_RELATION_SYSTEM_ADMIN)) != 0;
    sd_time_t lifetime = staff ? site->staff_session_lifetime : site->session_lifetime;
    sd_time_t idle = staff ? site->staff_session_idle : site->session_idle;

    if (strcmp(open->kind, "bridge") == 0) {
        lifetime = site->bridge_session_lifetime;
        idle = lifetime;
    }
    open->row.idle = earlier(idle, lifetime);
    open->row.created = sd_work_now(work);
    open->row.last_seen = open->row.created;
    /* Whoever reads a mailbox has not shown who he is. */
    open->row.auth_time = open->row.created - (strcmp(open->kind, "link") == 0 ? SD_WORK_FRESH + 1 : 0);
    if (open->proved) {
        open->row.auth_time = open->proved;
    }
    open->row.expires = open->row.created + lifetime;
}

static sd_error_t *audit(sd_work_t *work, const char *act, const char *public_id, json_t *detail)
{
    return sd_audit_write(work, &(sd_audit_entry_t){.act = act,
                                                    .object_type = "account",
                                                    .object_id = public_id,
                                                    .detail = sd_audit_detail(work, detail)});
}

/* The site's own authentication, behind the bridge, has factors of its own. */
static sd_error_t *check_factor(open_t *open)
{
    sd_work_t *work = open->work;

    if (strcmp(open->kind, "bridge") == 0) {
        return NULL;
    }
    if (!open->is_proven) {
        SD_TRY(sd_second_factor_check(work, work->actor.account_id, open->code));
    }
    return sd_second_factor_is_missing(&open->row.restricted, work);
}

static sd_error_t *open_in_write(void *baton)
{
    open_t *open = baton;
    sd_work_t *work = open->work;
    const sd_account_t *account = work->actor.account;
    sd_id_t ignored;

    if (!account) {
        return sd_error_sign_in(work->pool);
    }
    SD_TRY(check_factor(open));
    if (open->old_hash) {
        SD_TRY(sd_sessions_delete(&ignored, work->store, open->old_hash));
    }
    set_limits(open);
    open->row.account_id = account->id;
    open->row.generation = account->generation;
    /* Whoever comes in sweeps: what ended does not stay in the table for ever. */
    SD_TRY(sd_sessions_purge(NULL, work->store, open->row.created, PURGE));
    SD_TRY(sd_sessions_trim(work->store, account->id, SESSIONS - 1));
    SD_TRY(sd_sessions_insert(work->store, &open->row));
    SD_TRY(sd_accounts_signed_in(work->store, account->id, open->row.created));
    return audit(work, "session.open", account->public_id, json_pack("{s:s}", "kind", open->kind));
}

static sd_error_t *draw(const char **cookie, open_t *open)
{
    sd_work_t *work = open->work;
    unsigned char secret[CSRF_BYTES];
    const char *hash;

    SD_TRY(sd_token_new(cookie, &hash, work->pool, work->site->random, SD_TOKEN_SESSION));
    SD_TRY(sd_random_fill(work->pool, work->site->random, secret, sizeof(secret)));
    open->row = (sd_session_row_t){
        .hash = hash,
        .kind = open->kind,
        .directory = work->actor.directory ? work->actor.directory : SD_DIRECTORY_INTERNAL,
        .csrf = sd_digest_base64url(work->pool, secret, sizeof(secret)),
        .source = work->source,
    };
    return NULL;
}

static sd_session_t *present(const open_t *open, const char *cookie)
{
    sd_session_t *session = apr_pcalloc(open->work->pool, sizeof(*session));

    *session = (sd_session_t){cookie, open->row.csrf, open->row.expires};
    return session;
}

static const char *hash_of(sd_work_t *work, const char *cookie)
{
    return cookie ? sd_token_hash(work->pool, SD_TOKEN_SESSION, cookie) : NULL;
}

/* From here on the second factor has its say, not the rule for who has shown a password alone. */
static sd_error_t *begin(const char **cookie, open_t *open)
{
    SD_TRY(draw(cookie, open));
    open->work->actor.by_password = 0;
    return NULL;
}

static sd_session_t *finish(const open_t *open, const char *cookie)
{
    sd_actor_t *actor = &open->work->actor;

    actor->scopes = open->row.restricted ? 0 : actor->scopes;
    return present(open, cookie);
}

sd_error_t *sd_session_audit_code(sd_work_t *work, sd_error_t *error)
{
    if (error && strcmp(error->key, "sd.second.factor.code") == 0) {
        sd_audit_refused(work, "sign-in.code", "account", work->actor.account ? work->actor.account->public_id : NULL);
    }
    return error;
}

sd_error_t *sd_session_sign_in(sd_session_t **session, sd_work_t *work, const char *kind, const char *code,
                               const char *old_cookie)
{
    open_t open = {.work = work, .kind = kind, .code = code, .old_hash = hash_of(work, old_cookie)};
    const char *cookie;

    *session = NULL;
    SD_TRY(begin(&cookie, &open));
    SD_TRY(sd_second_factor_hold(work, code));
    SD_TRY(sd_session_audit_code(work, sd_work_write_rows(work, open_in_write, &open)));
    *session = finish(&open, cookie);
    return NULL;
}

sd_error_t *sd_session_open_within(sd_session_t **session, sd_work_t *work, const char *kind, const char *code,
                                   const char *old_cookie)
{
    open_t open = {.work = work, .kind = kind, .code = code, .old_hash = hash_of(work, old_cookie)};
    const char *cookie;

    *session = NULL;
    SD_TRY(begin(&cookie, &open));
    SD_TRY(open_in_write(&open));
    *session = finish(&open, cookie);
    return NULL;
}

sd_error_t *sd_session_open(sd_session_t **session, sd_work_t *work, const char *kind, const char *old_cookie)
{
    return sd_session_sign_in(session, work, kind, NULL, old_cookie);
}

sd_error_t *sd_session_renew(sd_session_t **session, sd_work_t *work, const char *cookie)
{
    open_t open = {.work = work, .kind = "password", .is_proven = 1, .proved = work->actor.auth_time};
    const char *hash = hash_of(work, cookie);
    sd_session_row_t old = {0};
    const char *fresh;

    *session = NULL;
    if (hash) {
        SD_TRY(sd_sessions_by_hash(&old, work->store, hash));
    }
    SD_TRY(sd_sessions_delete_of(NULL, work->store, work->actor.account_id));
    SD_TRY(sd_accounts_by_id(&work->actor.account, work->store, work->actor.account_id));
    work->actor.generation = work->actor.account->generation;
    if (old.account_id != work->actor.account_id) {
        return NULL;
    }
    SD_TRY(draw(&fresh, &open));
    SD_TRY(open_in_write(&open));
    *session = present(&open, fresh);
    return NULL;
}

typedef struct confirm_t {
    sd_work_t *work;
    const char *hash;
    const char *code;
} confirm_t;

static sd_error_t *confirm_in_write(void *baton)
{
    confirm_t *confirm = baton;
    sd_work_t *work = confirm->work;

    SD_TRY(sd_policy_require(work, SD_MAY_SECURE_ACCOUNT));
    SD_TRY(sd_second_factor_check(work, work->actor.account_id, confirm->code));
    SD_TRY(sd_sessions_set_auth_time(work->store, confirm->hash, sd_work_now(work)));
    return audit(work, "session.confirm", work->actor.account->public_id, NULL);
}

sd_error_t *sd_session_confirm(sd_work_t *work, const char *cookie, const char *code)
{
    confirm_t confirm = {work, hash_of(work, cookie), code};

    if (!confirm.hash) {
        return sd_error_sign_in(work->pool);
    }
    SD_TRY(sd_second_factor_hold(work, code));
    return sd_work_write(work, confirm_in_write, &confirm);
}

typedef struct close_t {
    sd_work_t *work;
    const char *hash;
    const char *named;
    apr_int64_t count;
} close_t;

/* Whoever shows the cookie may end it; one that is not there is ended already. */
static sd_error_t *close_in_write(void *baton)
{
    close_t *end = baton;
    sd_work_t *work = end->work;
    const sd_account_t *account;
    sd_id_t account_id;

    SD_TRY(sd_sessions_delete(&account_id, work->store, end->hash));
    SD_TRY(sd_accounts_by_id(&account, work->store, account_id));
    return account ? audit(work, "session.close", account->public_id, NULL) : NULL;
}

sd_error_t *sd_session_close(sd_work_t *work, const char *cookie)
{
    close_t end = {.work = work, .hash = hash_of(work, cookie)};

    return end.hash ? sd_store_write_rows(work->store, close_in_write, &end) : NULL;
}

static sd_error_t *close_all_in_write(void *baton)
{
    close_t *end = baton;
    sd_work_t *work = end->work;
    const sd_account_t *account;

    SD_TRY(sd_account_whose(&account, work, end->named));
    SD_TRY(sd_sessions_delete_of(&end->count, work->store, account->id));
    return audit(work, "session.close-all", account->public_id, json_pack("{s:I}", "sessions", (json_int_t)end->count));
}

sd_error_t *sd_session_close_all(sd_work_t *work, const char *named)
{
    return sd_work_write(work, close_all_in_write, &(close_t){.work = work, .named = named});
}
