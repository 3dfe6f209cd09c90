/* Lists of mails; sending one again; giving one up. */
#include "rest/mails.h"

#include "base/text.h"
#include "desk/outbox_list.h"

static json_t *present_mail(sd_call_t *call, const sd_outbox_row_t *mail)
{
    json_t *object = json_object();
    sd_json_put_id(object, "id", mail->id);
    sd_json_put_text(object, "kind", mail->kind);
    sd_json_put_text(object, "emailAddress", mail->address);
    sd_json_put_text(object, "messageId", mail->message_id);
    sd_json_put_text(object, "state", mail->state);
    sd_json_put_text(object, "reason", mail->reason);
    sd_json_put_text(object, "answer", mail->answer);
    sd_json_put(object, "attempts", json_integer(mail->attempts));
    sd_json_put_date(object, "created", call, mail->created);
    sd_json_put_date(object, "due", call, mail->done ? 0 : mail->due);
    sd_json_put_date(object, "done", call, mail->done);
    return object;
}

sd_error_t *sd_rest_mail_list(sd_call_t *call)
{
    const char *state = sd_query_get(call, "state");
    sd_page_t page;
    sd_list_t *mails;
    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_outbox_list(&mails, call->work, state ? state : "dead", page));
    json_t *values = json_array();
    for (int i = 0; i < mails->rows->nelts; i++) {
        json_array_append_new(values, present_mail(call, APR_ARRAY_IDX(mails->rows, i, const sd_outbox_row_t *)));
    }
    call->reply = sd_reply_page(call, mails, values);
    return NULL;
}

static sd_error_t *change(sd_call_t *call, sd_error_t *(*operation)(sd_work_t *work, sd_id_t id))
{
    SD_TRY(operation(call->work, sd_text_id(call->parts[0])));
    return sd_reply_nothing(call);
}

sd_error_t *sd_rest_mail_resend(sd_call_t *call)
{
    return change(call, sd_outbox_resend);
}

sd_error_t *sd_rest_mail_drop(sd_call_t *call)
{
    return change(call, sd_outbox_drop);
}
