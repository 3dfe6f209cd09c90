/* AuthType ServiceDesk, and the same credentials where SetHandler servicedesk looks at them by itself. */
#include "server/authn.h"

#include <string.h>

#include <apr_encode.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include "base/text.h"
#include "desk/authentication.h"
#include "server/answer.h"
#include "server/cookie.h"
#include "server/transport.h"
#include "mod_servicedesk.h"

APLOG_USE_MODULE(servicedesk);

static sd_error_t *check_token(sd_visit_t *visit, const char *token)
{
    visit->proof = SD_PROOF_BEARER;
    if (visit->claim_scopes && sd_authenticate_token_later(&visit->work, token, visit->claim_scopes)) {
        return NULL;
    }
    SD_TRY(sd_visit_open_to_identify(visit));
    sd_error_t *error = sd_authenticate_token(&visit->work, token);
    sd_visit_close_identified(visit, !error);
    return error;
}

/* Strictly: no NUL that would cut a password, no stray characters, both halves UTF-8. */
static int split_basic(const char **name, const char **password, apr_pool_t *pool, const char *text)
{
    apr_size_t length = 0;
    const char *pair = apr_pdecode_base64(pool, text, APR_ENCODE_STRING, APR_ENCODE_NONE, &length);
    if (!pair || strlen(pair) != length || !sd_text_is_utf8(pair, length)) {
        return 0;
    }
    const char *colon = strchr(pair, ':');
    if (!colon || colon == pair) {
        return 0;
    }
    *name = apr_pstrmemdup(pool, pair, (apr_size_t)(colon - pair));
    *password = colon + 1;
    return 1;
}

static sd_error_t *check_basic(sd_visit_t *visit, const char *text)
{
    const char *name, *password;
    visit->proof = SD_PROOF_BASIC;
    if (!split_basic(&name, &password, visit->r->pool, text)) {
        return sd_error_sign_in(visit->r->pool);
    }
    SD_TRY(sd_authn_password(visit, name, password));
    sd_authn_note_sign_in(visit);
    return NULL;
}

/* A comma is no part of either scheme: it is where httpd joined two headers, and nobody can say which one counts. */
static sd_error_t *check_header(sd_visit_t *visit, const char *header)
{
    apr_size_t length = strcspn(header, " ");
    const char *credentials = header + length + strspn(header + length, " ");
    if (!strchr(header, ',')) {
        if (length == 6 && ap_cstr_casecmpn(header, "Bearer", 6) == 0) {
            return check_token(visit, credentials);
        }
        if (length == 5 && ap_cstr_casecmpn(header, "Basic", 5) == 0) {
            return check_basic(visit, credentials);
        }
    }
    return sd_error_sign_in(visit->r->pool);
}

static sd_error_t *check_session(sd_visit_t *visit)
{
    SD_TRY(sd_visit_open_to_identify(visit));
    sd_error_t *error = sd_authenticate_session(&visit->work, visit->cookie, &visit->form_secret);
    sd_visit_close_identified(visit, !error);
    if (error) {
        visit->form_secret = NULL;
    } else {
        visit->proof = SD_PROOF_SESSION;
    }
    /* Somebody with a dead session is nobody, and may sign in anew. */
    return error && error->kind == SD_ERROR_SIGN_IN ? NULL : error;
}

static void settle(sd_visit_t *visit, const sd_error_t *refusal)
{
    visit->refusal = refusal;
    if (refusal) {
        visit->proof = SD_PROOF_NONE;
        visit->work.actor = (sd_actor_t){0};
    }
}

void sd_authn_identify_session(sd_visit_t *visit)
{
    visit->identified = 1;
    settle(visit, visit->cookie ? check_session(visit) : NULL);
}

/* What the request before this one found out holds here, unless other providers have a say in this section. */
static int inherit(sd_visit_t *visit)
{
    const sd_visit_t *earlier = sd_visit_before(visit);
    if (!earlier || !earlier->identified || earlier->vouched || earlier->proof == SD_PROOF_EXTERNAL) {
        return 0;
    }
    if (earlier->proof == SD_PROOF_BASIC &&
        sd_section_config_of(earlier->r)->providers != sd_section_config_of(visit->r)->providers) {
        return 0;
    }
    visit->identified = 1;
    visit->proof = earlier->proof;
    visit->refusal = earlier->refusal;
    visit->form_secret = earlier->form_secret;
    visit->work.actor = earlier->work.actor;
    return 1;
}

void sd_authn_identify(sd_visit_t *visit)
{
    if (inherit(visit)) {
        return;
    }
    const char *header = apr_table_get(visit->r->headers_in, "Authorization");
    if (!header) {
        sd_authn_identify_session(visit);
        return;
    }
    visit->identified = 1;
    settle(visit, check_header(visit, header));
}

/* ---- the hooks ---- */

static int is_ours(const char *type)
{
    return type && ap_cstr_casecmp(type, SERVICEDESK_AUTH_TYPE) == 0;
}

/* Browsers tell what asks: "navigate" is somebody at the address line, all else is a page or a script. */
static int is_script(const request_rec *r)
{
    const char *with = apr_table_get(r->headers_in, "X-Requested-With");
    const char *mode = apr_table_get(r->headers_in, "Sec-Fetch-Mode");
    return (with && ap_cstr_casecmp(with, "XMLHttpRequest") == 0) || (mode && ap_cstr_casecmp(mode, "navigate") != 0);
}

/* A browser answers with a window of its own: people with a session cookie and scripts of pages are spared that. */
void sd_server_challenge(request_rec *r)
{
    const sd_visit_t *visit = sd_visit_of(r);
    if (!(visit && sd_cookie_is_there(r, visit->instance->cookie_name)) && !is_script(r)) {
        apr_table_setn(r->err_headers_out, "WWW-Authenticate", "Basic realm=\"Service Desk\", charset=\"UTF-8\"");
    }
}

int sd_authn_note_failure(request_rec *r, const char *type)
{
    const sd_visit_t *visit = sd_visit_find(r);
    if (!is_ours(type)) {
        return DECLINED;
    }
    if (r->user && visit && visit->work.actor.account_id) {
        sd_answer_expect(r);
    } else {
        sd_server_challenge(r);
    }
    return OK;
}

/* A token's scopes are a ceiling here too: one that may only look does not post to an application behind the module. */
static sd_error_t *check_scope(const sd_visit_t *visit)
{
    sd_scope_t needed =
        visit->r->method_number == M_GET || visit->r->method_number == M_OPTIONS ? SD_SCOPE_READ : SD_SCOPE_WRITE;
    if (visit->work.actor.scopes & needed) {
        return NULL;
    }
    return sd_error_new(visit->r->pool, SD_ERROR_FORBIDDEN, "sd.scope",
                        "The API token does not have the scope for this.");
}

int sd_authn_check(request_rec *r)
{
    const sd_profile_t *profile;
    if (!is_ours(ap_auth_type(r))) {
        return DECLINED;
    }
    sd_visit_t *visit = sd_visit_of(r);
    if (!visit) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "SD00020: AuthType ServiceDesk for %s, and ServiceDesk is not On",
                      r->uri);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    int status = sd_transport_bar(r, visit->instance);
    if (status != OK) {
        return status;
    }
    sd_error_t *error = sd_visit_profile(&profile, visit);
    if (!error) {
        error = check_scope(visit);
        visit->denied = error != NULL;
    }
    if (!error) {
        r->user = apr_pstrdup(r->pool, profile->account->name);
        r->ap_auth_type = (char *)SERVICEDESK_AUTH_TYPE;
        visit->in_charge = 1;
        return OK;
    }
    if (error->kind == SD_ERROR_SIGN_IN) {
        sd_server_challenge(r);
    }
    return sd_visit_fail(visit, error);
}
