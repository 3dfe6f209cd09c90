/* Mustache source to nodes: one pass, line endings and lonely tags as the specification wants them. */
#include "web/mustache_node.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#define BLANK " \t"
#define SPACE " \t\r\n"
#define DELIMITER_SIZE 16

typedef struct parser_t {
    apr_pool_t *pool;
    const char *start;
    const char *at; /* everything before it is nodes already */
    const char *end;
    char open[DELIMITER_SIZE];
    char close[DELIMITER_SIZE];
    int message; /* only text and values */
    int line;    /* `at` is where a line begins, and nothing has been made of that line yet */
    int depth;
    sd_mustache_node_t *sections[SD_MUSTACHE_NESTING];
    sd_mustache_node_t **tails[SD_MUSTACHE_NESTING + 1]; /* where the next node of each depth is hung */
} parser_t;

typedef struct tag_t {
    const char *start; /* of the opening delimiter */
    const char *end;   /* behind the closing one */
    const char *text;  /* trimmed content without its sign */
    apr_size_t length;
    char sign; /* # ^ / > ! = & { or 0 */
} tag_t;

static sd_error_t *complain(const parser_t *parser, const char *at, const char *what, const char *name)
{
    int line = 1;
    for (const char *c = parser->start; c < at; c++) {
        line += *c == '\n';
    }
    return sd_error_private(parser->pool, SD_ERROR_INTERNAL, "line %d: %s%s%s", line, what, name ? " " : "",
                            name ? name : "");
}

static const char *find(const char *from, const char *end, const char *what)
{
    apr_size_t length = strlen(what);
    for (const char *at = from; at + length <= end; at++) {
        if (memcmp(at, what, length) == 0) {
            return at;
        }
    }
    return NULL;
}

static sd_mustache_node_t *add(parser_t *parser, sd_mustache_kind_t kind)
{
    sd_mustache_node_t *node = apr_pcalloc(parser->pool, sizeof *node);
    node->kind = kind;
    node->indent = "";
    *parser->tails[parser->depth] = node;
    parser->tails[parser->depth] = &node->next;
    return node;
}

static void begin_line(parser_t *parser)
{
    if (parser->line && !parser->message) {
        add(parser, SD_MUSTACHE_LINE);
    }
    parser->line = 0;
}

/* Text up to `end`; each line that has anything in it begins with a node of its own. */
static void add_text(parser_t *parser, const char *end)
{
    while (parser->at < end) {
        const char *newline = memchr(parser->at, '\n', (apr_size_t)(end - parser->at));
        const char *stop = newline ? newline + 1 : end;
        if (*parser->at != '\n' && *parser->at != '\r') {
            begin_line(parser);
        }
        sd_mustache_node_t *node = add(parser, SD_MUSTACHE_TEXT);
        node->text = apr_pstrmemdup(parser->pool, parser->at, (apr_size_t)(stop - parser->at));
        node->length = (apr_size_t)(stop - parser->at);
        parser->at = stop;
        parser->line = newline != NULL;
    }
}

static void trim(const char **text, apr_size_t *length)
{
    while (*length && strchr(SPACE, **text)) {
        (*text)++;
        (*length)--;
    }
    while (*length && strchr(SPACE, (*text)[*length - 1])) {
        (*length)--;
    }
}

/* Reads the tag that begins at tag->start. */
static sd_error_t *read_tag(tag_t *tag, const parser_t *parser)
{
    char closing[DELIMITER_SIZE + 1];
    const char *content = tag->start + strlen(parser->open);
    const char *sign = content + strspn(content, SPACE);
    const char *ending = "";
    tag->sign = 0;
    if (sign < parser->end && *sign && strchr("#^/>!=&{", *sign)) {
        tag->sign = *sign;
        content = sign + 1;
        ending = *sign == '{' ? "}" : *sign == '=' ? "=" : "";
    }
    apr_snprintf(closing, sizeof closing, "%s%s", ending, parser->close);
    const char *close = find(content, parser->end, closing);
    if (!close) {
        return complain(parser, tag->start, "a tag is not closed", NULL);
    }
    tag->end = close + strlen(closing);
    tag->text = content;
    tag->length = (apr_size_t)(close - content);
    trim(&tag->text, &tag->length);
    return NULL;
}

/* Where the line of a tag begins if there is nothing but blanks before it, else NULL. */
static const char *lonely_start(const parser_t *parser, const tag_t *tag)
{
    const char *at = tag->start;
    while (at > parser->at && strchr(BLANK, at[-1])) {
        at--;
    }
    return at == parser->start || at[-1] == '\n' ? at : NULL;
}

/* Behind the line end after a tag with nothing but blanks before it, else NULL. */
static const char *lonely_end(const parser_t *parser, const tag_t *tag)
{
    const char *at = tag->end + strspn(tag->end, BLANK);
    if (at + 1 < parser->end && at[0] == '\r' && at[1] == '\n') {
        return at + 2;
    }
    return at == parser->end ? at : *at == '\n' ? at + 1 : NULL;
}

/* Takes the text before a tag, and with a tag alone on its line all of that line; *indent is what stood before it. */
static void take_surroundings(const char **indent, parser_t *parser, const tag_t *tag)
{
    const char *start = tag->sign && tag->sign != '&' && tag->sign != '{' ? lonely_start(parser, tag) : NULL;
    const char *end = start ? lonely_end(parser, tag) : NULL;
    *indent = "";
    if (end && !parser->message) {
        add_text(parser, start);
        *indent = apr_pstrmemdup(parser->pool, start, (apr_size_t)(tag->start - start));
        parser->at = end;
        parser->line = 1;
        return;
    }
    add_text(parser, tag->start);
    if (tag->sign != '!' && tag->sign != '=') {
        begin_line(parser);
    }
    parser->at = tag->end;
}

static sd_error_t *check_name(const parser_t *parser, const tag_t *tag, const char *name)
{
    apr_size_t dots = strlen(name);
    if (strcmp(name, ".") == 0) {
        return NULL;
    }
    if (!*name || strpbrk(name, SPACE) || name[0] == '.' || name[dots - 1] == '.' || strstr(name, "..")) {
        return complain(parser, tag->start, "a tag has no proper name:", name);
    }
    return NULL;
}

static const char *const *split(apr_pool_t *pool, const char *name)
{
    apr_array_header_t *path = apr_array_make(pool, 4, sizeof(const char *));
    char *copy = apr_pstrdup(pool, name), *rest = NULL;
    if (strcmp(name, ".") != 0) {
        for (char *part = apr_strtok(copy, ".", &rest); part; part = apr_strtok(NULL, ".", &rest)) {
            APR_ARRAY_PUSH(path, const char *) = part;
        }
    }
    APR_ARRAY_PUSH(path, const char *) = NULL;
    return (const char *const *)path->elts;
}

static void add_value(parser_t *parser, const char *name, int raw)
{
    int message = strncmp(name, "t.", 2) == 0 && !parser->message;
    sd_mustache_node_t *node = add(parser, message ? SD_MUSTACHE_MESSAGE : raw ? SD_MUSTACHE_RAW : SD_MUSTACHE_VALUE);
    node->raw = raw;
    node->text = message ? name + 2 : name;
    node->path = split(parser->pool, name);
}

static sd_error_t *open_section(parser_t *parser, const tag_t *tag, const char *name)
{
    if (parser->depth == SD_MUSTACHE_NESTING) {
        return complain(parser, tag->start, "too many sections inside each other:", name);
    }
    sd_mustache_node_t *node = add(parser, tag->sign == '#' ? SD_MUSTACHE_SECTION : SD_MUSTACHE_INVERTED);
    node->text = name;
    node->path = split(parser->pool, name);
    parser->sections[parser->depth++] = node;
    parser->tails[parser->depth] = &node->children;
    return NULL;
}

static sd_error_t *close_section(parser_t *parser, const tag_t *tag, const char *name)
{
    if (parser->depth == 0 || strcmp(parser->sections[parser->depth - 1]->text, name) != 0) {
        return complain(parser, tag->start, "a section is closed that is not the innermost open one:", name);
    }
    parser->depth--;
    return NULL;
}

static int take_delimiter(char *delimiter, const char *text, apr_size_t length)
{
    if (length == 0 || length >= DELIMITER_SIZE || memchr(text, '=', length)) {
        return 0;
    }
    memcpy(delimiter, text, length);
    delimiter[length] = '\0';
    return 1;
}

static sd_error_t *set_delimiters(parser_t *parser, const tag_t *tag, const char *text)
{
    apr_size_t first = strcspn(text, SPACE);
    const char *second = text + first + strspn(text + first, SPACE);
    apr_size_t length = strcspn(second, SPACE);
    if (second[length] || !take_delimiter(parser->open, text, first) ||
        !take_delimiter(parser->close, second, length)) {
        return complain(parser, tag->start, "these are no two delimiters:", text);
    }
    return NULL;
}

static sd_error_t *take_tag(parser_t *parser, const tag_t *tag)
{
    const char *indent;
    const char *text = apr_pstrmemdup(parser->pool, tag->text, tag->length);
    take_surroundings(&indent, parser, tag);
    if (parser->message && tag->sign) {
        return complain(parser, tag->start, "a message has no tags but {{name}}:", text);
    }
    if (tag->sign == '!') {
        return NULL;
    }
    if (tag->sign == '=') {
        return set_delimiters(parser, tag, text);
    }
    SD_TRY(check_name(parser, tag, text));
    switch (tag->sign) {
    case '#':
    case '^':
        return open_section(parser, tag, text);
    case '/':
        return close_section(parser, tag, text);
    case '>': {
        sd_mustache_node_t *node = add(parser, SD_MUSTACHE_PARTIAL);
        node->text = text;
        node->indent = indent;
        return NULL;
    }
    default:
        add_value(parser, text, tag->sign != 0);
        return NULL;
    }
}

static sd_error_t *parse(parser_t *parser)
{
    tag_t tag = {parser->at, parser->at, "", 0, 0};
    while ((tag.start = find(parser->at, parser->end, parser->open)) != NULL) {
        SD_TRY(read_tag(&tag, parser));
        SD_TRY(take_tag(parser, &tag));
    }
    add_text(parser, parser->end);
    if (parser->depth > 0) {
        return complain(parser, parser->end, "a section is not closed:", parser->sections[parser->depth - 1]->text);
    }
    return NULL;
}

static sd_error_t *compile(const sd_mustache_t **compiled, apr_pool_t *pool, const char *text, apr_size_t length,
                           int message)
{
    sd_mustache_t *made = apr_pcalloc(pool, sizeof *made);
    if (length > SD_MUSTACHE_SOURCE) {
        return sd_error_private(pool, SD_ERROR_INTERNAL, "it is longer than %d bytes", SD_MUSTACHE_SOURCE);
    }
    if (memchr(text, '\0', length)) {
        return sd_error_private(pool, SD_ERROR_INTERNAL, "it has a NUL in it");
    }
    const char *copy = apr_pstrmemdup(pool, text, length);
    parser_t parser = {.pool = pool,
                       .start = copy,
                       .at = copy,
                       .end = copy + length,
                       .open = "{{",
                       .close = "}}",
                       .message = message,
                       .line = 1};
    parser.tails[0] = &made->nodes;
    SD_TRY(parse(&parser));
    *compiled = made;
    return NULL;
}

sd_error_t *sd_mustache_compile(const sd_mustache_t **compiled, apr_pool_t *pool, const char *text, apr_size_t length)
{
    return compile(compiled, pool, text, length, 0);
}

sd_error_t *sd_mustache_compile_message(const sd_mustache_t **compiled, apr_pool_t *pool, const char *text)
{
    return compile(compiled, pool, text, strlen(text), 1);
}
