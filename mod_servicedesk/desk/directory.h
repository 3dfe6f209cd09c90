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

/* The hand into a directory outside; NULL if there is none. */
const sd_directory_writer_t *sd_directory_writer(const sd_work_t *work, const sd_directory_t *directory);

/*
 * At the end of a write that may have barred people, by a directory's settings or by groups: nobody but the operator
 * can lock out the last system administrator (SD_ERROR_CONFLICT). `before`: sd_directories_count_admins() at its
 * beginning.
 */
SD_CHECKED sd_error_t *sd_directory_check_admins(sd_work_t *work, apr_int64_t before);

/* Asks no policy; inside a transaction or not. */
SD_CHECKED sd_error_t *sd_directory_writable(sd_directory_choice_t *choice, sd_work_t *work);

/* ---- looked at and set up, by operator or system admin ---- */

typedef struct sd_directory_view_t {
    sd_directory_t directory;
    const apr_array_header_t *default_groups; /* sd_user_group_t *: what a new account gets */
    const apr_array_header_t *sign_in_groups; /* whose members may sign in, if only those may */
    int has_writer;                           /* this program can write to it */
    int takes_accounts;                       /* new ones are made here */
    const apr_array_header_t *warnings;       /* const char *, English */
} sd_directory_view_t;

/* sd_directory_view_t *, the first one first. */
SD_CHECKED sd_error_t *sd_directory_list(apr_array_header_t **views, sd_work_t *work);
SD_CHECKED sd_error_t *sd_directory_find(const sd_directory_view_t **view, sd_work_t *work, const char *name);

/* What is -1 or NULL stays as it is. Default groups are of the module; sign-in groups of it or of the directory. */
typedef struct sd_directory_input_t {
    int writable;
    int by_groups;
    const char *position;                     /* a number; two of the same: the older one first */
    const apr_array_header_t *default_groups; /* names: const char * */
    const apr_array_header_t *sign_in_groups;
    int confirm; /* see desk/licence.h */
} sd_directory_input_t;

/* Before anybody of it was seen, so that its settings hold for the first one. */
SD_CHECKED sd_error_t *sd_directory_add(const sd_directory_view_t **view, sd_work_t *work, const char *name,
                                        const sd_directory_input_t *input);
/* Nobody but the operator can lock out the last system administrator: SD_ERROR_CONFLICT. */
SD_CHECKED sd_error_t *sd_directory_set(const sd_directory_view_t **view, sd_work_t *work, const char *name,
                                        const sd_directory_input_t *input);

/* Accounts that share an address with others: sd_same_address_t *. */
SD_CHECKED sd_error_t *sd_directory_same_address(apr_array_header_t **rows, sd_work_t *work);

#endif
