/* The frame that every page stands in, and sending it. */
#include "web/view.h"

#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>

#include "web/etag.h"
#include "web/input.h"
#include "web/language.h"
#include "web/site_of.h"
#include "web/view_form.h"

#define HTML "text/html;charset=UTF-8"
#define POLICY                                                                                                         \
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "   \
    "frame-ancestors 'none'"

/* ---- what handlers say ---- */

sd_error_t *sd_view_show(sd_call_t *call, const char *view, json_t *context)
{
    call->view = view;
    json_decref(call->reply);
    call->reply = context;
    return NULL;
}

sd_error_t *sd_view_go(sd_call_t *call, const char *path)
{
    call->target = apr_pstrcat(call->pool, call->work->site->base_url, path, NULL);
    return NULL;
}

const char *sd_view_language_asked(sd_call_t *call)
{
    return sd_language_asked(sd_server_templates(call->r), call->me ? call->me->language : NULL,
                             apr_table_get(call->r->headers_in, "Accept-Language"));
}

const char *sd_view_language(sd_call_t *call)
{
    if (!call->language) {
        call->language = sd_language_choose(sd_server_templates(call->r), call->me ? call->me->language : NULL,
                                            apr_table_get(call->r->headers_in, "Accept-Language"), call->desk_language);
    }
    return call->language;
}

static const char *message_of(sd_call_t *call, const char *key)
{
    return sd_language_text(call->pool, sd_server_templates(call->r), sd_view_language(call), key, NULL);
}

/* The number that the English text says is the parameter `count` of the message: "at least 8 characters". */
static apr_int64_t number_in(const char *text)
{
    return apr_atoi64(text + strcspn(text, "0123456789"));
}

/* What an error says to the reader: the message "error." and its key, else its own English text. */
static const char *text_of(sd_call_t *call, const sd_error_t *error)
{
    json_t *parameters = json_pack("{s:I}", "count", (json_int_t)number_in(error->text));
    const char *text = sd_language_text(call->pool, sd_server_templates(call->r), sd_view_language(call),
                                        apr_pstrcat(call->pool, "error.", error->key, NULL), parameters);
    json_decref(parameters);
    return text ? text : error->text;
}

sd_error_t *sd_view_field(const char **value, sd_call_t *call, const char *name)
{
    SD_TRY(sd_body_text(value, call, name));
    if (!*value) {
        *value = "";
    }
    return NULL;
}

/* ---- the frame ---- */

/* Not shown again, to nobody: a password, a code, the token of the form. */
static int is_secret(const char *name)
{
    return strstr(name, "password") || strstr(name, "code") || strcmp(name, SD_FORM_FIELD) == 0;
}

static void put_values(sd_call_t *call, json_t *context)
{
    json_t *values = json_object_get(context, "values"), *value;
    const char *name;
    if (!values) {
        values = json_object();
        json_object_set_new(context, "values", values);
    }
    json_object_foreach(call->body, name, value)
    {
        if (!is_secret(name)) {
            json_object_set(values, name, value);
        }
    }
}

/* What the form calls the field. */
static const char *label_of(sd_call_t *call, const char *field)
{
    return field ? message_of(call, apr_pstrcat(call->pool, "field.", field, NULL)) : NULL;
}

/* "?notice=signedout" after an act: says what has been done, if there is such a message. */
static void put_notice(sd_call_t *call, json_t *context)
{
    const char *notice = call->query ? sd_query_get(call, "notice") : NULL;
    if (notice && !call->problem) {
        sd_json_put_text(context, "notice", message_of(call, apr_pstrcat(call->pool, "notice.", notice, NULL)));
    }
}

static void put_problems(sd_call_t *call, json_t *context)
{
    json_t *errors = json_object(), *problems = json_array();
    for (const sd_error_t *error = call->problem; error; error = error->next) {
        const char *text = text_of(call, error);
        json_t *problem = json_pack("{s:s}", "text", text);
        sd_json_put_text(problem, "field", error->field);
        sd_json_put_text(problem, "label", label_of(call, error->field));
        json_array_append_new(problems, problem);
        if (error->field && !json_object_get(errors, error->field)) {
            sd_json_put_text(errors, error->field, text);
        }
    }
    sd_json_put(context, "errors", errors);
    sd_json_put(context, "hasProblems", json_boolean(call->problem != NULL));
    sd_json_put(context, "problems", problems);
}

static const char *mount_of(const sd_call_t *call)
{
    const char *base = call->work->site->base_url;
    const char *host = strstr(base, "://") + 3;
    return host + strcspn(host, "/");
}

static sd_error_t *put_frame(sd_call_t *call, json_t *context)
{
    const sd_file_t *css = sd_templates_file(sd_server_templates(call->r), "desk.css");
    const char *token;
    SD_TRY(sd_view_form_token(&token, call));
    sd_json_put_text(context, "lang", sd_view_language(call));
    sd_json_put_text(context, "mount", mount_of(call));
    sd_json_put_text(context, "path", call->path);
    sd_json_put_text(context, "css", css ? css->version : NULL);
    sd_json_put_text(context, "csrf", token);
    if (call->me) {
        json_t *me = json_object();
        sd_json_put_text(me, "displayName", call->me->display_name);
        sd_json_put_text(me, "address", call->me->address);
        sd_json_put(context, "me", me);
    }
    put_values(call, context);
    put_problems(call, context);
    put_notice(call, context);
    return NULL;
}

/* ---- sending ---- */

void sd_view_headers(request_rec *r)
{
    apr_table_t *headers = r->err_headers_out;
    apr_table_setn(headers, "X-Content-Type-Options", "nosniff");
    apr_table_setn(headers, "Content-Security-Policy", POLICY);
    /* With none at all a browser would send our own forms with "Origin: null". */
    apr_table_setn(headers, "Referrer-Policy", "same-origin");
    apr_table_setn(headers, "Cross-Origin-Opener-Policy", "same-origin");
    apr_table_setn(headers, "Cross-Origin-Resource-Policy", "same-origin");
    apr_table_setn(headers, "Permissions-Policy", "camera=(), geolocation=(), microphone=()");
    apr_table_setn(headers, "Cache-Control", "no-store");
    apr_table_setn(headers, "Vary", "Authorization, Cookie, Accept-Language");
}

static int send_bytes(request_rec *r, const char *type, const char *bytes, apr_size_t length)
{
    ap_set_content_type(r, type);
    r->content_encoding = NULL;
    r->content_languages = NULL;
    ap_set_content_length(r, (apr_off_t)length);
    if (!r->header_only) {
        ap_rwrite(bytes, (int)length, r);
    }
    return OK;
}

/* When even the template fails: a sentence. */
static int send_plainly(sd_call_t *call, const sd_error_t *error)
{
    sd_server_log_error(call->r, error);
    call->r->status = sd_error_status(error->kind);
    if (error->retry_after) {
        apr_table_setn(call->r->err_headers_out, "Retry-After", apr_itoa(call->pool, error->retry_after));
    }
    return send_bytes(call->r, "text/plain;charset=UTF-8", error->text, strlen(error->text));
}

static int send_view(sd_call_t *call, const char *view, json_t *context)
{
    const char *html = NULL;
    const char *language = sd_view_language(call);
    sd_error_t *error = put_frame(call, context);
    sd_view_headers(call->r);
    if (!error) {
        error = sd_template_render(&html, call->pool, sd_server_templates(call->r),
                                   apr_pstrcat(call->pool, "portal/", view, NULL), context, language);
    }
    if (error) {
        return send_plainly(call, error);
    }
    call->r->status = call->status;
    apr_table_setn(call->r->headers_out, "Content-Language", language);
    return send_bytes(call->r, HTML, html, strlen(html));
}

static int send_on(sd_call_t *call)
{
    request_rec *r = call->r;
    r->status = HTTP_SEE_OTHER;
    sd_view_headers(r);
    apr_table_setn(r->err_headers_out, "Referrer-Policy", "no-referrer");
    apr_table_setn(r->err_headers_out, "Location", call->target);
    return send_bytes(r, HTML, "", 0);
}

/*
 * A file whose address changes with its bytes never has to be asked for twice. Under any other address (without a
 * version, or with that of a node that has been renewed already) it is asked for each time, by its tag.
 */
static int send_file(sd_call_t *call, const sd_file_t *file)
{
    request_rec *r = call->r;
    const char *version = sd_query_get(call, "v"), *known = apr_table_get(r->headers_in, "If-None-Match");
    const char *etag = apr_pstrcat(call->pool, "\"", file->version, "\"", NULL);
    int lasts = version && strcmp(version, file->version) == 0;
    sd_view_headers(r);
    apr_table_setn(r->err_headers_out, "Cache-Control",
                   lasts ? "public, max-age=31536000, immutable" : "public, no-cache");
    apr_table_unset(r->err_headers_out, "Vary");
    apr_table_setn(r->headers_out, "ETag", etag);
    if (known && sd_etag_matches(known, etag)) {
        r->status = HTTP_NOT_MODIFIED;
        return OK;
    }
    return send_bytes(r, call->raw_type, file->bytes, file->length);
}

int sd_view_write(sd_call_t *call)
{
    if (call->target) {
        return send_on(call);
    }
    return call->file ? send_file(call, call->file) : send_view(call, call->view, call->reply);
}

int sd_view_error(sd_call_t *call, const sd_error_t *error)
{
    request_rec *r = call->r;
    json_t *context = json_object();
    sd_server_log_error(r, error);
    if (error->retry_after) {
        apr_table_setn(r->err_headers_out, "Retry-After", apr_itoa(call->pool, error->retry_after));
    }
    if (sd_body_is_pending(r)) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
    call->status = error->kind == SD_ERROR_SIGN_IN ? HTTP_FORBIDDEN : sd_error_status(error->kind);
    call->problem = NULL;
    sd_json_put_text(context, "what", text_of(call, error));
    int status = send_view(call, "error", context);
    json_decref(context);
    return status;
}
