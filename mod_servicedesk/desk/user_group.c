/* Groups: looked up, made, renamed, deleted. */
#include "desk/user_group.h"

#include <string.h>

#include "base/text.h"
#include "desk/account.h"
#include "desk/audit.h"
#include "desk/directory.h"
#include "desk/policy.h"
#include "store/directories.h"
#include "store/grants.h"

typedef struct group_call_t {
    sd_work_t *work;
    const char *named;
    const char *name;
    const char *name_key;
    const char *description;
    const char *directory;
    sd_page_t page;
    sd_list_t *list;
    apr_array_header_t *groups;
    const sd_user_group_t *group;
} group_call_t;

static sd_error_t *find(group_call_t *call, sd_action_t right)
{
    SD_TRY(sd_policy_require(call->work, right));
    SD_TRY(sd_groups_named(&call->group, call->work->store, call->named));
    return call->group ? NULL : sd_error_not_found(call->work->pool);
}

static sd_error_t *list_in_read(void *baton)
{
    group_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_directory_t *directory = NULL;

    SD_TRY(sd_policy_require(work, SD_MAY_FIND_PEOPLE));
    if (call->directory) {
        SD_TRY(sd_directories_find(&directory, work->store, call->directory));
        if (!directory) {
            return sd_error_field(work->pool, "directory", "sd.validation.directory", "There is no such directory.");
        }
    }
    return sd_groups_list(&call->list, work->store, directory ? directory->id : 0, call->page);
}

sd_error_t *sd_user_group_list(sd_list_t **groups, sd_work_t *work, const char *directory, sd_page_t page)
{
    group_call_t call = {.work = work, .directory = directory, .page = page};

    SD_TRY(sd_work_read(work, list_in_read, &call));
    *groups = call.list;
    return NULL;
}

static sd_error_t *find_in_read(void *baton)
{
    return find(baton, SD_MAY_FIND_PEOPLE);
}

sd_error_t *sd_user_group_find(const sd_user_group_t **group, sd_work_t *work, const char *named)
{
    group_call_t call = {.work = work, .named = named};

    *group = NULL;
    SD_TRY(sd_work_read(work, find_in_read, &call));
    *group = call.group;
    return NULL;
}

/* A slash would make it look like a group of another directory, digits alone like an id. */
static sd_error_t *check_texts(group_call_t *call)
{
    apr_pool_t *pool = call->work->pool;
    sd_error_t *errors = NULL;

    if (call->name) {
        call->name = sd_text_trim(pool, call->name);
        errors = sd_text_check(pool, "name", call->name, 1, SD_GROUP_NAME_LENGTH, 0);
        if (!errors && (strchr(call->name, '/') || strspn(call->name, "0123456789") == strlen(call->name))) {
            errors = sd_error_field(pool, "name", "sd.validation.group.name",
                                    "The name of a group has no slash, and not only digits.");
        }
        if (!errors) {
            errors = sd_text_fold(&call->name_key, pool, call->name);
        }
    }
    if (call->description) {
        errors = sd_error_append(errors, sd_text_check(pool, "description", call->description, 0,
                                                       SD_GROUP_DESCRIPTION_LENGTH, 1));
    }
    return errors;
}

static sd_error_t *check_free(const group_call_t *call, sd_id_t directory_id)
{
    const sd_user_group_t *other;
    sd_error_t *error;

    SD_TRY(sd_groups_of_directory(&other, call->work->store, directory_id, call->name_key));
    if (!other || (call->group && call->group->id == other->id)) {
        return NULL;
    }
    error = sd_error_new(call->work->pool, SD_ERROR_CONFLICT, "sd.group.exists", "There is a group of that name.");
    error->field = "name";
    return error;
}

static sd_error_t *audit(const group_call_t *call, const char *act)
{
    return sd_audit_write(call->work,
                          &(sd_audit_entry_t){.act = act, .object_type = "group", .object_id = call->group->full_name});
}

static sd_error_t *create_in_write(void *baton)
{
    group_call_t *call = baton;
    sd_work_t *work = call->work;
    const sd_directory_t *internal;
    sd_id_t id;

    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    call->name = call->name ? call->name : "";
    SD_TRY(check_texts(call));
    SD_TRY(sd_directories_find(&internal, work->store, SD_DIRECTORY_INTERNAL));
    SD_TRY(check_free(call, internal->id));
    SD_TRY(sd_groups_insert(&id, work->store, internal->id, call->name, call->name_key,
                            call->description ? call->description : "", sd_work_now(work)));
    SD_TRY(sd_groups_of_directory(&call->group, work->store, internal->id, call->name_key));
    return audit(call, "group.create");
}

sd_error_t *sd_user_group_create(const sd_user_group_t **group, sd_work_t *work, const char *name,
                                 const char *description)
{
    group_call_t call = {.work = work, .name = name, .description = description};

    *group = NULL;
    SD_TRY(sd_work_write(work, create_in_write, &call));
    *group = call.group;
    return NULL;
}

static sd_error_t *update_in_write(void *baton)
{
    group_call_t *call = baton;
    sd_work_t *work = call->work;
    const char *name, *name_key;

    SD_TRY(find(call, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(check_texts(call));
    if (call->name && !call->group->internal) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.group.elsewhere",
                            "The directory \"%s\" tells the name of this group.", call->group->directory);
    }
    name = call->group->name;
    name_key = name;
    if (call->name) {
        SD_TRY(check_free(call, call->group->directory_id));
        name = call->name;
        name_key = call->name_key;
    } else if (call->group->internal) {
        SD_TRY(sd_text_fold(&name_key, work->pool, name));
    }
    SD_TRY(sd_groups_update(work->store, call->group->id, name, name_key,
                            call->description ? call->description : call->group->description));
    SD_TRY(audit(call, "group.update"));
    return sd_groups_of_directory(&call->group, work->store, call->group->directory_id, name_key);
}

sd_error_t *sd_user_group_update(const sd_user_group_t **group, sd_work_t *work, const char *named, const char *name,
                                 const char *description)
{
    group_call_t call = {.work = work, .named = named, .name = name, .description = description};

    *group = NULL;
    SD_TRY(sd_work_write(work, update_in_write, &call));
    *group = call.group;
    return NULL;
}

/* Its members lose what it gave; the desks and directories go on without it. */
static sd_error_t *delete_in_write(void *baton)
{
    group_call_t *call = baton;
    sd_store_t *store = call->work->store;
    apr_array_header_t *grants;
    apr_int64_t admins;

    SD_TRY(find(call, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_grants_lock(store));
    SD_TRY(sd_directories_count_admins(&admins, store));
    SD_TRY(sd_grants_of_group(&grants, store, call->group->id));
    SD_TRY(sd_groups_delete(store, call->group->id));
    SD_TRY(sd_grants_refresh(store, grants, sd_work_now(call->work)));
    SD_TRY(sd_directory_check_admins(call->work, admins));
    return audit(call, "group.delete");
}

sd_error_t *sd_user_group_delete(sd_work_t *work, const char *named)
{
    return sd_work_write(work, delete_in_write, &(group_call_t){.work = work, .named = named});
}

static sd_error_t *members_in_read(void *baton)
{
    group_call_t *call = baton;

    SD_TRY(find(call, SD_MAY_ADMINISTER_SYSTEM));
    return sd_groups_members(&call->list, call->work->store, call->group->id, call->page);
}

sd_error_t *sd_user_group_members(sd_list_t **accounts, sd_work_t *work, const char *named, sd_page_t page)
{
    group_call_t call = {.work = work, .named = named, .page = page};

    SD_TRY(sd_work_read(work, members_in_read, &call));
    *accounts = call.list;
    return NULL;
}

static sd_error_t *children_in_read(void *baton)
{
    group_call_t *call = baton;

    SD_TRY(find(call, SD_MAY_ADMINISTER_SYSTEM));
    return sd_groups_children(&call->groups, call->work->store, call->group->id);
}

sd_error_t *sd_user_group_children(apr_array_header_t **groups, sd_work_t *work, const char *named)
{
    group_call_t call = {.work = work, .named = named};

    SD_TRY(sd_work_read(work, children_in_read, &call));
    *groups = call.groups;
    return NULL;
}

sd_error_t *sd_user_group_all_named(apr_array_header_t **groups, sd_work_t *work, const apr_array_header_t *names)
{
    sd_error_t *unknown = NULL;

    *groups = apr_array_make(work->pool, names->nelts + 1, sizeof(const sd_user_group_t *));
    for (int i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const sd_user_group_t *group;

        SD_TRY(sd_groups_named(&group, work->store, name));
        if (group) {
            APR_ARRAY_PUSH(*groups, const sd_user_group_t *) = group;
        } else {
            unknown = sd_error_append(unknown, sd_error_field(work->pool, "groups", "sd.validation.group",
                                                              "There is no group \"%s\".", name));
        }
    }
    return unknown;
}

int sd_user_groups_hold(const apr_array_header_t *groups, sd_id_t id)
{
    for (int i = 0; i < groups->nelts; i++) {
        if (APR_ARRAY_IDX(groups, i, const sd_user_group_t *)->id == id) {
            return 1;
        }
    }
    return 0;
}
