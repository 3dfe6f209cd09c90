/* Who is in a group: people and groups, put in, taken out, replaced. */
#include <string.h>

#include "desk/audit.h"
#include "desk/directory.h"
#include "desk/licence.h"
#include "desk/people.h"
#include "desk/policy.h"
#include "desk/user_group.h"
#include "store/grants.h"
#include "store/rows.h"

typedef struct edit_t {
    sd_work_t *work;
    const char *named;
    const sd_user_group_edit_t *input;
    const sd_user_group_t *group;
    apr_array_header_t *users;   /* const sd_account_t * */
    apr_array_header_t *groups;  /* const sd_user_group_t * */
    apr_array_header_t *touched; /* sd_id_t: accounts whose membership of this very group changed */
    int nested;                  /* children changed */
} edit_t;

static sd_error_t *read_input(edit_t *edit)
{
    const apr_array_header_t *none = apr_array_make(edit->work->pool, 1, sizeof(const char *));
    const sd_user_group_edit_t *input = edit->input;
    sd_error_t *unknown, *errors;

    SD_TRY(sd_people_named(&edit->users, &unknown, edit->work, input->users ? input->users : none));
    errors = sd_user_group_all_named(&edit->groups, edit->work, input->groups ? input->groups : none);
    return sd_error_append(unknown, errors);
}

/* ---- people ---- */

static sd_error_t *put_user(edit_t *edit, sd_id_t account_id, int in)
{
    sd_store_t *store = edit->work->store;
    int changed;

    SD_TRY(in ? sd_groups_add_member(&changed, store, edit->group->id, account_id)
              : sd_groups_remove_member(&changed, store, edit->group->id, account_id));
    if (changed) {
        APR_ARRAY_PUSH(edit->touched, sd_id_t) = account_id;
    }
    return NULL;
}

/* Whoever is in and not named goes. All pages are read before the first one is taken out. */
static sd_error_t *remove_others(edit_t *edit)
{
    apr_array_header_t *leaving = apr_array_make(edit->work->pool, 16, sizeof(sd_id_t));
    sd_page_t page = {0, SD_PAGE_LIMIT};
    sd_list_t *list;

    do {
        SD_TRY(sd_groups_members(&list, edit->work->store, edit->group->id, page));
        for (int i = 0; i < list->rows->nelts; i++) {
            sd_id_t id = APR_ARRAY_IDX(list->rows, i, const sd_account_t *)->id;

            if (!sd_people_hold(edit->users, id)) {
                APR_ARRAY_PUSH(leaving, sd_id_t) = id;
            }
        }
        page.start += page.limit;
    } while (!list->is_last);
    for (int i = 0; i < leaving->nelts; i++) {
        SD_TRY(put_user(edit, APR_ARRAY_IDX(leaving, i, sd_id_t), 0));
    }
    return NULL;
}

static sd_error_t *edit_users(edit_t *edit)
{
    if (!edit->input->users) {
        return NULL;
    }
    if (edit->input->edit == SD_EDIT_REPLACE) {
        SD_TRY(remove_others(edit));
    }
    for (int i = 0; i < edit->users->nelts; i++) {
        SD_TRY(put_user(edit, APR_ARRAY_IDX(edit->users, i, const sd_account_t *)->id,
                        edit->input->edit != SD_EDIT_REMOVE));
    }
    return NULL;
}

/* ---- groups in groups ---- */

static sd_error_t *check_nesting(edit_t *edit, const sd_user_group_t *child)
{
    sd_work_t *work = edit->work;
    apr_int64_t above, below, ignored;
    int holds;

    SD_TRY(sd_groups_holds(&holds, work->store, child->id, edit->group->id));
    if (holds) {
        return sd_error_field(work->pool, "groups", "sd.validation.group.cycle",
                              "\"%s\" holds \"%s\" already: a group cannot be inside of itself.", child->full_name,
                              edit->group->full_name);
    }
    SD_TRY(sd_groups_height(&above, &ignored, work->store, edit->group->id));
    SD_TRY(sd_groups_height(&ignored, &below, work->store, child->id));
    if (above + 1 + below >= SD_GROUP_DEPTH) {
        return sd_error_field(work->pool, "groups", "sd.validation.group.depth",
                              "Groups may lie %d deep in each other, and no deeper.", SD_GROUP_DEPTH);
    }
    return NULL;
}

static sd_error_t *put_group(edit_t *edit, const sd_user_group_t *child, int in)
{
    sd_store_t *store = edit->work->store;
    int changed;

    if (in) {
        SD_TRY(check_nesting(edit, child));
        SD_TRY(sd_groups_add_child(&changed, store, edit->group->id, child->id));
    } else {
        SD_TRY(sd_groups_remove_child(&changed, store, edit->group->id, child->id));
    }
    edit->nested += changed;
    return NULL;
}

static sd_error_t *remove_other_groups(edit_t *edit)
{
    apr_array_header_t *children;

    SD_TRY(sd_groups_children(&children, edit->work->store, edit->group->id));
    for (int i = 0; i < children->nelts; i++) {
        const sd_user_group_t *child = APR_ARRAY_IDX(children, i, const sd_user_group_t *);

        if (!sd_user_groups_hold(edit->groups, child->id)) {
            SD_TRY(put_group(edit, child, 0));
        }
    }
    return NULL;
}

static sd_error_t *edit_groups(edit_t *edit)
{
    if (!edit->input->groups) {
        return NULL;
    }
    if (edit->input->edit == SD_EDIT_REPLACE) {
        SD_TRY(remove_other_groups(edit));
    }
    for (int i = 0; i < edit->groups->nelts; i++) {
        SD_TRY(put_group(edit, APR_ARRAY_IDX(edit->groups, i, const sd_user_group_t *),
                         edit->input->edit != SD_EDIT_REMOVE));
    }
    return NULL;
}

/* ---- what follows ---- */

static sd_error_t *refresh(edit_t *edit)
{
    sd_store_t *store = edit->work->store;
    sd_time_t now = sd_work_now(edit->work);
    apr_array_header_t *grants;

    for (int i = 0; i < edit->touched->nelts; i++) {
        SD_TRY(sd_grants_refresh_account(NULL, store, APR_ARRAY_IDX(edit->touched, i, sd_id_t), now));
    }
    if (!edit->nested) {
        return NULL;
    }
    SD_TRY(sd_grants_of_group(&grants, store, edit->group->id));
    return sd_grants_refresh(store, grants, now);
}

static sd_error_t *audit(edit_t *edit)
{
    static const char *const acts[] = {
        [SD_EDIT_ADD] = "group.add", [SD_EDIT_REMOVE] = "group.remove", [SD_EDIT_REPLACE] = "group.replace"};
    json_t *accounts = json_array(), *groups = json_array();

    for (int i = 0; i < edit->users->nelts; i++) {
        json_array_append_new(accounts, json_string(APR_ARRAY_IDX(edit->users, i, const sd_account_t *)->public_id));
    }
    for (int i = 0; i < edit->groups->nelts; i++) {
        json_array_append_new(groups, json_string(APR_ARRAY_IDX(edit->groups, i, const sd_user_group_t *)->full_name));
    }
    json_t *detail = json_pack("{s:o, s:o}", "accounts", accounts, "groups", groups);
    return sd_audit_write(edit->work, &(sd_audit_entry_t){.act = acts[edit->input->edit],
                                                          .object_type = "group",
                                                          .object_id = edit->group->full_name,
                                                          .detail = sd_audit_detail(edit->work, detail)});
}

static sd_error_t *find_group(edit_t *edit)
{
    sd_work_t *work = edit->work;

    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_groups_named(&edit->group, work->store, edit->named));
    if (!edit->group) {
        return sd_error_not_found(work->pool);
    }
    return edit->group->internal
               ? NULL
               : sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.group.elsewhere",
                              "The directory \"%s\" tells who is in this group.", edit->group->directory);
}

static sd_error_t *edit_in_write(void *baton)
{
    edit_t *edit = baton;
    sd_licence_mark_t mark;
    apr_int64_t admins;

    /* A write may be run again. */
    edit->touched = apr_array_make(edit->work->pool, 8, sizeof(sd_id_t));
    edit->nested = 0;
    SD_TRY(find_group(edit));
    SD_TRY(read_input(edit));
    SD_TRY(sd_licence_begin(&mark, edit->work));
    SD_TRY(sd_directories_count_admins(&admins, edit->work->store));
    SD_TRY(edit_users(edit));
    SD_TRY(edit_groups(edit));
    if (!edit->touched->nelts && !edit->nested) {
        return NULL;
    }
    SD_TRY(refresh(edit));
    SD_TRY(sd_directory_check_admins(edit->work, admins));
    SD_TRY(sd_licence_end(edit->work, &mark, 1, edit->input->confirm));
    return audit(edit);
}

sd_error_t *sd_user_group_edit(sd_work_t *work, const char *named, const sd_user_group_edit_t *input)
{
    edit_t edit = {.work = work, .named = named, .input = input};

    return sd_work_write(work, edit_in_write, &edit);
}
