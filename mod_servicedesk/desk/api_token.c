/* API tokens: made, listed, revoked. That one is alive is asked by desk/authentication.c. */
#include "desk/api_token.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "base/token.h"
#include "desk/account.h"
#include "desk/audit.h"
#include "desk/policy.h"
#include "store/tokens.h"

#define LABEL_LENGTH 255
#define DAYS 365
#define PREFIX_LENGTH 8
#define TOKENS 100 /* alive, of one account */

typedef struct token_call_t {
    sd_work_t *work;
    const char *named;
    sd_id_t id;
    sd_token_row_t row;
    apr_array_header_t *rows;
} token_call_t;

const sd_scope_name_t sd_scope_names[SD_SCOPE_NAMES] = {
    {"read", SD_SCOPE_READ}, {"write", SD_SCOPE_WRITE}, {"manage", SD_SCOPE_MANAGE}};

unsigned sd_scope_named(const char *name)
{
    for (int i = 0; i < SD_SCOPE_NAMES; i++) {
        if (strcmp(sd_scope_names[i].name, name) == 0) {
            return sd_scope_names[i].scope;
        }
    }
    return 0;
}

static sd_error_t *check_input(sd_work_t *work, const char *label, unsigned scopes, int days)
{
    sd_error_t *errors = sd_text_check(work->pool, "label", label, 1, LABEL_LENGTH, 0);
    unsigned beyond = scopes & ~work->actor.scopes; /* the operator's are all */

    if (!scopes || (scopes & ~(unsigned)SD_SCOPE_ALL)) {
        errors = sd_error_append(errors, sd_error_field(work->pool, "scopes", "sd.validation.token.scopes",
                                                        "A token carries at least one of the scopes that there are."));
    } else if (beyond) {
        errors =
            sd_error_append(errors, sd_error_field(work->pool, "scopes", "sd.validation.token.scopes.more",
                                                   "A token cannot carry more than the credential that makes it."));
    }
    if (days < 1 || days > DAYS) {
        errors = sd_error_append(errors, sd_error_field(work->pool, "days", "sd.validation.token.days",
                                                        "A token lives 1 to %d days.", DAYS));
    }
    return errors;
}

static sd_error_t *audit(sd_work_t *work, const char *act, const sd_token_row_t *row, const char *public_id)
{
    json_t *detail = json_pack("{s:s*, s:i}", "account", public_id, "scopes", (int)row->scopes);

    return sd_audit_write(work, &(sd_audit_entry_t){.act = act,
                                                    .object_type = "token",
                                                    .object_id = apr_psprintf(work->pool, "%" APR_INT64_T_FMT, row->id),
                                                    .detail = sd_audit_detail(work, detail)});
}

static sd_error_t *create_in_write(void *baton)
{
    token_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_account_t *account;
    apr_int64_t alive;

    SD_TRY(sd_work_require_fresh(work));
    SD_TRY(sd_account_whose(&account, work, call->named));
    if (strcmp(account->state, "active") != 0) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.inactive", "The account is not active.");
    }
    SD_TRY(sd_tokens_count_alive(&alive, work->store, account->id, call->row.created));
    if (alive >= TOKENS) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.token.many", "The account has %d tokens already.",
                            TOKENS);
    }
    call->row.account_id = account->id;
    call->row.created_by = work->actor.account_id;
    SD_TRY(sd_tokens_insert(&call->row.id, work->store, &call->row));
    return audit(work, "token.create", &call->row, account->public_id);
}

static sd_api_token_t *present(apr_pool_t *pool, const sd_token_row_t *row)
{
    sd_api_token_t *token = apr_pcalloc(pool, sizeof(*token));

    token->id = row->id;
    token->prefix = row->prefix;
    token->label = row->label;
    token->scopes = row->scopes;
    token->created = row->created;
    token->expires = row->expires;
    token->revoked = row->revoked;
    token->last_used = row->last_used;
    return token;
}

sd_error_t *sd_api_token_create(const char **text, sd_api_token_t **token, sd_work_t *work, const char *named,
                                const char *label, unsigned scopes, int days)
{
    token_call_t call = {.work = work, .named = named};
    const char *secret;

    *text = NULL;
    *token = NULL;
    SD_TRY(check_input(work, label, scopes, days));
    SD_TRY(sd_token_new(&secret, &call.row.hash, work->pool, work->site->random, SD_TOKEN_API));
    call.row.prefix = apr_pstrmemdup(work->pool, secret, PREFIX_LENGTH);
    call.row.label = sd_text_trim(work->pool, label);
    call.row.scopes = scopes;
    call.row.created = sd_work_now(work);
    call.row.expires = call.row.created + days * SD_DAY;
    SD_TRY(sd_work_write(work, create_in_write, &call));
    *text = secret;
    *token = present(work->pool, &call.row);
    return NULL;
}

static sd_error_t *list_in_read(void *baton)
{
    token_call_t *call = baton;
    const sd_account_t *account;

    SD_TRY(sd_account_whose(&account, call->work, call->named));
    return sd_tokens_of(&call->rows, call->work->store, account->id);
}

sd_error_t *sd_api_token_list(apr_array_header_t **tokens, sd_work_t *work, const char *named)
{
    token_call_t call = {.work = work, .named = named};

    *tokens = NULL;
    SD_TRY(sd_work_read(work, list_in_read, &call));
    *tokens = apr_array_make(work->pool, call.rows->nelts, sizeof(sd_api_token_t *));
    for (int i = 0; i < call.rows->nelts; i++) {
        APR_ARRAY_PUSH(*tokens, sd_api_token_t *) =
            present(work->pool, APR_ARRAY_IDX(call.rows, i, const sd_token_row_t *));
    }
    return NULL;
}

static sd_error_t *revoke_in_write(void *baton)
{
    token_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_token_row_t *row;

    SD_TRY(sd_policy_require(work, SD_MAY_HAVE_ACCOUNT));
    SD_TRY(sd_tokens_by_id(&row, work->store, call->id));
    int own = row && work->actor.account && row->account_id == work->actor.account->id;
    if (!row || (!own && !sd_policy_may(work, SD_MAY_ADMINISTER_SYSTEM, 0))) {
        return sd_error_not_found(work->pool);
    }
    if (row->revoked) {
        return NULL;
    }
    SD_TRY(sd_tokens_revoke(work->store, row->id, sd_work_now(work)));
    return audit(work, "token.revoke", row, NULL);
}

sd_error_t *sd_api_token_revoke(sd_work_t *work, sd_id_t id)
{
    return sd_work_write(work, revoke_in_write, &(token_call_t){.work = work, .id = id});
}
