/* Commands about groups, roles, seats and notices. */
#include "tool/groups.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/account.h"
#include "desk/user_group.h"
#include "desk/licence.h"
#include "desk/notice.h"
#include "desk/role.h"

#define PAGE ((sd_page_t){.start = start, .limit = SD_PAGE_LIMIT})

/* The one name as a list; NULL if it was not said. */
static apr_array_header_t *list_of(sd_tool_t *tool, const char *name)
{
    apr_array_header_t *names = name ? apr_array_make(tool->pool, 1, sizeof(const char *)) : NULL;

    if (names) {
        APR_ARRAY_PUSH(names, const char *) = name;
    }
    return names;
}

static json_t *group_row(const sd_user_group_t *group)
{
    return json_pack("{s:s, s:s, s:s, s:I}", "name", group->name, "directory", group->directory, "description",
                     group->description, "id", (json_int_t)group->id);
}

sd_error_t *sd_tool_group_add(sd_tool_t *tool)
{
    const sd_user_group_t *group;

    SD_TRY(sd_user_group_create(&group, tool->work, tool->words[0], tool->description));
    tool->result = group_row(group);
    return NULL;
}

sd_error_t *sd_tool_group_delete(sd_tool_t *tool)
{
    return sd_user_group_delete(tool->work, tool->words[0]);
}

sd_error_t *sd_tool_group_list(sd_tool_t *tool)
{
    sd_list_t *groups = NULL;

    tool->result = json_array();
    for (apr_int64_t start = 0; !groups || !groups->is_last; start += SD_PAGE_LIMIT) {
        SD_TRY(sd_user_group_list(&groups, tool->work, tool->directory, PAGE));
        for (int i = 0; i < groups->rows->nelts; i++) {
            json_array_append_new(tool->result, group_row(APR_ARRAY_IDX(groups->rows, i, const sd_user_group_t *)));
        }
    }
    return NULL;
}

static void add_member(sd_tool_t *tool, const char *kind, const char *name, const char *directory)
{
    json_array_append_new(tool->result,
                          json_pack("{s:s, s:s, s:s}", "kind", kind, "name", name, "directory", directory));
}

sd_error_t *sd_tool_group_members(sd_tool_t *tool)
{
    apr_array_header_t *groups;
    sd_list_t *accounts = NULL;

    tool->result = json_array();
    SD_TRY(sd_user_group_children(&groups, tool->work, tool->words[0]));
    for (int i = 0; i < groups->nelts; i++) {
        const sd_user_group_t *group = APR_ARRAY_IDX(groups, i, const sd_user_group_t *);

        add_member(tool, "group", group->name, group->directory);
    }
    for (apr_int64_t start = 0; !accounts || !accounts->is_last; start += SD_PAGE_LIMIT) {
        SD_TRY(sd_user_group_members(&accounts, tool->work, tool->words[0], PAGE));
        for (int i = 0; i < accounts->rows->nelts; i++) {
            const sd_account_t *account = APR_ARRAY_IDX(accounts->rows, i, const sd_account_t *);

            add_member(tool, "account", account->name, account->directory);
        }
    }
    return NULL;
}

static sd_error_t *need_somebody(const sd_tool_t *tool, const char *name)
{
    return name || tool->group
               ? NULL
               : sd_error_field(tool->pool, "name", "sd.validation.required", "Name an account, or say --group GROUP.");
}

static sd_error_t *edit_group(sd_tool_t *tool, sd_edit_t kind)
{
    sd_user_group_edit_t edit = {kind, list_of(tool, tool->words[1]), list_of(tool, tool->group), tool->confirm};

    SD_TRY(need_somebody(tool, tool->words[1]));
    return sd_user_group_edit(tool->work, tool->words[0], &edit);
}

sd_error_t *sd_tool_group_join(sd_tool_t *tool)
{
    return edit_group(tool, SD_EDIT_ADD);
}

sd_error_t *sd_tool_group_leave(sd_tool_t *tool)
{
    return edit_group(tool, SD_EDIT_REMOVE);
}

/* ---- roles ---- */

static sd_error_t *edit_role(sd_tool_t *tool, sd_edit_t kind)
{
    sd_role_edit_t edit = {.desk = tool->desk,
                           .role = tool->words[0],
                           .edit = kind,
                           .users = list_of(tool, tool->words[1]),
                           .groups = list_of(tool, tool->group),
                           .confirm = tool->confirm};
    apr_array_header_t *still;

    SD_TRY(sd_role_edit(&still, tool->work, &edit));
    if (still->nelts) {
        tool->result = json_pack("{s:s}", "still", sd_role_still_error(tool->pool, "name", still)->text);
    }
    return NULL;
}

sd_error_t *sd_tool_role_add(sd_tool_t *tool)
{
    SD_TRY(need_somebody(tool, tool->words[1]));
    return tool->group ? edit_role(tool, SD_EDIT_ADD)
                       : sd_role_add(tool->work, tool->words[0], tool->desk, tool->words[1]);
}

sd_error_t *sd_tool_role_remove(sd_tool_t *tool)
{
    SD_TRY(need_somebody(tool, tool->words[1]));
    return tool->desk && strcmp(tool->words[0], "system-admin") != 0
               ? edit_role(tool, SD_EDIT_REMOVE)
               : sd_role_remove(tool->work, tool->words[0], tool->desk, tool->words[1]);
}

static json_t *role_row(const char *desk, const char *role, const char *name, const char *directory, const char *origin)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "desk", desk ? desk : "", "role", role, "name", name, "directory",
                     directory, "origin", origin);
}

static sd_error_t *list_groups(sd_tool_t *tool)
{
    static const char *const roles[] = {"administrator", "agent", "customer"};
    apr_array_header_t *groups;
    sd_list_t *ignored;

    for (int i = 0; i < 3; i++) {
        SD_TRY(sd_role_members(&ignored, &groups, tool->work, tool->desk, roles[i], (sd_page_t){0, 1}));
        for (int j = 0; j < groups->nelts; j++) {
            const sd_user_group_t *group = APR_ARRAY_IDX(groups, j, const sd_user_group_t *);

            json_array_append_new(tool->result,
                                  role_row(tool->desk, roles[i], apr_pstrcat(tool->pool, "group ", group->name, NULL),
                                           group->directory, "tool"));
        }
    }
    return NULL;
}

/* With --desk the groups of its roles too; who has a role by one is marked by the origin "group". */
sd_error_t *sd_tool_role_list(sd_tool_t *tool)
{
    apr_array_header_t *entries;

    SD_TRY(sd_role_list(&entries, tool->work, tool->desk));
    tool->result = json_array();
    for (int i = 0; i < entries->nelts; i++) {
        const sd_role_entry_t *entry = APR_ARRAY_IDX(entries, i, const sd_role_entry_t *);

        json_array_append_new(tool->result, role_row(entry->desk_key, entry->role, entry->account.name,
                                                     entry->account.directory, entry->origin));
    }
    return tool->desk ? list_groups(tool) : NULL;
}

sd_error_t *sd_tool_account_restrict(sd_tool_t *tool)
{
    return sd_account_set_portal_only(tool->work, tool->words[0], 1, tool->confirm);
}

sd_error_t *sd_tool_account_release(sd_tool_t *tool)
{
    return sd_account_set_portal_only(tool->work, tool->words[0], 0, tool->confirm);
}

/* ---- seats ---- */

static const char *ways_text(sd_tool_t *tool, const apr_array_header_t *ways)
{
    const char *text = "";

    for (int i = 0; i < ways->nelts; i++) {
        const sd_seat_way_t *way = APR_ARRAY_IDX(ways, i, const sd_seat_way_t *);

        text = apr_pstrcat(tool->pool, text, i ? "; " : "", way->desk_key, " ", way->kind, way->group ? " " : "",
                           way->group ? way->group : "", way->through ? " through " : "",
                           way->through ? way->through : "", NULL);
    }
    return text;
}

static json_t *seat_rows(sd_tool_t *tool, const sd_licence_t *licence)
{
    json_t *rows = json_array();

    for (int i = 0; i < licence->seats->nelts; i++) {
        const sd_seat_t *seat = APR_ARRAY_IDX(licence->seats, i, const sd_seat_t *);

        json_array_append_new(rows, json_pack("{s:s, s:s, s:b, s:s}", "name", seat->account->name, "directory",
                                              seat->account->directory, "counts", !seat->counted_in, "ways",
                                              ways_text(tool, seat->ways)));
    }
    return rows;
}

/* For people a line for each warning and one for each seat. */
static json_t *lines_of(sd_tool_t *tool, const sd_licence_t *licence, const json_t *seats)
{
    json_t *object = json_pack("{s:s, s:I, s:I}", "model", licence->model, "used", (json_int_t)licence->used, "limit",
                               (json_int_t)licence->limit);
    json_t *seat;
    size_t i;

    for (int j = 0; j < licence->risks->nelts; j++) {
        const sd_seat_risk_t *risk = APR_ARRAY_IDX(licence->risks, j, const sd_seat_risk_t *);

        json_object_set_new(
            object, apr_psprintf(tool->pool, "warning %d", j + 1),
            json_string(apr_psprintf(
                tool->pool, "group %s (%" APR_INT64_T_FMT " seats) makes agents and is %s", risk->group.full_name,
                risk->members, strcmp(risk->kind, "default") == 0 ? "one that new accounts get" : "one of customers")));
    }
    json_array_foreach((json_t *)seats, i, seat)
    {
        json_object_set_new(object,
                            apr_psprintf(tool->pool, "%s/%s%s", json_string_value(json_object_get(seat, "directory")),
                                         json_string_value(json_object_get(seat, "name")),
                                         json_is_true(json_object_get(seat, "counts")) ? "" : " (counted already)"),
                            json_incref(json_object_get(seat, "ways")));
    }
    return object;
}

sd_error_t *sd_tool_licence(sd_tool_t *tool)
{
    const sd_licence_t *licence;
    json_t *seats;

    SD_TRY(sd_licence_report(&licence, tool->work));
    seats = seat_rows(tool, licence);
    if (!tool->json) {
        tool->result = lines_of(tool, licence, seats);
        json_decref(seats);
        return NULL;
    }
    tool->result =
        json_pack("{s:s, s:I, s:I, s:I, s:o}", "model", licence->model, "used", (json_int_t)licence->used, "limit",
                  (json_int_t)licence->limit, "warnings", (json_int_t)licence->risks->nelts, "seats", seats);
    return NULL;
}

sd_error_t *sd_tool_notice_list(sd_tool_t *tool)
{
    sd_list_t *notices = NULL;

    tool->result = json_array();
    for (apr_int64_t start = 0; !notices || !notices->is_last; start += SD_PAGE_LIMIT) {
        SD_TRY(sd_notice_list(&notices, tool->work, PAGE));
        for (int i = 0; i < notices->rows->nelts; i++) {
            const sd_notice_t *notice = APR_ARRAY_IDX(notices->rows, i, const sd_notice_t *);

            json_array_append_new(tool->result,
                                  json_pack("{s:I, s:s, s:s, s:s, s:I, s:s}", "id", (json_int_t)notice->id, "kind",
                                            notice->kind, "subject", notice->subject, "detail",
                                            notice->detail ? notice->detail : "", "times", (json_int_t)notice->times,
                                            "last", sd_time_iso8601(tool->pool, notice->last)));
        }
    }
    return NULL;
}

sd_error_t *sd_tool_notice_remove(sd_tool_t *tool)
{
    return sd_notice_remove(tool->work, sd_text_id(tool->words[0]));
}
