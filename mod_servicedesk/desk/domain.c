/* Domains: judged, listed, replaced. */
#include "desk/domain.h"

#include <string.h>

#include <apr_strings.h>

#include "base/address.h"
#include "desk/audit.h"
#include "desk/desk.h"
#include "desk/outbox.h"
#include "desk/policy.h"
#include "store/domain_rules.h"

/* ---- the check ---- */

/* What the rules of one list-keeper say. */
typedef struct verdict_t {
    int allowed;
    int blocked;
} verdict_t;

static sd_error_t *ask(verdict_t verdicts[2], sd_work_t *work, sd_id_t desk_id, const char *pattern)
{
    apr_array_header_t *rules;

    SD_TRY(sd_domain_rules_match(&rules, work->store, pattern, desk_id));
    for (int i = 0; i < rules->nelts; i++) {
        const sd_domain_rule_t *rule = APR_ARRAY_IDX(rules, i, const sd_domain_rule_t *);
        verdict_t *verdict = &verdicts[rule->desk_id != 0];

        verdict->allowed |= rule->allows;
        verdict->blocked |= !rule->allows;
    }
    return NULL;
}

/* The domain itself, and "*." before each end of it that begins behind a dot: no rule matches within a label. */
static sd_error_t *ask_all(verdict_t verdicts[2], sd_work_t *work, sd_id_t desk_id, const char *domain)
{
    SD_TRY(ask(verdicts, work, desk_id, domain));
    for (const char *dot = strchr(domain, '.'); dot; dot = strchr(dot + 1, '.')) {
        SD_TRY(ask(verdicts, work, desk_id, apr_pstrcat(work->pool, "*", dot, NULL)));
    }
    return NULL;
}

static sd_error_t *judge(int *passes, sd_work_t *work, sd_id_t desk_id, const verdict_t *verdict)
{
    int needs_allow;

    *passes = !verdict->blocked;
    if (!*passes || verdict->allowed) {
        return NULL;
    }
    SD_TRY(sd_domain_rules_has_allow(&needs_allow, work->store, desk_id));
    *passes = !needs_allow;
    return NULL;
}

static int is_own(const sd_work_t *work, const sd_address_t *address)
{
    const char *own = work->site->mail_address;
    sd_address_t parsed;

    return own && !sd_address_parse(&parsed, work->pool, "from", own) &&
           strcmp(sd_outbox_mailbox(work->pool, parsed.key), sd_outbox_mailbox(work->pool, address->key)) == 0;
}

sd_error_t *sd_domain_check(sd_work_t *work, sd_id_t desk_id, const char *field, const sd_address_t *address)
{
    verdict_t verdicts[2] = {{0, 0}, {0, 0}};
    int site, desk = 1;

    if (is_own(work, address)) {
        return sd_error_field(work->pool, field, "sd.domain.own", "This address is the service desk's own.");
    }
    SD_TRY(ask_all(verdicts, work, desk_id, address->domain));
    SD_TRY(judge(&site, work, 0, &verdicts[0]));
    if (desk_id) {
        SD_TRY(judge(&desk, work, desk_id, &verdicts[1]));
    }
    return site && desk ? NULL
                        : sd_error_field(work->pool, field, "sd.domain.refused",
                                         "Addresses of this domain are not accepted here.");
}

/* ---- the lists ---- */

typedef struct domains_call_t {
    sd_work_t *work;
    const char *desk;
    sd_domains_t *domains;                       /* that are read */
    const apr_array_header_t *allowed, *blocked; /* that are set; NULL: as before */
    sd_id_t desk_id;
    const char *desk_key;
} domains_call_t;

static sd_error_t *find_keeper(domains_call_t *call)
{
    const sd_desk_t *desk;

    if (!call->desk) {
        return sd_policy_require(call->work, SD_MAY_ADMINISTER_SYSTEM);
    }
    SD_TRY(sd_desk_find(&desk, call->work, call->desk, SD_MAY_ADMINISTER_DESK));
    call->desk_id = desk->id;
    call->desk_key = desk->key;
    return NULL;
}

static sd_error_t *read_lists(sd_domains_t *domains, domains_call_t *call)
{
    apr_pool_t *pool = call->work->pool;
    apr_array_header_t *rules;

    *domains =
        (sd_domains_t){apr_array_make(pool, 4, sizeof(const char *)), apr_array_make(pool, 4, sizeof(const char *))};
    SD_TRY(sd_domain_rules_list(&rules, call->work->store, call->desk_id));
    for (int i = 0; i < rules->nelts; i++) {
        const sd_domain_rule_t *rule = APR_ARRAY_IDX(rules, i, const sd_domain_rule_t *);

        APR_ARRAY_PUSH(rule->allows ? domains->allowed : domains->blocked, const char *) = rule->pattern;
    }
    return NULL;
}

static sd_error_t *get_in_read(void *baton)
{
    domains_call_t *call = baton;

    SD_TRY(find_keeper(call));
    return read_lists(call->domains, call);
}

sd_error_t *sd_domains_get(sd_domains_t *domains, sd_work_t *work, const char *desk)
{
    return sd_work_read(work, get_in_read, &(domains_call_t){.work = work, .desk = desk, .domains = domains});
}

const char *sd_domain_pattern(apr_pool_t *pool, const char *pattern)
{
    int below = strncmp(pattern, "*.", 2) == 0;
    const char *probe = below ? apr_pstrcat(pool, "x.", pattern + 2, NULL) : pattern;
    const char *domain = strlen(pattern) < 256 ? sd_address_domain(pool, probe) : NULL;

    return domain && below ? apr_pstrcat(pool, "*.", domain + 2, NULL) : domain;
}

static sd_error_t *normalise(apr_array_header_t **clean, sd_work_t *work, const char *field,
                             const apr_array_header_t *patterns)
{
    sd_error_t *errors = NULL;

    *clean = apr_array_make(work->pool, patterns->nelts, sizeof(const char *));
    if (patterns->nelts > SD_DOMAINS_MAX) {
        return sd_error_field(work->pool, field, "sd.validation.too.many", "At most %d domains.", SD_DOMAINS_MAX);
    }
    for (int i = 0; i < patterns->nelts && !errors; i++) {
        const char *text = APR_ARRAY_IDX(patterns, i, const char *), *pattern = sd_domain_pattern(work->pool, text);

        if (pattern) {
            APR_ARRAY_PUSH(*clean, const char *) = pattern;
        } else {
            errors = sd_error_field(work->pool, field, "sd.validation.domain",
                                    "\"%s\" is not a domain, nor \"*.\" and a domain.", text);
        }
    }
    return errors;
}

static sd_error_t *insert(domains_call_t *call, const apr_array_header_t *patterns, int allows)
{
    for (int i = 0; i < patterns->nelts; i++) {
        sd_domain_rule_t rule = {call->desk_id, allows, APR_ARRAY_IDX(patterns, i, const char *)};

        SD_TRY(sd_domain_rules_insert(call->work->store, &rule));
    }
    return NULL;
}

static sd_error_t *set_in_write(void *baton)
{
    domains_call_t *call = baton;
    sd_work_t *work = call->work;
    apr_array_header_t *allowed, *blocked;
    sd_domains_t before;

    SD_TRY(find_keeper(call));
    SD_TRY(read_lists(&before, call));
    sd_error_t *errors = normalise(&allowed, work, "allowed", call->allowed ? call->allowed : before.allowed);
    SD_TRY(
        sd_error_append(errors, normalise(&blocked, work, "blocked", call->blocked ? call->blocked : before.blocked)));
    SD_TRY(sd_domain_rules_clear(work->store, call->desk_id));
    SD_TRY(insert(call, allowed, 1));
    SD_TRY(insert(call, blocked, 0));
    const char *detail =
        sd_audit_detail(work, json_pack("{s:i, s:i}", "allowed", allowed->nelts, "blocked", blocked->nelts));
    return sd_audit_write(work, &(sd_audit_entry_t){.act = "domain.set",
                                                    .object_type = call->desk ? "desk" : "site",
                                                    .object_id = call->desk_key,
                                                    .desk_id = call->desk_id,
                                                    .detail = detail});
}

sd_error_t *sd_domains_set(sd_work_t *work, const char *desk, const apr_array_header_t *allowed,
                           const apr_array_header_t *blocked)
{
    return sd_work_write(work, set_in_write,
                         &(domains_call_t){.work = work, .desk = desk, .allowed = allowed, .blocked = blocked});
}
