/* Throttled, cached and hashed as everywhere else; there is no Digest, whose hashes would be passwords. */
#include "server/authn_provider.h"

#include <apr_strings.h>
#include <http_log.h>

#include "server/answer.h"
#include "server/authn.h"
#include "server/log.h"

APLOG_USE_MODULE(servicedesk);

static authn_status refuse(sd_visit_t *visit, const sd_error_t *error, int absent)
{
    sd_log_error(visit->r, error);
    visit->work.actor = (sd_actor_t){0};
    if (error->kind == SD_ERROR_SIGN_IN) {
        return absent ? AUTH_USER_NOT_FOUND : AUTH_DENIED;
    }
    visit->trouble = error;
    sd_answer_expect(visit->r);
    return error->kind == SD_ERROR_THROTTLED ? AUTH_DENIED : AUTH_GENERAL_ERROR;
}

static authn_status check_password(request_rec *r, const char *user, const char *password)
{
    int absent;
    sd_visit_t *visit = sd_visit_of(r);
    if (!visit) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "SD00021: the authn provider servicedesk is asked for %s, and ServiceDesk is not On", r->uri);
        return AUTH_GENERAL_ERROR;
    }
    sd_error_t *error = sd_authn_internal(&absent, visit, user, password);
    if (error) {
        return refuse(visit, error, absent);
    }
    sd_authn_note_sign_in(visit);
    visit->vouched = apr_pstrdup(r->pool, user);
    visit->in_charge = 1;
    return AUTH_GRANTED;
}

const authn_provider sd_authn_provider = {.check_password = check_password, .get_realm_hash = NULL};
