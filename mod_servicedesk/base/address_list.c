/* Pasted text into addresses. */
#include "base/address_list.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

#define SEPARATORS ",;\n\r\t"
#define MAILTO "mailto:"

/* Where the thing that opens at `at` ends on its own line: behind its closing character; NULL if it does not. */
static const char *skip_closed(const char *at, char closing)
{
    for (at++; *at && *at != '\n' && *at != '\r'; at++) {
        if (closing == '"' && *at == '\\' && at[1] && !strchr("\r\n", at[1])) {
            at++;
        } else if (*at == closing) {
            return at + 1;
        }
    }
    return NULL;
}

/* Up to where it is known that nothing closes what opens: each kind is looked for once a line, or a text of a million
 * brackets would be read a million times. */
typedef struct open_t {
    const char *quote;
    const char *bracket;
    const char *parenthesis;
} open_t;

/* The closing character of the thing that opens at `at`, and what is known of its kind; or NUL. */
static char closing_of(const char ***known, open_t *open, const char *at)
{
    *known = *at == '"' ? &open->quote : *at == '<' ? &open->bracket : &open->parenthesis;
    return *at == '"' ? '"' : *at == '<' ? '>' : *at == '(' ? ')' : '\0';
}

/* The end of a piece: a separator that is not within quotes, brackets or parentheses. One that is never closed is a
 * character like any other, so that it cannot swallow what follows. */
static const char *end_of_piece(open_t *open, const char *at)
{
    while (*at && !strchr(SEPARATORS, *at)) {
        const char **known, *behind = NULL;
        char closing = closing_of(&known, open, at);

        if (closing && at >= *known) {
            behind = skip_closed(at, closing);
            *known = behind ? at : at + strcspn(at, "\r\n");
        }
        at = behind ? behind : at + 1;
    }
    return at;
}

static char *trim(apr_pool_t *pool, const char *start, const char *end)
{
    return sd_text_trim(pool, apr_pstrmemdup(pool, start, (apr_size_t)(end - start)));
}

/* "Doe, \"Joe\"" without its quotes. */
static const char *unquote(apr_pool_t *pool, char *name)
{
    apr_size_t length = strlen(name);
    char *to = name;

    if (length < 2 || name[0] != '"' || name[length - 1] != '"') {
        return *name ? name : NULL;
    }
    for (const char *from = name + 1; from < name + length - 1; from++) {
        from += *from == '\\' && from + 1 < name + length - 1;
        *to++ = *from;
    }
    *to = '\0';
    name = sd_text_trim(pool, name);
    return *name ? name : NULL;
}

static void push(apr_array_header_t *items, const char *address, const char *name)
{
    if (strncasecmp(address, MAILTO, sizeof(MAILTO) - 1) == 0) {
        address += sizeof(MAILTO) - 1;
    }
    if (*address) {
        sd_address_item_t *item = apr_palloc(items->pool, sizeof(*item));

        *item = (sd_address_item_t){address, name};
        APR_ARRAY_PUSH(items, sd_address_item_t *) = item;
    }
}

/* Several bare addresses with blanks between: each word has its "@". */
static int is_row_of_addresses(apr_pool_t *pool, const char *piece)
{
    char *state, *copy = apr_pstrdup(pool, piece);
    int words = 0;

    for (char *word = apr_strtok(copy, " ", &state); word; word = apr_strtok(NULL, " ", &state)) {
        if (!strchr(word, '@')) {
            return 0;
        }
        words++;
    }
    return words > 1;
}

static void push_words(apr_array_header_t *items, char *piece)
{
    char *state;

    for (char *word = apr_strtok(piece, " ", &state); word; word = apr_strtok(NULL, " ", &state)) {
        push(items, word, NULL);
    }
}

/* "Name <address>" or "address (Name)" or what is left. */
static void take_piece(apr_array_header_t *items, char *piece)
{
    apr_pool_t *pool = items->pool;
    const char *open = strrchr(piece, '<'), *close = open ? strchr(open, '>') : NULL;
    const char *parenthesis = strchr(piece, '(');
    apr_size_t length = strlen(piece);

    if (close && close[1] == '\0') {
        push(items, trim(pool, open + 1, close), unquote(pool, trim(pool, piece, open)));
    } else if (!open && parenthesis && parenthesis > piece && piece[length - 1] == ')') {
        push(items, trim(pool, piece, parenthesis), unquote(pool, trim(pool, parenthesis + 1, piece + length - 1)));
    } else if (!open && is_row_of_addresses(pool, piece)) {
        push_words(items, piece);
    } else {
        push(items, piece, NULL);
    }
}

apr_array_header_t *sd_address_list(apr_pool_t *pool, const char *text)
{
    apr_array_header_t *items = apr_array_make(pool, 16, sizeof(sd_address_item_t *));
    open_t open = {text, text, text};

    while (*text) {
        const char *end = end_of_piece(&open, text);
        char *piece = trim(pool, text, end);

        if (*piece) {
            take_piece(items, piece);
        }
        text = *end ? end + 1 : end;
    }
    return items;
}
