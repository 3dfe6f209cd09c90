/* Who is in an organization. */
#include "desk/organization.h"

#include <apr_strings.h>

#include "desk/organization_guard.h"
#include "desk/people.h"
#include "store/desks.h"
#include "store/organizations.h"

typedef struct members_t {
    sd_work_t *work;
    const char *id;
    sd_page_t page;
    sd_list_t *accounts;
} members_t;

static sd_error_t *members_in_read(void *baton)
{
    members_t *members = baton;
    sd_work_t *work = members->work;
    const sd_organization_t *organization;

    SD_TRY(sd_organization_judged(&organization, work, members->id, SD_MAY_SEE_ORGANIZATION));
    SD_TRY(sd_policy_require(work, SD_MAY_FIND_PEOPLE));
    return sd_organizations_members(&members->accounts, work->store, organization->id, members->page);
}

sd_error_t *sd_organization_members(sd_list_t **accounts, sd_work_t *work, const char *id, sd_page_t page)
{
    members_t members = {work, id, page, NULL};

    SD_TRY(sd_work_read(work, members_in_read, &members));
    *accounts = members.accounts;
    return NULL;
}

typedef struct change_t {
    sd_work_t *work;
    const char *id;
    const apr_array_header_t *names;
    const char *act;
    sd_error_t *(*change)(int *changed, sd_store_t *store, sd_id_t id, sd_id_t account_id);
} change_t;

static sd_error_t *change_one(const change_t *change, sd_id_t id, const sd_account_t *account)
{
    sd_work_t *work = change->work;
    int changed;

    SD_TRY(change->change(&changed, work->store, id, account->id));
    if (!changed) {
        return NULL;
    }
    return sd_organization_audit(work, change->act, id, 0,
                                 apr_psprintf(work->pool, "{\"account\":\"%s\"}", account->public_id));
}

/*
 * A member enters the desks that the organization is attached to and reads what is shared with it there. So nobody
 * changes who is one but those who work at every such desk: an agent of one desk would let himself into another.
 */
static sd_error_t *require_every_desk(sd_work_t *work, const sd_organization_t *organization)
{
    apr_array_header_t *ids;

    if (sd_policy_may(work, SD_MAY_ADMINISTER_SYSTEM, 0)) {
        return NULL;
    }
    SD_TRY(sd_organizations_desks(&ids, work->store, organization->id));
    for (int i = 0; i < ids->nelts; i++) {
        const sd_desk_t *desk;

        SD_TRY(sd_desks_find(&desk, work->store, APR_ARRAY_IDX(ids, i, const char *), work->actor.account_id));
        if (!desk || !sd_policy_may(work, SD_MAY_WORK_QUEUES, desk->relations)) {
            return sd_policy_forbidden(work);
        }
    }
    return NULL;
}

static sd_error_t *change_in_write(void *baton)
{
    change_t *change = baton;
    sd_work_t *work = change->work;
    const sd_organization_t *organization;
    apr_array_header_t *accounts;
    sd_error_t *unknown;

    SD_TRY(sd_organization_judged(&organization, work, change->id, SD_MAY_MANAGE_ORGANIZATIONS));
    SD_TRY(require_every_desk(work, organization));
    SD_TRY(sd_people_named(&accounts, &unknown, work, change->names));
    SD_TRY(unknown);
    for (int i = 0; i < accounts->nelts; i++) {
        SD_TRY(change_one(change, organization->id, APR_ARRAY_IDX(accounts, i, const sd_account_t *)));
    }
    return NULL;
}

sd_error_t *sd_organization_add_members(sd_work_t *work, const char *id, const apr_array_header_t *names)
{
    return sd_work_write(work, change_in_write,
                         &(change_t){work, id, names, "organization.member.add", sd_organizations_add_member});
}

sd_error_t *sd_organization_remove_members(sd_work_t *work, const char *id, const apr_array_header_t *names)
{
    return sd_work_write(work, change_in_write,
                         &(change_t){work, id, names, "organization.member.remove", sd_organizations_remove_member});
}
