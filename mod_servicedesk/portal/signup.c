/*
 * Signing up. The captcha is judged first, then what the form says; the password is hashed without a database
 * connection, and all is kept in one write.
 */
#include "portal/signup.h"

#include <string.h>

#include <apr_strings.h>

#include "web/captcha.h"
#include "web/newcomers.h"
#include "web/site_of.h"
#include "web/view.h"
#include "web/view_form.h"

/* The desk of /account/signup/{desk}; NULL: the site. */
static const char *desk_of(const sd_call_t *call)
{
    return call->parts[0];
}

static json_t *present(const sd_signup_offer_t *offer)
{
    json_t *context = json_object();
    if (offer->desk_name) {
        sd_json_put(context, "desk", json_pack("{s:s,s:s}", "key", offer->desk_key, "name", offer->desk_name));
    }
    sd_json_put(context, "approval", json_boolean(offer->approval));
    sd_json_put(context, "atOnce", json_boolean(strcmp(offer->proof, "at-once") == 0));
    return context;
}

/* Where nobody can sign up the page is the same, whatever the reason, and whether or not there is such a desk. */
static sd_error_t *show_closed(sd_call_t *call)
{
    call->status = HTTP_NOT_FOUND;
    return sd_view_show(call, "signup-closed", json_object());
}

/* A challenge is good for the form of this desk in this browser. */
static sd_error_t *name_form(const char **form, sd_call_t *call)
{
    const char *nonce;
    SD_TRY(sd_view_form_nonce(&nonce, call));
    *form = apr_pstrcat(call->pool, "signup page|", desk_of(call) ? desk_of(call) : "", "|", nonce, NULL);
    return NULL;
}

/* The question is asked of a provider that may take its time: no connection is held meanwhile. */
static sd_error_t *put_captcha(json_t *context, sd_call_t *call)
{
    const char *form;
    json_t *question;
    sd_server_close(call->r, call->work);
    SD_TRY(name_form(&form, call));
    SD_TRY(sd_captcha_ask(&question, call, form));
    sd_json_put(context, "question", question);
    return NULL;
}

sd_error_t *sd_portal_signup_get(sd_call_t *call)
{
    sd_signup_offer_t offer;
    if (call->me) {
        return sd_view_go(call, "/account");
    }
    SD_TRY(sd_signup_offer(&offer, call->work, desk_of(call)));
    if (!offer.available) {
        return show_closed(call);
    }
    call->desk_language = offer.desk_language;
    json_t *context = present(&offer);
    sd_error_t *error = offer.captcha ? put_captcha(context, call) : NULL;
    if (error) {
        json_decref(context);
        return error;
    }
    return sd_view_show(call, "signup", context);
}

static sd_error_t *read_form(sd_signup_input_t *input, sd_call_t *call)
{
    SD_TRY(sd_view_field(&input->address, call, "email"));
    SD_TRY(sd_view_field(&input->display_name, call, "displayName"));
    SD_TRY(sd_view_field(&input->password, call, "password"));
    SD_TRY(sd_view_field(&input->trap, call, "website"));
    input->desk = desk_of(call);
    input->language = sd_view_language_asked(call);
    return NULL;
}

/* Who cannot read the picture asks for people instead. */
static sd_error_t *read_captcha(sd_signup_input_t *input, sd_call_t *call)
{
    const char *form, *challenge, *answer, *people;
    SD_TRY(sd_view_field(&people, call, "askPeople"));
    SD_TRY(sd_body_text(&challenge, call, "captchaChallenge"));
    SD_TRY(sd_body_text(&answer, call, SD_CAPTCHA_FIELD));
    SD_TRY(name_form(&form, call));
    input->asks_people = *people != '\0';
    return input->asks_people
               ? NULL
               : sd_captcha_demand(&input->captcha, &input->captcha_error, call, form, challenge, answer);
}

/* The next page speaks the language of this one. */
static sd_error_t *go_on(sd_call_t *call, int at_once)
{
    if (at_once || !desk_of(call)) {
        return sd_view_go(call, at_once ? "/account/signin?notice=signedup" : "/account/signup-sent");
    }
    call->target = sd_link(call, "/account/signup-sent?desk=%s", sd_link_escape(call, desk_of(call)));
    return NULL;
}

sd_error_t *sd_portal_signup_post(sd_call_t *call)
{
    sd_signup_input_t input = {0};
    sd_signup_t *signup;
    SD_TRY(read_form(&input, call));
    SD_TRY(read_captcha(&input, call));
    sd_error_t *error = sd_newcomer_sign_up(&signup, call, &input);
    if (error) {
        return error->kind == SD_ERROR_NOT_FOUND ? show_closed(call) : error;
    }
    return go_on(call, signup->at_once);
}

sd_error_t *sd_portal_signup_sent_get(sd_call_t *call)
{
    const char *desk = sd_query_get(call, "desk");
    sd_signup_offer_t offer = {0};
    if (desk) {
        SD_TRY(sd_signup_offer(&offer, call->work, desk));
    }
    call->desk_language = offer.desk_language;
    return sd_view_show(call, "signup-sent", json_object());
}
