/* Name and password: the module's own directory and httpd's providers, asked one after another. */
#include "server/authn.h"

#include <string.h>

#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <openssl/crypto.h>

#include "desk/account.h"
#include "desk/authentication.h"
#include "server/authn_provider.h"
#include "server/directory.h"
#include "mod_servicedesk.h"

APLOG_USE_MODULE(servicedesk);

/* One pair of name and password on its way through the chain. */
typedef struct attempt_t {
    sd_visit_t *visit;
    const apr_array_header_t *providers;
    const char *name;
    const char *password;
    sd_password_hold_t hold;
    sd_password_check_t check; /* by the module's own directory, once asked */
    int checked;
} attempt_t;

static int is_internal(const sd_provider_t *provider)
{
    return provider->provider == &sd_authn_provider;
}

static const apr_array_header_t *providers_of(request_rec *r)
{
    const apr_array_header_t *configured = sd_section_config_of(r)->providers;
    if (configured) {
        return configured;
    }
    apr_array_header_t *own = apr_array_make(r->pool, 1, sizeof(sd_provider_t));
    APR_ARRAY_PUSH(own, sd_provider_t) = (sd_provider_t){SERVICEDESK_PROVIDER, &sd_authn_provider};
    return own;
}

/* A remembered password counts if the account is still as it was; *known tells. */
static sd_error_t *confirm(int *known, attempt_t *attempt, const char *directory)
{
    sd_visit_t *visit = attempt->visit;
    SD_TRY(sd_visit_open_to_identify(visit));
    sd_error_t *error = sd_password_confirm(known, &visit->work, directory, attempt->name, attempt->password);
    sd_visit_close_identified(visit, !error && *known);
    return error;
}

static const char *directory_of(const sd_provider_t *provider)
{
    return is_internal(provider) ? SD_DIRECTORY_INTERNAL : provider->name;
}

/* Before anybody is asked: has one of the directories said yes to this pair a moment ago? */
static sd_error_t *ask_memory(int *known, attempt_t *attempt)
{
    *known = 0;
    for (int i = 0; i < attempt->providers->nelts && !*known; i++) {
        const char *directory = directory_of(&APR_ARRAY_IDX(attempt->providers, i, sd_provider_t));
        if (sd_password_cache_has(&attempt->visit->work, directory, attempt->name, attempt->password)) {
            SD_TRY(confirm(known, attempt, directory));
        }
    }
    return NULL;
}

/* Takes one try from the budgets, whatever the number of providers, unless the memory answers by now. */
static sd_error_t *reserve(int *known, attempt_t *attempt)
{
    const char *directory = directory_of(&APR_ARRAY_IDX(attempt->providers, 0, sd_provider_t));
    int remembered;
    *known = 0;
    do {
        SD_TRY(sd_password_begin(&remembered, &attempt->visit->work, directory, attempt->name, attempt->password));
        if (remembered) {
            SD_TRY(confirm(known, attempt, directory));
        }
    } while (remembered && !*known);
    return NULL;
}

/* The same from what all servers have together. */
static sd_error_t *hold(attempt_t *attempt)
{
    sd_visit_t *visit = attempt->visit;
    SD_TRY(sd_visit_open(visit));
    sd_error_t *error = sd_password_hold(&attempt->hold, &visit->work, attempt->name);
    sd_visit_close(visit);
    return error;
}

static sd_error_t *release(attempt_t *attempt)
{
    sd_visit_t *visit = attempt->visit;
    if (attempt->hold.count) {
        SD_TRY(sd_visit_open(visit));
        sd_password_release(&visit->work, &attempt->hold);
        sd_visit_close(visit);
    }
    return NULL;
}

/* What has to be written waits for its turn without a connection. */
static sd_error_t *finish(attempt_t *attempt, sd_password_verdict_t verdict)
{
    sd_visit_t *visit = attempt->visit;
    SD_TRY(sd_visit_open_to_write(visit));
    sd_error_t *error = sd_password_finish(&visit->work, &attempt->check, verdict, attempt->password);
    sd_visit_close(visit);
    return error;
}

/* The hash is computed while no connection is held. */
static sd_error_t *ask_internal(authn_status *status, attempt_t *attempt)
{
    sd_visit_t *visit = attempt->visit;
    sd_password_verdict_t verdict;
    SD_TRY(sd_visit_open(visit));
    sd_error_t *error = sd_password_find(&attempt->check, &visit->work, attempt->name, &attempt->hold);
    sd_visit_close(visit);
    SD_TRY(error);
    SD_TRY(sd_password_compare(&verdict, &visit->work, &attempt->check, attempt->password));
    attempt->checked = 1;
    *status = attempt->check.account_id ? AUTH_DENIED : AUTH_USER_NOT_FOUND;
    if (verdict != SD_PASSWORD_WRONG) {
        SD_TRY(finish(attempt, verdict));
        *status = AUTH_GRANTED;
    }
    return NULL;
}

/* Providers read the name from the request, and some write a better spelling there. */
static authn_status call_provider(const attempt_t *attempt, const sd_provider_t *provider, const char **name)
{
    request_rec *r = attempt->visit->r;
    char *user = r->user, *type = r->ap_auth_type;
    r->user = apr_pstrdup(r->pool, attempt->name);
    r->ap_auth_type = (char *)"Basic";
    apr_table_setn(r->notes, AUTHN_PROVIDER_NAME_NOTE, provider->name);
    authn_status status = provider->provider->check_password(r, attempt->name, attempt->password);
    apr_table_unset(r->notes, AUTHN_PROVIDER_NAME_NOTE);
    *name = r->user;
    r->user = user;
    r->ap_auth_type = type;
    return status;
}

static sd_error_t *ask_foreign(authn_status *status, attempt_t *attempt, const sd_provider_t *provider)
{
    sd_visit_t *visit = attempt->visit;
    const char *name;
    *status = call_provider(attempt, provider, &name);
    if (*status != AUTH_GRANTED) {
        return NULL;
    }
    SD_TRY(sd_directory_enter(visit, provider->name, name));
    sd_password_cache_put(&visit->work, provider->name, attempt->name, attempt->password);
    return release(attempt);
}

static sd_error_t *ask_all(attempt_t *attempt)
{
    request_rec *r = attempt->visit->r;
    authn_status status = AUTH_USER_NOT_FOUND;
    for (int i = 0; i < attempt->providers->nelts && status == AUTH_USER_NOT_FOUND; i++) {
        const sd_provider_t *provider = &APR_ARRAY_IDX(attempt->providers, i, sd_provider_t);
        SD_TRY(is_internal(provider) ? ask_internal(&status, attempt) : ask_foreign(&status, attempt, provider));
        if (status == AUTH_GENERAL_ERROR) {
            return sd_error_private(r->pool, SD_ERROR_UNAVAILABLE, "the authn provider \"%s\" failed", provider->name);
        }
    }
    return status == AUTH_GRANTED ? NULL : finish(attempt, SD_PASSWORD_WRONG);
}

static sd_error_t *check(attempt_t *attempt)
{
    int known;
    SD_TRY(reserve(&known, attempt));
    if (known) {
        return NULL;
    }
    SD_TRY(hold(attempt));
    return ask_all(attempt);
}

/* What tells this pair from others, under a key that only the server has. */
static void digest_of(unsigned char digest[SD_DIGEST_BYTES], const attempt_t *attempt)
{
    apr_size_t length = strlen(attempt->name) + 1 + strlen(attempt->password);
    char *text = apr_pstrcat(attempt->visit->r->pool, attempt->name, "\n", attempt->password, NULL);
    sd_digest_hmac(digest, attempt->visit->instance->form_key, text, length);
    OPENSSL_cleanse(text, length);
}

/* Who has waited for too long goes on: a slow provider must not make a queue out of its users. */
static sd_error_t *check_in_turn(attempt_t *attempt)
{
    const sd_instance_t *instance = attempt->visit->instance;
    unsigned char digest[SD_DIGEST_BYTES];
    unsigned slot;
    int known;
    digest_of(digest, attempt);
    sd_slots_t *turn = sd_turn_of(instance->turns, digest);
    int is_mine = sd_slots_acquire(turn, (int)instance->config->password_wait, &slot) == APR_SUCCESS;
    sd_error_t *error = ask_memory(&known, attempt);
    if (!error && !known) {
        error = check(attempt);
    }
    if (is_mine) {
        sd_slots_release(turn, slot);
    }
    return error;
}

static sd_error_t *run_attempt(attempt_t *attempt)
{
    sd_visit_t *visit = attempt->visit;
    int known;
    if (visit->instance->trouble) {
        return sd_error_private(visit->r->pool, SD_ERROR_UNAVAILABLE, "%s", visit->instance->trouble);
    }
    SD_TRY(ask_memory(&known, attempt));
    return known ? NULL : check_in_turn(attempt);
}

static attempt_t attempt_of(sd_visit_t *visit, const apr_array_header_t *providers, const char *name,
                            const char *password)
{
    attempt_t attempt = {.visit = visit, .providers = providers, .name = name, .password = password};
    attempt.check.name = name;
    return attempt;
}

sd_error_t *sd_authn_password(sd_visit_t *visit, const char *name, const char *password)
{
    attempt_t attempt = attempt_of(visit, providers_of(visit->r), name, password);
    return run_attempt(&attempt);
}

sd_error_t *sd_authn_internal(int *absent, sd_visit_t *visit, const char *name, const char *password)
{
    apr_array_header_t *own = apr_array_make(visit->r->pool, 1, sizeof(sd_provider_t));
    APR_ARRAY_PUSH(own, sd_provider_t) = (sd_provider_t){SERVICEDESK_PROVIDER, &sd_authn_provider};
    attempt_t attempt = attempt_of(visit, own, name, password);
    sd_error_t *error = run_attempt(&attempt);
    *absent = attempt.checked && !attempt.check.account_id;
    return error;
}

void sd_authn_note_sign_in(sd_visit_t *visit)
{
    if (sd_password_is_news(&visit->work) && !sd_visit_open_to_write(visit)) {
        sd_password_note(&visit->work);
        sd_visit_close(visit);
    }
}
