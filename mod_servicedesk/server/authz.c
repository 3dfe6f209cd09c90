/*
 * Require servicedesk account | customer [desk=KEY] | agent [desk=KEY] | admin [desk=KEY] | organization "Name" |
 * group name. With a desk the policy decides as it does for the desk itself.
 */
#include "server/authz.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>

#include "desk/account.h"
#include "desk/desk.h"
#include "desk/policy.h"
#include "server/visit.h"

APLOG_USE_MODULE(servicedesk);

typedef enum kind_t { ACCOUNT, CUSTOMER, AGENT, ADMIN, ORGANIZATION, GROUP } kind_t;

typedef struct requirement_t {
    kind_t kind;
    const char *value; /* key of the desk or NULL; name of the organization or group */
} requirement_t;

static const struct {
    const char *word;
    kind_t kind;
} words[] = {{"account", ACCOUNT}, {"customer", CUSTOMER},         {"agent", AGENT},
             {"admin", ADMIN},     {"organization", ORGANIZATION}, {"group", GROUP}};

/* ---- at configuration time ---- */

static int is_desk_key(const char *key)
{
    apr_size_t length = strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    return apr_isupper(*key) && key[length] == '\0' && length >= 2 && length <= 10;
}

static const char *parse_desk(requirement_t *requirement, cmd_parms *cmd, const char *word)
{
    if (!*word) {
        return NULL;
    }
    if (strncmp(word, "desk=", 5) != 0 || !is_desk_key(word + 5)) {
        return apr_psprintf(cmd->pool, "Require servicedesk: \"%s\" is not desk=KEY (2 to 10 capitals and digits)",
                            word);
    }
    requirement->value = word + 5;
    return NULL;
}

static const char *parse_name(requirement_t *requirement, cmd_parms *cmd, const char *word)
{
    requirement->value = word;
    return *word ? NULL : apr_pstrdup(cmd->pool, "Require servicedesk: organization and group take a name");
}

static const char *parse(cmd_parms *cmd, const char *line, const void **parsed)
{
    requirement_t *requirement = apr_pcalloc(cmd->pool, sizeof *requirement);
    const char *kind = ap_getword_conf(cmd->pool, &line);
    const char *word = ap_getword_conf(cmd->pool, &line);
    apr_size_t i = 0;
    while (i < sizeof words / sizeof words[0] && strcmp(words[i].word, kind) != 0) {
        i++;
    }
    if (i == sizeof words / sizeof words[0]) {
        return apr_psprintf(cmd->pool,
                            "Require servicedesk: \"%s\" is none of account, customer, agent, admin, "
                            "organization and group",
                            kind);
    }
    requirement->kind = words[i].kind;
    *parsed = requirement;
    if (*line) {
        return apr_psprintf(cmd->pool,
                            "Require servicedesk: \"%s\" is one word too many (quote a name that has "
                            "blanks)",
                            line);
    }
    if (requirement->kind == ACCOUNT) {
        return *word ? "Require servicedesk account takes nothing else" : NULL;
    }
    return requirement->kind == ORGANIZATION || requirement->kind == GROUP ? parse_name(requirement, cmd, word)
                                                                           : parse_desk(requirement, cmd, word);
}

/* ---- at request time ---- */

static int holds(const apr_array_header_t *names, const char *name)
{
    for (int i = 0; i < names->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(names, i, const char *), name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The same answer that the desk itself would give; seen or not, allowed or not, is all one here. */
static sd_error_t *judge_desk(int *granted, sd_work_t *work, const char *key, kind_t kind)
{
    static const int actions[] = {
        [CUSTOMER] = SD_MAY_ENTER_DESK, [AGENT] = SD_MAY_WORK_QUEUES, [ADMIN] = SD_MAY_ADMINISTER_DESK};
    const sd_desk_t *desk;
    sd_error_t *error = sd_desk_find(&desk, work, key, actions[kind]);
    *granted = error == NULL;
    return error && (error->kind == SD_ERROR_NOT_FOUND || error->kind == SD_ERROR_FORBIDDEN) ? NULL : error;
}

static sd_error_t *judge_customer(int *granted, sd_work_t *work)
{
    sd_list_t *desks;
    SD_TRY(sd_desk_list(&desks, work, (sd_page_t){0, 1}));
    *granted = desks->rows->nelts > 0;
    return NULL;
}

static sd_error_t *ask_database(int *granted, sd_visit_t *visit, const requirement_t *requirement)
{
    SD_TRY(sd_visit_open(visit));
    sd_error_t *error = requirement->kind == GROUP ? sd_account_in_group(granted, &visit->work, requirement->value)
                        : requirement->value ? judge_desk(granted, &visit->work, requirement->value, requirement->kind)
                                             : judge_customer(granted, &visit->work);
    sd_visit_close(visit);
    return error;
}

static sd_error_t *judge(int *granted, sd_visit_t *visit, const requirement_t *requirement)
{
    const sd_profile_t *profile;
    *granted = 0;
    SD_TRY(sd_visit_profile(&profile, visit));
    if (requirement->kind == ACCOUNT) {
        *granted = 1;
    } else if (requirement->kind == ORGANIZATION) {
        *granted = holds(profile->organizations, requirement->value);
    } else if (requirement->kind == AGENT && !requirement->value) {
        *granted = strcmp(profile->role, "customer") != 0;
    } else if (requirement->kind == ADMIN && !requirement->value) {
        *granted = strcmp(profile->role, "admin") == 0;
    } else {
        return ask_database(granted, visit, requirement);
    }
    return NULL;
}

/* The page of an ErrorDocument in the same section is denied as well, which is no second refusal. */
static int is_error_page(const sd_visit_t *visit)
{
    const sd_visit_t *earlier = sd_visit_before(visit);
    return earlier && earlier->denied && !earlier->passed;
}

static authz_status check(request_rec *r, const char *line, const void *parsed)
{
    int granted;
    (void)line;
    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    sd_visit_t *visit = sd_visit_of(r);
    if (!visit) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "SD00023: Require servicedesk for %s, and ServiceDesk is not On",
                      r->uri);
        return AUTHZ_DENIED;
    }
    sd_error_t *error = judge(&granted, visit, parsed);
    if (error && error->kind != SD_ERROR_SIGN_IN) {
        sd_visit_fail(visit, error);
        return AUTHZ_GENERAL_ERROR;
    }
    if (error || !granted) {
        visit->denied = !error && !is_error_page(visit);
        return AUTHZ_DENIED;
    }
    visit->in_charge = 1;
    return AUTHZ_GRANTED;
}

const authz_provider sd_authz_provider = {.check_authorization = check, .parse_require_line = parse};
