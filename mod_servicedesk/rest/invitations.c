/* Invitations. */
#include "rest/invitations.h"

#include <apr_strings.h>
#include <httpd.h>

#include "base/text.h"
#include "web/newcomers.h"

/* ---- for whoever invites ---- */

static json_t *present(sd_call_t *call, const sd_invitation_row_t *invitation, sd_time_t now)
{
    const sd_account_t *account = &invitation->account;
    json_t *object = json_object();
    sd_json_put_id(object, "id", invitation->id);
    sd_json_put_text(object, "emailAddress", account->address);
    sd_json_put_text(object, "displayName", account->display_name);
    sd_json_put_text(object, "invitedBy", invitation->inviter_name);
    sd_json_put_text(object, "state", invitation->expires > now ? "pending" : "expired");
    sd_json_put(object, "sent", sd_present_date(call, invitation->sent));
    sd_json_put(object, "expires", sd_present_date(call, invitation->expires));
    return object;
}

sd_error_t *sd_rest_invitation_list(sd_call_t *call)
{
    sd_page_t page;
    sd_list_t *list;
    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_invitation_list(&list, call->work, call->parts[0], page));
    json_t *values = json_array();
    for (int i = 0; i < list->rows->nelts; i++) {
        const sd_invitation_row_t *row = APR_ARRAY_IDX(list->rows, i, const sd_invitation_row_t *);
        json_array_append_new(values, present(call, row, sd_work_now(call->work)));
    }
    call->reply = sd_reply_page(call, list, values);
    return NULL;
}

/* One pasted text, or an array of them. */
static sd_error_t *read_addresses(const char **text, sd_call_t *call)
{
    apr_array_header_t *texts;
    if (json_is_array(json_object_get(call->body, "addresses"))) {
        SD_TRY(sd_body_texts(&texts, call, "addresses"));
        *text = apr_array_pstrcat(call->pool, texts, '\n');
        return NULL;
    }
    return sd_body_text(text, call, "addresses");
}

static json_t *present_result(const sd_invited_t *result)
{
    json_t *object = json_object();
    sd_json_put_text(object, "address", result->address);
    sd_json_put_text(object, "result", result->outcome);
    sd_json_put_text(object, "reason", result->reason);
    sd_json_put_text(object, "message", result->text);
    return object;
}

sd_error_t *sd_rest_invitation_create(sd_call_t *call)
{
    sd_invitation_input_t input = {.desk = call->parts[0]};
    apr_array_header_t *results;
    SD_TRY(sd_body_object(call));
    SD_TRY(read_addresses(&input.addresses, call));
    SD_TRY(sd_body_text(&input.language, call, "language"));
    SD_TRY(sd_body_bool(&input.confirmed, call, "confirm"));
    input.confirmed = input.confirmed == 1;
    SD_TRY(sd_invite(&results, call->work, &input));
    call->reply = json_object();
    json_t *values = json_array();
    for (int i = 0; i < results->nelts; i++) {
        json_array_append_new(values, present_result(APR_ARRAY_IDX(results, i, const sd_invited_t *)));
    }
    sd_json_put(call->reply, "results", values);
    return NULL;
}

sd_error_t *sd_rest_invitation_withdraw(sd_call_t *call)
{
    call->status = HTTP_NO_CONTENT;
    return sd_invitation_withdraw(call->work, call->parts[0], sd_text_id(call->parts[1]));
}

/* ---- for whoever is invited ---- */

sd_error_t *sd_rest_invitation_look(sd_call_t *call)
{
    sd_acceptance_t *acceptance;
    const char *token;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(&token, call, "token"));
    SD_TRY(sd_newcomer_look(&acceptance, call, token));
    json_t *desk = json_object();
    sd_json_put_text(desk, "key", acceptance->desk_key);
    sd_json_put_text(desk, "name", acceptance->desk_name);
    call->reply = json_object();
    sd_json_put_text(call->reply, "emailAddress", acceptance->address);
    sd_json_put_text(call->reply, "displayName", acceptance->display_name);
    sd_json_put(call->reply, "desk", desk);
    return NULL;
}

sd_error_t *sd_rest_invitation_accept(sd_call_t *call)
{
    sd_newcomer_input_t input;
    sd_acceptance_t *acceptance;
    const char *token;
    const sd_account_t *account;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(&token, call, "token"));
    SD_TRY(sd_body_text(&input.display_name, call, "displayName"));
    SD_TRY(sd_body_text(&input.password, call, "password"));
    SD_TRY(sd_newcomer_accept(&account, &acceptance, call, token, &input));
    call->reply = json_object();
    sd_json_put_text(call->reply, "state", "active");
    sd_json_put_text(call->reply, "name", account->name);
    sd_json_put_text(call->reply, "desk", acceptance->desk_key);
    return NULL;
}
