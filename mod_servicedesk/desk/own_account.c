/* One's own password: changed, forgotten, reset. */
#include "desk/own_account.h"

#include <string.h>

#include "base/address.h"
#include "desk/account.h"
#include "desk/account_form.h"
#include "desk/audit.h"
#include "desk/mail_budget.h"
#include "desk/organization_domain.h"
#include "desk/outbox.h"
#include "desk/policy.h"
#include "store/accounts.h"
#include "store/passwords.h"
#include "store/sessions.h"
#include "store/tokens.h"

#define FORGOTTEN "forgotten" /* its budgets */
#define NO_ACCOUNT "no-account"

typedef struct password_call_t {
    sd_work_t *work;
    const char *token;
    const char *cookie;
    const char *hash;
    int end_tokens;
    const sd_account_t *account;
    const sd_address_t *address;
    sd_session_t *session;
} password_call_t;

static sd_error_t *require_internal(sd_work_t *work, const sd_account_t *account)
{
    if (account && strcmp(account->directory, SD_DIRECTORY_INTERNAL) == 0) {
        return NULL;
    }
    return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.password.elsewhere",
                        "The accounts of this directory have their passwords elsewhere.");
}

static sd_error_t *audit(sd_work_t *work, const char *act, const sd_account_t *account)
{
    return sd_audit_write(work,
                          &(sd_audit_entry_t){.act = act, .object_type = "account", .object_id = account->public_id});
}

/* The policy, and the hash that takes its time: while no transaction is open. */
static sd_error_t *make_hash(password_call_t *call, const char *password)
{
    sd_work_t *work = call->work;
    sd_error_t *error = sd_account_check_password(work->pool, call->account->name, call->account->address,
                                                  call->account->display_name, password);

    for (sd_error_t *one = error; one; one = one->next) {
        one->field = "newPassword";
    }
    SD_TRY(error);
    return sd_password_hash(&call->hash, work->pool, &work->site->passwords, work->site->random, password);
}

static sd_error_t *tell(sd_work_t *work, const sd_account_t *account, sd_mail_kind_t kind)
{
    return sd_outbox_add(work, &(sd_mail_t){.kind = kind, .account_id = account->id, .address = account->address});
}

/* ---- changed ---- */

static sd_error_t *find_own(void *baton)
{
    password_call_t *call = baton;
    sd_work_t *work = call->work;

    SD_TRY(sd_policy_require(work, SD_MAY_HAVE_ACCOUNT));
    SD_TRY(require_internal(work, work->actor.account));
    call->account = work->actor.account;
    return NULL;
}

static sd_error_t *change_in_write(void *baton)
{
    password_call_t *call = baton;
    sd_work_t *work = call->work;

    SD_TRY(find_own(call));
    SD_TRY(sd_passwords_set(work->store, call->account->id, call->hash, "active"));
    SD_TRY(sd_mailed_token_revoke_of(work, call->account->id));
    if (call->end_tokens) {
        SD_TRY(sd_tokens_revoke_of(work->store, call->account->id, sd_work_now(work)));
    }
    SD_TRY(audit(work, "password.change", call->account));
    SD_TRY(tell(work, call->account, SD_MAIL_PASSWORD_CHANGED));
    return sd_session_renew(&call->session, work, call->cookie);
}

sd_error_t *sd_own_password_change(sd_session_t **session, sd_work_t *work, const char *password, int end_tokens,
                                   const char *cookie)
{
    password_call_t call = {.work = work, .cookie = cookie, .end_tokens = end_tokens};

    *session = NULL;
    SD_TRY(sd_work_read(work, find_own, &call));
    SD_TRY(make_hash(&call, password));
    SD_TRY(sd_work_write(work, change_in_write, &call));
    *session = call.session;
    return NULL;
}

/* ---- forgotten ---- */

static int is_pending(const sd_account_t *account)
{
    return strcmp(account->state, "pending") == 0;
}

static int may_reset(const sd_account_t *account)
{
    return account && strcmp(account->directory, SD_DIRECTORY_INTERNAL) == 0 &&
           (strcmp(account->state, "active") == 0 || is_pending(account));
}

/* Whose the address is; else whom an account was made for with it. */
static sd_error_t *find_by_address(const sd_account_t **account, sd_work_t *work, const char *key)
{
    SD_TRY(sd_accounts_by_address(account, work->store, key));
    return *account ? NULL : sd_accounts_by_pending_address(account, work->store, key);
}

/*
 * A new link is the end of the one before, so there is none while that works, nor without a mail that carries it. For
 * an address of nobody who may have one, the same rows: the mail is kept, and the token is nobody's.
 */
static sd_error_t *mail_link(sd_work_t *work, const sd_account_t *account, const char *address)
{
    int repeats, room;
    sd_id_t token, id = account ? account->id : 0;

    SD_TRY(account ? sd_outbox_repeats(&repeats, work, SD_MAIL_RESET, address)
                   : sd_outbox_withholds(&repeats, work, SD_MAIL_RESET, address, NO_ACCOUNT));
    SD_TRY(sd_outbox_has_room(&room, work, address));
    if (repeats || !room) {
        return NULL;
    }
    SD_TRY(sd_mailed_token_issue(
        &token, work, &(sd_mailed_token_input_t){.kind = SD_MAILED_RESET, .account_id = id, .address = address}));
    return sd_outbox_add(work, &(sd_mail_t){.kind = SD_MAIL_RESET,
                                            .account_id = id,
                                            .address = address,
                                            .mailed_token_id = token,
                                            .withheld = account ? NULL : NO_ACCOUNT});
}

static sd_error_t *forgotten_in_write(void *baton)
{
    password_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_account_t *account;
    int heard;

    SD_TRY(sd_mail_budget_hear_shared(&heard, work, FORGOTTEN, call->address->key));
    if (!heard) {
        return NULL;
    }
    SD_TRY(find_by_address(&account, work, call->address->key));
    if (!may_reset(account)) {
        SD_TRY(mail_link(work, NULL, call->address->mailbox));
        return sd_audit_write(
            work, &(sd_audit_entry_t){.act = "password.forgotten", .object_type = "account", .result = "refused"});
    }
    SD_TRY(mail_link(work, account, account->address));
    return audit(work, "password.forgotten", account);
}

sd_error_t *sd_own_password_forgotten(sd_work_t *work, const char *address)
{
    sd_address_t parsed;
    password_call_t call = {.work = work, .address = &parsed};

    SD_TRY(sd_address_parse(&parsed, work->pool, "address", address));
    return sd_mail_budget_hear(work, FORGOTTEN, parsed.key) ? sd_store_write(work->store, forgotten_in_write, &call)
                                                            : NULL;
}

/* ---- reset ---- */

static sd_error_t *read_account(void *baton)
{
    password_call_t *call = baton;

    return sd_accounts_by_id(&call->account, call->work->store, call->account->id);
}

/* Whoever has the link reads the address that the account was made for. */
static sd_error_t *prove_address(sd_work_t *work, const sd_account_t *account, const sd_mailed_token_t *token)
{
    const sd_account_t *holder;

    SD_TRY(sd_accounts_by_address(&holder, work->store, token->address_key));
    if (holder && holder->id != account->id) {
        return sd_mailed_token_dead(work->pool);
    }
    SD_TRY(sd_accounts_set_profile(work->store, account->id, account->display_name, token->address, token->address_key,
                                   1));
    return sd_organization_join_by_domain(work, account, token->address_key);
}

static sd_error_t *reset_in_write(void *baton)
{
    password_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_mailed_token_t *token;

    SD_TRY(sd_mailed_token_consume(&token, work, SD_MAILED_RESET, call->token));
    SD_TRY(sd_accounts_by_id(&call->account, work->store, token->account_id));
    if (!may_reset(call->account)) {
        return sd_mailed_token_dead(work->pool);
    }
    if (is_pending(call->account)) {
        SD_TRY(prove_address(work, call->account, token));
    }
    SD_TRY(sd_passwords_set(work->store, call->account->id, call->hash, "active"));
    SD_TRY(sd_sessions_delete_of(NULL, work->store, call->account->id));
    SD_TRY(sd_tokens_revoke_of(work->store, call->account->id, sd_work_now(work)));
    SD_TRY(sd_mailed_token_revoke_of(work, call->account->id));
    SD_TRY(tell(work, call->account, SD_MAIL_PASSWORD_CHANGED));
    return audit(work, "password.reset", call->account);
}

sd_error_t *sd_own_password_reset(sd_work_t *work, const char *token, const char *password)
{
    const sd_mailed_token_t *found;
    password_call_t call = {.work = work, .token = token};

    SD_TRY(sd_mailed_token_find(&found, work, SD_MAILED_RESET, token));
    sd_account_t named = {.id = found->account_id};
    call.account = &named;
    SD_TRY(sd_store_read(work->store, read_account, &call));
    if (!may_reset(call.account)) {
        return sd_mailed_token_dead(work->pool);
    }
    SD_TRY(make_hash(&call, password));
    return sd_store_write(work->store, reset_in_write, &call);
}
