/* Groups of request types: the order in which the portal shows what can be asked for. */
#include "desk/request_type.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/audit.h"
#include "desk/desk.h"
#include "desk/field_normal.h"
#include "desk/policy.h"
#include "store/request_types.h"

#define GROUPS 100
#define MEMBERS 200
#define NAME_LENGTH 100

typedef struct list_t {
    sd_work_t *work;
    const char *desk;
    sd_page_t page;
    sd_list_t *groups;
} list_t;

static sd_error_t *list_in_read(void *baton)
{
    list_t *list = baton;
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, list->work, list->desk, SD_MAY_ENTER_DESK));
    return sd_request_types_groups(&list->groups, list->work->store, desk->id, list->page);
}

sd_error_t *sd_request_type_groups(sd_list_t **groups, sd_work_t *work, const char *desk, sd_page_t page)
{
    list_t list = {work, desk, page, NULL};

    SD_TRY(sd_work_read(work, list_in_read, &list));
    *groups = list.groups;
    return NULL;
}

/* ---- replacing ---- */

typedef struct group_t {
    const char *name;
    apr_array_header_t *type_ids; /* of sd_id_t */
} group_t;

typedef struct replace_t {
    sd_work_t *work;
    const char *desk;
    const json_t *given;
    sd_id_t desk_id;
    apr_array_header_t *groups; /* of group_t */
    sd_error_t *errors;
} replace_t;

static void complain(replace_t *replace, int index, const char *member, const char *key, const char *text)
{
    const char *place = apr_psprintf(replace->work->pool, "groups[%d]%s", index, member);

    replace->errors = sd_error_append(replace->errors, sd_error_field(replace->work->pool, place, key, "%s", text));
}

static int has_id(const apr_array_header_t *ids, sd_id_t id)
{
    for (int i = 0; i < ids->nelts; i++) {
        if (APR_ARRAY_IDX(ids, i, sd_id_t) == id) {
            return 1;
        }
    }
    return 0;
}

static int has_name(const apr_array_header_t *groups, const char *name)
{
    for (int i = 0; i < groups->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(groups, i, group_t).name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static sd_error_t *read_member(replace_t *replace, int index, group_t *group, const json_t *given)
{
    sd_id_t id = sd_text_id(sd_field_id_text(replace->work->pool, given));
    const sd_request_type_t *type = NULL;

    if (id) {
        SD_TRY(sd_request_types_find(&type, replace->work->store, replace->desk_id, id, 0));
    }
    if (!type) {
        complain(replace, index, ".requestTypeIds", "sd.validation.request.type",
                 "This desk has no such request type.");
    } else if (!has_id(group->type_ids, id)) {
        APR_ARRAY_PUSH(group->type_ids, sd_id_t) = id;
    }
    return NULL;
}

static sd_error_t *read_group(replace_t *replace, int index, const json_t *given)
{
    apr_pool_t *pool = replace->work->pool;
    const json_t *members = json_object_get(given, "requestTypeIds");
    const char *name = sd_field_string(json_object_get(given, "name"));
    group_t group = {NULL, apr_array_make(pool, 4, sizeof(sd_id_t))};
    const json_t *one;
    size_t i;

    group.name = sd_text_trim(pool, name ? name : "");
    replace->errors = sd_error_append(replace->errors, sd_text_check(pool, apr_psprintf(pool, "groups[%d].name", index),
                                                                     group.name, 1, NAME_LENGTH, 0));
    if (has_name(replace->groups, group.name)) {
        complain(replace, index, ".name", "sd.validation.duplicate", "This group is there twice.");
    }
    if (members && !json_is_null(members) && (!json_is_array(members) || json_array_size(members) > MEMBERS)) {
        complain(replace, index, ".requestTypeIds", "sd.validation.array",
                 "This member is an array of at most 200 ids.");
        return NULL;
    }
    json_array_foreach(members, i, one)
    {
        SD_TRY(read_member(replace, index, &group, one));
    }
    APR_ARRAY_PUSH(replace->groups, group_t) = group;
    return NULL;
}

static sd_error_t *read_groups(replace_t *replace)
{
    apr_pool_t *pool = replace->work->pool;
    const json_t *one;
    size_t i;

    if (!json_is_array(replace->given) || json_array_size(replace->given) > GROUPS) {
        return sd_error_field(pool, "groups", "sd.validation.array", "The groups are an array of at most %d.", GROUPS);
    }
    replace->groups = apr_array_make(pool, 8, sizeof(group_t));
    json_array_foreach(replace->given, i, one)
    {
        SD_TRY(read_group(replace, (int)i, one));
    }
    return replace->errors;
}

/* A group keeps its id as long as it keeps its name. */
static sd_error_t *store_groups(replace_t *replace)
{
    sd_store_t *store = replace->work->store;
    int count = replace->groups->nelts;

    SD_TRY(sd_request_types_shift_groups(store, replace->desk_id, count));
    for (int i = 0; i < count; i++) {
        const group_t *group = &APR_ARRAY_IDX(replace->groups, i, group_t);
        sd_id_t id;

        SD_TRY(sd_request_types_put_group(&id, store, replace->desk_id, group->name, i));
        for (int k = 0; k < group->type_ids->nelts; k++) {
            SD_TRY(sd_request_types_put_member(store, id, APR_ARRAY_IDX(group->type_ids, k, sd_id_t), k));
        }
    }
    return sd_request_types_cut_groups(store, replace->desk_id, count);
}

static sd_error_t *replace_in_write(void *baton)
{
    replace_t *replace = baton;
    sd_work_t *work = replace->work;
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, work, replace->desk, SD_MAY_ADMINISTER_DESK));
    replace->desk_id = desk->id;
    SD_TRY(read_groups(replace));
    SD_TRY(store_groups(replace));
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = "desk.group-request-types",
                                    .object_type = "desk",
                                    .object_id = desk->key,
                                    .desk_id = desk->id,
                                });
}

sd_error_t *sd_request_type_set_groups(sd_work_t *work, const char *desk, const json_t *groups)
{
    return sd_work_write(work, replace_in_write, &(replace_t){.work = work, .desk = desk, .given = groups});
}
