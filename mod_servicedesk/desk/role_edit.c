/* A role of a desk, edited as a whole: people and groups. */
#include <string.h>

#include <apr_strings.h>

#include "desk/audit.h"
#include "desk/licence.h"
#include "desk/people.h"
#include "desk/policy.h"
#include "desk/role.h"
#include "desk/setting.h"
#include "store/desks.h"
#include "store/grants.h"
#include "store/roles.h"

typedef struct edit_t {
    sd_work_t *work;
    const sd_role_edit_t *input;
    const sd_desk_t *desk;
    apr_array_header_t *users;  /* const sd_account_t * */
    apr_array_header_t *groups; /* const sd_user_group_t * */
    apr_array_header_t *left;   /* const sd_account_t *: taken out, or never in by themselves */
    int groups_changed;
    apr_array_header_t *still;
} edit_t;

static sd_error_t *check_role(apr_pool_t *pool, const char *role)
{
    static const char *const roles[] = {"administrator", "agent", "customer"};

    for (apr_size_t i = 0; role && i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (strcmp(role, roles[i]) == 0) {
            return NULL;
        }
    }
    return sd_error_field(pool, "role", "sd.validation.role", "A role of a desk is administrator, agent or customer.");
}

static sd_error_t *check_named(apr_pool_t *pool, const char *desk)
{
    return desk ? NULL : sd_error_field(pool, "desk", "sd.validation.role.desk", "This role is of one desk: name it.");
}

static sd_error_t *find_desk(const sd_desk_t **desk, sd_work_t *work, const char *named)
{
    SD_TRY(sd_desks_find(desk, work->store, named, work->actor.account_id));
    return sd_policy_desk(work, SD_MAY_ADMINISTER_DESK, *desk);
}

/* A site may keep the groups of roles to its system administrators. */
static sd_error_t *check_group_right(edit_t *edit)
{
    sd_work_t *work = edit->work;
    const char *who;

    if (!edit->input->groups || sd_policy_may(work, SD_MAY_ADMINISTER_SYSTEM, 0)) {
        return NULL;
    }
    SD_TRY(sd_setting_value(&who, work, "role_groups"));
    return strcmp(who, "desk-admins") == 0 ? NULL : sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM);
}

static sd_error_t *read_input(edit_t *edit)
{
    const apr_array_header_t *none = apr_array_make(edit->work->pool, 1, sizeof(const char *));
    const sd_role_edit_t *input = edit->input;
    sd_error_t *unknown, *errors;

    SD_TRY(sd_people_named(&edit->users, &unknown, edit->work, input->users ? input->users : none));
    errors = sd_user_group_all_named(&edit->groups, edit->work, input->groups ? input->groups : none);
    return sd_error_append(unknown, errors);
}

/* ---- people ---- */

static sd_error_t *find_others(edit_t *edit)
{
    sd_page_t page = {0, SD_PAGE_LIMIT};
    sd_list_t *list;

    do {
        SD_TRY(sd_roles_users(&list, edit->work->store, edit->desk->id, edit->input->role, page));
        for (int i = 0; i < list->rows->nelts; i++) {
            const sd_account_t *account = APR_ARRAY_IDX(list->rows, i, const sd_account_t *);

            if (!sd_people_hold(edit->users, account->id)) {
                APR_ARRAY_PUSH(edit->left, const sd_account_t *) = account;
            }
        }
        page.start += page.limit;
    } while (!list->is_last);
    return NULL;
}

static sd_error_t *edit_users(edit_t *edit)
{
    const sd_role_edit_t *input = edit->input;
    sd_work_t *work = edit->work;
    int changed;

    if (!input->users) {
        return NULL;
    }
    if (input->edit == SD_EDIT_REPLACE) {
        SD_TRY(find_others(edit));
    } else if (input->edit == SD_EDIT_REMOVE) {
        edit->left = edit->users;
    }
    for (int i = 0; i < edit->left->nelts; i++) {
        SD_TRY(sd_role_change(&changed, work, edit->desk, input->role,
                              APR_ARRAY_IDX(edit->left, i, const sd_account_t *), 0));
    }
    for (int i = 0; input->edit != SD_EDIT_REMOVE && i < edit->users->nelts; i++) {
        SD_TRY(sd_role_change(&changed, work, edit->desk, input->role,
                              APR_ARRAY_IDX(edit->users, i, const sd_account_t *), 1));
    }
    return NULL;
}

/* ---- groups ---- */

static sd_error_t *put_group(edit_t *edit, const sd_user_group_t *group, int in)
{
    sd_work_t *work = edit->work;
    const char *role = edit->input->role;
    int changed;

    SD_TRY(in ? sd_grants_add_group(&changed, work->store, edit->desk->id, role, group->id, sd_work_now(work))
              : sd_grants_remove_group(&changed, work->store, edit->desk->id, role, group->id));
    if (!changed) {
        return NULL;
    }
    edit->groups_changed = 1;
    json_t *detail = json_pack("{s:s, s:s}", "role", role, "desk", edit->desk->key);
    return sd_audit_write(work, &(sd_audit_entry_t){.act = in ? "role.group.add" : "role.group.remove",
                                                    .object_type = "group",
                                                    .object_id = group->full_name,
                                                    .desk_id = edit->desk->id,
                                                    .detail = sd_audit_detail(work, detail)});
}

static sd_error_t *remove_other_groups(edit_t *edit)
{
    apr_array_header_t *groups;

    SD_TRY(sd_grants_groups(&groups, edit->work->store, edit->desk->id, edit->input->role));
    for (int i = 0; i < groups->nelts; i++) {
        const sd_user_group_t *group = APR_ARRAY_IDX(groups, i, const sd_user_group_t *);

        if (!sd_user_groups_hold(edit->groups, group->id)) {
            SD_TRY(put_group(edit, group, 0));
        }
    }
    return NULL;
}

static sd_error_t *edit_groups(edit_t *edit)
{
    const sd_role_edit_t *input = edit->input;
    sd_work_t *work = edit->work;

    if (!input->groups) {
        return NULL;
    }
    if (input->edit == SD_EDIT_REPLACE) {
        SD_TRY(remove_other_groups(edit));
    }
    for (int i = 0; i < edit->groups->nelts; i++) {
        SD_TRY(put_group(edit, APR_ARRAY_IDX(edit->groups, i, const sd_user_group_t *), input->edit != SD_EDIT_REMOVE));
    }
    return edit->groups_changed ? sd_grants_refresh_role(work->store, edit->desk->id, input->role, sd_work_now(work))
                                : NULL;
}

/* ---- the whole ---- */

sd_error_t *sd_role_note_still(apr_array_header_t **still, sd_work_t *work, sd_id_t desk_id, const char *role,
                               const sd_account_t *account)
{
    apr_array_header_t *ways;

    if (!*still) {
        *still = apr_array_make(work->pool, 4, sizeof(const sd_role_still_t *));
    }
    SD_TRY(sd_grants_ways(&ways, work->store, desk_id, role, account->id));
    if (ways->nelts) {
        sd_role_still_t *entry = apr_pcalloc(work->pool, sizeof(*entry));

        entry->account = *account;
        entry->groups = ways;
        APR_ARRAY_PUSH(*still, const sd_role_still_t *) = entry;
    }
    return NULL;
}

sd_error_t *sd_role_still_error(apr_pool_t *pool, const char *field, const apr_array_header_t *still)
{
    sd_error_t *errors = NULL;

    for (int i = 0; i < still->nelts; i++) {
        const sd_role_still_t *entry = APR_ARRAY_IDX(still, i, const sd_role_still_t *);
        const char *names = APR_ARRAY_IDX(entry->groups, 0, const char *);

        for (int j = 1; j < entry->groups->nelts; j++) {
            names = apr_pstrcat(pool, names, ", ", APR_ARRAY_IDX(entry->groups, j, const char *), NULL);
        }
        errors = sd_error_append(errors, sd_error_field(pool, field, "sd.role.still",
                                                        "%s still has access through %s %s.", entry->account.name,
                                                        entry->groups->nelts > 1 ? "groups" : "group", names));
    }
    return errors;
}

static sd_error_t *note_all_still(edit_t *edit)
{
    for (int i = 0; i < edit->left->nelts; i++) {
        SD_TRY(sd_role_note_still(&edit->still, edit->work, edit->desk->id, edit->input->role,
                                  APR_ARRAY_IDX(edit->left, i, const sd_account_t *)));
    }
    return NULL;
}

/* Customers as such take no seats: the licence is asked about agents, and about groups in whatever role. */
static sd_error_t *edit_in_write(void *baton)
{
    edit_t *edit = baton;
    const sd_role_edit_t *input = edit->input;
    sd_licence_mark_t mark;
    int licensed;

    /* A write may be run again. */
    edit->left = apr_array_make(edit->work->pool, 8, sizeof(const sd_account_t *));
    edit->still = apr_array_make(edit->work->pool, 4, sizeof(const sd_role_still_t *));
    edit->groups_changed = 0;
    SD_TRY(find_desk(&edit->desk, edit->work, input->desk));
    SD_TRY(check_role(edit->work->pool, input->role));
    licensed = input->groups || strcmp(input->role, "agent") == 0;
    SD_TRY(check_group_right(edit));
    SD_TRY(read_input(edit));
    if (licensed) {
        SD_TRY(sd_licence_begin(&mark, edit->work));
    }
    SD_TRY(edit_users(edit));
    SD_TRY(edit_groups(edit));
    if (licensed) {
        SD_TRY(sd_licence_end(edit->work, &mark, edit->groups_changed, input->confirm));
    }
    return note_all_still(edit);
}

sd_error_t *sd_role_edit(apr_array_header_t **still, sd_work_t *work, const sd_role_edit_t *input)
{
    edit_t edit = {.work = work, .input = input};

    *still = NULL;
    SD_TRY(check_named(work->pool, input->desk));
    SD_TRY(sd_work_write(work, edit_in_write, &edit));
    *still = edit.still;
    return NULL;
}

typedef struct members_t {
    sd_work_t *work;
    const char *desk;
    const char *role;
    sd_page_t page;
    sd_list_t *users;
    apr_array_header_t *groups;
} members_t;

static sd_error_t *members_in_read(void *baton)
{
    members_t *members = baton;
    sd_store_t *store = members->work->store;
    const sd_desk_t *desk;

    SD_TRY(find_desk(&desk, members->work, members->desk));
    SD_TRY(check_role(members->work->pool, members->role));
    SD_TRY(sd_roles_users(&members->users, store, desk->id, members->role, members->page));
    return sd_grants_groups(&members->groups, store, desk->id, members->role);
}

sd_error_t *sd_role_members(sd_list_t **users, apr_array_header_t **groups, sd_work_t *work, const char *desk,
                            const char *role, sd_page_t page)
{
    members_t members = {work, desk, role, page, NULL, NULL};

    SD_TRY(check_named(work->pool, desk));
    SD_TRY(sd_work_read(work, members_in_read, &members));
    *users = members.users;
    *groups = members.groups;
    return NULL;
}
