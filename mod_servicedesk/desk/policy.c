/* The rule table of the service desk and its readers. */
#include "desk/policy.h"

#include <string.h>

#include "desk/setting.h"

#define ANYONE SD_RELATION_ANYONE
#define ACCOUNT SD_RELATION_ACCOUNT
#define STAFF SD_RELATION_STAFF
#define SYSTEM SD_RELATION_SYSTEM_ADMIN
#define READER SD_RELATION_SYSTEM_READER
#define CUSTOMER SD_RELATION_CUSTOMER
#define CREW (SD_RELATION_AGENT | SD_RELATION_DESK_ADMIN)
#define DESK_ADMIN SD_RELATION_DESK_ADMIN
#define REPORTER SD_RELATION_REPORTER
#define INVOLVED (SD_RELATION_REPORTER | SD_RELATION_PARTICIPANT | SD_RELATION_ORGANIZATION)
#define MEMBER SD_RELATION_MEMBER

/* Who may do what: any one of the relations is enough. */
static const sd_relations_t rules[SD_MAY_COUNT] = {
    [SD_MAY_LOOK_AROUND] = ANYONE,
    [SD_MAY_HAVE_ACCOUNT] = ACCOUNT,
    [SD_MAY_SECURE_ACCOUNT] = ACCOUNT,
    [SD_MAY_FIND_PEOPLE] = STAFF | SYSTEM,
    [SD_MAY_SEARCH_REQUESTS] = STAFF,
    [SD_MAY_CREATE_CUSTOMER] = SYSTEM,
    [SD_MAY_ADMINISTER_SYSTEM] = SYSTEM,

    [SD_MAY_ENTER_DESK] = CUSTOMER | CREW | SYSTEM,
    [SD_MAY_RAISE] = CUSTOMER | CREW | SYSTEM,
    [SD_MAY_RAISE_ON_BEHALF] = CREW,
    [SD_MAY_WORK_QUEUES] = CREW,
    [SD_MAY_LIST_CUSTOMERS] = CREW | SYSTEM,
    [SD_MAY_ADD_CUSTOMERS] = CREW | SYSTEM,
    [SD_MAY_REMOVE_CUSTOMERS] = DESK_ADMIN | SYSTEM,
    [SD_MAY_ATTACH_ORGANIZATIONS] = CREW | SYSTEM,
    [SD_MAY_ADMINISTER_DESK] = DESK_ADMIN | SYSTEM,

    [SD_MAY_SEE_ORGANIZATION] = MEMBER | STAFF | SYSTEM,
    [SD_MAY_MANAGE_ORGANIZATIONS] = STAFF | SYSTEM,
    [SD_MAY_DELETE_ORGANIZATION] = SYSTEM,

    [SD_MAY_READ] = INVOLVED | CREW | READER,
    [SD_MAY_COMMENT] = INVOLVED | CREW,
    [SD_MAY_READ_INTERNAL] = CREW | READER,
    [SD_MAY_COMMENT_INTERNAL] = CREW,
    [SD_MAY_SHARE] = INVOLVED | CREW,
    [SD_MAY_TRANSITION] = CREW,
    [SD_MAY_TRANSITION_AS_CUSTOMER] = REPORTER | CREW,
    [SD_MAY_ASSIGN] = CREW,
    [SD_MAY_DELETE_REQUEST] = DESK_ADMIN,
};

sd_relations_t sd_policy_rule(sd_action_t action)
{
    return rules[action];
}

/* A session that may not do anything yet, whatever its owner may. */
static int is_restricted(const sd_work_t *work, sd_action_t action)
{
    return work->actor.account_id && !work->actor.scopes && action != SD_MAY_LOOK_AROUND &&
           action != SD_MAY_SECURE_ACCOUNT;
}

sd_relations_t sd_policy_scope(const sd_work_t *work, sd_action_t action)
{
    return work->actor.is_operator ? ~(sd_relations_t)0 : is_restricted(work, action) ? 0 : rules[action];
}

int sd_policy_may(const sd_work_t *work, sd_action_t action, sd_relations_t relations)
{
    return work->actor.is_operator ||
           (!is_restricted(work, action) && ((relations | work->actor.relations) & rules[action]) != 0);
}

sd_error_t *sd_policy_forbidden(sd_work_t *work)
{
    return sd_error_new(work->pool, SD_ERROR_FORBIDDEN, "sd.forbidden", "You do not have the permission to do this.");
}

/* A site may keep organizations to its system administrators. */
static sd_error_t *require_organizer(sd_work_t *work)
{
    if (work->actor.is_operator || work->actor.relations & SYSTEM) {
        return NULL;
    }
    const char *managers;
    SD_TRY(sd_setting_value(&managers, work, "organization_management"));
    return strcmp(managers, "agents") == 0 ? NULL : sd_policy_forbidden(work);
}

static sd_error_t *judge(sd_work_t *work, sd_action_t action, sd_relations_t relations)
{
    if (!sd_policy_may(work, action, relations)) {
        return sd_policy_forbidden(work);
    }
    return action == SD_MAY_MANAGE_ORGANIZATIONS ? require_organizer(work) : NULL;
}

/* What cannot be seen does not exist; whoever is not signed in hears that first, the same for every object. */
static sd_error_t *judge_object(sd_work_t *work, sd_action_t action, sd_action_t see, int found,
                                sd_relations_t relations)
{
    if (!work->actor.is_operator && !work->actor.account_id) {
        return sd_error_sign_in(work->pool);
    }
    if (!found || !sd_policy_may(work, see, relations)) {
        return sd_error_not_found(work->pool);
    }
    return judge(work, action, relations);
}

sd_error_t *sd_policy_require(sd_work_t *work, sd_action_t action)
{
    if (!work->actor.is_operator && !work->actor.account_id && !(rules[action] & ANYONE)) {
        return sd_error_sign_in(work->pool);
    }
    return judge(work, action, 0);
}

sd_error_t *sd_policy_desk(sd_work_t *work, sd_action_t action, const sd_desk_t *desk)
{
    return judge_object(work, action, SD_MAY_ENTER_DESK, desk != NULL, desk ? desk->relations : 0);
}

sd_error_t *sd_policy_request(sd_work_t *work, sd_action_t action, const sd_request_t *request)
{
    return judge_object(work, action, SD_MAY_READ, request != NULL, request ? request->relations : 0);
}

sd_error_t *sd_policy_organization(sd_work_t *work, sd_action_t action, const sd_organization_t *organization)
{
    return judge_object(work, action, SD_MAY_SEE_ORGANIZATION, organization != NULL,
                        organization ? organization->relations : 0);
}
