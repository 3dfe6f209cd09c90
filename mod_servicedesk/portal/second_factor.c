/*
 * One's second factor. Its secret, and its recovery codes, are shown once, in the answer to the form that made them:
 * there is no address under which they could be seen again.
 */
#include "portal/second_factor.h"

#include <string.h>

#include "desk/second_factor.h"
#include "portal/session.h"
#include "web/qr.h"
#include "web/site_of.h"
#include "web/view.h"

/* After a wrong code the app has its secret already: only the code is asked for again. */
static int activating(const sd_call_t *call)
{
    const char *act = json_string_value(json_object_get(call->body, "act"));
    return call->problem && act && strcmp(act, "activate") == 0;
}

static sd_error_t *show(sd_call_t *call, json_t *more)
{
    sd_second_factor_t factor;
    sd_error_t *error = sd_second_factor_look(&factor, call->work);
    if (error) {
        json_decref(more);
        return error;
    }
    sd_json_put(more, "asksForCode", json_boolean(json_object_get(more, "secret") || activating(call)));
    sd_json_put(more, "hasCodes", json_boolean(json_object_get(more, "codes") != NULL));
    sd_json_put(more, "active", json_boolean(factor.active));
    sd_json_put(more, "required", json_boolean(factor.required));
    sd_json_put(more, "count", json_integer(factor.codes));
    sd_json_put(more, "confirm", json_boolean(sd_work_require_fresh(call->work) != NULL));
    return sd_view_show(call, "second-factor", more);
}

sd_error_t *sd_portal_second_factor_get(sd_call_t *call)
{
    return show(call, json_object());
}

static sd_error_t *show_codes(sd_call_t *call, const apr_array_header_t *codes)
{
    return show(call, json_pack("{s:o}", "codes", sd_json_texts(codes)));
}

/* Whoever has shown the password a while ago shows it again. */
static sd_error_t *prove(sd_call_t *call)
{
    return sd_work_require_fresh(call->work) ? sd_portal_session_prove(call, "currentPassword")
                                             : sd_server_open_to_write(call->r, call->work);
}

static sd_error_t *set_up(sd_call_t *call)
{
    const char *secret, *uri;
    SD_TRY(prove(call));
    SD_TRY(sd_second_factor_set_up(&secret, &uri, call->work));
    json_t *more = json_pack("{s:s,s:s}", "secret", secret, "uri", uri);
    sd_json_put(more, "qr", sd_qr_picture(call->pool, uri));
    return show(call, more);
}

static sd_error_t *activate(sd_call_t *call)
{
    const char *code;
    apr_array_header_t *codes;
    sd_session_t *session = NULL;
    SD_TRY(sd_portal_required(&code, call, "code"));
    SD_TRY(prove(call));
    SD_TRY(sd_second_factor_activate(&codes, &session, call->work, code, sd_portal_session_cookie(call)));
    if (session) {
        sd_server_set_cookie(call->r, session->cookie, session->expires);
    }
    return show_codes(call, codes);
}

static sd_error_t *renew(sd_call_t *call)
{
    const char *code;
    apr_array_header_t *codes;
    SD_TRY(sd_portal_required(&code, call, "code"));
    SD_TRY(prove(call));
    SD_TRY(sd_second_factor_renew(&codes, call->work, code));
    return show_codes(call, codes);
}

static sd_error_t *take_away(sd_call_t *call)
{
    const char *code;
    SD_TRY(sd_portal_required(&code, call, "code"));
    SD_TRY(prove(call));
    SD_TRY(sd_second_factor_remove(call->work, NULL, code));
    return sd_view_go(call, "/account/second-factor?notice=factorgone");
}

sd_error_t *sd_portal_second_factor_post(sd_call_t *call)
{
    static const struct {
        const char *name;
        sd_handler_fn act;
    } acts[] = {{"set-up", set_up}, {"activate", activate}, {"renew", renew}, {"remove", take_away}};
    const char *act;
    SD_TRY(sd_view_field(&act, call, "act"));
    for (apr_size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (strcmp(acts[i].name, act) == 0) {
            return acts[i].act(call);
        }
    }
    return sd_error_new(call->pool, SD_ERROR_INPUT, "sd.form.malformed", "The form is not well-formed.");
}
