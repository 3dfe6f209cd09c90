/*
 * Signing in without a password: by a link that is mailed to the proven address of an account of the module, good once
 * within ten minutes. It is a desk's choice, off as it comes, and holds for the customers of that desk: those on its
 * list and of its organizations. Never for whoever works at a desk or administers anything; and never instead of a
 * second factor, which is asked for as behind a password.
 *
 * All this is looked at again when the link is used: whoever became staff, left the desk, or whose desk thought better
 * of it, has a dead one. The session is one of kind "link", and is not fresh (desk/work.h): what needs a recent proof
 * of who one is, needs the password first.
 */
#ifndef SD_DESK_SIGN_IN_LINK_H
#define SD_DESK_SIGN_IN_LINK_H

#include "desk/session.h"

/* Does any desk offer it, and are such mails sent? Says nothing about anybody. */
SD_CHECKED sd_error_t *sd_sign_in_link_offered(int *offered, sd_work_t *work);

/*
 * Mails a link to the address, if it is of somebody who may have one. SD_ERROR_NOT_FOUND where nobody can; else NULL
 * for everything that looks like an address, in the same time: nobody learns who has an account.
 */
SD_CHECKED sd_error_t *sd_sign_in_link_ask(sd_work_t *work, const char *address);

typedef struct sd_sign_in_link_t {
    const char *address;
    int needs_code; /* of a second factor */
} sd_sign_in_link_t;

/* What a link is for, if it is good; a GET may ask this. The error is that of a dead link. */
SD_CHECKED sd_error_t *sd_sign_in_link_find(sd_sign_in_link_t *link, sd_work_t *work, const char *token);

/* Signs in, and ends the session of `old_cookie` (or NULL). A wrong `code`, or none, leaves the link good (errors:
 * second_factor.h). */
SD_CHECKED sd_error_t *sd_sign_in_link_use(sd_session_t **session, sd_work_t *work, const char *token, const char *code,
                                           const char *old_cookie);

#endif
