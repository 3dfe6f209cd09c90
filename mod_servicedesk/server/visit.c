/* The state of one request, and the seam through which web/ sees it. */
#include "server/visit.h"

#include <string.h>

#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include "desk/account.h"
#include "desk/audit.h"
#include "mod_servicedesk.h"
#include "server/answer.h"
#include "server/authn.h"
#include "server/cookie.h"
#include "server/directory.h"
#include "server/log.h"
#include "server/transport.h"
#include "web/gate.h"

#define ADDRESS_LENGTH 200 /* of a path in the audit */

sd_visit_t *sd_visit_find(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &servicedesk_module);
}

static const char *log_id_of(request_rec *r)
{
    if (!r->log_id) {
        ap_run_generate_log_id(r->connection, r, &r->log_id);
    }
    return r->log_id;
}

sd_visit_t *sd_visit_before(const sd_visit_t *visit)
{
    const request_rec *before = visit->r->main ? visit->r->main : visit->r->prev;
    sd_visit_t *earlier = before ? sd_visit_find(before) : NULL;
    return earlier && earlier->instance == visit->instance ? earlier : NULL;
}

sd_visit_t *sd_visit_of(request_rec *r)
{
    sd_visit_t *visit = sd_visit_find(r);
    const sd_instance_t *instance = sd_instance_of(r->server);
    if (visit || !instance) {
        return visit;
    }
    visit = apr_pcalloc(r->pool, sizeof *visit);
    visit->r = r;
    visit->instance = instance;
    visit->work = (sd_work_t){
        .pool = r->pool, .site = &instance->site, .face = "server", .log_id = log_id_of(r), .source = r->useragent_ip};
    const sd_visit_t *earlier = sd_visit_before(visit);
    visit->cookie = earlier                              ? earlier->cookie
                    : sd_transport_is_plain(r, instance) ? NULL
                                                         : sd_cookie_read(r, instance->cookie_name);
    ap_set_module_config(r->request_config, &servicedesk_module, visit);
    return visit;
}

typedef sd_error_t *(*open_fn)(sd_connection_t **, const sd_instance_t *, apr_pool_t *);

static sd_error_t *open_by(sd_visit_t *visit, open_fn open)
{
    if (visit->connection) {
        return NULL;
    }
    if (visit->instance->trouble) {
        return sd_error_private(visit->r->pool, SD_ERROR_UNAVAILABLE, "%s", visit->instance->trouble);
    }
    SD_TRY(open(&visit->connection, visit->instance, visit->r->pool));
    visit->work.store = sd_bridge_store(visit->connection);
    return NULL;
}

sd_error_t *sd_visit_open(sd_visit_t *visit)
{
    return open_by(visit, sd_bridge_open);
}

sd_error_t *sd_visit_open_to_write(sd_visit_t *visit)
{
    return open_by(visit, sd_bridge_open_to_write);
}

void sd_visit_close(sd_visit_t *visit)
{
    if (visit->connection) {
        sd_bridge_close(visit->connection);
        visit->connection = NULL;
        visit->work.store = NULL;
    }
    if (visit->work.late) {
        visit->r->connection->keepalive = AP_CONN_CLOSE; /* the next request need not wait for sd_visit_catch_up() */
    }
}

sd_error_t *sd_visit_open_to_identify(sd_visit_t *visit)
{
    SD_TRY(sd_visit_open(visit));
    return visit->reads_on ? sd_store_hold(visit->work.store) : NULL;
}

void sd_visit_close_identified(sd_visit_t *visit, int good)
{
    if (!visit->reads_on || !good) {
        sd_visit_close(visit);
    }
}

void sd_visit_identify(sd_visit_t *visit)
{
    if (visit->identified) {
        return;
    }
    visit->identified = 1;
    const char *type = ap_auth_type(visit->r);
    int ours = type && ap_cstr_casecmp(type, SERVICEDESK_AUTH_TYPE) == 0;
    if (visit->r->user && !ours) {
        sd_directory_identify(visit);
    } else {
        sd_authn_identify(visit);
    }
}

static sd_error_t *read_profile(void *baton)
{
    sd_visit_t *visit = baton;
    sd_work_t *work = &visit->work;
    sd_profile_t *profile = apr_pcalloc(visit->r->pool, sizeof *profile);
    SD_TRY(sd_account_myself(&profile->account, work));
    SD_TRY(sd_account_organizations(&profile->organizations, work, profile->account->id));
    sd_relations_t relations = work->actor.relations;
    profile->role = relations & SD_RELATION_SYSTEM_ADMIN ? "admin"
                    : relations & SD_RELATION_STAFF      ? "agent"
                                                         : "customer";
    visit->profile = profile;
    return NULL;
}

sd_error_t *sd_visit_profile(const sd_profile_t **profile, sd_visit_t *visit)
{
    visit->reads_on = !visit->identified;
    sd_visit_identify(visit);
    visit->reads_on = 0;
    if (visit->refusal) {
        return apr_pmemdup(visit->r->pool, visit->refusal, sizeof *visit->refusal);
    }
    if (!visit->work.actor.account_id) {
        return sd_error_sign_in(visit->r->pool);
    }
    if (!visit->profile) {
        SD_TRY(sd_visit_open(visit));
        sd_error_t *error = sd_work_read(&visit->work, read_profile, visit);
        sd_visit_close(visit);
        SD_TRY(error);
    }
    *profile = visit->profile;
    return NULL;
}

/* The path that was asked for, in letters that any reader of the audit can take. */
static const char *address_of(const request_rec *r)
{
    char *path = ap_escape_uri(r->pool, r->uri ? r->uri : "");
    return apr_pstrndup(r->pool, path, ADDRESS_LENGTH);
}

static int is_news(const sd_visit_t *visit)
{
    int status = visit->r->status;
    return visit->denied && !visit->passed && visit->work.actor.account_id &&
           (status == HTTP_FORBIDDEN || status == HTTP_UNAUTHORIZED);
}

/* The same row as for a refusal of the REST API. */
static void note_denial(sd_visit_t *visit)
{
    if (is_news(visit) && !sd_visit_open_to_write(visit)) {
        visit->denied = 0;
        visit->work.face = "server";
        sd_audit_refused(&visit->work, SD_GATE_DENIED, "address", address_of(visit->r));
        sd_visit_close(visit);
    }
}

void sd_visit_note_denial(request_rec *r)
{
    sd_visit_t *visit = sd_visit_find(r);
    if (visit) {
        note_denial(visit);
    }
}

static void catch_up(sd_visit_t *visit)
{
    if (visit->work.late && !sd_visit_open_to_write(visit)) {
        sd_audit_catch_up(&visit->work);
        sd_visit_close(visit);
    }
}

int sd_visit_catch_up(request_rec *r)
{
    for (; r; r = r->next) {
        sd_visit_t *visit = sd_visit_find(r);
        if (visit) {
            note_denial(visit);
            catch_up(visit);
        }
    }
    return DECLINED;
}

int sd_visit_fail(sd_visit_t *visit, const sd_error_t *error)
{
    visit->trouble = error;
    if (error->kind != SD_ERROR_SIGN_IN) {
        sd_answer_expect(visit->r);
    }
    sd_log_error(visit->r, error);
    return sd_error_status(error->kind);
}

/* ---- web/site_of.h ---- */

const char *sd_server_path(request_rec *r)
{
    const sd_instance_t *instance = sd_instance_of(r->server);
    if (!instance || !r->uri || strncmp(r->uri, instance->mount, instance->mount_length) != 0) {
        return NULL;
    }
    const char *path = r->uri + instance->mount_length;
    return *path == '/' ? path : *path == '\0' ? "/" : NULL;
}

int sd_server_is_rest(request_rec *r)
{
    const char *path = sd_server_path(r);
    return path && strncmp(path, "/rest", 5) == 0 && (path[5] == '/' || path[5] == '\0');
}

sd_work_t *sd_server_work(request_rec *r, const char *face)
{
    sd_visit_t *visit = sd_visit_of(r);
    visit->work.face = face;
    sd_visit_identify(visit);
    return &visit->work;
}

sd_work_t *sd_server_work_to_read(request_rec *r, const char *face)
{
    sd_visit_t *visit = sd_visit_of(r);
    visit->reads_on = 1;
    sd_work_t *work = sd_server_work(r, face);
    visit->reads_on = 0;
    return work;
}

sd_work_t *sd_server_work_to_change(request_rec *r, const char *face, unsigned scopes)
{
    sd_visit_t *visit = sd_visit_of(r);
    visit->claim_scopes = scopes;
    sd_work_t *work = sd_server_work(r, face);
    visit->claim_scopes = 0;
    return work;
}

const sd_error_t *sd_server_refusal(request_rec *r)
{
    return sd_visit_of(r)->refusal;
}

sd_error_t *sd_server_open(request_rec *r, sd_work_t *work)
{
    (void)work;
    return sd_visit_open(sd_visit_of(r));
}

sd_error_t *sd_server_open_to_write(request_rec *r, sd_work_t *work)
{
    (void)work;
    return sd_visit_open_to_write(sd_visit_of(r));
}

void sd_server_close(request_rec *r, sd_work_t *work)
{
    (void)work;
    sd_visit_close(sd_visit_of(r));
}

sd_proof_t sd_server_proof(request_rec *r)
{
    return sd_visit_of(r)->proof;
}

const char *sd_server_cookie(request_rec *r)
{
    return sd_visit_of(r)->cookie;
}

const char *sd_server_cookie_name(request_rec *r)
{
    return sd_visit_of(r)->instance->cookie_name;
}

void sd_server_set_cookie(request_rec *r, const char *value, sd_time_t expires)
{
    sd_visit_t *visit = sd_visit_of(r);
    sd_cookie_write(r, visit->instance, visit->instance->cookie_name, value, expires - sd_work_now(&visit->work));
}

sd_error_t *sd_server_sign_in(request_rec *r, sd_work_t *work, const char *name, const char *password)
{
    (void)work;
    return sd_authn_password(sd_visit_of(r), name, password);
}

void sd_server_log_error(request_rec *r, const sd_error_t *error)
{
    sd_log_error(r, error);
}

apr_off_t sd_server_body_limit(request_rec *r)
{
    apr_int64_t limit = sd_section_config_of(r)->body_limit;
    return limit == SD_UNSET ? SD_BODY_LIMIT_DEFAULT : limit;
}
