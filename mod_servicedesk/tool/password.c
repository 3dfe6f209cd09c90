/* Where the tool takes a password from. Never from the command line: other users of the machine could read it there. */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <apr_strings.h>

#include "tool/tool.h"

#define RANDOM_BYTES 12 /* 24 hex digits */

static char *read_line(apr_pool_t *pool, const char *prompt)
{
    char line[SD_PASSWORD_BYTES + 2];
    struct termios before, silent;
    int terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;

    if (terminal) {
        fputs(prompt, stderr);
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    char *got = fgets(line, sizeof line, stdin);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (!got) {
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return apr_pstrdup(pool, line);
}

sd_error_t *sd_tool_password(const char **password, sd_tool_t *tool)
{
    if (tool->random_password) {
        char *hex;
        SD_TRY(sd_random_hex(&hex, tool->pool, tool->work->site->random, RANDOM_BYTES));
        *password = hex;
        return NULL;
    }
    *password = read_line(tool->pool, "Password: ");
    return *password ? NULL
                     : sd_error_field(tool->pool, "password", "sd.validation.required",
                                      "No password came on standard input.");
}
