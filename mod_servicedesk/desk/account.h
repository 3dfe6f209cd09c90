/*
 * Accounts: made, listed, changed, disabled. An account belongs to one directory; the module's own is "internal".
 */
#ifndef SD_DESK_ACCOUNT_H
#define SD_DESK_ACCOUNT_H

#include "desk/work.h"
#include "store/accounts.h"
#include "store/directories.h"

#define SD_DIRECTORY_INTERNAL "internal"

typedef struct sd_account_input_t {
    const char *directory; /* NULL is the internal one; an external one is made when it is new */
    const char *name;      /* NULL takes the address */
    const char *address;   /* may be NULL in an external directory */
    int address_proven;
    const char *display_name;  /* NULL takes the name */
    const char *password;      /* NULL: none, cannot sign in by password */
    const char *password_hash; /* instead of it: was checked and hashed before (signup, invitation) */
    int system_admin;
    int portal_only;    /* made by signup or mail: never an agent or administrator until somebody lifts it */
    const char *origin; /* tool, rest, directory, signup, invitation ... */
} sd_account_input_t;

/* Makes an account (actor: operator or system admin). Errors by field: name, address ("email"), displayName, password;
 * a name that is taken: SD_ERROR_CONFLICT sd.account.exists with field "name"; an address: field "email". */
SD_CHECKED sd_error_t *sd_account_create(const sd_account_t **account, sd_work_t *work,
                                         const sd_account_input_t *input);

/* The same without asking the policy and inside the caller's write: first sight, create customer. */
SD_CHECKED sd_error_t *sd_account_insert(const sd_account_t **account, sd_work_t *work,
                                         const sd_account_input_t *input);

/* The default groups of the directory that the account is new in, with what they give, and whether it may sign in;
 * inside the caller's write. Done by the two above. */
SD_CHECKED sd_error_t *sd_account_join_groups(sd_work_t *work, sd_id_t id, const sd_directory_t *directory);

SD_CHECKED sd_error_t *sd_account_disable(sd_work_t *work, const char *named, int disabled);
/*
 * The account under another identity: requests, roles and groups of the module stay, groups that its old directory told
 * do not, and neither a password nor links that were mailed go along. Who was invited and has never come is in with the
 * first sign-in there. `name` NULL keeps the name. Somebody who has that identity already is
 * SD_ERROR_CONFLICT, or with `replace` set aside: renamed and disabled, with what is theirs.
 */
SD_CHECKED sd_error_t *sd_account_move(const sd_account_t **account, sd_work_t *work, const char *named,
                                       const char *directory, const char *name, int replace);
/* A portal-only account is a customer and nothing more, whatever its groups say; `confirm` as in desk/licence.h. */
SD_CHECKED sd_error_t *sd_account_set_portal_only(sd_work_t *work, const char *named, int portal_only, int confirm);
SD_CHECKED sd_error_t *sd_account_set_password(sd_work_t *work, const char *named, const char *password);

/* All accounts in order of id from `page` on (operator or system admin). */
SD_CHECKED sd_error_t *sd_account_list(sd_list_t **accounts, sd_work_t *work, sd_page_t page);

/* Accounts whose name, display name or address has words that begin like those of `query`, for each of them; not the
 * disabled ones; none for a query without words. Right: SD_MAY_FIND_PEOPLE for everybody, else only oneself. */
SD_CHECKED sd_error_t *sd_account_search(sd_list_t **accounts, sd_work_t *work, const char *query, sd_page_t page);

/* The account that `named` names (see sd_accounts_named), if the actor may know it: itself, or SD_MAY_FIND_PEOPLE;
 * else SD_ERROR_NOT_FOUND. */
SD_CHECKED sd_error_t *sd_account_find(const sd_account_t **account, sd_work_t *work, const char *named);

/*
 * Whose tokens or sessions are meant, inside the caller's transaction: `named` (NULL: the actor) if that is the actor,
 * else SD_MAY_ADMINISTER_SYSTEM is asked before anything is said about who exists.
 */
SD_CHECKED sd_error_t *sd_account_whose(const sd_account_t **account, sd_work_t *work, const char *named);

/* The actor's own account; SD_ERROR_SIGN_IN for anonymous. */
SD_CHECKED sd_error_t *sd_account_myself(const sd_account_t **account, sd_work_t *work);

/* What the actor is told about the sign-ins of his account. */
SD_CHECKED sd_error_t *sd_account_sign_ins(sd_sign_ins_t *sign_ins, sd_work_t *work);

/* Names of the organizations, and the groups (nested ones too, with their directory unless it is the module's own), of
 * an account: arrays of const char *, sorted. */
SD_CHECKED sd_error_t *sd_account_organizations(apr_array_header_t **names, sd_work_t *work, sd_id_t account_id);
SD_CHECKED sd_error_t *sd_account_groups(apr_array_header_t **names, sd_work_t *work, sd_id_t account_id);

/*
 * Is the actor in the group that `name` names, nested groups included? "directory/name" is the group of that directory;
 * a name alone is the module's own group or, if it has none of that name, that of the actor's own directory: no
 * directory gives what a group of the module or of another directory is asked for.
 */
SD_CHECKED sd_error_t *sd_account_in_group(int *in, sd_work_t *work, const char *name);

#endif
