/*
 * One's own address: the change is asked for with the password, made by whoever reads the new one, and taken back by
 * whoever reads the old one.
 */
#include "desk/own_account.h"

#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "desk/account.h"
#include "desk/account_texts.h"
#include "desk/audit.h"
#include "desk/domain.h"
#include "desk/outbox.h"
#include "desk/policy.h"
#include "desk/second_factor.h"
#include "store/accounts.h"
#include "store/mailed_tokens.h"
#include "store/passwords.h"
#include "store/sessions.h"
#include "store/tokens.h"

#define BEFORE_THE_CHANGE SD_DAY /* who steals an account does not wait between one thing and the next */

typedef struct address_call_t {
    sd_work_t *work;
    const char *token;
    const char *cookie;
    sd_address_t address;
    const sd_mailed_token_t *found;
    sd_address_back_t *back;
    sd_session_t *session;
} address_call_t;

static sd_error_t *audit(sd_work_t *work, const char *act, const sd_account_t *account)
{
    return sd_audit_write(work,
                          &(sd_audit_entry_t){.act = act, .object_type = "account", .object_id = account->public_id});
}

static sd_error_t *mail(sd_work_t *work, const sd_account_t *account, sd_mail_kind_t kind, const char *address,
                        sd_id_t token, json_t *values)
{
    return sd_outbox_add(work, &(sd_mail_t){.kind = kind,
                                            .account_id = account->id,
                                            .address = address,
                                            .mailed_token_id = token,
                                            .values = values});
}

static sd_error_t *require_internal(sd_work_t *work, const sd_account_t *account)
{
    if (account && strcmp(account->directory, SD_DIRECTORY_INTERNAL) == 0) {
        return NULL;
    }
    return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.address.elsewhere",
                        "The accounts of this directory have their addresses elsewhere.");
}

/* A link with which whoever reads the present address says no. An address that nobody has proven may be a stranger's,
 * whose the account is not: then `*token` is 0. */
static sd_error_t *issue_back(sd_id_t *token, sd_work_t *work, const sd_account_t *account)
{
    int proven;

    *token = 0;
    SD_TRY(sd_accounts_is_address_proven(&proven, work->store, account->id));
    if (!proven || !account->address) {
        return NULL;
    }
    return sd_mailed_token_issue(token, work,
                                 &(sd_mailed_token_input_t){.kind = SD_MAILED_ADDRESS_BACK,
                                                            .account_id = account->id,
                                                            .address = account->address});
}

static sd_error_t *ask_in_write(void *baton)
{
    address_call_t *call = baton;
    sd_work_t *work = call->work;
    sd_id_t token, back;
    int repeats;

    SD_TRY(sd_policy_require(work, SD_MAY_HAVE_ACCOUNT));
    SD_TRY(sd_work_require_fresh(work));
    const sd_account_t *account = work->actor.account;
    SD_TRY(require_internal(work, account));
    SD_TRY(sd_domain_check(work, 0, "address", &call->address));
    SD_TRY(sd_outbox_repeats(&repeats, work, SD_MAIL_ADDRESS_NEW, call->address.mailbox));
    if (repeats) {
        return audit(work, "address.ask", account);
    }
    SD_TRY(sd_mailed_token_issue(&token, work,
                                 &(sd_mailed_token_input_t){.kind = SD_MAILED_ADDRESS,
                                                            .account_id = account->id,
                                                            .address = call->address.mailbox}));
    SD_TRY(mail(work, account, SD_MAIL_ADDRESS_NEW, call->address.mailbox, token, NULL));
    SD_TRY(issue_back(&back, work, account));
    SD_TRY(mail(work, account, SD_MAIL_ADDRESS_OLD, account->address, back,
                json_pack("{s:s}", "newAddress", call->address.mailbox)));
    return audit(work, "address.ask", account);
}

sd_error_t *sd_own_address_ask(sd_work_t *work, const char *address)
{
    address_call_t call = {.work = work};

    SD_TRY(sd_address_parse(&call.address, work->pool, "address", address));
    return sd_work_write(work, ask_in_write, &call);
}

/* A name that is the address follows it: names of signups are their addresses. */
static sd_error_t *set_address(sd_work_t *work, const sd_account_t *account, const sd_address_t *address)
{
    sd_address_t named;
    int by_address = !sd_address_parse(&named, work->pool, "name", account->name);

    SD_TRY(sd_accounts_set_profile(work->store, account->id, account->display_name, address->mailbox, address->key, 1));
    if (by_address) {
        const char *key;
        SD_TRY(sd_text_fold(&key, work->pool, address->mailbox));
        SD_TRY(sd_accounts_set_name(work->store, account->id, address->mailbox, key));
    }
    return sd_account_set_texts(
        work->store, account->id, &(sd_account_texts_t){account->name, account->address, account->display_name},
        &(sd_account_texts_t){by_address ? address->mailbox : account->name, address->mailbox, account->display_name});
}

static sd_error_t *require_free(sd_work_t *work, const sd_account_t *account, const sd_address_t *address)
{
    const sd_account_t *holder, *namesake;
    const char *key;

    SD_TRY(sd_text_fold(&key, work->pool, address->mailbox));
    SD_TRY(sd_accounts_by_address(&holder, work->store, address->key));
    SD_TRY(sd_accounts_by_name(&namesake, work->store, account->directory_id, key));
    if ((holder && holder->id != account->id) || (namesake && namesake->id != account->id)) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.address.taken",
                            "Another account has this address.");
    }
    return NULL;
}

/* Whoever follows the link where he is signed in stays so; what may be a copy of a cookie is over. */
static sd_error_t *end_sessions(address_call_t *call, const sd_account_t *account)
{
    if (call->work->actor.account_id == account->id) {
        return sd_session_renew(&call->session, call->work, call->cookie);
    }
    return sd_sessions_delete_of(NULL, call->work->store, account->id);
}

static sd_error_t *change_in_write(void *baton)
{
    address_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_mailed_token_t *token;
    const sd_account_t *account;
    sd_id_t back;

    SD_TRY(sd_mailed_token_consume(&token, work, SD_MAILED_ADDRESS, call->token));
    SD_TRY(sd_accounts_by_id(&account, work->store, token->account_id));
    if (!account || strcmp(account->state, "active") != 0) {
        return sd_mailed_token_dead(work->pool);
    }
    SD_TRY(sd_address_parse(&call->address, work->pool, "address", token->address));
    SD_TRY(require_free(work, account, &call->address));
    SD_TRY(issue_back(&back, work, account));
    /* While the old address is still the account's: a mail to one that is nobody's says nothing. */
    SD_TRY(mail(work, account, SD_MAIL_ADDRESS_CHANGED, account->address, back,
                json_pack("{s:s}", "newAddress", call->address.mailbox)));
    SD_TRY(set_address(work, account, &call->address));
    SD_TRY(sd_mailed_token_revoke_of(work, account->id));
    SD_TRY(audit(work, "address.change", account));
    return end_sessions(call, account);
}

sd_error_t *sd_own_address_change(sd_session_t **session, sd_work_t *work, const char *token, const char *cookie)
{
    const sd_mailed_token_t *found;
    address_call_t call = {.work = work, .token = token, .cookie = cookie};

    *session = NULL;
    SD_TRY(sd_mailed_token_find(&found, work, SD_MAILED_ADDRESS, token));
    SD_TRY(sd_work_write(work, change_in_write, &call));
    *session = call.session;
    return NULL;
}

/* ---- taken back ---- */

/* Whose the link is, and what it does now: the account may have the address still. */
static sd_error_t *look_back(const sd_account_t **account, address_call_t *call, const sd_mailed_token_t *token)
{
    sd_work_t *work = call->work;
    sd_address_t present;

    SD_TRY(sd_accounts_by_id(account, work->store, token->account_id));
    if (!*account || strcmp((*account)->state, "active") != 0 || require_internal(work, *account)) {
        return sd_mailed_token_dead(work->pool);
    }
    SD_TRY(sd_address_parse(&call->address, work->pool, "address", token->address));
    call->back->address = call->address.mailbox;
    call->back->changed = !(*account)->address ||
                          sd_address_parse(&present, work->pool, "address", (*account)->address) != NULL ||
                          strcmp(present.key, call->address.key) != 0;
    return NULL;
}

static sd_error_t *look_in_read(void *baton)
{
    address_call_t *call = baton;
    const sd_account_t *account;

    return look_back(&account, call, call->found);
}

sd_error_t *sd_own_address_back_find(sd_address_back_t *back, sd_work_t *work, const char *token)
{
    address_call_t call = {.work = work, .token = token, .back = back};

    SD_TRY(sd_mailed_token_find(&call.found, work, SD_MAILED_ADDRESS_BACK, token));
    return sd_store_read(work->store, look_in_read, &call);
}

/*
 * Whoever asked for the change is out: no password, no session, no token, no link, nothing that Basic remembers, and no
 * second factor out of these days. An older one stays: it may be all that keeps the reader of an old mailbox out.
 */
static sd_error_t *shut_out(sd_work_t *work, const sd_account_t *account, const sd_mailed_token_t *token)
{
    sd_time_t asked;

    SD_TRY(sd_mailed_tokens_first(&asked, work->store, token));
    SD_TRY(sd_second_factor_remove_since(work, account, asked - BEFORE_THE_CHANGE));
    SD_TRY(sd_passwords_set(work->store, account->id, NULL, "active"));
    SD_TRY(sd_sessions_delete_of(NULL, work->store, account->id));
    SD_TRY(sd_tokens_revoke_of(work->store, account->id, sd_work_now(work)));
    return sd_mailed_token_revoke_all(work, account->id);
}

static sd_error_t *take_back_in_write(void *baton)
{
    address_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_mailed_token_t *token;
    const sd_account_t *account;

    SD_TRY(sd_mailed_token_consume(&token, work, SD_MAILED_ADDRESS_BACK, call->token));
    SD_TRY(look_back(&account, call, token));
    if (call->back->changed) {
        SD_TRY(require_free(work, account, &call->address));
        SD_TRY(mail(work, account, SD_MAIL_ADDRESS_BACK, account->address, 0, NULL));
        SD_TRY(set_address(work, account, &call->address));
    }
    SD_TRY(shut_out(work, account, token));
    return audit(work, call->back->changed ? "address.back" : "address.keep", account);
}

sd_error_t *sd_own_address_back(sd_work_t *work, const char *token)
{
    sd_address_back_t back;
    address_call_t call = {.work = work, .token = token, .back = &back};
    const sd_mailed_token_t *found;

    SD_TRY(sd_mailed_token_find(&found, work, SD_MAILED_ADDRESS_BACK, token));
    return sd_store_write(work->store, take_back_in_write, &call);
}
