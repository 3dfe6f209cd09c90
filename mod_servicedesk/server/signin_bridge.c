/* The sign-in bridge. */
#include "server/signin_bridge.h"

#include <string.h>

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>

#include "desk/audit.h"
#include "desk/session.h"
#include "server/log.h"
#include "server/page.h"
#include "server/transport.h"
#include "server/visit.h"
#include "mod_servicedesk.h"

APLOG_USE_MODULE(servicedesk);

#define FORM_LIFETIME (30 * SD_MINUTE)
#define FORM_FIELDS 4
#define FORM_BYTES 4096

typedef struct form_t {
    const char *token;
    const char *target;
} form_t;

/* ---- the token: who, by which directory, when, under a key that only the server has ---- */

static const char *sign(const sd_visit_t *visit, const char *time)
{
    unsigned char digest[SD_DIGEST_BYTES];
    apr_pool_t *pool = visit->r->pool;
    const char *text = apr_pstrcat(pool, visit->r->user, "\n", visit->work.actor.directory, "\n", time, "\n", NULL);
    sd_digest_hmac(digest, visit->instance->form_key, text, strlen(text));
    return apr_pstrcat(pool, time, ".", sd_digest_hex(pool, digest, sizeof digest), NULL);
}

static const char *new_token(sd_visit_t *visit)
{
    return sign(visit, apr_psprintf(visit->r->pool, "%" APR_INT64_T_FMT, sd_work_now(&visit->work)));
}

static int is_good_token(sd_visit_t *visit, const char *token)
{
    const char *dot = token ? strchr(token, '.') : NULL;
    if (!dot || dot - token > 20 || strspn(token, "0123456789") != (apr_size_t)(dot - token)) {
        return 0;
    }
    const char *time = apr_pstrmemdup(visit->r->pool, token, (apr_size_t)(dot - token));
    const char *expected = sign(visit, time);
    apr_int64_t age = sd_work_now(&visit->work) - apr_atoi64(time);
    return strlen(token) == strlen(expected) && sd_digest_equal(token, expected, strlen(expected)) && age >= 0 &&
           age <= FORM_LIFETIME;
}

/* The value of return= in the query, percent-decoded; NULL if there is none or it makes no sense. */
static const char *wished_target(request_rec *r)
{
    const char *query = r->args;
    while (query && *query) {
        const char *pair = ap_getword(r->pool, &query, '&');
        if (strncmp(pair, "return=", 7) == 0) {
            char *value = apr_pstrdup(r->pool, pair + 7);
            return ap_unescape_urlencoded(value) == OK ? value : NULL;
        }
    }
    return NULL;
}

/* ---- the page ---- */

static int show_form(sd_visit_t *visit)
{
    request_rec *r = visit->r;
    const sd_profile_t *profile;
    sd_error_t *error = sd_visit_profile(&profile, visit);
    if (error) {
        return sd_visit_fail(visit, error);
    }
    const char *wish = wished_target(r);
    const char *body =
        apr_pstrcat(r->pool, "<p>You are about to sign in to the service desk as <strong>",
                    ap_escape_html(r->pool, profile->account->display_name), "</strong> (",
                    ap_escape_html(r->pool, profile->account->name), ", ",
                    ap_escape_html(r->pool, profile->account->directory), ").</p>\n<form method=\"post\" action=\"",
                    ap_escape_html(r->pool, ap_os_escape_path(r->pool, r->uri, 1)),
                    "\">\n<input type=\"hidden\" name=\"token\" value=\"", ap_escape_html(r->pool, new_token(visit)),
                    "\">\n<input type=\"hidden\" name=\"return\" value=\"", wish ? ap_escape_html(r->pool, wish) : "",
                    "\">\n<button type=\"submit\">Sign in</button>\n</form>\n", NULL);
    return sd_page_send(r, HTTP_OK, "Sign in", body);
}

/* ---- the form ---- */

static const char *value_of(apr_pool_t *pool, const ap_form_pair_t *pair)
{
    apr_off_t length = 0;
    apr_size_t size;
    apr_brigade_length(pair->value, 1, &length);
    size = (apr_size_t)length;
    char *value = apr_pcalloc(pool, size + 1);
    apr_brigade_flatten(pair->value, value, &size);
    value[size] = '\0';
    return value;
}

/* httpd's parser throws away what is no such form and calls it a success, so the type is looked at first. */
static int read_form(form_t *form, request_rec *r)
{
    apr_array_header_t *pairs = NULL;
    const char *type = apr_table_get(r->headers_in, "Content-Type");
    static const char expected[] = "application/x-www-form-urlencoded";
    apr_size_t length = sizeof expected - 1;
    if (!type || ap_cstr_casecmpn(type, expected, length) != 0 || (type[length] && !strchr("; ", type[length]))) {
        return HTTP_UNSUPPORTED_MEDIA_TYPE;
    }
    int status = ap_parse_form_data(r, NULL, &pairs, FORM_FIELDS, FORM_BYTES);
    for (int i = 0; status == OK && pairs && i < pairs->nelts; i++) {
        const ap_form_pair_t *pair = &APR_ARRAY_IDX(pairs, i, ap_form_pair_t);
        if (strcmp(pair->name, "token") == 0) {
            form->token = value_of(r->pool, pair);
        } else if (strcmp(pair->name, "return") == 0) {
            form->target = value_of(r->pool, pair);
        }
    }
    return status;
}

/* A browser says where a form comes from, and Apache's credentials travel with foreign ones too. */
static int is_foreign(const sd_visit_t *visit)
{
    const char *origin = apr_table_get(visit->r->headers_in, "Origin");
    const char *site = apr_table_get(visit->r->headers_in, "Sec-Fetch-Site");
    return (origin && strcmp(origin, visit->instance->origin) != 0) ||
           (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0);
}

static int refuse_form(sd_visit_t *visit, const char *reason)
{
    request_rec *r = visit->r;
    visit->work.face = "bridge";
    if (!sd_visit_open_to_write(visit)) {
        sd_audit_refused(&visit->work, "forgery", "session", NULL);
        sd_visit_close(visit);
    }
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, "SD00030: the form of the sign-in bridge was refused: %s", reason);
    return sd_page_send(r, HTTP_FORBIDDEN, "Not signed in",
                        "<p>The form was too old or came from somewhere else. Please open the page again.</p>\n");
}

static int open_session(sd_visit_t *visit, const char *wish)
{
    request_rec *r = visit->r;
    sd_session_t *session = NULL;
    visit->work.face = "bridge";
    sd_error_t *error = sd_visit_open_to_write(visit);
    if (!error) {
        error = sd_session_open(&session, &visit->work, "bridge", visit->cookie);
        sd_visit_close(visit);
    }
    if (error) {
        return sd_visit_fail(visit, error);
    }
    sd_server_set_cookie(r, session->cookie, session->expires);
    apr_table_setn(r->err_headers_out, "Location", sd_server_target(r, wish));
    return sd_page_send(r, HTTP_SEE_OTHER, "Signed in", "");
}

static int take_form(sd_visit_t *visit)
{
    request_rec *r = visit->r;
    form_t form = {NULL, NULL};
    if (is_foreign(visit)) {
        return refuse_form(visit, "it comes from another origin");
    }
    int status = read_form(&form, r);
    if (status != OK) {
        return status;
    }
    return is_good_token(visit, form.token) ? open_session(visit, form.target)
                                            : refuse_form(visit, "its token is missing, wrong or old");
}

/* Only an authentication of the site's own opens this door: the desk's credentials must not renew themselves. */
static const char *misuse(sd_visit_t *visit)
{
    const char *type = ap_auth_type(visit->r);
    if (!visit->r->user || !*visit->r->user) {
        return "no authentication has let anybody in";
    }
    if (type && ap_cstr_casecmp(type, SERVICEDESK_AUTH_TYPE) == 0) {
        return "it stands behind AuthType ServiceDesk";
    }
    sd_visit_identify(visit);
    if (visit->vouched) {
        return "the module's own provider has let the user in";
    }
    if (!visit->refusal && visit->proof != SD_PROOF_EXTERNAL) {
        return "there is no ServiceDeskDirectory for this section";
    }
    return NULL;
}

int sd_signin_bridge_handle(request_rec *r)
{
    if (!r->handler || strcmp(r->handler, SERVICEDESK_SIGN_IN_HANDLER) != 0) {
        return DECLINED;
    }
    sd_visit_t *visit = sd_visit_of(r);
    if (visit && sd_transport_is_plain(r, visit->instance)) {
        return sd_transport_refuse(r, visit->instance);
    }
    const char *complaint = visit ? misuse(visit) : "ServiceDesk is not On";
    if (complaint) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "SD00031: the sign-in bridge %s opens for nobody: %s", r->uri,
                      complaint);
        return HTTP_FORBIDDEN;
    }
    if (visit->refusal) {
        return sd_visit_fail(visit, visit->refusal);
    }
    if (strcmp(r->method, "POST") == 0) {
        return take_form(visit);
    }
    if (r->method_number == M_GET) {
        return show_form(visit);
    }
    apr_table_setn(r->err_headers_out, "Allow", "GET, HEAD, POST");
    return HTTP_METHOD_NOT_ALLOWED;
}
