/* People who come: signups that wait, invitations. */
#include "base/text.h"
#include "desk/invitation.h"
#include "desk/signup.h"
#include "tool/tool.h"

#define PAGE ((sd_page_t){start, SD_PAGE_LIMIT})
#define PURGE 1000 /* rows in one transaction */

sd_error_t *sd_tool_signup_waiting(sd_tool_t *tool)
{
    sd_list_t *list = NULL;
    tool->result = json_array();
    for (apr_int64_t start = 0; !list || !list->is_last; start += SD_PAGE_LIMIT) {
        SD_TRY(sd_signup_waiting(&list, tool->work, tool->desk, PAGE));
        for (int i = 0; i < list->rows->nelts; i++) {
            const sd_signup_row_t *row = APR_ARRAY_IDX(list->rows, i, const sd_signup_row_t *);
            json_array_append_new(tool->result, json_pack("{s:I, s:s, s:s, s:s}", "id", (json_int_t)row->id, "address",
                                                          row->address, "displayName", row->display_name, "created",
                                                          sd_time_iso8601(tool->pool, row->created)));
        }
    }
    return NULL;
}

sd_error_t *sd_tool_signup_approve(sd_tool_t *tool)
{
    const sd_account_t *account;
    SD_TRY(sd_signup_approve(&account, tool->work, tool->desk, sd_text_id(tool->words[0])));
    tool->result = account ? json_pack("{s:s, s:s}", "name", account->name, "id", account->public_id)
                           : json_pack("{s:s}", "state", "link-mailed");
    return NULL;
}

sd_error_t *sd_tool_signup_refuse(sd_tool_t *tool)
{
    return sd_signup_refuse(tool->work, tool->desk, sd_text_id(tool->words[0]));
}

sd_error_t *sd_tool_signup_purge(sd_tool_t *tool)
{
    apr_int64_t count, total = 0;
    do {
        SD_TRY(sd_signup_purge(&count, tool->work, PURGE));
        total += count;
    } while (count);
    tool->result = json_pack("{s:I}", "purged", (json_int_t)total);
    return NULL;
}

static sd_error_t *need_desk(sd_tool_t *tool)
{
    return tool->desk ? NULL
                      : sd_error_field(tool->pool, "desk", "sd.validation.required",
                                       "An invitation is to a desk: say --desk KEY.");
}

sd_error_t *sd_tool_invite(sd_tool_t *tool)
{
    sd_invitation_input_t input = {.desk = tool->desk, .addresses = tool->words[0], .confirmed = tool->confirm};
    apr_array_header_t *results;
    SD_TRY(need_desk(tool));
    SD_TRY(sd_invite(&results, tool->work, &input));
    tool->result = json_array();
    for (int i = 0; i < results->nelts; i++) {
        const sd_invited_t *result = APR_ARRAY_IDX(results, i, const sd_invited_t *);
        json_array_append_new(tool->result, json_pack("{s:s, s:s, s:s}", "address", result->address, "result",
                                                      result->outcome, "reason", result->text ? result->text : ""));
    }
    return NULL;
}

sd_error_t *sd_tool_invitation_list(sd_tool_t *tool)
{
    sd_list_t *list = NULL;
    SD_TRY(need_desk(tool));
    tool->result = json_array();
    for (apr_int64_t start = 0; !list || !list->is_last; start += SD_PAGE_LIMIT) {
        SD_TRY(sd_invitation_list(&list, tool->work, tool->desk, PAGE));
        for (int i = 0; i < list->rows->nelts; i++) {
            const sd_invitation_row_t *row = APR_ARRAY_IDX(list->rows, i, const sd_invitation_row_t *);
            json_array_append_new(tool->result, json_pack("{s:I, s:s, s:s, s:s}", "id", (json_int_t)row->id, "address",
                                                          row->account.address, "invitedBy",
                                                          row->inviter_name ? row->inviter_name : "", "expires",
                                                          sd_time_iso8601(tool->pool, row->expires)));
        }
    }
    return NULL;
}

sd_error_t *sd_tool_invitation_withdraw(sd_tool_t *tool)
{
    SD_TRY(need_desk(tool));
    return sd_invitation_withdraw(tool->work, tool->desk, sd_text_id(tool->words[0]));
}
