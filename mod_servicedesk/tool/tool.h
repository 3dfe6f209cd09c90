/*
 * servicedeskctl: the desk's operations from a command line. One process, one thread, one pool; the operator stands
 * above the policy, so whoever can read the database and the pepper file rules the desk.
 */
#ifndef SD_TOOL_TOOL_H
#define SD_TOOL_TOOL_H

#include <jansson.h>

#include "desk/work.h"

#define SD_TOOL_OK 0
#define SD_TOOL_REFUSED 1     /* bad value, not found, exists already */
#define SD_TOOL_USAGE 2       /* the command line is wrong */
#define SD_TOOL_UNAVAILABLE 3 /* database or pepper file missing, locked, full */
#define SD_TOOL_INTERNAL 4
#define SD_TOOL_FINDINGS 5 /* `check` found something */

#define SD_TOOL_WORDS 4

/* What the command line said. */
typedef struct sd_tool_t {
    apr_pool_t *pool;
    sd_work_t *work;
    const char *driver;
    const char *database;
    const char *pepper;
    const char *cost;
    int help;
    const char *words[SD_TOOL_WORDS]; /* what stands behind the command, in order */
    int word_count;
    const char *directory;
    const char *address;
    const char *display_name;
    const char *desk;
    const char *group;
    const char *description;
    const char *position;
    const char *sign_in;
    const char *default_groups;
    const char *sign_in_groups;
    int read_write;
    int read_only;
    int replace;
    const char *access;
    const char *sharing;
    int open;
    int closed;
    const char *label;
    const char *scopes;
    const char *days;
    const char *account;
    const char *act;
    const char *since;
    const char *until;
    const char *limit;
    const char *from;
    const char *to;
    int resume;
    int quiet;
    int signup;
    int no_signup;
    int sign_in_link;
    int no_sign_in_link;
    int system_admin;
    int address_proven;
    int random_password;
    int ask_password;
    int confirm;
    int json;
    json_t *result; /* what to print: an object or an array of objects; NULL prints nothing */
    int exit_code;
} sd_tool_t;

typedef struct sd_tool_command_t {
    const char *noun;
    const char *verb; /* NULL: the noun alone is the command */
    int least_words;
    int most_words;
    const char *usage; /* the words and options behind the command */
    const char *help;  /* one sentence */
    sd_error_t *(*run)(sd_tool_t *tool);
} sd_tool_command_t;

/* Who may come in (tool/entry.c). */
SD_CHECKED sd_error_t *sd_tool_desk_access(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_signup_restore(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_signup_waiting(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_signup_approve(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_signup_refuse(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_signup_purge(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_invite(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_invitation_list(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_invitation_withdraw(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_domain_list(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_domain_allow(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_domain_block(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_domain_remove(sd_tool_t *tool);

extern const sd_tool_command_t sd_tool_commands[]; /* ends with a row whose noun is NULL */

/* Opens the database and makes the operator's unit of work (tool/open.c). */
SD_CHECKED sd_error_t *sd_tool_open(sd_tool_t *tool);

/*
 * The store of a database, to be lent; the connection ends with the pool. `driver` NULL: a conninfo is PostgreSQL,
 * anything else a file of SQLite.
 */
SD_CHECKED sd_error_t *sd_tool_open_store(sd_store_t **store, apr_pool_t *pool, const char *driver,
                                          const char *parameters);

/* Commands of their own files. */
sd_error_t *sd_tool_copy(sd_tool_t *tool);
sd_error_t *sd_tool_backup(sd_tool_t *tool);
sd_error_t *sd_tool_restore(sd_tool_t *tool);

/* Two flags of which one may be said, such as --open and --closed: 1, 0, or -1 for neither. `names`: without "--". */
SD_CHECKED sd_error_t *sd_tool_choice(int *choice, sd_tool_t *tool, int yes, int no, const char *const names[2]);

/* Prints tool->result: aligned columns, or JSON (tool/print.c). */
void sd_tool_print(const sd_tool_t *tool);

/* A password from the terminal without echo, or the first line of standard input; or a random one. */
SD_CHECKED sd_error_t *sd_tool_password(const char **password, sd_tool_t *tool);

/* tool/requests.c */
SD_CHECKED sd_error_t *sd_tool_request_delete(sd_tool_t *tool);

/* tool/customers.c */
SD_CHECKED sd_error_t *sd_tool_customer_list(sd_tool_t *tool);

/* tool/audit.c; the first: how many rows a list shows, by --limit */
SD_CHECKED sd_error_t *sd_tool_limit(apr_int64_t *limit, sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_audit_list(sd_tool_t *tool);

/* tool/people.c */
SD_CHECKED sd_error_t *sd_tool_account_export(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_account_anonymise(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_mail_list(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_mail_resend(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_mail_drop(sd_tool_t *tool);
SD_CHECKED sd_error_t *sd_tool_mail_allow(sd_tool_t *tool);

#endif
