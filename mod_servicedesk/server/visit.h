/*
 * A visit: what the module knows about one request_rec: who makes it, how they proved it, the unit of work, the
 * database connection while it is lent. Lives in r->pool, one thread. Internal redirects and subrequests have visits of
 * their own and take over what was found out before.
 */
#ifndef SD_SERVER_VISIT_H
#define SD_SERVER_VISIT_H

#include "desk/work.h"
#include "server/bridge_dbd.h"
#include "server/instance.h"
#include "web/site_of.h"

typedef struct sd_profile_t {
    const sd_account_t *account;
    apr_array_header_t *organizations; /* of const char *, sorted */
    const char *role;                  /* admin, agent, customer */
} sd_profile_t;

typedef struct sd_visit_t {
    request_rec *r;
    const sd_instance_t *instance;
    sd_work_t work;
    sd_connection_t *connection;
    const char *cookie;      /* the session cookie that came in, or NULL */
    const char *form_secret; /* of the session of that cookie, if it is alive; or NULL */
    int identified;          /* the identity below has been looked for */
    sd_proof_t proof;
    const sd_error_t *refusal; /* of the credentials that came in */
    const sd_error_t *trouble; /* why httpd's phases had to stop with an error that they cannot spell */
    const char *vouched;       /* r->user as our own authn provider found it right under another AuthType */
    int reads_on;              /* a read follows the identification at once: connection and transaction stay for it */
    unsigned claim_scopes;     /* a token that was good lately and has these is looked at by the change that it makes */
    int in_charge;             /* the module authenticated or authorised this request: others may hear who it is */
    int denied;                /* a Require servicedesk, or a token's scope, did not let in whom it knew, */
    int passed;                /* ... and something else did */
    sd_profile_t *profile;
} sd_visit_t;

/* The visit of this request, made at the first call; NULL where ServiceDesk is not On. */
sd_visit_t *sd_visit_of(request_rec *r);
/* The same, but only if there is one. */
sd_visit_t *sd_visit_find(const request_rec *r);

/* That of the request which this one is an internal redirect or a subrequest of, or NULL. */
sd_visit_t *sd_visit_before(const sd_visit_t *visit);

/* Lends and returns the database; idempotent. */
SD_CHECKED sd_error_t *sd_visit_open(sd_visit_t *visit);
SD_CHECKED sd_error_t *sd_visit_open_to_write(sd_visit_t *visit);
void sd_visit_close(sd_visit_t *visit);

/* The same around identification: what the read after it can use stays open, if there will be one. */
SD_CHECKED sd_error_t *sd_visit_open_to_identify(sd_visit_t *visit);
void sd_visit_close_identified(sd_visit_t *visit, int good);

/* Finds out who it is, once: by the Apache authentication that let them in, else by their own credentials. */
void sd_visit_identify(sd_visit_t *visit);

/* Account, organizations and role of whoever was identified; SD_ERROR_SIGN_IN for nobody. The database is not lent. */
SD_CHECKED sd_error_t *sd_visit_profile(const sd_profile_t **profile, sd_visit_t *visit);

/*
 * Hooks: before the answer of whoever a Require servicedesk has denied, the audit's row of that, if it can be written
 * at once; and after the answer is out, what is still to be written.
 */
void sd_visit_note_denial(request_rec *r);
int sd_visit_catch_up(request_rec *r);

/* Answers an error of httpd's phases: remembers it, logs it, gives the status. */
int sd_visit_fail(sd_visit_t *visit, const sd_error_t *error);

#endif
