/* servicedeskctl: options, the choice of the command, its outcome as an exit code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_getopt.h>
#include <apr_strings.h>

#include "store/schema.h"
#include "tool/tool.h"

enum {
    OPTION_DIRECTORY = 256,
    OPTION_ADDRESS,
    OPTION_DISPLAY_NAME,
    OPTION_DESK,
    OPTION_ACCESS,
    OPTION_SHARING,
    OPTION_LABEL,
    OPTION_SCOPES,
    OPTION_DAYS,
    OPTION_SIGNUP,
    OPTION_SYSTEM_ADMIN,
    OPTION_PROVEN,
    OPTION_RANDOM,
    OPTION_PASSWORD,
    OPTION_JSON,
    OPTION_DRIVER
};

static const apr_getopt_option_t options[] = {
    {"database", 'd', 1, "what mod_dbd's DBDParams says: the SQLite file (or SERVICEDESK_DATABASE)"},
    {"driver", OPTION_DRIVER, 1, "what DBDriver says (sqlite3)"},
    {"pepper", 'p', 1, "the file of ServiceDeskPepperFile (or SERVICEDESK_PEPPER); needed to set passwords"},
    {"json", OPTION_JSON, 0, "print JSON for programs"},
    {"directory", OPTION_DIRECTORY, 1, "the account's directory (internal)"},
    {"address", OPTION_ADDRESS, 1, "the account's mail address"},
    {"proven", OPTION_PROVEN, 0, "the address is known to be the person's"},
    {"display-name", OPTION_DISPLAY_NAME, 1, "the account's display name (its name)"},
    {"system-admin", OPTION_SYSTEM_ADMIN, 0, "make the account a system administrator"},
    {"password", OPTION_PASSWORD, 0, "read the account's password from the terminal or standard input"},
    {"random-password", OPTION_RANDOM, 0, "make a password and print it"},
    {"desk", OPTION_DESK, 1, "the key of a desk"},
    {"access", OPTION_ACCESS, 1, "who may enter a desk: listed, accounts (listed)"},
    {"signup", OPTION_SIGNUP, 0, "people may sign up on the desk"},
    {"sharing", OPTION_SHARING, 1, "whom customers may share with: organization, address, search (address)"},
    {"label", OPTION_LABEL, 1, "what a token is for"},
    {"scopes", OPTION_SCOPES, 1, "what a token may do: read,write,manage (all)"},
    {"days", OPTION_DAYS, 1, "how long a token lives, 1 to 365 (90)"},
    {"help", 'h', 0, "this text"},
    {NULL, 0, 0, NULL},
};

static void print_help(FILE *out)
{
    fputs("Usage: servicedeskctl --database FILE [options] COMMAND [words]\n\nCommands:\n", out);
    for (const sd_tool_command_t *command = sd_tool_commands; command->noun; command++) {
        fprintf(out, "  %s%s%s %s\n      %s\n", command->noun, command->verb ? " " : "",
                command->verb ? command->verb : "", command->usage, command->help);
    }
    fputs("\nOptions:\n", out);
    for (const apr_getopt_option_t *option = options; option->name; option++) {
        fprintf(out, "  --%s%s\n      %s\n", option->name, option->has_arg ? " VALUE" : "", option->description);
    }
    fputs("\nNAME names an account: its sign-in name, its address, \"directory/name\", or its public id.\n"
          "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 database or pepper file out of reach, 4 internal error,\n"
          "5 `check` found something.\n",
          out);
}

static const sd_tool_command_t *find_command(const char *noun, const char *verb)
{
    for (const sd_tool_command_t *command = sd_tool_commands; command->noun; command++) {
        if (strcmp(command->noun, noun) == 0 &&
            (!command->verb || (verb && strcmp(command->verb, verb) == 0))) {
            return command;
        }
    }
    return NULL;
}

typedef struct place_t {
    const char *driver;
    const char *database;
    const char *pepper;
    int help;
} place_t;

static void take_option(sd_tool_t *tool, place_t *place, int option, const char *value)
{
    switch (option) {
    case 'd': place->database = value; break;
    case 'p': place->pepper = value; break;
    case 'h': place->help = 1; break;
    case OPTION_DRIVER: place->driver = value; break;
    case OPTION_JSON: tool->json = 1; break;
    case OPTION_DIRECTORY: tool->directory = value; break;
    case OPTION_ADDRESS: tool->address = value; break;
    case OPTION_PROVEN: tool->address_proven = 1; break;
    case OPTION_DISPLAY_NAME: tool->display_name = value; break;
    case OPTION_SYSTEM_ADMIN: tool->system_admin = 1; break;
    case OPTION_PASSWORD: tool->ask_password = 1; break;
    case OPTION_RANDOM: tool->random_password = 1; break;
    case OPTION_DESK: tool->desk = value; break;
    case OPTION_ACCESS: tool->access = value; break;
    case OPTION_SIGNUP: tool->signup = 1; break;
    case OPTION_SHARING: tool->sharing = value; break;
    case OPTION_LABEL: tool->label = value; break;
    case OPTION_SCOPES: tool->scopes = value; break;
    default: /* OPTION_DAYS: anything but 1..365 is refused by the operation, which takes 0 for not said */
        tool->days = strlen(value) < 4 && atoi(value) > 0 ? atoi(value) : -1;
        break;
    }
}

static const sd_tool_command_t *read_command_line(sd_tool_t *tool, place_t *place, int argc, const char *const *argv)
{
    apr_getopt_t *state;
    apr_status_t rv;
    int option;
    const char *value;

    apr_getopt_init(&state, tool->pool, argc, argv);
    state->interleave = 1;
    while ((rv = apr_getopt_long(state, options, &option, &value)) == APR_SUCCESS) {
        take_option(tool, place, option, value);
    }
    if (rv != APR_EOF || place->help || state->ind >= argc) {
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

static sd_error_t *run(sd_tool_t *tool, const sd_tool_command_t *command, const place_t *place)
{
    SD_TRY(sd_tool_open(tool, place->driver, place->database, place->pepper));
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

    sd_tool_t tool = {.pool = pool};
    place_t place = {.driver = "sqlite3",
                     .database = getenv("SERVICEDESK_DATABASE"),
                     .pepper = getenv("SERVICEDESK_PEPPER")};
    const sd_tool_command_t *command = read_command_line(&tool, &place, argc, argv);
    if (place.help) {
        print_help(stdout);
        return SD_TOOL_OK;
    }
    if (!command) {
        fputs("servicedeskctl: that is no command with its words; servicedeskctl --help lists them.\n", stderr);
        return SD_TOOL_USAGE;
    }
    if (!place.database) {
        fputs("servicedeskctl: which database? Say --database FILE or set SERVICEDESK_DATABASE.\n", stderr);
        return SD_TOOL_USAGE;
    }

    sd_error_t *error = run(&tool, command, &place);
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
