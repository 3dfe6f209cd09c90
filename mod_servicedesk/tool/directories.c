/* Commands about directories. */
#include "tool/directories.h"

#include <string.h>

#include <apr_strings.h>

#include "desk/account.h"
#include "desk/directory.h"
#include "store/groups.h"

static const char *joined(sd_tool_t *tool, const apr_array_header_t *groups)
{
    const char *text = "";

    for (int i = 0; i < groups->nelts; i++) {
        text = apr_pstrcat(tool->pool, text, i ? "," : "", APR_ARRAY_IDX(groups, i, const sd_user_group_t *)->full_name,
                           NULL);
    }
    return text;
}

static json_t *row(sd_tool_t *tool, const sd_directory_view_t *view)
{
    const char *warnings = apr_array_pstrcat(tool->pool, view->warnings, ' ');

    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s}", "name", view->directory.name, "position",
                     (json_int_t)view->directory.position, "mode",
                     view->directory.writable ? "read-write" : "read-only", "signIn",
                     view->directory.by_groups ? "groups" : "everyone", "signInGroups",
                     joined(tool, view->sign_in_groups), "defaultGroups", joined(tool, view->default_groups),
                     "warnings", warnings ? warnings : "");
}

sd_error_t *sd_tool_directory_list(sd_tool_t *tool)
{
    apr_array_header_t *views;

    SD_TRY(sd_directory_list(&views, tool->work));
    tool->result = json_array();
    for (int i = 0; i < views->nelts; i++) {
        json_array_append_new(tool->result, row(tool, APR_ARRAY_IDX(views, i, const sd_directory_view_t *)));
    }
    return NULL;
}

/* "A,B"; "" is the empty list, and NULL none. */
static apr_array_header_t *split(sd_tool_t *tool, const char *text)
{
    apr_array_header_t *names;
    char *state, *copy;

    if (!text) {
        return NULL;
    }
    names = apr_array_make(tool->pool, 4, sizeof(const char *));
    copy = apr_pstrdup(tool->pool, text);
    for (char *word = apr_strtok(copy, ",", &state); word; word = apr_strtok(NULL, ",", &state)) {
        APR_ARRAY_PUSH(names, const char *) = word;
    }
    return names;
}

static sd_error_t *read_input(sd_directory_input_t *input, sd_tool_t *tool)
{
    static const char *const modes[] = {"read-write", "read-only"};
    const char *sign_in = tool->sign_in;

    *input = (sd_directory_input_t){.by_groups = sign_in ? strcmp(sign_in, "groups") == 0 : -1,
                                    .position = tool->position,
                                    .default_groups = split(tool, tool->default_groups),
                                    .sign_in_groups = split(tool, tool->sign_in_groups),
                                    .confirm = tool->confirm};
    SD_TRY(sd_tool_choice(&input->writable, tool, tool->read_write, tool->read_only, modes));
    if (sign_in && input->by_groups == 0 && strcmp(sign_in, "everyone") != 0) {
        return sd_error_field(tool->pool, "sign-in", "sd.validation.option", "It is \"everyone\" or \"groups\".");
    }
    return NULL;
}

static sd_error_t *edit(sd_tool_t *tool, sd_error_t *(*fn)(const sd_directory_view_t **, sd_work_t *, const char *,
                                                           const sd_directory_input_t *))
{
    const sd_directory_view_t *view;
    sd_directory_input_t input;

    SD_TRY(read_input(&input, tool));
    SD_TRY(fn(&view, tool->work, tool->words[0], &input));
    tool->result = row(tool, view);
    return NULL;
}

sd_error_t *sd_tool_directory_add(sd_tool_t *tool)
{
    return edit(tool, sd_directory_add);
}

sd_error_t *sd_tool_directory_set(sd_tool_t *tool)
{
    return edit(tool, sd_directory_set);
}

sd_error_t *sd_tool_directory_duplicates(sd_tool_t *tool)
{
    apr_array_header_t *rows;

    SD_TRY(sd_directory_same_address(&rows, tool->work));
    tool->result = json_array();
    for (int i = 0; i < rows->nelts; i++) {
        const sd_same_address_t *same = APR_ARRAY_IDX(rows, i, const sd_same_address_t *);

        json_array_append_new(tool->result, json_pack("{s:s, s:s, s:s, s:b, s:s}", "address", same->account.address,
                                                      "directory", same->account.directory, "name", same->account.name,
                                                      "proven", same->proven, "state", same->account.state));
    }
    return NULL;
}

sd_error_t *sd_tool_account_move(sd_tool_t *tool)
{
    const sd_account_t *account;

    SD_TRY(sd_account_move(&account, tool->work, tool->words[0], tool->directory, tool->words[1], tool->replace));
    tool->result =
        json_pack("{s:s, s:s, s:s}", "name", account->name, "directory", account->directory, "id", account->public_id);
    return NULL;
}
