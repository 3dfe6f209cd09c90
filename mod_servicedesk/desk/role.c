/* Roles: given, taken away, listed. */
#include "desk/role.h"

#include <string.h>

#include "desk/audit.h"
#include "desk/licence.h"
#include "desk/policy.h"
#include "store/accounts.h"
#include "store/desks.h"
#include "store/roles.h"

#define SYSTEM_ADMIN "system-admin"

typedef struct role_call_t {
    sd_work_t *work;
    const char *role;
    const char *desk_key;
    const char *named;
    int add;
    const sd_desk_t *desk;
    const sd_account_t *account;
    apr_array_header_t *rows;
} role_call_t;

static int is_of_system(const role_call_t *call)
{
    return strcmp(call->role, SYSTEM_ADMIN) == 0;
}

static sd_error_t *check_input(sd_work_t *work, const char *role, const char *desk_key)
{
    static const char *const roles[] = {SYSTEM_ADMIN, "administrator", "agent", "customer"};
    int known = 0;

    for (apr_size_t i = 0; role && i < sizeof(roles) / sizeof(roles[0]); i++) {
        known |= strcmp(role, roles[i]) == 0;
    }
    if (!known) {
        return sd_error_field(work->pool, "role", "sd.validation.role",
                              "A role is system-admin, administrator, agent or customer.");
    }
    if ((strcmp(role, SYSTEM_ADMIN) == 0) == (desk_key != NULL)) {
        return sd_error_field(work->pool, "desk", "sd.validation.role.desk",
                              desk_key ? "This role is of the whole system, not of a desk."
                                       : "This role is of one desk: name it.");
    }
    return NULL;
}

/* The right first, then who is meant. */
static sd_error_t *find_desk(role_call_t *call)
{
    sd_work_t *work = call->work;

    if (!call->desk_key) {
        return sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM);
    }
    SD_TRY(sd_desks_find(&call->desk, work->store, call->desk_key, work->actor.account_id));
    return sd_policy_desk(work, SD_MAY_ADMINISTER_DESK, call->desk);
}

static sd_error_t *find_account(role_call_t *call)
{
    SD_TRY(sd_accounts_named(&call->account, call->work->store, call->named));
    return call->account ? NULL : sd_error_not_found(call->work->pool);
}

static sd_error_t *change_system_admin(int *changed, role_call_t *call)
{
    sd_work_t *work = call->work;
    apr_int64_t others;

    *changed = call->account->system_admin != call->add;
    if (!*changed) {
        return NULL;
    }
    if (!call->add) {
        SD_TRY(sd_accounts_other_system_admins(&others, work->store, call->account->id));
        if (!others) {
            return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.last.admin",
                                "This is the last system administrator.");
        }
    }
    return sd_accounts_set_system_admin(work->store, call->account->id, call->add);
}

/* Portal-only accounts take no rights beyond a customer's; the flag is lifted on purpose, not in passing. */
static sd_error_t *check_portal_only(sd_work_t *work, const sd_account_t *account)
{
    int portal_only;

    SD_TRY(sd_accounts_is_portal_only(&portal_only, work->store, account->id));
    return portal_only ? sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.account.portal.only",
                                      "%s is for the portal only: no agent and no administrator.", account->name)
                       : NULL;
}

static sd_error_t *audit(sd_work_t *work, const char *act, const sd_desk_t *desk, const char *role,
                         const sd_account_t *account)
{
    json_t *detail = json_pack("{s:s, s:s*}", "role", role, "desk", desk ? desk->key : NULL);

    return sd_audit_write(work, &(sd_audit_entry_t){.act = act,
                                                    .object_type = "account",
                                                    .object_id = account->public_id,
                                                    .desk_id = desk ? desk->id : 0,
                                                    .detail = sd_audit_detail(work, detail)});
}

/*
 * What an account may do has become less, or so much more that what was signed in before must not carry it: older
 * credentials end. That somebody became a customer ends nothing.
 */
sd_error_t *sd_role_change(int *changed, sd_work_t *work, const sd_desk_t *desk, const char *role,
                           const sd_account_t *account, int add)
{
    sd_store_t *store = work->store;
    int staff = strcmp(role, "customer") != 0;

    *changed = 0;
    if (add && staff) {
        SD_TRY(check_portal_only(work, account));
    }
    SD_TRY(add ? sd_roles_insert(changed, store, desk->id, role, account->id, work->face, sd_work_now(work))
               : sd_roles_delete(changed, store, desk->id, role, account->id, NULL));
    if (!*changed) {
        return NULL;
    }
    if (staff || !add) {
        SD_TRY(sd_accounts_count_generation(store, account->id));
    }
    return audit(work, add ? "role.add" : "role.remove", desk, role, account);
}

static sd_error_t *change_of_system(role_call_t *call)
{
    int changed;

    if (call->add) {
        SD_TRY(check_portal_only(call->work, call->account));
    }
    SD_TRY(change_system_admin(&changed, call));
    return changed ? audit(call->work, call->add ? "role.add" : "role.remove", NULL, call->role, call->account) : NULL;
}

static sd_error_t *change_in_write(void *baton)
{
    role_call_t *call = baton;
    sd_work_t *work = call->work;
    sd_licence_mark_t mark;
    int changed;

    SD_TRY(find_desk(call));
    SD_TRY(find_account(call));
    if (is_of_system(call)) {
        return change_of_system(call);
    }
    if (!call->add || strcmp(call->role, "agent") != 0) {
        return sd_role_change(&changed, work, call->desk, call->role, call->account, call->add);
    }
    SD_TRY(sd_licence_begin(&mark, work));
    SD_TRY(sd_role_change(&changed, work, call->desk, call->role, call->account, 1));
    return sd_licence_end(work, &mark, 0, 0);
}

static sd_error_t *change(sd_work_t *work, const char *role, const char *desk_key, const char *named, int add)
{
    SD_TRY(check_input(work, role, desk_key));
    return sd_work_write(work, change_in_write,
                         &(role_call_t){.work = work, .role = role, .desk_key = desk_key, .named = named, .add = add});
}

sd_error_t *sd_role_add(sd_work_t *work, const char *role, const char *desk_key, const char *named)
{
    return change(work, role, desk_key, named, 1);
}

sd_error_t *sd_role_remove(sd_work_t *work, const char *role, const char *desk_key, const char *named)
{
    return change(work, role, desk_key, named, 0);
}

static sd_error_t *list_in_read(void *baton)
{
    role_call_t *call = baton;
    sd_store_t *store = call->work->store;
    apr_array_header_t *of_desks;

    SD_TRY(find_desk(call));
    if (call->desk) {
        return sd_roles_list(&call->rows, store, call->desk->id);
    }
    SD_TRY(sd_roles_system_admins(&call->rows, store));
    SD_TRY(sd_roles_list(&of_desks, store, 0));
    apr_array_cat(call->rows, of_desks);
    return NULL;
}

sd_error_t *sd_role_list(apr_array_header_t **entries, sd_work_t *work, const char *desk_key)
{
    role_call_t call = {.work = work, .desk_key = desk_key};

    *entries = NULL;
    SD_TRY(sd_work_read(work, list_in_read, &call));
    *entries = apr_array_make(work->pool, call.rows->nelts, sizeof(sd_role_entry_t *));
    for (int i = 0; i < call.rows->nelts; i++) {
        const sd_role_row_t *row = APR_ARRAY_IDX(call.rows, i, const sd_role_row_t *);
        sd_role_entry_t *entry = apr_pcalloc(work->pool, sizeof(*entry));

        *entry = (sd_role_entry_t){row->desk_key, row->role, row->origin, row->account};
        APR_ARRAY_PUSH(*entries, sd_role_entry_t *) = entry;
    }
    return NULL;
}
