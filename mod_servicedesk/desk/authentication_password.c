/*
 * Who is it, by name and password. The halves that need the database and the one that takes a processor's time are
 * separate calls; what a wrong password costs does not tell whether the name exists.
 */
#include "desk/authentication.h"

#include <string.h>

#include <apr_strings.h>

#include "base/address.h"
#include "base/text.h"
#include "desk/account.h"
#include "desk/audit.h"
#include "desk/password_budget.h"
#include "desk/password_cache.h"
#include "desk/throttle.h"
#include "store/accounts.h"
#include "store/passwords.h"

#define NAME_BYTES 512

/* Names and passwords that nobody can have are refused before they are counted. */
static sd_error_t *check_form(sd_work_t *work, const char *name, const char *password)
{
    if (!name || !*name || strlen(name) > NAME_BYTES || !sd_text_is_utf8(name, strlen(name)) || !password ||
        !*password || strlen(password) > SD_PASSWORD_BYTES) {
        return sd_error_sign_in(work->pool);
    }
    return NULL;
}

/* Another server may tell "Ann" from "ann"; its passwords are remembered for the very name. */
static const char *cache_name(const char *directory, const char *name, const char *folded)
{
    return strcmp(directory, SD_DIRECTORY_INTERNAL) == 0 ? folded : name;
}

static void fill_actor(sd_work_t *work, const char *directory, sd_id_t account_id, apr_int64_t generation)
{
    work->actor = (sd_actor_t){.account_id = account_id,
                               .generation = generation,
                               .scopes = SD_SCOPE_ALL,
                               .directory = apr_pstrdup(work->pool, directory),
                               .by_password = strcmp(directory, SD_DIRECTORY_INTERNAL) == 0};
}

static int find_in_cache(sd_password_cache_entry_t *entry, sd_work_t *work, const char *directory, const char *name,
                         const char *folded, const char *password)
{
    return work->site->password_cache &&
           sd_password_cache_get(work->site->password_cache, entry, directory, cache_name(directory, name, folded),
                                 password, sd_work_now(work));
}

sd_error_t *sd_password_begin(int *known, sd_work_t *work, const char *directory, const char *name,
                              const char *password)
{
    sd_password_cache_entry_t entry;
    const char *folded;

    *known = 0;
    SD_TRY(check_form(work, name, password));
    SD_TRY(sd_text_fold(&folded, work->pool, name));
    if (!find_in_cache(&entry, work, directory, name, folded, password)) {
        return sd_password_budget_take(work, folded);
    }
    SD_TRY(sd_password_budget_ask(work, folded));
    fill_actor(work, directory, entry.account_id, entry.generation);
    *known = 1;
    return NULL;
}

sd_error_t *sd_password_confirm(int *known, sd_work_t *work, const char *directory, const char *name,
                                const char *password)
{
    const sd_account_t *account;
    const char *folded;

    SD_TRY(sd_accounts_by_id(&account, work->store, work->actor.account_id));
    *known = account && account->generation == work->actor.generation && strcmp(account->state, "active") == 0;
    if (*known) {
        return NULL;
    }
    work->actor = (sd_actor_t){0};
    SD_TRY(sd_text_fold(&folded, work->pool, name));
    if (work->site->password_cache) {
        sd_password_cache_forget(work->site->password_cache, directory, cache_name(directory, name, folded), password);
    }
    return NULL;
}

/* An address that does not parse is nobody's. */
static const char *address_key(sd_work_t *work, const char *name)
{
    sd_address_t address;

    return sd_address_parse(&address, work->pool, "name", name) ? NULL : address.key;
}

typedef struct hold_call_t {
    sd_work_t *work;
    const char *name;
    const char *folded;
    sd_password_hold_t *hold;
} hold_call_t;

static sd_error_t *hold_in_write(void *baton)
{
    hold_call_t *call = baton;
    sd_work_t *work = call->work;
    sd_password_row_t row;

    SD_TRY(sd_passwords_find(&row, work->store, call->folded, address_key(work, call->name)));
    return sd_password_budget_hold(call->hold, work, call->folded, row.account_id);
}

sd_error_t *sd_password_hold(sd_password_hold_t *hold, sd_work_t *work, const char *name)
{
    hold_call_t call = {.work = work, .name = name, .hold = hold};

    *hold = (sd_password_hold_t){.count = 0};
    if (!sd_budget_is_shared(work)) {
        return NULL;
    }
    SD_TRY(sd_text_fold(&call.folded, work->pool, name));
    sd_error_t *error = sd_store_write_rows(work->store, hold_in_write, &call);
    if (error) {
        hold->count = 0;
    }
    /* A database that takes no writes makes nobody's password wrong: then each server counts for itself. */
    return error && error->kind == SD_ERROR_THROTTLED ? error : NULL;
}

static sd_error_t *release_in_write(void *baton)
{
    hold_call_t *call = baton;

    return sd_password_budget_return(call->work, call->hold);
}

/* What cannot be given back comes back by itself. */
void sd_password_release(sd_work_t *work, const sd_password_hold_t *hold)
{
    hold_call_t call = {.work = work, .hold = (sd_password_hold_t *)hold};

    if (hold->count) {
        sd_error_t *ignored = sd_store_write_rows(work->store, release_in_write, &call);
        (void)ignored;
    }
}

/* What all servers have counted stands for what this one has. */
static int account_has_room(const sd_password_check_t *check, sd_work_t *work, const char *folded)
{
    if (check->hold && check->hold->count) {
        return !check->hold->account_is_spent;
    }
    return sd_password_budget_take_account(work, folded, check->account_id);
}

sd_error_t *sd_password_find(sd_password_check_t *check, sd_work_t *work, const char *name,
                             const sd_password_hold_t *hold)
{
    sd_password_row_t row;
    const char *folded;

    *check = (sd_password_check_t){.name = name, .hold = hold};
    SD_TRY(sd_text_fold(&folded, work->pool, name));
    SD_TRY(sd_passwords_find(&row, work->store, folded, address_key(work, name)));
    check->account_id = row.account_id;
    check->generation = row.generation;
    check->hash = row.hash;
    check->failures = row.failures;
    check->may_sign_in = row.account_id && strcmp(row.state, "active") == 0 && row.failures < SD_PASSWORD_FAILURES;
    /* Refusing here would tell that two names are one account; so the password is just wrong. */
    if (check->may_sign_in && !account_has_room(check, work, folded)) {
        check->may_sign_in = 0;
    }
    return NULL;
}

sd_error_t *sd_password_compare(sd_password_verdict_t *verdict, sd_work_t *work, sd_password_check_t *check,
                                const char *password)
{
    const sd_password_keys_t *keys = &work->site->passwords;

    SD_TRY(sd_password_verify(verdict, work->pool, keys, check->may_sign_in ? check->hash : NULL, password));
    if (*verdict == SD_PASSWORD_RIGHT_REHASH &&
        sd_password_hash(&check->rehash, work->pool, keys, work->site->random, password)) {
        check->rehash = NULL; /* the next sign-in tries again */
    }
    return NULL;
}

/* ---- the outcome ---- */

typedef struct outcome_t {
    sd_work_t *work;
    const sd_password_check_t *check;
    int name_tripped;
    int source_tripped;
} outcome_t;

static sd_error_t *audit(const outcome_t *outcome, const char *act, const char *type, const char *id,
                         const char *result)
{
    return sd_audit_write(outcome->work,
                          &(sd_audit_entry_t){.act = act, .object_type = type, .object_id = id, .result = result});
}

static sd_error_t *audit_trips(const outcome_t *outcome)
{
    sd_work_t *work = outcome->work;

    if (outcome->name_tripped) {
        const sd_account_t *account = NULL;

        SD_TRY(sd_accounts_by_id(&account, work->store, outcome->check->account_id));
        SD_TRY(audit(outcome, "password.throttle", "account", account ? account->public_id : NULL, "refused"));
    }
    if (outcome->source_tripped) {
        SD_TRY(audit(outcome, "password.throttle", "source", sd_source_network(work->pool, work->source), "refused"));
    }
    return NULL;
}

static sd_error_t *book_wrong(void *baton)
{
    outcome_t *outcome = baton;
    sd_store_t *store = outcome->work->store;
    const sd_account_t *account;
    apr_int64_t failures = 0;

    SD_TRY(sd_accounts_by_id(&account, store, outcome->check->account_id));
    SD_TRY(audit(outcome, "sign-in", "account", account ? account->public_id : NULL, "failed"));
    if (!outcome->check->may_sign_in) {
        SD_TRY(sd_passwords_fail_decoy(store));
        return audit_trips(outcome);
    }
    SD_TRY(sd_passwords_fail(&failures, store, outcome->check->account_id, sd_work_now(outcome->work)));
    if (failures == SD_PASSWORD_FAILURES) {
        SD_TRY(audit(outcome, "password.lockout", "account", account ? account->public_id : NULL, "refused"));
    }
    return audit_trips(outcome);
}

static sd_error_t *book_right(void *baton)
{
    outcome_t *outcome = baton;
    const sd_password_check_t *check = outcome->check;
    sd_store_t *store = outcome->work->store;

    if (check->failures) {
        SD_TRY(sd_passwords_forgive(store, check->account_id));
    }
    if (check->hold) {
        SD_TRY(sd_password_budget_return(outcome->work, check->hold));
    }
    return check->rehash ? sd_passwords_rehash(store, check->account_id, check->hash, check->rehash) : NULL;
}

static void remember(sd_work_t *work, const char *directory, const char *name, const char *password, sd_time_t lifetime)
{
    sd_password_cache_entry_t entry = {work->actor.account_id, work->actor.generation};
    sd_time_t now = sd_work_now(work);

    if (work->site->password_cache) {
        sd_password_cache_set(work->site->password_cache, &entry, directory, name, password, now, now + lifetime);
    }
}

/* The counters that cannot be reset now will be next time: a right password is right. */
static void let_in(sd_work_t *work, outcome_t *outcome, const char *folded, const char *password)
{
    const sd_password_check_t *check = outcome->check;

    if (check->failures || check->rehash || (check->hold && check->hold->count)) {
        sd_error_t *ignored = sd_store_write_rows(work->store, book_right, outcome);
        (void)ignored;
    }
    fill_actor(work, SD_DIRECTORY_INTERNAL, check->account_id, check->generation);
    sd_password_budget_give_back(work, folded, check->account_id);
    remember(work, SD_DIRECTORY_INTERNAL, folded, password, SD_PASSWORD_CACHE_INTERNAL);
}

sd_error_t *sd_password_finish(sd_work_t *work, const sd_password_check_t *check, sd_password_verdict_t verdict,
                               const char *password)
{
    outcome_t outcome = {.work = work, .check = check};
    const char *folded;

    SD_TRY(sd_text_fold(&folded, work->pool, check->name));
    if (verdict != SD_PASSWORD_WRONG && check->may_sign_in) {
        let_in(work, &outcome, folded, password);
        return NULL;
    }
    outcome.name_tripped = sd_password_budget_name_tripped(work, folded);
    outcome.source_tripped = sd_password_budget_source_tripped(work);
    /* That the count cannot be written does not make the password right; the budget in memory has counted it. */
    sd_error_t *ignored = sd_store_write_rows(work->store, book_wrong, &outcome);
    (void)ignored;
    return sd_error_sign_in(work->pool);
}

/* ---- the audit of who comes by password alone ---- */

#define NOTE_PERIOD SD_HOUR

typedef struct note_t {
    sd_work_t *work;
    const char *result;
} note_t;

static sd_error_t *note_in_write(void *baton)
{
    note_t *note = baton;
    const sd_account_t *account = note->work->actor.account;

    return sd_audit_write(note->work, &(sd_audit_entry_t){.act = "sign-in",
                                                          .object_type = "account",
                                                          .object_id = account ? account->public_id : NULL,
                                                          .result = note->result});
}

/* A new password is a new sign-in. */
int sd_password_is_news(sd_work_t *work)
{
    const char *network = sd_source_network(work->pool, work->source);
    const sd_actor_t *actor = &work->actor;
    const char *subject = apr_psprintf(work->pool, "%" APR_INT64_T_FMT " %" APR_INT64_T_FMT " %s", actor->account_id,
                                       actor->generation, network ? network : "");

    return work->site->throttle &&
           !sd_throttle_take(work->site->throttle, "sign-in", subject, 1, NOTE_PERIOD, sd_work_now(work));
}

void sd_password_note(sd_work_t *work)
{
    note_t note = {work, NULL};
    sd_error_t *error = sd_work_write_rows(work, note_in_write, &note);

    if (error && error->kind == SD_ERROR_SIGN_IN) {
        note.result = "refused"; /* the password is right, and not enough */
        error = sd_store_write_rows(work->store, note_in_write, &note);
    }
    (void)error;
}

/* ---- foreign providers ---- */

int sd_password_cache_has(sd_work_t *work, const char *directory, const char *name, const char *password)
{
    sd_password_cache_entry_t entry;
    const char *folded;

    if (check_form(work, name, password) || sd_text_fold(&folded, work->pool, name) ||
        !find_in_cache(&entry, work, directory, name, folded, password) || sd_password_budget_ask(work, folded)) {
        return 0;
    }
    fill_actor(work, directory, entry.account_id, entry.generation);
    return 1;
}

void sd_password_cache_put(sd_work_t *work, const char *directory, const char *name, const char *password)
{
    const char *folded;

    if (check_form(work, name, password) || sd_text_fold(&folded, work->pool, name)) {
        return;
    }
    sd_password_budget_give_back(work, folded, 0);
    remember(work, directory, cache_name(directory, name, folded), password, SD_PASSWORD_CACHE_EXTERNAL);
}
