/* Text into HTML. */
#include "web/html.h"

#include <string.h>

/* The longest that one character becomes: "&quot;". */
#define ESCAPE_SIZE 6

static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static char *put(char *out, const char *text)
{
    while (*text) {
        *out++ = *text++;
    }
    return out;
}

static char *put_escaped(char *out, char c)
{
    const char *escape = escape_of(c);

    if (escape) {
        return put(out, escape);
    }
    *out = c;
    return out + 1;
}

const char *sd_html_escape(apr_pool_t *pool, const char *text)
{
    char *html = apr_palloc(pool, ESCAPE_SIZE * strlen(text) + 1);
    char *out = html;

    for (; *text; text++) {
        out = put_escaped(out, *text);
    }
    *out = '\0';
    return html;
}

/* Steps over the line ends at *text and counts them; CR LF is one. */
static int skip_lines(const char **text)
{
    int lines = 0;

    for (; **text == '\r' || **text == '\n'; (*text)++) {
        lines += !(**text == '\r' && (*text)[1] == '\n');
    }
    return lines;
}

/* "</p><p>" is for two line ends at least: seven bytes, where twelve are reserved. */
const char *sd_html_paragraphs(apr_pool_t *pool, const char *text)
{
    char *html = apr_palloc(pool, ESCAPE_SIZE * strlen(text) + sizeof("<p></p>"));
    char *out = put(html, "<p>");

    skip_lines(&text);
    while (*text) {
        int lines = skip_lines(&text);

        if (lines && *text) {
            out = put(out, lines > 1 ? "</p><p>" : "<br>");
        } else if (!lines) {
            out = put_escaped(out, *text++);
        }
    }
    out = put(out, "</p>");
    *out = '\0';
    return html;
}
