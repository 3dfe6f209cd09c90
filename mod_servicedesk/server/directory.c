/* From r->user and a few expressions to an account. */
#include "server/directory.h"

#include <string.h>

#include <apr_strings.h>
#include <http_log.h>

#include "base/text.h"
#include "desk/authentication.h"
#include "server/authn.h"
#include "server/ldap_dn.h"

APLOG_USE_MODULE(servicedesk);

/* The last one wins: sections further in are merged behind those further out. */
static const sd_directory_rule_t *find_directory(request_rec *r, const char *name)
{
    const apr_array_header_t *directories = sd_section_config_of(r)->directories;
    for (int i = directories ? directories->nelts - 1 : -1; i >= 0; i--) {
        const sd_directory_rule_t *directory = &APR_ARRAY_IDX(directories, i, sd_directory_rule_t);
        if (!name || strcmp(directory->name, name) == 0) {
            return directory;
        }
    }
    return NULL;
}

/* What the expression gives; NULL if it is empty, fails or is no text. */
static const char *value_of(request_rec *r, const ap_expr_info_t *expression)
{
    const char *error = NULL;
    const char *value = expression ? ap_expr_str_exec(r, expression, &error) : NULL;
    if (error) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "SD00022: an expression of ServiceDeskDirectory failed: %s", error);
        return NULL;
    }
    return value && *value && sd_text_is_utf8(value, strlen(value)) ? sd_text_trim(r->pool, value) : NULL;
}

/* NULL where groups are not mapped: then those that an administrator gave stay. */
static apr_array_header_t *groups_of(request_rec *r, const ap_expr_info_t *expression)
{
    if (!expression) {
        return NULL;
    }
    apr_array_header_t *groups = apr_array_make(r->pool, 4, sizeof(const char *));
    const char *value = value_of(r, expression);
    char *rest = value ? apr_pstrdup(r->pool, value) : NULL;
    while (rest && *rest) {
        apr_size_t length = strcspn(rest, ",;");
        const char *group = sd_text_trim(r->pool, apr_pstrmemdup(r->pool, rest, length));
        if (*group) {
            APR_ARRAY_PUSH(groups, const char *) = group;
        }
        rest += length + (rest[length] != '\0');
    }
    return groups;
}

sd_error_t *sd_directory_enter(sd_visit_t *visit, const char *directory, const char *name)
{
    request_rec *r = visit->r;
    const sd_directory_rule_t *rule = find_directory(r, directory);
    sd_external_identity_t identity = {.directory = directory, .name = name};
    if (!name || !*name || !sd_text_is_utf8(name, strlen(name))) {
        return sd_error_sign_in(r->pool);
    }
    if (rule) {
        identity.address = value_of(r, rule->address);
        identity.display_name = value_of(r, rule->display);
        identity.groups = groups_of(r, rule->groups);
        if (rule->groups_dn) {
            identity.groups =
                sd_ldap_groups(r->pool, value_of(r, rule->groups_dn), rule->groups_below, identity.groups);
        }
        identity.trusted_addresses = rule->trusted;
    }
    SD_TRY(sd_visit_open_to_write(visit));
    sd_error_t *error = sd_authenticate_external(&visit->work, &identity);
    sd_visit_close(visit);
    return error;
}

/*
 * httpd hands the user of one request on to its internal redirects and subrequests. There it is judged by the section
 * that let it in, not by the one that it was led to.
 */
static sd_visit_t *origin_of(sd_visit_t *visit)
{
    request_rec *before = visit->r->main ? visit->r->main : visit->r->prev;
    if (!before || before->user != visit->r->user || before->server != visit->r->server) {
        return NULL;
    }
    return sd_visit_of(before);
}

static void take_over(sd_visit_t *visit, sd_visit_t *origin)
{
    sd_visit_identify(origin);
    visit->work.actor = origin->work.actor;
    visit->proof = origin->proof;
    visit->refusal = origin->refusal;
    visit->vouched = origin->vouched;
}

void sd_directory_identify(sd_visit_t *visit)
{
    request_rec *r = visit->r;
    sd_visit_t *origin = origin_of(visit);
    const sd_directory_rule_t *directory = find_directory(r, NULL);
    visit->identified = 1;
    if (origin) {
        take_over(visit, origin);
    } else if (visit->vouched && strcmp(visit->vouched, r->user) == 0) {
        visit->proof = SD_PROOF_BASIC; /* our own provider has filled the actor */
    } else if (directory) {
        visit->proof = SD_PROOF_EXTERNAL;
        visit->refusal = sd_directory_enter(visit, directory->name, r->user);
    } else {
        /* A door that httpd keeps for its own reasons: behind it people sign in as they do without it. */
        sd_authn_identify_session(visit);
    }
    if (visit->refusal) {
        visit->work.actor = (sd_actor_t){0};
        visit->proof = SD_PROOF_NONE;
    }
}
