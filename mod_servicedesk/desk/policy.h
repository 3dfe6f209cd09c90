/*
 * The policy: one table of rules, two readers. A rule names an action and the relations that allow it; one reader
 * judges an object, the other hands the same relations to a list statement. Source: rules.md 1.11 and design.md.
 */
#ifndef SD_DESK_POLICY_H
#define SD_DESK_POLICY_H

#include "desk/work.h"

typedef enum sd_action_t {
    /* the site */
    SD_MAY_LOOK_AROUND,     /* info: anybody */
    SD_MAY_HAVE_ACCOUNT,    /* own account, tokens, sessions; lists that filter themselves */
    SD_MAY_SECURE_ACCOUNT,  /* all that a session may do whose owner has yet to set up a second factor */
    SD_MAY_FIND_PEOPLE,     /* search all accounts */
    SD_MAY_SEARCH_REQUESTS, /* of the desks one works at */
    SD_MAY_CREATE_CUSTOMER, /* an account without a desk */
    SD_MAY_ADMINISTER_SYSTEM,
    /* a desk */
    SD_MAY_ENTER_DESK,
    SD_MAY_RAISE,
    SD_MAY_RAISE_ON_BEHALF,
    SD_MAY_WORK_QUEUES,
    SD_MAY_LIST_CUSTOMERS,
    SD_MAY_ADD_CUSTOMERS,
    SD_MAY_REMOVE_CUSTOMERS,
    SD_MAY_ATTACH_ORGANIZATIONS,
    SD_MAY_ADMINISTER_DESK,
    /* an organization */
    SD_MAY_SEE_ORGANIZATION,
    SD_MAY_MANAGE_ORGANIZATIONS,
    SD_MAY_DELETE_ORGANIZATION,
    /* a request */
    SD_MAY_READ,
    SD_MAY_COMMENT,
    SD_MAY_READ_INTERNAL,
    SD_MAY_COMMENT_INTERNAL,
    SD_MAY_SHARE,
    SD_MAY_TRANSITION,             /* any transition of the workflow */
    SD_MAY_TRANSITION_AS_CUSTOMER, /* those marked for customers */
    SD_MAY_ASSIGN,
    SD_MAY_DELETE_REQUEST,
    SD_MAY_COUNT /* not an action: how many there are */
} sd_action_t;

/* The relations that allow an action: what a list statement takes to show the same objects. */
sd_relations_t sd_policy_scope(const sd_work_t *work, sd_action_t action);

/* The same whoever acts: for judging somebody else than the actor. */
sd_relations_t sd_policy_rule(sd_action_t action);

/* May the actor do it, standing so? `relations` are the object's, the actor's own are added. Pure. */
int sd_policy_may(const sd_work_t *work, sd_action_t action, sd_relations_t relations);

/* For an act about no object: NULL, SD_ERROR_SIGN_IN (anonymous) or SD_ERROR_FORBIDDEN. */
SD_CHECKED sd_error_t *sd_policy_require(sd_work_t *work, sd_action_t action);

/* The one SD_ERROR_FORBIDDEN of all rules. */
SD_CHECKED sd_error_t *sd_policy_forbidden(sd_work_t *work);

/*
 * For an object that was found (or not: NULL): not seen is SD_ERROR_NOT_FOUND, or SD_ERROR_SIGN_IN for an anonymous
 * caller; seen, but the act is not allowed, is SD_ERROR_FORBIDDEN.
 */
SD_CHECKED sd_error_t *sd_policy_desk(sd_work_t *work, sd_action_t action, const sd_desk_t *desk);
SD_CHECKED sd_error_t *sd_policy_request(sd_work_t *work, sd_action_t action, const sd_request_t *request);
SD_CHECKED sd_error_t *sd_policy_organization(sd_work_t *work, sd_action_t action,
                                              const sd_organization_t *organization);

#endif
