/*
 * The module's own credentials: Authorization: Bearer, Authorization: Basic through httpd's authn providers, the
 * session cookie. An Authorization header wins over the cookie, and a wrong one is not rescued by a right cookie.
 */
#ifndef SD_SERVER_AUTHN_H
#define SD_SERVER_AUTHN_H

#include "server/visit.h"

/* Looks at the credentials of the request and fills actor, proof and refusal. */
void sd_authn_identify(sd_visit_t *visit);

/* Only at the session cookie: where another AuthType has used the Authorization header. */
void sd_authn_identify_session(sd_visit_t *visit);

/* Name and password, by all providers of the section. On success the actor is filled. The database is not lent. */
SD_CHECKED sd_error_t *sd_authn_password(sd_visit_t *visit, const char *name, const char *password);

/* The same, by the module's own directory alone. `*absent` is true if it has no such name. */
SD_CHECKED sd_error_t *sd_authn_internal(int *absent, sd_visit_t *visit, const char *name, const char *password);

/* After one of the two, where no session is opened: tells the audit, now and then. The database is not lent. */
void sd_authn_note_sign_in(sd_visit_t *visit);

/* Hooks: AuthType ServiceDesk. */
int sd_authn_check(request_rec *r);
int sd_authn_note_failure(request_rec *r, const char *type);

#endif
