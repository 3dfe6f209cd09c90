/* Request types: listed, found, made and deleted, and the fields that a new one has. */
#include "desk/request_type.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/audit.h"
#include "desk/desk.h"
#include "desk/policy.h"
#include "store/fields.h"
#include "store/request_types.h"

#define NAME_LENGTH 255
#define TEXT_LENGTH 4000

int sd_request_type_visible(const sd_work_t *work, const sd_desk_t *desk, const sd_request_type_t *type)
{
    return !type->restricted || sd_policy_may(work, SD_MAY_ADMINISTER_DESK, desk->relations);
}

/* The type as the actor sees it; inside a transaction. */
static sd_error_t *find_visible(const sd_desk_t **desk, const sd_request_type_t **type, sd_work_t *work,
                                const char *desk_name, const char *id, sd_action_t action)
{
    SD_TRY(sd_desk_find(desk, work, desk_name, action));
    SD_TRY(sd_request_types_find(type, work->store, (*desk)->id, sd_text_id(id), 0));
    if (!*type || !sd_request_type_visible(work, *desk, *type)) {
        return sd_error_not_found(work->pool);
    }
    return NULL;
}

/* ---- lists ---- */

typedef struct list_t {
    sd_work_t *work;
    const char *desk;
    const sd_request_type_filter_t *filter;
    sd_page_t page;
    sd_request_types_filter_t rows;
    apr_array_header_t *desk_ids;
    sd_list_t *types;
} list_t;

static sd_error_t *check_filter(list_t *list)
{
    const sd_request_type_filter_t *filter = list->filter;
    apr_pool_t *pool = list->work->pool;

    if (filter->restriction) {
        list->rows.only_open = strcmp(filter->restriction, "open") == 0;
        list->rows.only_restricted = strcmp(filter->restriction, "restricted") == 0;
        if (!list->rows.only_open && !list->rows.only_restricted) {
            return sd_error_field(pool, "restrictionStatus", "sd.validation.restriction",
                                  "The restriction status is \"open\" or \"restricted\".");
        }
    }
    list->rows.group_id = filter->group_id;
    if (filter->search) {
        SD_TRY(sd_text_check(pool, "searchQuery", filter->search, 0, NAME_LENGTH, 0));
        SD_TRY(sd_text_fold(&list->rows.search_key, pool, filter->search));
    }
    return NULL;
}

static sd_error_t *list_in_read(void *baton)
{
    list_t *list = baton;
    sd_work_t *work = list->work;
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, work, list->desk, SD_MAY_ENTER_DESK));
    SD_TRY(check_filter(list));
    list->rows.restricted = sd_policy_may(work, SD_MAY_ADMINISTER_DESK, desk->relations);
    return sd_request_types_list(&list->types, work->store, desk->id, &list->rows, list->page);
}

sd_error_t *sd_request_type_list(sd_list_t **types, sd_work_t *work, const char *desk,
                                 const sd_request_type_filter_t *filter, sd_page_t page)
{
    list_t list = {.work = work, .desk = desk, .filter = filter, .page = page};

    SD_TRY(sd_work_read(work, list_in_read, &list));
    *types = list.types;
    return NULL;
}

static sd_error_t *list_all_in_read(void *baton)
{
    list_t *list = baton;
    sd_work_t *work = list->work;

    SD_TRY(sd_policy_require(work, SD_MAY_HAVE_ACCOUNT));
    SD_TRY(check_filter(list));
    list->rows.restricted = sd_policy_may(work, SD_MAY_ADMINISTER_DESK, 0);
    return sd_request_types_list_all(&list->types, work->store, work->actor.account_id,
                                     sd_policy_scope(work, SD_MAY_ENTER_DESK),
                                     sd_policy_scope(work, SD_MAY_ADMINISTER_DESK),
                                     sd_policy_may(work, SD_MAY_ENTER_DESK, 0), list->desk_ids, &list->rows,
                                     list->page);
}

sd_error_t *sd_request_type_list_all(sd_list_t **types, sd_work_t *work, const sd_request_type_filter_t *filter,
                                     sd_page_t page)
{
    list_t list = {.work = work, .filter = filter, .page = page};

    if (filter->desks) {
        list.desk_ids = apr_array_make(work->pool, filter->desks->nelts, sizeof(sd_id_t));
        for (int i = 0; i < filter->desks->nelts; i++) {
            APR_ARRAY_PUSH(list.desk_ids, sd_id_t) = sd_text_id(APR_ARRAY_IDX(filter->desks, i, const char *));
        }
    }
    SD_TRY(sd_work_read(work, list_all_in_read, &list));
    *types = list.types;
    return NULL;
}

/* ---- one ---- */

typedef struct one_t {
    sd_work_t *work;
    const char *desk;
    const char *id;
    int restricted; /* what it shall be */
    int hidden;     /* fields that only administrators see, too */
    const sd_request_type_t *type;
    apr_array_header_t *fields;
} one_t;

static sd_error_t *find_in_read(void *baton)
{
    one_t *one = baton;
    const sd_desk_t *desk;

    return find_visible(&desk, &one->type, one->work, one->desk, one->id, SD_MAY_ENTER_DESK);
}

sd_error_t *sd_request_type_find(const sd_request_type_t **type, sd_work_t *work, const char *desk, const char *id)
{
    one_t one = {.work = work, .desk = desk, .id = id};

    *type = NULL;
    SD_TRY(sd_work_read(work, find_in_read, &one));
    *type = one.type;
    return NULL;
}

static sd_error_t *delete_in_write(void *baton)
{
    one_t *one = baton;
    sd_work_t *work = one->work;
    const sd_desk_t *desk;

    SD_TRY(find_visible(&desk, &one->type, work, one->desk, one->id, SD_MAY_ADMINISTER_DESK));
    SD_TRY(sd_request_types_delete(work->store, one->type->id));
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = "request-type.delete",
                                    .object_type = "request-type",
                                    .object_id = one->id,
                                    .desk_id = desk->id,
                                });
}

static sd_error_t *restrict_in_write(void *baton)
{
    one_t *one = baton;
    sd_work_t *work = one->work;
    const sd_desk_t *desk;

    SD_TRY(find_visible(&desk, &one->type, work, one->desk, one->id, SD_MAY_ADMINISTER_DESK));
    if (one->type->restricted == one->restricted) {
        return NULL;
    }
    SD_TRY(sd_request_types_restrict(work->store, one->type->id, one->restricted));
    SD_TRY(find_visible(&desk, &one->type, work, one->desk, one->id, SD_MAY_ADMINISTER_DESK));
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = one->restricted ? "request-type.restrict" : "request-type.open",
                                    .object_type = "request-type",
                                    .object_id = one->id,
                                    .desk_id = desk->id,
                                });
}

sd_error_t *sd_request_type_restrict(const sd_request_type_t **type, sd_work_t *work, const char *desk, const char *id,
                                     int restricted)
{
    one_t one = {.work = work, .desk = desk, .id = id, .restricted = restricted != 0};

    *type = NULL;
    SD_TRY(sd_work_write(work, restrict_in_write, &one));
    *type = one.type;
    return NULL;
}

sd_error_t *sd_request_type_delete(sd_work_t *work, const char *desk, const char *id)
{
    return sd_work_write(work, delete_in_write, &(one_t){.work = work, .desk = desk, .id = id});
}

static apr_array_header_t *only_visible(apr_pool_t *pool, const apr_array_header_t *fields)
{
    apr_array_header_t *visible = apr_array_make(pool, fields->nelts, sizeof(sd_field_t *));

    for (int i = 0; i < fields->nelts; i++) {
        sd_field_t *field = APR_ARRAY_IDX(fields, i, sd_field_t *);

        if (field->visible) {
            APR_ARRAY_PUSH(visible, sd_field_t *) = field;
        }
    }
    return visible;
}

static sd_error_t *fields_in_read(void *baton)
{
    one_t *one = baton;
    sd_work_t *work = one->work;
    const sd_desk_t *desk;

    SD_TRY(find_visible(&desk, &one->type, work, one->desk, one->id, SD_MAY_ENTER_DESK));
    SD_TRY(sd_fields_list(&one->fields, work->store, one->type->id));
    if (!one->hidden || !sd_policy_may(work, SD_MAY_ADMINISTER_DESK, desk->relations)) {
        one->fields = only_visible(work->pool, one->fields);
    }
    return NULL;
}

sd_error_t *sd_request_type_fields(apr_array_header_t **fields, sd_work_t *work, const char *desk, const char *id,
                                   int hidden)
{
    one_t one = {.work = work, .desk = desk, .id = id, .hidden = hidden};

    *fields = NULL;
    SD_TRY(sd_work_read(work, fields_in_read, &one));
    *fields = one.fields;
    return NULL;
}

sd_error_t *sd_request_type_ask(sd_request_type_asked_t *asked, sd_work_t *work, const char *id, int deleted)
{
    SD_TRY(sd_request_types_ask(&asked->types, work->store, sd_text_id(id), deleted));
    return sd_fields_ask(&asked->fields, work->store, sd_text_id(id));
}

const sd_request_type_t *sd_request_type_of(const sd_request_type_asked_t *asked, sd_id_t desk_id)
{
    const sd_request_type_t *type =
        asked->types->nelts ? APR_ARRAY_IDX(asked->types, 0, const sd_request_type_t *) : NULL;

    return type && type->desk_id == desk_id ? type : NULL;
}

/* ---- a new one ---- */

typedef struct create_t {
    sd_work_t *work;
    const char *desk;
    sd_request_type_t *type;
} create_t;

static sd_error_t *check_input(sd_work_t *work, const create_t *create)
{
    sd_error_t *errors = sd_text_check(work->pool, "name", create->type->name, 1, NAME_LENGTH, 0);

    errors =
        sd_error_append(errors, sd_text_check(work->pool, "description", create->type->description, 0, TEXT_LENGTH, 1));
    return sd_error_append(errors, sd_text_check(work->pool, "helpText", create->type->help_text, 0, TEXT_LENGTH, 1));
}

static sd_error_t *insert_type(sd_work_t *work, sd_request_type_t *type)
{
    const char *name, *description;

    SD_TRY(sd_text_fold(&name, work->pool, type->name));
    SD_TRY(sd_text_fold(&description, work->pool, type->description));
    return sd_request_types_insert(&type->id, work->store, type, apr_pstrcat(work->pool, name, "\n", description, NULL),
                                   sd_work_now(work));
}

static sd_error_t *insert_first_fields(sd_work_t *work, sd_id_t type_id)
{
    sd_field_t summary = {
        .field_id = "summary", .name = "Summary", .description = "", .kind = "text", .required = 1, .visible = 1};
    sd_field_t description = {
        .field_id = "description", .name = "Description", .description = "", .kind = "paragraph", .visible = 1};

    SD_TRY(sd_fields_insert(&summary, work->store, type_id, 0));
    return sd_fields_insert(&description, work->store, type_id, 1);
}

static sd_error_t *create_in_write(void *baton)
{
    create_t *create = baton;
    sd_work_t *work = create->work;
    sd_request_type_t *type = create->type;
    const sd_desk_t *desk;

    SD_TRY(sd_desk_find(&desk, work, create->desk, SD_MAY_ADMINISTER_DESK));
    SD_TRY(check_input(work, create));
    type->desk_id = desk->id;
    SD_TRY(insert_type(work, type));
    SD_TRY(insert_first_fields(work, type->id));
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = "request-type.create",
                                    .object_type = "request-type",
                                    .object_id = apr_psprintf(work->pool, "%" APR_INT64_T_FMT, type->id),
                                    .desk_id = desk->id,
                                });
}

sd_error_t *sd_request_type_create(const sd_request_type_t **type, sd_work_t *work, const char *desk, const char *name,
                                   const char *description, const char *help_text)
{
    create_t create = {work, desk, apr_pcalloc(work->pool, sizeof(**type))};

    create.type->name = sd_text_trim(work->pool, name ? name : "");
    create.type->description = description ? description : "";
    create.type->help_text = help_text ? help_text : "";
    create.type->icon = "question";
    create.type->group_ids = apr_array_make(work->pool, 0, sizeof(sd_id_t));
    *type = NULL;
    SD_TRY(sd_work_write(work, create_in_write, &create));
    *type = create.type;
    return NULL;
}
