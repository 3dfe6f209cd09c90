/*
 * Directories: where accounts come from, in their order. The module's own ("internal") and one for each Apache
 * authentication; a read-write one takes new accounts, those of read-only ones are made when they are first seen.
 */
#ifndef SD_DESK_DIRECTORY_H
#define SD_DESK_DIRECTORY_H

#include "desk/work.h"
#include "store/directories.h"

/* Somebody to be made in a directory outside of this database. */
typedef struct sd_person_t {
    const char *name;
    const char *address;
    const char *display_name;
    const char *password;
} sd_person_t;

/*
 * The hand into a directory outside, handed in by the server (sd_site_t.writers). It may take seconds: never called in
 * a transaction, nor while a connection is lent. `create` answers SD_ERROR_CONFLICT with field "email" for a name that
 * is taken, SD_ERROR_UNAVAILABLE when the directory cannot be reached; after any error nobody was made.
 */
struct sd_directory_writer_t {
    const char *directory;
    void *baton;
    sd_error_t *(*create)(void *baton, apr_pool_t *pool, const sd_person_t *person);
    sd_error_t *(*remove)(void *baton, apr_pool_t *pool, const char *name);
    const sd_directory_writer_t *next;
};

/* Which directory takes a new account. */
typedef struct sd_directory_choice_t {
    const sd_directory_t *directory;     /* the first read-write one; NULL: none, and `reason` tells why */
    const sd_directory_writer_t *writer; /* how, if it is outside; NULL for the internal one */
    const char *reason;                  /* for administrators, English */
    int locks_out;                       /* the new account could not sign in: warn */
} sd_directory_choice_t;

/* Asks no policy; inside a transaction or not. */
SD_CHECKED sd_error_t *sd_directory_writable(sd_directory_choice_t *choice, sd_work_t *work);

#endif
