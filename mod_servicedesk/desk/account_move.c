/* An account changes its directory. */
#include <string.h>

#include <apr_strings.h>

#include "desk/account.h"
#include "desk/account_form.h"
#include "desk/account_texts.h"
#include "desk/audit.h"
#include "desk/directory.h"
#include "desk/licence.h"
#include "desk/mailed_token.h"
#include "desk/policy.h"
#include "desk/signup_admit.h"
#include "store/accounts.h"
#include "store/directories.h"
#include "store/grants.h"
#include "store/invitations.h"
#include "store/sessions.h"

typedef struct move_t {
    sd_work_t *work;
    const char *named;
    const char *directory;
    const char *name;
    int replace;
    const sd_account_t *account;
    const sd_directory_t *target;
    sd_account_form_t form;
} move_t;

static sd_error_t *find(move_t *move)
{
    sd_work_t *work = move->work;

    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_accounts_named(&move->account, work->store, move->named));
    if (!move->account) {
        return sd_error_not_found(work->pool);
    }
    if (strcmp(move->account->state, "anonymised") == 0) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.anonymised",
                            "An account that was anonymised cannot be changed.");
    }
    SD_TRY(sd_directories_find(&move->target, work->store, move->directory ? move->directory : ""));
    return move->target
               ? NULL
               : sd_error_field(work->pool, "directory", "sd.validation.directory", "There is no such directory.");
}

static sd_error_t *make_form(move_t *move)
{
    sd_account_input_t input = {.directory = move->target->name,
                                .name = move->name ? move->name : move->account->name,
                                .address = move->account->address,
                                .display_name = move->account->display_name};

    return sd_account_form_make(&move->form, move->work->pool, &input);
}

/* The new name cannot be anybody's: what is public about the account stands in it. */
static sd_error_t *set_aside(move_t *move, const sd_account_t *other)
{
    sd_work_t *work = move->work;
    const char *name = apr_pstrcat(work->pool, "replaced-", other->public_id, NULL);

    SD_TRY(sd_accounts_move(work->store, other->id, other->directory_id, name, name));
    SD_TRY(sd_accounts_lose_address(work->store, other->id));
    SD_TRY(sd_accounts_set_state(work->store, other->id, "disabled"));
    SD_TRY(sd_sessions_delete_of(NULL, work->store, other->id));
    SD_TRY(sd_mailed_token_revoke_all(work, other->id));
    SD_TRY(sd_account_set_texts(work->store, other->id,
                                &(sd_account_texts_t){other->name, other->address, other->display_name},
                                &(sd_account_texts_t){name, other->address, other->display_name}));
    return sd_audit_write(
        work, &(sd_audit_entry_t){.act = "account.replace", .object_type = "account", .object_id = other->public_id});
}

static sd_error_t *make_room(move_t *move)
{
    sd_work_t *work = move->work;
    const sd_account_t *other;
    sd_error_t *error;

    SD_TRY(sd_accounts_by_name(&other, work->store, move->target->id, move->form.name_key));
    if (!other || other->id == move->account->id) {
        return NULL;
    }
    if (other->system_admin) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.exists.admin",
                            "A system administrator has that name there.");
    }
    if (move->replace) {
        return set_aside(move, other);
    }
    error = sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.exists",
                         "There is an account of that name there already; with replace it is renamed and disabled.");
    error->field = "name";
    return error;
}

static sd_error_t *audit(const move_t *move)
{
    json_t *detail = json_pack("{s:s, s:s}", "from", move->account->directory, "to", move->target->name);

    return sd_audit_write(move->work, &(sd_audit_entry_t){.act = "account.move",
                                                          .object_type = "account",
                                                          .object_id = move->account->public_id,
                                                          .detail = sd_audit_detail(move->work, detail)});
}

/* Whoever signs in there under the name is the person: nothing is left that an invitation or a first password would
 * have to complete. */
static sd_error_t *open_account(move_t *move)
{
    const sd_account_t *account = move->account;
    sd_store_t *store = move->work->store;

    if (move->target->internal || !sd_signup_is_open(account)) {
        return NULL;
    }
    SD_TRY(sd_invitations_delete_of(store, account->id));
    return sd_accounts_set_state(store, account->id, "active");
}

static sd_error_t *write_move(move_t *move)
{
    const sd_account_t *account = move->account;
    sd_store_t *store = move->work->store;
    apr_array_header_t *none = apr_array_make(move->work->pool, 1, sizeof(const char *));

    SD_TRY(sd_accounts_move(store, account->id, move->target->id, move->form.name, move->form.name_key));
    SD_TRY(sd_account_set_texts(store, account->id,
                                &(sd_account_texts_t){account->name, account->address, account->display_name},
                                &(sd_account_texts_t){move->form.name, account->address, account->display_name}));
    if (strcmp(account->directory, SD_DIRECTORY_INTERNAL) != 0) {
        SD_TRY(sd_groups_tell(store, account->id, account->directory_id, none, sd_work_now(move->work)));
    }
    SD_TRY(open_account(move));
    SD_TRY(sd_sessions_delete_of(NULL, store, account->id));
    SD_TRY(sd_mailed_token_revoke_of(move->work, account->id));
    return sd_grants_refresh_account(NULL, store, account->id, sd_work_now(move->work));
}

static sd_error_t *move_in_write(void *baton)
{
    move_t *move = baton;
    sd_work_t *work = move->work;
    sd_licence_mark_t mark;
    apr_int64_t admins;

    SD_TRY(find(move));
    if (move->target->id == move->account->directory_id && !move->name) {
        return NULL;
    }
    SD_TRY(make_form(move));
    SD_TRY(sd_licence_begin(&mark, work));
    SD_TRY(sd_directories_count_admins(&admins, work->store));
    SD_TRY(make_room(move));
    SD_TRY(write_move(move));
    SD_TRY(sd_directory_check_admins(work, admins));
    SD_TRY(sd_licence_end(work, &mark, 0, 0));
    SD_TRY(audit(move));
    return sd_accounts_by_id(&move->account, work->store, move->account->id);
}

sd_error_t *sd_account_move(const sd_account_t **account, sd_work_t *work, const char *named, const char *directory,
                            const char *name, int replace)
{
    move_t move = {.work = work, .named = named, .directory = directory, .name = name, .replace = replace};

    *account = NULL;
    SD_TRY(sd_work_write(work, move_in_write, &move));
    *account = move.account;
    return NULL;
}
