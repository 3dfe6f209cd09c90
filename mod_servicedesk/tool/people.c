/* Persons shown and forgotten; account mails. */
#include "base/text.h"
#include "desk/mail_stop.h"
#include "desk/outbox_list.h"
#include "desk/person.h"
#include "tool/tool.h"

#define MAILS 100

sd_error_t *sd_tool_account_export(sd_tool_t *tool)
{
    tool->json = 1;
    return sd_person_export(&tool->result, tool->work, tool->words[0]);
}

sd_error_t *sd_tool_account_anonymise(sd_tool_t *tool)
{
    return sd_person_anonymise(tool->work, tool->words[0]);
}

static json_t *mail_row(sd_tool_t *tool, const sd_outbox_row_t *mail)
{
    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:i, s:s, s:s}", "id", (json_int_t)mail->id, "kind", mail->kind,
                     "address", mail->address, "state", mail->state, "reason", mail->reason ? mail->reason : "",
                     "attempts", mail->attempts, "created", sd_time_iso8601(tool->pool, mail->created), "answer",
                     mail->answer ? mail->answer : "");
}

sd_error_t *sd_tool_mail_list(sd_tool_t *tool)
{
    const char *state = tool->word_count ? tool->words[0] : "dead";
    sd_list_t *mails;
    SD_TRY(sd_outbox_list(&mails, tool->work, state, (sd_page_t){0, MAILS}));
    tool->result = json_array();
    for (int i = 0; i < mails->rows->nelts; i++) {
        json_array_append_new(tool->result, mail_row(tool, APR_ARRAY_IDX(mails->rows, i, const sd_outbox_row_t *)));
    }
    return NULL;
}

sd_error_t *sd_tool_mail_resend(sd_tool_t *tool)
{
    return sd_outbox_resend(tool->work, sd_text_id(tool->words[0]));
}

sd_error_t *sd_tool_mail_drop(sd_tool_t *tool)
{
    return sd_outbox_drop(tool->work, sd_text_id(tool->words[0]));
}

sd_error_t *sd_tool_mail_allow(sd_tool_t *tool)
{
    return sd_mail_stop_lift(tool->work, tool->words[0]);
}
