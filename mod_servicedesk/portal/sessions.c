/* One's sessions. */
#include "portal/sessions.h"

#include <string.h>

#include "desk/session.h"
#include "portal/session.h"
#include "web/language.h"
#include "web/site_of.h"
#include "web/view.h"

static json_t *present(sd_call_t *call, const sd_session_view_t *view)
{
    const sd_templates_t *set = sd_server_templates(call->r);
    const char *language = sd_view_language(call);
    json_t *session = json_object();
    sd_json_put_text(session, "id", view->id);
    sd_json_put_text(session, "source", view->source);
    sd_json_put_text(session, "created", sd_language_moment(call->pool, set, language, view->created));
    sd_json_put_text(session, "lastSeen", sd_language_moment(call->pool, set, language, view->last_seen));
    sd_json_put(session, "current", json_boolean(view->current));
    return session;
}

sd_error_t *sd_portal_sessions_get(sd_call_t *call)
{
    apr_array_header_t *views;
    SD_TRY(sd_session_list(&views, call->work, sd_portal_session_cookie(call)));
    json_t *sessions = json_array();
    for (int i = 0; i < views->nelts; i++) {
        json_array_append_new(sessions, present(call, APR_ARRAY_IDX(views, i, const sd_session_view_t *)));
    }
    return sd_view_show(call, "sessions", json_pack("{s:o}", "sessions", sessions));
}

/* All of them, that of this page too. */
static sd_error_t *end_all(sd_call_t *call)
{
    SD_TRY(sd_session_close_all(call->work, NULL));
    sd_portal_session_forget(call);
    return sd_view_go(call, "/account/signin?notice=signedout");
}

sd_error_t *sd_portal_sessions_post(sd_call_t *call)
{
    const char *id;
    SD_TRY(sd_portal_required(&id, call, "id"));
    if (strcmp(id, "all") == 0) {
        return end_all(call);
    }
    SD_TRY(sd_session_close_one(call->work, id));
    return sd_view_go(call, "/account/sessions?notice=session");
}
