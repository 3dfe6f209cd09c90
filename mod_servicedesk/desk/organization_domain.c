/* Domains of organizations. */
#include "desk/organization_domain.h"

#include <string.h>

#include <apr_strings.h>

#include "base/address.h"
#include "desk/organization_guard.h"
#include "store/organization_domains.h"
#include "store/organizations.h"

/* Where an address says nothing about where its owner belongs. */
static const char *const public_providers[] = {
    "126.com",     "163.com",     "aol.com",     "daum.net",       "docomo.ne.jp", "ezweb.ne.jp",    "fastmail.com",
    "free.fr",     "gmail.com",   "gmx.com",     "gmx.de",         "gmx.net",      "googlemail.com", "hanmail.net",
    "hotmail.com", "icloud.com",  "kakao.com",   "laposte.net",    "libero.it",    "live.com",       "mail.com",
    "mail.ru",     "me.com",      "msn.com",     "nate.com",       "naver.com",    "orange.fr",      "outlook.com",
    "outlook.jp",  "pm.me",       "proton.me",   "protonmail.com", "qq.com",       "rambler.ru",     "seznam.cz",
    "sina.com",    "softbank.jp", "t-online.de", "tutanota.com",   "wanadoo.fr",   "web.de",         "wp.pl",
    "yahoo.co.jp", "yahoo.com",   "yandex.com",  "yandex.ru",      "zoho.com",
};

static int is_public(const char *domain)
{
    for (size_t i = 0; i < sizeof(public_providers) / sizeof(public_providers[0]); i++) {
        if (strcmp(public_providers[i], domain) == 0) {
            return 1;
        }
    }
    return 0;
}

typedef struct domains_call_t {
    sd_work_t *work;
    const char *id;
    const apr_array_header_t *given;
    apr_array_header_t *domains;
    const sd_organization_t *organization;
} domains_call_t;

/* Whether there is such an organization is nothing that those who may not set its domains learn by asking here. */
static sd_error_t *find(domains_call_t *call)
{
    SD_TRY(sd_organization_judged(&call->organization, call->work, call->id, SD_MAY_SEE_ORGANIZATION));
    return sd_policy_require(call->work, SD_MAY_ADMINISTER_SYSTEM);
}

static sd_error_t *get_in_read(void *baton)
{
    domains_call_t *call = baton;

    SD_TRY(find(call));
    return sd_organization_domains_list(&call->domains, call->work->store, call->organization->id);
}

sd_error_t *sd_organization_domains_get(apr_array_header_t **domains, sd_work_t *work, const char *id)
{
    domains_call_t call = {.work = work, .id = id};

    SD_TRY(sd_work_read(work, get_in_read, &call));
    *domains = call.domains;
    return NULL;
}

static int holds(const apr_array_header_t *domains, const char *domain)
{
    for (int i = 0; i < domains->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(domains, i, const char *), domain) == 0) {
            return 1;
        }
    }
    return 0;
}

static sd_error_t *normalise(domains_call_t *call)
{
    apr_pool_t *pool = call->work->pool;

    call->domains = apr_array_make(pool, SD_ORGANIZATION_DOMAINS, sizeof(const char *));
    for (int i = 0; i < call->given->nelts; i++) {
        const char *text = APR_ARRAY_IDX(call->given, i, const char *), *domain = sd_address_domain(pool, text);

        if (!domain) {
            return sd_error_field(pool, "domains", "sd.validation.domain", "\"%s\" is not a domain.", text);
        }
        if (is_public(domain)) {
            return sd_error_field(pool, "domains", "sd.organization.domain.public",
                                  "Everybody can have an address of %s: it says nothing about an organization.",
                                  domain);
        }
        if (!holds(call->domains, domain)) {
            APR_ARRAY_PUSH(call->domains, const char *) = domain;
        }
    }
    return call->domains->nelts <= SD_ORGANIZATION_DOMAINS
               ? NULL
               : sd_error_field(pool, "domains", "sd.validation.too.many", "At most %d domains.",
                                SD_ORGANIZATION_DOMAINS);
}

static sd_error_t *insert(domains_call_t *call, const char *domain)
{
    sd_work_t *work = call->work;
    sd_id_t owner;

    SD_TRY(sd_organization_domains_owner(&owner, work->store, domain));
    if (owner) {
        sd_error_t *error = sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.organization.domain.taken",
                                         "The domain %s belongs to another organization.", domain);
        error->field = "domains";
        return error;
    }
    return sd_organization_domains_insert(work->store, call->organization->id, domain);
}

static sd_error_t *set_in_write(void *baton)
{
    domains_call_t *call = baton;

    SD_TRY(find(call));
    SD_TRY(normalise(call));
    SD_TRY(sd_organization_domains_clear(call->work->store, call->organization->id));
    for (int i = 0; i < call->domains->nelts; i++) {
        SD_TRY(insert(call, APR_ARRAY_IDX(call->domains, i, const char *)));
    }
    return sd_organization_audit(call->work, "organization.domain.set", call->organization->id, 0,
                                 apr_psprintf(call->work->pool, "{\"domains\":%d}", call->domains->nelts));
}

sd_error_t *sd_organization_domains_set(sd_work_t *work, const char *id, const apr_array_header_t *domains)
{
    return sd_work_write(work, set_in_write, &(domains_call_t){.work = work, .id = id, .given = domains});
}

sd_error_t *sd_organization_join_by_domain(sd_work_t *work, const sd_account_t *account, const char *address_key)
{
    const char *at = strrchr(address_key, '@');
    sd_id_t organization_id;
    int joined;

    SD_TRY(sd_organization_domains_owner(&organization_id, work->store, at + 1));
    if (!organization_id) {
        return NULL;
    }
    SD_TRY(sd_organizations_add_member(&joined, work->store, organization_id, account->id));
    if (!joined) {
        return NULL;
    }
    return sd_organization_audit(work, "organization.member.add", organization_id, 0,
                                 apr_psprintf(work->pool, "{\"account\":\"%s\",\"by\":\"domain\"}",
                                              account->public_id));
}
