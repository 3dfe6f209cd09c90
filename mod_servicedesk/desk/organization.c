/* Organizations: made, listed, deleted, attached to desks. */
#include "desk/organization.h"

#include <apr_strings.h>

#include "base/text.h"
#include "desk/audit.h"
#include "desk/desk.h"
#include "desk/organization_guard.h"
#include "store/accounts.h"
#include "store/organizations.h"

#define NAME_LENGTH 200

sd_error_t *sd_organization_judged(const sd_organization_t **organization, sd_work_t *work, const char *id,
                                   sd_action_t action)
{
    SD_TRY(sd_organizations_find(organization, work->store, sd_text_id(id), work->actor.account_id));
    return sd_policy_organization(work, action, *organization);
}

sd_error_t *sd_organization_audit(sd_work_t *work, const char *act, sd_id_t id, sd_id_t desk_id, const char *detail)
{
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = act,
                                    .object_type = "organization",
                                    .object_id = apr_psprintf(work->pool, "%" APR_INT64_T_FMT, id),
                                    .desk_id = desk_id,
                                    .detail = detail,
                                });
}

/* ---- one ---- */

typedef struct one_t {
    sd_work_t *work;
    const char *name; /* of a new one */
    const char *id;
    const sd_organization_t *organization;
} one_t;

static sd_error_t *create_in_write(void *baton)
{
    one_t *one = baton;
    sd_work_t *work = one->work;
    const char *name, *key;
    sd_id_t id;

    SD_TRY(sd_policy_require(work, SD_MAY_MANAGE_ORGANIZATIONS));
    name = sd_text_trim(work->pool, one->name ? one->name : "");
    SD_TRY(sd_text_check(work->pool, "name", name, 1, NAME_LENGTH, 0));
    SD_TRY(sd_text_fold(&key, work->pool, name));
    SD_TRY(sd_organizations_find_named(&one->organization, work->store, key, work->actor.account_id));
    if (one->organization) {
        return NULL;
    }
    SD_TRY(sd_organizations_insert(&id, work->store, name, key, sd_work_now(work)));
    SD_TRY(sd_organizations_find(&one->organization, work->store, id, work->actor.account_id));
    return sd_organization_audit(work, "organization.create", id, 0, NULL);
}

sd_error_t *sd_organization_create(const sd_organization_t **organization, sd_work_t *work, const char *name)
{
    one_t one = {.work = work, .name = name};

    *organization = NULL;
    SD_TRY(sd_work_write(work, create_in_write, &one));
    *organization = one.organization;
    return NULL;
}

static sd_error_t *find_in_read(void *baton)
{
    one_t *one = baton;

    return sd_organization_judged(&one->organization, one->work, one->id, SD_MAY_SEE_ORGANIZATION);
}

sd_error_t *sd_organization_find(const sd_organization_t **organization, sd_work_t *work, const char *id)
{
    one_t one = {.work = work, .id = id};

    *organization = NULL;
    SD_TRY(sd_work_read(work, find_in_read, &one));
    *organization = one.organization;
    return NULL;
}

static sd_error_t *delete_in_write(void *baton)
{
    one_t *one = baton;
    sd_work_t *work = one->work;

    SD_TRY(sd_organization_judged(&one->organization, work, one->id, SD_MAY_DELETE_ORGANIZATION));
    SD_TRY(sd_organizations_delete(work->store, one->organization->id));
    return sd_organization_audit(work, "organization.delete", one->organization->id, 0, NULL);
}

sd_error_t *sd_organization_delete(sd_work_t *work, const char *id)
{
    return sd_work_write(work, delete_in_write, &(one_t){.work = work, .id = id});
}

/* ---- lists ---- */

typedef struct list_t {
    sd_work_t *work;
    const char *account;
    const char *desk;
    sd_page_t page;
    sd_list_t *organizations;
} list_t;

static sd_error_t *list_of_somebody(list_t *list)
{
    sd_work_t *work = list->work;
    const sd_account_t *account;

    SD_TRY(sd_policy_require(work, SD_MAY_FIND_PEOPLE));
    SD_TRY(sd_accounts_named(&account, work->store, list->account));
    if (!account) {
        return sd_error_not_found(work->pool);
    }
    return sd_organizations_of_member(&list->organizations, work->store, work->actor.account_id, account->id,
                                      list->page);
}

static sd_error_t *list_in_read(void *baton)
{
    list_t *list = baton;
    sd_work_t *work = list->work;
    sd_id_t me = work->actor.account_id;

    SD_TRY(sd_policy_require(work, SD_MAY_HAVE_ACCOUNT));
    if (list->account) {
        return list_of_somebody(list);
    }
    if (sd_policy_may(work, SD_MAY_SEE_ORGANIZATION, 0)) {
        return sd_organizations_list(&list->organizations, work->store, me, list->page);
    }
    int own = (sd_policy_scope(work, SD_MAY_SEE_ORGANIZATION) & SD_RELATION_MEMBER) != 0;
    return sd_organizations_of_member(&list->organizations, work->store, me, own ? me : 0, list->page);
}

sd_error_t *sd_organization_list(sd_list_t **organizations, sd_work_t *work, const char *account, sd_page_t page)
{
    list_t list = {.work = work, .account = account, .page = page};

    SD_TRY(sd_work_read(work, list_in_read, &list));
    *organizations = list.organizations;
    return NULL;
}

static sd_error_t *list_of_desk_in_read(void *baton)
{
    list_t *list = baton;
    sd_work_t *work = list->work;
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, work, list->desk, SD_MAY_ATTACH_ORGANIZATIONS));
    return sd_organizations_of_desk(&list->organizations, work->store, work->actor.account_id, desk->id, list->page);
}

sd_error_t *sd_organization_list_of_desk(sd_list_t **organizations, sd_work_t *work, const char *desk, sd_page_t page)
{
    list_t list = {.work = work, .desk = desk, .page = page};

    SD_TRY(sd_work_read(work, list_of_desk_in_read, &list));
    *organizations = list.organizations;
    return NULL;
}

/* ---- desks ---- */

typedef struct attach_t {
    sd_work_t *work;
    const char *desk;
    const char *id;
    int attach;
} attach_t;

static sd_error_t *attach_in_write(void *baton)
{
    attach_t *attach = baton;
    sd_work_t *work = attach->work;
    const sd_organization_t *organization;
    const sd_desk_t *desk;
    int changed;

    SD_TRY(sd_desk_find(&desk, work, attach->desk, SD_MAY_ATTACH_ORGANIZATIONS));
    SD_TRY(sd_organization_judged(&organization, work, attach->id, SD_MAY_SEE_ORGANIZATION));
    SD_TRY(attach->attach ? sd_organizations_attach(&changed, work->store, organization->id, desk->id)
                          : sd_organizations_detach(&changed, work->store, organization->id, desk->id));
    return changed ? sd_organization_audit(work, attach->attach ? "desk.organization.add" : "desk.organization.remove",
                                           organization->id, desk->id, NULL)
                   : NULL;
}

sd_error_t *sd_organization_attach(sd_work_t *work, const char *desk, const char *id)
{
    return sd_work_write(work, attach_in_write, &(attach_t){work, desk, id, 1});
}

sd_error_t *sd_organization_detach(sd_work_t *work, const char *desk, const char *id)
{
    return sd_work_write(work, attach_in_write, &(attach_t){work, desk, id, 0});
}
