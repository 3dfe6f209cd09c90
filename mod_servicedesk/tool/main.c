/* servicedeskctl: options, the choice of the command, its outcome as an exit code. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_getopt.h>
#include <apr_strings.h>

#include "store/schema.h"
#include "tool/tool.h"

/* One option: where its value goes in sd_tool_t. A flag takes no value and becomes 1. */
typedef struct option_t {
    const char *name;
    int letter; /* 0: none */
    int is_flag;
    apr_size_t member;
    const char *help;
} option_t;

#define TEXT(name_, letter_, member_, help_)                                                                           \
    {                                                                                                                  \
        name_, letter_, 0, offsetof(sd_tool_t, member_), help_                                                         \
    }
#define FLAG(name_, letter_, member_, help_)                                                                           \
    {                                                                                                                  \
        name_, letter_, 1, offsetof(sd_tool_t, member_), help_                                                         \
    }

static const option_t option_rows[] = {
    TEXT("database", 'd', database,
         "what mod_dbd's DBDParams says: the SQLite file, or PostgreSQL's conninfo (or SERVICEDESK_DATABASE)"),
    TEXT("driver", 0, driver, "what DBDriver says: sqlite3, pgsql (as the database looks)"),
    TEXT("pepper", 'p', pepper, "the file of ServiceDeskPepperFile (or SERVICEDESK_PEPPER); needed to set passwords"),
    TEXT("cost", 0, cost,
         "what ServiceDeskPasswordCost says, 4 to 15 (or SERVICEDESK_PASSWORD_COST; 12): of the hashes that are made "
         "here"),
    FLAG("json", 0, json, "print JSON for programs"),
    TEXT("directory", 0, directory, "the directory of an account (internal) or of groups (all)"),
    TEXT("address", 0, address, "the account's mail address"),
    FLAG("proven", 0, address_proven, "the address is known to be the person's"),
    TEXT("display-name", 0, display_name, "the account's display name (its name)"),
    FLAG("system-admin", 0, system_admin, "make the account a system administrator"),
    FLAG("password", 0, ask_password, "read the account's password from the terminal or standard input"),
    FLAG("random-password", 0, random_password, "make a password and print it"),
    TEXT("from", 0, from, "the database to copy from"),
    TEXT("to", 0, to, "the database to copy to"),
    FLAG("resume", 0, resume, "go on with a copy that was interrupted"),
    FLAG("quiet", 0, quiet, "no progress on standard error"),
    TEXT("desk", 0, desk, "the key of a desk"),
    TEXT("group", 0, group, "a group, by its name, or \"directory/name\""),
    TEXT("description", 0, description, "what a group or a desk is for"),
    FLAG("read-write", 0, read_write, "new accounts may be made in the directory"),
    FLAG("read-only", 0, read_only, "and may not"),
    TEXT("position", 0, position, "where the directory stands among the others, a number"),
    TEXT("sign-in", 0, sign_in, "who of the directory may sign in: everyone, groups"),
    TEXT("sign-in-groups", 0, sign_in_groups, "those groups: A,B"),
    TEXT("default-groups", 0, default_groups, "the groups that a new account of the directory gets: A,B"),
    FLAG("replace", 0, replace, "whoever has that name there is renamed and disabled"),
    FLAG("confirm", 0, confirm, "do what was warned of: seats, staff by default groups, lists, a desk that closes"),
    TEXT("access", 0, access, "who may enter a desk: listed, accounts (listed)"),
    FLAG("signup", 0, signup, "people may sign up on the desk"),
    FLAG("no-signup", 0, no_signup, "people may not sign up on the desk"),
    FLAG("sign-in-link", 0, sign_in_link, "the desk's customers may sign in by a link in their mail"),
    FLAG("no-sign-in-link", 0, no_sign_in_link, "they may not"),
    TEXT("sharing", 0, sharing, "whom customers may share with: organization, address, search (address)"),
    FLAG("open", 0, open, "the desk takes new requests"),
    FLAG("closed", 0, closed, "the desk takes no new requests"),
    TEXT("label", 0, label, "what a token is for"),
    TEXT("scopes", 0, scopes, "what a token may do: read,write,manage (all)"),
    TEXT("days", 0, days, "how long a token lives, 1 to 365 (90)"),
    TEXT("account", 0, account, "of the audit: what that account did"),
    TEXT("act", 0, act, "of the audit: that kind of act, as request.create"),
    TEXT("since", 0, since, "of the audit: from that moment on, 2026-01-31 or 2026-01-31T12:30:00+0900"),
    TEXT("until", 0, until, "of the audit: before that moment"),
    TEXT("limit", 0, limit, "how many rows at most (100)"),
    FLAG("help", 'h', help, "this text"),
};

#define OPTION_COUNT (sizeof option_rows / sizeof *option_rows)
#define OPTION_BASE 256 /* APR tells options without a letter by numbers above all letters */

static void print_help(FILE *out)
{
    fputs("Usage: servicedeskctl --database DATABASE [options] COMMAND [words]\n\nCommands:\n", out);
    for (const sd_tool_command_t *command = sd_tool_commands; command->noun; command++) {
        fprintf(out, "  %s%s%s %s\n      %s\n", command->noun, command->verb ? " " : "",
                command->verb ? command->verb : "", command->usage, command->help);
    }
    fputs("\nOptions:\n", out);
    for (apr_size_t i = 0; i < OPTION_COUNT; i++) {
        const option_t *option = &option_rows[i];
        fprintf(out, "  --%s%s\n      %s\n", option->name, option->is_flag ? "" : " VALUE", option->help);
    }
    fputs("\nNAME names an account: its sign-in name, its address, \"directory/name\", or its public id.\n"
          "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 database or pepper file out of reach, 4 internal error,\n"
          "5 `check` found something.\n",
          out);
}

static const sd_tool_command_t *find_command(const char *noun, const char *verb)
{
    for (const sd_tool_command_t *command = sd_tool_commands; command->noun; command++) {
        if (strcmp(command->noun, noun) == 0 && (!command->verb || (verb && strcmp(command->verb, verb) == 0))) {
            return command;
        }
    }
    return NULL;
}

static void make_options(apr_getopt_option_t options[OPTION_COUNT + 1])
{
    for (apr_size_t i = 0; i < OPTION_COUNT; i++) {
        const option_t *row = &option_rows[i];
        int number = row->letter ? row->letter : OPTION_BASE + (int)i;
        options[i] = (apr_getopt_option_t){row->name, number, !row->is_flag, row->help};
    }
    options[OPTION_COUNT] = (apr_getopt_option_t){NULL, 0, 0, NULL};
}

static void take_option(sd_tool_t *tool, int number, const char *value)
{
    for (apr_size_t i = 0; i < OPTION_COUNT; i++) {
        const option_t *row = &option_rows[i];
        if (number == (row->letter ? row->letter : OPTION_BASE + (int)i)) {
            void *member = (char *)tool + row->member;
            if (row->is_flag) {
                *(int *)member = 1;
            } else {
                *(const char **)member = value;
            }
        }
    }
}

static const sd_tool_command_t *read_command_line(sd_tool_t *tool, int argc, const char *const *argv)
{
    apr_getopt_option_t options[OPTION_COUNT + 1];
    apr_getopt_t *state;
    apr_status_t rv;
    int option;
    const char *value;

    make_options(options);
    apr_getopt_init(&state, tool->pool, argc, argv);
    state->interleave = 1;
    while ((rv = apr_getopt_long(state, options, &option, &value)) == APR_SUCCESS) {
        take_option(tool, option, value);
    }
    if (rv != APR_EOF || tool->help || state->ind >= argc) {
        return NULL;
    }

    const char *const *words = state->argv + state->ind; /* its own copy, with the options moved to the front */
    int count = argc - state->ind;
    const sd_tool_command_t *command = find_command(words[0], count > 1 ? words[1] : NULL);
    if (!command) {
        return NULL;
    }
    int skip = command->verb ? 2 : 1;
    tool->word_count = count - skip;
    if (tool->word_count < command->least_words || tool->word_count > command->most_words) {
        return NULL;
    }
    for (int i = 0; i < tool->word_count; i++) {
        tool->words[i] = words[skip + i];
    }
    return command;
}

sd_error_t *sd_tool_choice(int *choice, sd_tool_t *tool, int yes, int no, const char *const names[2])
{
    *choice = yes ? 1 : no ? 0 : -1;
    return yes && no ? sd_error_field(tool->pool, names[1], "sd.validation.option", "It is --%s or --%s, not both.",
                                      names[0], names[1])
                     : NULL;
}

static int exit_code_of(const sd_error_t *error)
{
    switch (error->kind) {
    case SD_ERROR_UNAVAILABLE:
        return SD_TOOL_UNAVAILABLE;
    case SD_ERROR_INTERNAL:
        return SD_TOOL_INTERNAL;
    default:
        return SD_TOOL_REFUSED;
    }
}

static int print_error(const sd_error_t *error)
{
    int code = exit_code_of(error);
    for (; error; error = error->next) {
        /* Whoever runs the tool may read the database: the private half helps and hides nothing. */
        fprintf(stderr, "servicedeskctl: %s%s%s%s%s\n", error->field ? error->field : "", error->field ? ": " : "",
                error->text, error->detail ? " -- " : "", error->detail ? error->detail : "");
    }
    return code;
}

static sd_error_t *run(sd_tool_t *tool, const sd_tool_command_t *command)
{
    if (command->run == sd_tool_copy) {
        return command->run(tool); /* it has two databases of its own */
    }
    SD_TRY(sd_tool_open(tool));
    if (strcmp(command->noun, "migrate") != 0) {
        SD_TRY(sd_schema_ensure(tool->work->store));
    }
    return command->run(tool);
}

int main(int argc, const char *const argv[])
{
    apr_pool_t *pool;
    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS) {
        return SD_TOOL_INTERNAL;
    }
    atexit(apr_terminate);
    apr_pool_create(&pool, NULL);

    sd_tool_t tool = {.pool = pool,
                      .database = getenv("SERVICEDESK_DATABASE"),
                      .pepper = getenv("SERVICEDESK_PEPPER"),
                      .cost = getenv("SERVICEDESK_PASSWORD_COST")};
    const sd_tool_command_t *command = read_command_line(&tool, argc, argv);
    if (tool.help) {
        print_help(stdout);
        return SD_TOOL_OK;
    }
    if (!command) {
        fputs("servicedeskctl: that is no command with its words; servicedeskctl --help lists them.\n", stderr);
        return SD_TOOL_USAGE;
    }
    if (!tool.database && command->run != sd_tool_copy) {
        fputs("servicedeskctl: which database? Say --database DATABASE or set SERVICEDESK_DATABASE.\n", stderr);
        return SD_TOOL_USAGE;
    }

    sd_error_t *error = run(&tool, command);
    if (tool.work && tool.work->store) {
        sd_store_return(tool.work->store);
    }
    if (error) {
        return print_error(error);
    }
    sd_tool_print(&tool);
    json_decref(tool.result);
    return fflush(stdout) == 0 ? tool.exit_code : SD_TOOL_INTERNAL;
}
