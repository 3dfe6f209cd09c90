/* One-time links to sign in: asked for, looked at, used. */
#include "desk/sign_in_link.h"

#include <string.h>

#include "base/address.h"
#include "desk/account.h"
#include "desk/audit.h"
#include "desk/mail_budget.h"
#include "desk/mailed_token.h"
#include "desk/outbox.h"
#include "desk/second_factor.h"
#include "desk/setting.h"
#include "store/accounts.h"
#include "store/sign_in_links.h"

#define ASKED "link" /* its budgets */

typedef struct link_call_t {
    sd_work_t *work;
    const sd_address_t *address;
    int offered;
    sd_id_t account_id;
    const sd_account_t *account; /* NULL: may not have a link */
    sd_sign_in_link_t *link;
    const char *token;
    const char *code;
    const char *old_cookie;
    sd_session_t *session;
} link_call_t;

/* ---- who may ---- */

static sd_error_t *offered_in_read(void *baton)
{
    link_call_t *call = baton;
    int mailed;

    SD_TRY(sd_setting_boolean(&mailed, call->work, "mail_sign_in"));
    SD_TRY(sd_sign_in_links_are_offered(&call->offered, call->work->store));
    call->offered = call->offered && mailed;
    return NULL;
}

sd_error_t *sd_sign_in_link_offered(int *offered, sd_work_t *work)
{
    link_call_t call = {.work = work};

    SD_TRY(sd_store_read(work->store, offered_in_read, &call));
    *offered = call.offered;
    return NULL;
}

/* The account, if it may sign in so now; else NULL. */
static sd_error_t *judge(const sd_account_t **account, sd_work_t *work, sd_id_t account_id)
{
    const sd_account_t *found;
    sd_relations_t relations;
    int offered;

    *account = NULL;
    SD_TRY(sd_accounts_actor(&found, &relations, work->store, account_id));
    if (!found || strcmp(found->state, "active") != 0 || strcmp(found->directory, SD_DIRECTORY_INTERNAL) != 0 ||
        relations & (SD_RELATION_STAFF | SD_RELATION_SYSTEM_ADMIN)) {
        return NULL;
    }
    SD_TRY(sd_sign_in_links_are_for(&offered, work->store, found->id));
    *account = offered ? found : NULL;
    return NULL;
}

/* ---- asked for ---- */

static sd_error_t *audit(sd_work_t *work, const char *result, const sd_account_t *account)
{
    return sd_audit_write(work, &(sd_audit_entry_t){.act = "sign-in-link.ask",
                                                    .object_type = "account",
                                                    .object_id = account ? account->public_id : NULL,
                                                    .result = result});
}

/* Whoever it is, the same rows: to somebody who may have none, the mail is kept, and the token is nobody's. */
static sd_error_t *ask_in_write(void *baton)
{
    link_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_account_t *holder, *account;
    sd_id_t token, id;
    int room, heard;

    SD_TRY(sd_mail_budget_hear_shared(&heard, work, ASKED, call->address->key));
    if (!heard) {
        return NULL;
    }
    SD_TRY(sd_accounts_by_address(&holder, work->store, call->address->key));
    SD_TRY(judge(&account, work, holder ? holder->id : 0));
    SD_TRY(sd_outbox_has_room(&room, work, call->address->mailbox));
    /* Without room there is no mail, and the link in the last one stays good. */
    if (!room) {
        return audit(work, "refused", account);
    }
    id = account ? account->id : 0;
    const char *address = account ? account->address : call->address->mailbox;
    SD_TRY(sd_mailed_token_issue(
        &token, work, &(sd_mailed_token_input_t){.kind = SD_MAILED_SIGN_IN, .account_id = id, .address = address}));
    SD_TRY(sd_outbox_add(work, &(sd_mail_t){.kind = SD_MAIL_SIGN_IN,
                                            .account_id = id,
                                            .address = address,
                                            .mailed_token_id = token,
                                            .withheld = account ? NULL : "not-offered"}));
    return audit(work, account ? NULL : "refused", account);
}

sd_error_t *sd_sign_in_link_ask(sd_work_t *work, const char *address)
{
    sd_address_t parsed;
    link_call_t call = {.work = work, .address = &parsed};
    int offered;

    SD_TRY(sd_sign_in_link_offered(&offered, work));
    if (!offered) {
        return sd_error_not_found(work->pool);
    }
    SD_TRY(sd_address_parse(&parsed, work->pool, "address", address));
    return sd_mail_budget_hear(work, ASKED, parsed.key) ? sd_store_write(work->store, ask_in_write, &call) : NULL;
}

/* ---- looked at ---- */

static sd_error_t *find_in_read(void *baton)
{
    link_call_t *call = baton;
    sd_work_t *work = call->work;

    SD_TRY(judge(&call->account, work, call->account_id));
    return sd_second_factor_is_active(&call->link->needs_code, work, call->account_id);
}

sd_error_t *sd_sign_in_link_find(sd_sign_in_link_t *link, sd_work_t *work, const char *token)
{
    link_call_t call = {.work = work, .link = link};
    const sd_mailed_token_t *found;

    SD_TRY(sd_mailed_token_find(&found, work, SD_MAILED_SIGN_IN, token));
    call.account_id = found->account_id;
    link->address = found->address;
    SD_TRY(sd_store_read(work->store, find_in_read, &call));
    return call.account ? NULL : sd_mailed_token_dead(work->pool);
}

/* ---- used ---- */

static sd_error_t *use_in_write(void *baton)
{
    link_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_mailed_token_t *token;

    SD_TRY(sd_mailed_token_consume(&token, work, SD_MAILED_SIGN_IN, call->token));
    SD_TRY(judge(&call->account, work, token->account_id));
    if (!call->account) {
        return sd_mailed_token_dead(work->pool);
    }
    return sd_session_open_within(&call->session, work, "link", call->code, call->old_cookie);
}

/* Whoever cannot sign in at all has a dead link. */
static sd_error_t *use_as_owner(link_call_t *call)
{
    sd_work_t *work = call->work;

    SD_TRY(sd_second_factor_hold(work, call->code));
    sd_error_t *error = sd_session_audit_code(work, sd_work_write(work, use_in_write, call));

    return error && error->kind == SD_ERROR_SIGN_IN ? sd_mailed_token_dead(work->pool) : error;
}

sd_error_t *sd_sign_in_link_use(sd_session_t **session, sd_work_t *work, const char *token, const char *code,
                                const char *old_cookie)
{
    link_call_t call = {.work = work, .token = token, .code = code, .old_cookie = old_cookie};
    const sd_mailed_token_t *found;
    sd_actor_t before = work->actor;

    *session = NULL;
    SD_TRY(sd_mailed_token_find(&found, work, SD_MAILED_SIGN_IN, token));
    work->actor =
        (sd_actor_t){.account_id = found->account_id, .scopes = SD_SCOPE_ALL, .directory = SD_DIRECTORY_INTERNAL};
    sd_error_t *error = use_as_owner(&call);
    if (error) {
        work->actor = before;
        return error;
    }
    work->actor.generation = work->actor.account->generation;
    *session = call.session;
    return NULL;
}
