/* The password again, of somebody who is signed in: for acts that a session left open must not do. */
#include <string.h>

#include "desk/account.h"
#include "server/authn.h"
#include "web/site_of.h"

static sd_error_t *find_account(const sd_account_t **account, sd_visit_t *visit)
{
    SD_TRY(sd_visit_open(visit));
    sd_error_t *error = sd_account_myself(account, &visit->work);
    sd_visit_close(visit);
    return error;
}

static sd_error_t *elsewhere(apr_pool_t *pool)
{
    return sd_error_new(pool, SD_ERROR_CONFLICT, "sd.account.password.elsewhere",
                        "The accounts of this directory have their passwords elsewhere.");
}

sd_error_t *sd_server_confirm(request_rec *r, sd_work_t *work, const char *field, const char *password)
{
    sd_visit_t *visit = sd_visit_of(r);
    const sd_account_t *account;
    int absent;
    SD_TRY(find_account(&account, visit));
    if (strcmp(account->directory, SD_DIRECTORY_INTERNAL) != 0) {
        return elsewhere(r->pool);
    }
    sd_actor_t actor = work->actor;
    sd_error_t *error = sd_authn_internal(&absent, visit, account->name, password);
    int same = !error && work->actor.account_id == actor.account_id;
    work->actor = actor;
    if (same) {
        work->actor.auth_time = sd_work_now(work);
        return NULL;
    }
    if (error && error->kind != SD_ERROR_SIGN_IN) {
        return error;
    }
    return sd_error_field(r->pool, field, "sd.account.password.wrong", "This is not your password.");
}
