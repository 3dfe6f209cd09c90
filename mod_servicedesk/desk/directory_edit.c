/* Directories looked at and set up. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/account.h"
#include "desk/account_form.h"
#include "desk/audit.h"
#include "desk/directory_trouble.h"
#include "desk/licence.h"
#include "desk/policy.h"
#include "desk/user_group.h"
#include "store/grants.h"

typedef struct edit_t {
    sd_work_t *work;
    const char *name;
    const sd_directory_input_t *input;
    int is_new;
    const sd_directory_t *directory;
    apr_array_header_t *views;
    apr_array_header_t *rows;
} edit_t;

/* ---- looking ---- */

static sd_error_t *add_warnings(sd_directory_view_t *view, sd_work_t *work)
{
    apr_array_header_t *warnings = apr_array_make(work->pool, 2, sizeof(const char *)), *troubles;

    view->warnings = warnings;
    SD_TRY(sd_directory_troubles(&troubles, work, view));
    for (int i = 0; i < troubles->nelts; i++) {
        APR_ARRAY_PUSH(warnings, const char *) = APR_ARRAY_IDX(troubles, i, const sd_directory_trouble_t *)->text;
    }
    return NULL;
}

static sd_error_t *list_in_read(void *baton)
{
    edit_t *edit = baton;

    SD_TRY(sd_policy_require(edit->work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_directory_views(&edit->views, edit->work, edit->name));
    for (int i = 0; i < edit->views->nelts; i++) {
        SD_TRY(add_warnings(APR_ARRAY_IDX(edit->views, i, sd_directory_view_t *), edit->work));
    }
    return NULL;
}

sd_error_t *sd_directory_list(apr_array_header_t **views, sd_work_t *work)
{
    edit_t edit = {.work = work};

    SD_TRY(sd_work_read(work, list_in_read, &edit));
    *views = edit.views;
    return NULL;
}

sd_error_t *sd_directory_find(const sd_directory_view_t **view, sd_work_t *work, const char *name)
{
    edit_t edit = {.work = work, .name = name};

    *view = NULL;
    SD_TRY(sd_work_read(work, list_in_read, &edit));
    if (!edit.views->nelts) {
        return sd_error_not_found(work->pool);
    }
    *view = APR_ARRAY_IDX(edit.views, 0, const sd_directory_view_t *);
    return NULL;
}

/* ---- setting up ---- */

/* New accounts get groups that administrators rule; a directory's own are for the directory to tell. */
static sd_error_t *set_groups(edit_t *edit, sd_directory_purpose_t purpose, const char *field,
                              const apr_array_header_t *names)
{
    sd_work_t *work = edit->work;
    apr_array_header_t *groups;
    sd_error_t *errors = NULL;

    if (!names) {
        return NULL;
    }
    errors = sd_user_group_all_named(&groups, work, names);
    for (int i = 0; i < groups->nelts; i++) {
        const sd_user_group_t *group = APR_ARRAY_IDX(groups, i, const sd_user_group_t *);

        if (!group->internal && !(purpose == SD_DIRECTORY_SIGN_IN && group->directory_id == edit->directory->id)) {
            errors = sd_error_append(errors, sd_error_field(work->pool, field, "sd.validation.directory.group",
                                                            "The group \"%s\" belongs to another directory.",
                                                            group->full_name));
        }
    }
    for (sd_error_t *error = errors; error; error = error->next) {
        error->field = field;
    }
    return errors ? errors : sd_directories_set_groups(work->store, edit->directory->id, purpose, groups);
}

static sd_error_t *read_position(apr_int64_t *position, edit_t *edit)
{
    const char *text = edit->input->position;
    char *end;

    *position = edit->directory->position;
    if (!text) {
        return NULL;
    }
    *position = apr_strtoi64(text, &end, 10);
    return *text && !*end && *position > -1000000 && *position < 1000000
               ? NULL
               : sd_error_field(edit->work->pool, "position", "sd.validation.number", "position must be a number.");
}

static sd_error_t *audit(const edit_t *edit)
{
    const sd_directory_t *now = edit->directory;
    json_t *detail = json_pack("{s:b, s:s, s:I}", "writable", now->writable, "signIn",
                               now->by_groups ? "groups" : "everyone", "position", (json_int_t)now->position);

    return sd_audit_write(edit->work, &(sd_audit_entry_t){.act = edit->is_new ? "directory.create" : "directory.set",
                                                          .object_type = "directory",
                                                          .object_id = now->name,
                                                          .detail = sd_audit_detail(edit->work, detail)});
}

static sd_error_t *find(edit_t *edit)
{
    sd_work_t *work = edit->work;

    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_directories_find(&edit->directory, work->store, edit->name));
    if (!edit->is_new) {
        return edit->directory ? NULL : sd_error_not_found(work->pool);
    }
    if (!sd_account_is_directory_name(edit->name)) {
        return sd_error_field(work->pool, "name", "sd.validation.directory.name",
                              "The name of a directory is 1 to 64 letters, digits, dots, hyphens and underscores.");
    }
    if (edit->directory) {
        sd_error_t *error =
            sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.directory.exists", "There is a directory of that name.");
        error->field = "name";
        return error;
    }
    SD_TRY(sd_directories_insert(work->store, edit->name, 0, sd_work_now(work)));
    return sd_directories_find(&edit->directory, work->store, edit->name);
}

static sd_error_t *apply(edit_t *edit)
{
    const sd_directory_input_t *input = edit->input;
    const sd_directory_t *before = edit->directory;
    sd_store_t *store = edit->work->store;
    apr_int64_t position;

    SD_TRY(read_position(&position, edit));
    SD_TRY(set_groups(edit, SD_DIRECTORY_DEFAULT, "defaultGroups", input->default_groups));
    SD_TRY(set_groups(edit, SD_DIRECTORY_SIGN_IN, "signInGroups", input->sign_in_groups));
    SD_TRY(sd_directories_set(store, before->id, input->writable < 0 ? before->writable : input->writable,
                              input->by_groups < 0 ? before->by_groups : input->by_groups, position));
    SD_TRY(sd_grants_refresh_directory(store, before->id));
    return sd_directories_find(&edit->directory, store, before->name);
}

static sd_error_t *edit_in_write(void *baton)
{
    edit_t *edit = baton;
    sd_licence_mark_t mark;
    apr_int64_t admins;

    SD_TRY(find(edit));
    SD_TRY(sd_licence_begin(&mark, edit->work));
    SD_TRY(sd_directories_count_admins(&admins, edit->work->store));
    SD_TRY(apply(edit));
    SD_TRY(sd_directory_check_admins(edit->work, admins));
    SD_TRY(sd_licence_end(edit->work, &mark, 0, edit->input->confirm));
    SD_TRY(audit(edit));
    SD_TRY(sd_directory_calm(edit->work));
    return list_in_read(edit);
}

static sd_error_t *run(const sd_directory_view_t **view, sd_work_t *work, const char *name,
                       const sd_directory_input_t *input, int is_new)
{
    edit_t edit = {.work = work, .name = name ? name : "", .input = input, .is_new = is_new};

    *view = NULL;
    SD_TRY(sd_work_write(work, edit_in_write, &edit));
    *view = APR_ARRAY_IDX(edit.views, 0, const sd_directory_view_t *);
    return NULL;
}

sd_error_t *sd_directory_add(const sd_directory_view_t **view, sd_work_t *work, const char *name,
                             const sd_directory_input_t *input)
{
    return run(view, work, name, input, 1);
}

sd_error_t *sd_directory_set(const sd_directory_view_t **view, sd_work_t *work, const char *name,
                             const sd_directory_input_t *input)
{
    return run(view, work, name, input, 0);
}

static sd_error_t *same_address_in_read(void *baton)
{
    edit_t *edit = baton;

    SD_TRY(sd_policy_require(edit->work, SD_MAY_ADMINISTER_SYSTEM));
    return sd_directories_same_address(&edit->rows, edit->work->store);
}

sd_error_t *sd_directory_same_address(apr_array_header_t **rows, sd_work_t *work)
{
    edit_t edit = {.work = work};

    SD_TRY(sd_work_read(work, same_address_in_read, &edit));
    *rows = edit.rows;
    return NULL;
}
