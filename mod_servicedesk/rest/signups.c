/* Signup and its approval. The database is not lent while a password is hashed or compared. */
#include "rest/signups.h"

#include <apr_strings.h>
#include <httpd.h>

#include "base/text.h"
#include "web/captcha.h"
#include "web/newcomers.h"
#include "web/site_of.h"

/* ---- for everybody ---- */

/* A challenge is good for this act and the desk that was named; programs have no form to bind it to. */
static const char *form_of(sd_call_t *call, const char *desk)
{
    return apr_pstrcat(call->pool, "signup|", desk ? desk : "", NULL);
}

static sd_error_t *put_captcha(sd_call_t *call)
{
    json_t *question;
    sd_server_close(call->r, call->work);
    SD_TRY(sd_captcha_ask(&question, call, form_of(call, sd_query_get(call, "desk"))));
    sd_json_put(call->reply, "captcha", question);
    return NULL;
}

sd_error_t *sd_rest_signup_get(sd_call_t *call)
{
    sd_signup_offer_t offer;
    SD_TRY(sd_signup_offer(&offer, call->work, sd_query_get(call, "desk")));
    call->reply = json_object();
    sd_json_put(call->reply, "available", json_boolean(offer.available));
    if (!offer.available) {
        return NULL;
    }
    if (offer.desk_key) {
        json_t *desk = json_object();
        sd_json_put_text(desk, "key", offer.desk_key);
        sd_json_put_text(desk, "name", offer.desk_name);
        sd_json_put(call->reply, "desk", desk);
    }
    sd_json_put_text(call->reply, "proof", offer.proof);
    sd_json_put(call->reply, "approval", json_boolean(offer.approval));
    return offer.captcha ? put_captcha(call) : NULL;
}

static sd_error_t *read_captcha(sd_signup_input_t *input, sd_call_t *call)
{
    const char *challenge, *answer;
    SD_TRY(sd_body_bool(&input->asks_people, call, "askPeople"));
    SD_TRY(sd_body_text(&challenge, call, "captchaChallenge"));
    SD_TRY(sd_body_text(&answer, call, SD_CAPTCHA_FIELD));
    input->asks_people = input->asks_people == 1;
    return input->asks_people ? NULL
                              : sd_captcha_demand(&input->captcha, &input->captcha_error, call,
                                                  form_of(call, input->desk), challenge, answer);
}

static sd_error_t *read_input(sd_signup_input_t *input, sd_call_t *call)
{
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(&input->desk, call, "desk"));
    SD_TRY(sd_body_text(&input->address, call, "email"));
    SD_TRY(sd_body_text(&input->display_name, call, "displayName"));
    SD_TRY(sd_body_text(&input->password, call, "password"));
    SD_TRY(sd_body_text(&input->language, call, "language"));
    return sd_body_text(&input->trap, call, "website");
}

sd_error_t *sd_rest_signup_create(sd_call_t *call)
{
    sd_signup_input_t input = {0};
    sd_signup_t *signup;
    SD_TRY(read_input(&input, call));
    SD_TRY(read_captcha(&input, call));
    SD_TRY(sd_newcomer_sign_up(&signup, call, &input));
    call->status = HTTP_ACCEPTED;
    call->reply = json_object();
    sd_json_put_text(call->reply, "state", signup->at_once ? "usable" : "check-mail");
    return NULL;
}

sd_error_t *sd_rest_signup_verify(sd_call_t *call)
{
    const char *token, *password;
    const sd_account_t *account;
    sd_verification_t *verification;
    SD_TRY(sd_body_object(call));
    SD_TRY(sd_body_text(&token, call, "token"));
    SD_TRY(sd_body_text(&password, call, "password"));
    SD_TRY(sd_newcomer_prove(&account, &verification, call, token, password));
    call->reply = json_object();
    sd_json_put_text(call->reply, "state", account ? "active" : "waiting");
    sd_json_put_text(call->reply, "name", account ? account->name : NULL);
    sd_json_put_text(call->reply, "desk", verification->desk_key);
    return NULL;
}

/* ---- approval ---- */

static json_t *present(sd_call_t *call, const sd_signup_row_t *signup)
{
    json_t *object = json_object();
    sd_json_put_id(object, "id", signup->id);
    sd_json_put_text(object, "emailAddress", signup->address);
    sd_json_put_text(object, "displayName", signup->display_name);
    sd_json_put(object, "created", sd_present_date(call, signup->created));
    sd_json_put(object, "expires", sd_present_date(call, signup->expires));
    return object;
}

static sd_error_t *list(sd_call_t *call, const char *desk)
{
    sd_page_t page;
    sd_list_t *signups;
    SD_TRY(sd_query_page(&page, call));
    SD_TRY(sd_signup_waiting(&signups, call->work, desk, page));
    json_t *values = json_array();
    for (int i = 0; i < signups->rows->nelts; i++) {
        json_array_append_new(values, present(call, APR_ARRAY_IDX(signups->rows, i, const sd_signup_row_t *)));
    }
    call->reply = sd_reply_page(call, signups, values);
    return NULL;
}

static sd_error_t *approve(sd_call_t *call, const char *desk, const char *id)
{
    const sd_account_t *account;
    SD_TRY(sd_signup_approve(&account, call->work, desk, sd_text_id(id)));
    if (account) {
        call->reply = sd_present_account(call, account);
        return NULL;
    }
    call->status = HTTP_ACCEPTED;
    call->reply = json_object();
    sd_json_put_text(call->reply, "state", "link-mailed");
    return NULL;
}

static sd_error_t *refuse(sd_call_t *call, const char *desk, const char *id)
{
    call->status = HTTP_NO_CONTENT;
    return sd_signup_refuse(call->work, desk, sd_text_id(id));
}

sd_error_t *sd_rest_signup_waiting_list(sd_call_t *call)
{
    return list(call, NULL);
}

sd_error_t *sd_rest_signup_approve(sd_call_t *call)
{
    return approve(call, NULL, call->parts[0]);
}

sd_error_t *sd_rest_signup_refuse(sd_call_t *call)
{
    return refuse(call, NULL, call->parts[0]);
}

sd_error_t *sd_rest_desk_signup_list(sd_call_t *call)
{
    return list(call, call->parts[0]);
}

sd_error_t *sd_rest_desk_signup_approve(sd_call_t *call)
{
    return approve(call, call->parts[0], call->parts[1]);
}

sd_error_t *sd_rest_desk_signup_refuse(sd_call_t *call)
{
    return refuse(call, call->parts[0], call->parts[1]);
}
