/*
 * A unit of work: one actor, one open store, one pool, for one operation after another. Made by a face (a REST call, a
 * command line), used by one thread, gone with its pool. The store is lent while it lives, so a face opens it after it
 * has read the input and closes it before it writes the answer.
 *
 * Every operation of desk/ is one function: work, a plain input struct, out comes a plain record or an error. Reads and
 * writes run in a transaction that first reads the actor's account again: a credential whose generation has passed, or
 * whose account is no longer active, is SD_ERROR_SIGN_IN, at once, on every node.
 */
#ifndef SD_DESK_WORK_H
#define SD_DESK_WORK_H

#include "desk/site.h"
#include "store/records.h"
#include "store/store.h"

/* What a credential may be used for; a session and a password carry all. */
typedef enum sd_scope_t {
    SD_SCOPE_NONE = 0,        /* what a session may do that is good for nothing else yet */
    SD_SCOPE_READ = 1 << 0,   /* look */
    SD_SCOPE_WRITE = 1 << 1,  /* requests: raise, comment, share, move */
    SD_SCOPE_MANAGE = 1 << 2, /* people, organizations, request types, tokens, settings */
    SD_SCOPE_ALL = 7
} sd_scope_t;

/* Who acts. Filled by authentication; `relations` and `account` are read anew in each transaction. */
typedef struct sd_actor_t {
    sd_id_t account_id;     /* 0 is anonymous */
    apr_int64_t generation; /* that the credential was good for; 0 takes the present one (tool) */
    unsigned scopes;        /* set of sd_scope_t */
    int is_operator;        /* the command line: stands above the policy, named "operator" in the audit */
    int is_worker;          /* the server itself, when nobody asked it: named "worker" in the audit */
    const char *directory;  /* that vouched for this sign-in */
    int by_password;        /* name and password alone: not enough for who has, or needs, a second factor */
    sd_time_t auth_time;    /* by a session: when its owner last proved who he is; 0: each request proves it */
    const sd_account_t *account;
    sd_relations_t relations; /* ANYONE, ACCOUNT, STAFF, SYSTEM_ADMIN */
    /* What authentication read, and the transaction it did so in (sd_store_moment()): not read twice in that one. */
    const sd_account_t *seen;
    sd_relations_t seen_relations;
    apr_uint64_t seen_at;
    /* Of an API token that was claimed only (desk/token_claims.h): each transaction looks whether it is alive. */
    const char *token_hash;
} sd_actor_t;

typedef struct sd_audit_late_t sd_audit_late_t;

typedef struct sd_work_t {
    apr_pool_t *pool;
    const sd_site_t *site;
    sd_store_t *store;
    sd_actor_t actor;
    const char *face;      /* rest, portal, tool, bridge, server */
    const char *log_id;    /* of the HTTP request, or NULL */
    const char *source;    /* client address, or NULL */
    int depth;             /* of nested reads and writes; 0 outside a transaction */
    int code_is_held;      /* the code of a second factor is counted at all servers already */
    sd_audit_late_t *late; /* a refusal that sd_audit_catch_up() has still to write */
} sd_work_t;

/* Runs `fn` in one read (one state of the database) or one write (all or nothing); nested calls join. */
SD_CHECKED sd_error_t *sd_work_read(sd_work_t *work, sd_store_fn fn, void *baton);
SD_CHECKED sd_error_t *sd_work_read_long(sd_work_t *work, sd_store_fn fn, void *baton); /* of a whole database */
SD_CHECKED sd_error_t *sd_work_write(sd_work_t *work, sd_store_fn fn, void *baton);
/* A large write: see sd_store_write_turns(). */
SD_CHECKED sd_error_t *sd_work_write_turns(sd_work_t *work, sd_store_fn fn, void *baton);
/* A write whose rules are held by the rows that it changes and by constraints: see sd_store_write_rows(). */
SD_CHECKED sd_error_t *sd_work_write_rows(sd_work_t *work, sd_store_fn fn, void *baton);
/*
 * The same with questions asked ahead (sd_store_ask()): `ask` puts the reads that need nothing but the input, and looks
 * at no answer; they come together with the actor's row, before `fn`. Both get the baton.
 */
SD_CHECKED sd_error_t *sd_work_read_ahead(sd_work_t *work, sd_store_fn ask, sd_store_fn fn, void *baton);
SD_CHECKED sd_error_t *sd_work_write_rows_ahead(sd_work_t *work, sd_store_fn ask, sd_store_fn fn, void *baton);

/*
 * An error that was found before any transaction has looked at a claimed token: the same, or SD_ERROR_SIGN_IN if the
 * token is not alive, which nobody is to learn anything by.
 */
int sd_work_is_claimed(const sd_work_t *work);
SD_CHECKED sd_error_t *sd_work_confirm(sd_work_t *work, sd_error_t *error);

sd_time_t sd_work_now(const sd_work_t *work);

/*
 * For acts that a session left open on somebody's screen must not do: NULL, or SD_ERROR_FORBIDDEN "sd.account.confirm"
 * if its owner has not proved who he is for SD_WORK_FRESH.
 */
#define SD_WORK_FRESH (15 * SD_MINUTE)
SD_CHECKED sd_error_t *sd_work_require_fresh(const sd_work_t *work);

#endif
