/*
 * Who is it? Each function takes a credential, fills work->actor on success, and answers SD_ERROR_SIGN_IN with one and
 * the same text for every kind of wrong (unknown, wrong, disabled, expired), in one class of time; SD_ERROR_THROTTLED
 * over the budget, before any hash is computed and without a write.
 */
#ifndef SD_DESK_AUTHENTICATION_H
#define SD_DESK_AUTHENTICATION_H

#include "desk/password_budget.h"
#include "desk/work.h"

/* Authorization: Bearer sdp_... ; scopes are the token's. */
SD_CHECKED sd_error_t *sd_authenticate_token(sd_work_t *work, const char *token);

/*
 * The same without a question to the database: true if the token was alive not long ago and has `scopes`. The actor is
 * whose it was, and each transaction of the work asks whether it is alive still; before the first, nothing may be said
 * or done for him.
 */
int sd_authenticate_token_later(sd_work_t *work, const char *token, unsigned scopes);

/* The session cookie. Touches last_seen at most once a minute. *csrf is the session's secret for form tokens. */
SD_CHECKED sd_error_t *sd_authenticate_session(sd_work_t *work, const char *cookie, const char **csrf);

/*
 * Name and password of an internal account: `name` is a sign-in name or a proven address. Order: throttle budget by
 * account and by source, password cache, bcrypt (bounded by slots). The unit of work's store is NOT lent while bcrypt
 * runs: the function is split so that the caller can return the connection between the two halves.
 */
typedef struct sd_password_check_t {
    const char *name;   /* as typed */
    sd_id_t account_id; /* 0: unknown; the second half still costs the same */
    apr_int64_t generation;
    const char *hash;
    int may_sign_in;      /* active, not out of failures */
    apr_int64_t failures; /* wrong passwords in a row before this one */
    const char *rehash;   /* made by the comparison when the stored hash is of an older kind, or NULL */
    const sd_password_hold_t *hold;
} sd_password_check_t;

/* So many wrong passwords in a row end the password, until a new one is set. */
#define SD_PASSWORD_FAILURES 100

/*
 * Cheap refusals and the cache, no database: NULL with *known true if the cache vouches (actor filled, generation to be
 * confirmed), SD_ERROR_THROTTLED, or NULL with *known false: one attempt is reserved, go on. The cache answers only
 * within the budget, or it could be asked without end. A name that was let in from this source before has a budget of
 * its own there: strangers who try it do not shut its owner out.
 */
SD_CHECKED sd_error_t *sd_password_begin(int *known, sd_work_t *work, const char *directory, const char *name,
                                         const char *password);
/* After *known: does the account still stand at that generation (store lent)? If not, the cache forgets it and *known
 * becomes false: begin again. */
SD_CHECKED sd_error_t *sd_password_confirm(int *known, sd_work_t *work, const char *directory, const char *name,
                                           const char *password);
/* The attempt counted for all servers that share the database (store lent), and given back if it was none. */
SD_CHECKED sd_error_t *sd_password_hold(sd_password_hold_t *hold, sd_work_t *work, const char *name);
void sd_password_release(sd_work_t *work, const sd_password_hold_t *hold);
/* Reads the row (store lent); `hold` as filled, or NULL. */
SD_CHECKED sd_error_t *sd_password_find(sd_password_check_t *check, sd_work_t *work, const char *name,
                                        const sd_password_hold_t *hold);
/* bcrypt; needs no store. */
SD_CHECKED sd_error_t *sd_password_compare(sd_password_verdict_t *verdict, sd_work_t *work, sd_password_check_t *check,
                                           const char *password);
/* Books the outcome (store lent): failure counter, rehash, audit of a budget or a password that ran out, cache; gives
 * the attempt back and fills the actor on success, else answers SD_ERROR_SIGN_IN. To be called with a wrong verdict
 * only when no other provider knows the name and password either. */
SD_CHECKED sd_error_t *sd_password_finish(sd_work_t *work, const sd_password_check_t *check,
                                          sd_password_verdict_t verdict, const char *password);

/*
 * The audit's row about a right password that opens no session, for the actor that it has filled: one an hour for an
 * account and a network, because such a password comes with every request. The first call needs no store and says
 * whether it is time, once; the second one writes. That it cannot be written changes nothing.
 */
int sd_password_is_news(sd_work_t *work);
void sd_password_note(sd_work_t *work);

/* What an Apache authentication said about somebody. */
typedef struct sd_external_identity_t {
    const char *directory;            /* the provider's or ServiceDeskDirectory's name */
    const char *name;                 /* r->user, not empty */
    const char *address;              /* or NULL */
    const char *display_name;         /* or NULL */
    const apr_array_header_t *groups; /* of const char *, or NULL: do not touch */
    int trusted_addresses;            /* its addresses count as proven and are taken over */
} sd_external_identity_t;

/* The account of (directory, name), made at first sight; address, display name and groups follow what is said, with a
 * write only when something differs. Refuses the internal directory and disabled accounts. */
SD_CHECKED sd_error_t *sd_authenticate_external(sd_work_t *work, const sd_external_identity_t *identity);

/* After a foreign provider said yes (and the actor is known): remember for 60 s, so that the provider is not asked for
 * each request, and give the attempt back; and the look-up, which fills the actor and keeps to the budget as well. */
int sd_password_cache_has(sd_work_t *work, const char *directory, const char *name, const char *password);
void sd_password_cache_put(sd_work_t *work, const char *directory, const char *name, const char *password);

#endif
