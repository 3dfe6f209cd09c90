/* Changing accounts: disabled, enabled, a new password. */
#include "desk/account.h"

#include <string.h>

#include "desk/account_form.h"
#include "desk/audit.h"
#include "desk/licence.h"
#include "desk/mailed_token.h"
#include "desk/outbox.h"
#include "desk/policy.h"
#include "store/accounts.h"
#include "store/grants.h"
#include "store/passwords.h"
#include "store/roles.h"
#include "store/sessions.h"

typedef struct change_t {
    sd_work_t *work;
    const char *named;
    int disabled;
    int portal_only;
    int confirm;
    const char *hash;
    const sd_account_t *account;
} change_t;

static sd_error_t *find_to_administer(void *baton)
{
    change_t *change = baton;
    sd_work_t *work = change->work;

    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_accounts_named(&change->account, work->store, change->named));
    if (!change->account) {
        return sd_error_not_found(work->pool);
    }
    if (strcmp(change->account->state, "anonymised") == 0) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.anonymised",
                            "An account that was anonymised cannot be changed.");
    }
    return NULL;
}

static sd_error_t *audit(const change_t *change, const char *act)
{
    return sd_audit_write(change->work, &(sd_audit_entry_t){.act = act,
                                                            .object_type = "account",
                                                            .object_id = change->account->public_id});
}

/* The person hears of it. */
static sd_error_t *mail(const change_t *change, sd_mail_kind_t kind)
{
    return sd_outbox_add(change->work, &(sd_mail_t){.kind = kind,
                                                    .account_id = change->account->id,
                                                    .address = change->account->address});
}

/* The operator can always make another one; a person could lock everybody out. */
static sd_error_t *check_last_admin(const change_t *change)
{
    sd_work_t *work = change->work;
    apr_int64_t others;

    if (!change->disabled || !change->account->system_admin || work->actor.is_operator) {
        return NULL;
    }
    SD_TRY(sd_accounts_other_system_admins(&others, work->store, change->account->id));
    return others ? NULL
                  : sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.last.admin",
                                 "This is the last system administrator.");
}

static sd_error_t *disable_in_write(void *baton)
{
    change_t *change = baton;
    sd_store_t *store = change->work->store;
    sd_licence_mark_t mark;

    SD_TRY(find_to_administer(change));
    if ((strcmp(change->account->state, "disabled") == 0) == change->disabled) {
        return NULL;
    }
    SD_TRY(check_last_admin(change));
    SD_TRY(sd_licence_begin(&mark, change->work));
    SD_TRY(change->disabled ? sd_accounts_set_state(store, change->account->id, "disabled")
                            : sd_accounts_enable(store, change->account->id));
    if (change->disabled) {
        SD_TRY(sd_sessions_delete_of(NULL, store, change->account->id));
        SD_TRY(sd_mailed_token_revoke_all(change->work, change->account->id));
    }
    SD_TRY(sd_licence_end(change->work, &mark, 0, 0));
    SD_TRY(audit(change, change->disabled ? "account.disable" : "account.enable"));
    return mail(change, change->disabled ? SD_MAIL_DISABLED : SD_MAIL_ENABLED);
}

sd_error_t *sd_account_disable(sd_work_t *work, const char *named, int disabled)
{
    return sd_work_write(work, disable_in_write, &(change_t){.work = work, .named = named, .disabled = disabled != 0});
}

/* What was given to the account itself must be taken away first, by name; what groups give goes and comes by itself. */
static sd_error_t *check_portal_only(const change_t *change)
{
    sd_work_t *work = change->work;
    int staff = change->account->system_admin;

    if (!staff) {
        SD_TRY(sd_roles_is_direct_staff(&staff, work->store, change->account->id));
    }
    return staff ? sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.staff",
                                "Take the account's roles as agent and administrator away first.")
                 : NULL;
}

static sd_error_t *portal_only_in_write(void *baton)
{
    change_t *change = baton;
    sd_work_t *work = change->work;
    sd_licence_mark_t mark;
    int before;

    SD_TRY(find_to_administer(change));
    SD_TRY(sd_accounts_is_portal_only(&before, work->store, change->account->id));
    if (before == change->portal_only) {
        return NULL;
    }
    if (change->portal_only) {
        SD_TRY(check_portal_only(change));
    }
    SD_TRY(sd_licence_begin(&mark, work));
    SD_TRY(sd_accounts_set_portal_only(work->store, change->account->id, change->portal_only));
    SD_TRY(sd_grants_refresh_account(NULL, work->store, change->account->id, sd_work_now(work)));
    SD_TRY(sd_licence_end(work, &mark, 1, change->confirm));
    return audit(change, change->portal_only ? "account.portal_only" : "account.portal_only.lift");
}

sd_error_t *sd_account_set_portal_only(sd_work_t *work, const char *named, int portal_only, int confirm)
{
    return sd_work_write(
        work, portal_only_in_write,
        &(change_t){.work = work, .named = named, .portal_only = portal_only != 0, .confirm = confirm});
}

/* Whoever was made for somebody by somebody else comes in by the first password; a disabled account stays so. */
static const char *state_with_password(const sd_account_t *account)
{
    return strcmp(account->state, "disabled") == 0 ? "disabled" : "active";
}

static sd_error_t *find_with_password(void *baton)
{
    change_t *change = baton;

    SD_TRY(find_to_administer(change));
    return strcmp(change->account->directory, SD_DIRECTORY_INTERNAL) == 0
               ? NULL
               : sd_error_new(change->work->pool, SD_ERROR_CONFLICT, "sd.account.password.elsewhere",
                              "The accounts of this directory have their passwords elsewhere.");
}

static sd_error_t *set_password_in_write(void *baton)
{
    change_t *change = baton;
    sd_store_t *store = change->work->store;

    SD_TRY(find_with_password(change)); /* it may have moved while the password was hashed */
    SD_TRY(sd_passwords_set(store, change->account->id, change->hash, state_with_password(change->account)));
    SD_TRY(sd_sessions_delete_of(NULL, store, change->account->id));
    SD_TRY(sd_mailed_token_revoke_of(change->work, change->account->id));
    SD_TRY(audit(change, "account.password"));
    return mail(change, SD_MAIL_PASSWORD_CHANGED);
}

sd_error_t *sd_account_set_password(sd_work_t *work, const char *named, const char *password)
{
    change_t change = {.work = work, .named = named};

    SD_TRY(sd_work_read(work, find_with_password, &change));
    SD_TRY(sd_account_check_password(work->pool, change.account->name, change.account->address,
                                     change.account->display_name, password));
    SD_TRY(sd_password_hash(&change.hash, work->pool, &work->site->passwords, work->site->random, password));
    change.named = change.account->public_id; /* nobody else by now */
    return sd_work_write(work, set_password_in_write, &change);
}
