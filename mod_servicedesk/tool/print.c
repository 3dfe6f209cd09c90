/* What people read: a table for a list, "name: value" lines for one thing; or JSON for programs. */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "tool/tool.h"

#define GAP 2

static const char *cell(apr_pool_t *pool, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return json_string_value(value);
    case JSON_INTEGER:
        return apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(value));
    case JSON_TRUE:
        return "yes";
    case JSON_FALSE:
        return "no";
    default:
        return "";
    }
}

static void print_object(const sd_tool_t *tool, json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        printf("%s: %s\n", name, cell(tool->pool, value));
    }
}

static void print_cell(const char *text, size_t width, int is_last)
{
    int padding = is_last ? 0 : (int)(width + GAP - sd_text_length(text));
    printf("%s%*s", text, padding, "");
}

/* The first row names the columns: every row of a list has the same members. */
static void print_table(const sd_tool_t *tool, json_t *rows)
{
    json_t *first = json_array_get(rows, 0);
    size_t columns = json_object_size(first);
    size_t *widths = apr_pcalloc(tool->pool, columns * sizeof *widths);
    const char *name;
    json_t *value, *row;
    size_t i, column;

    json_array_foreach(rows, i, row)
    {
        column = 0;
        json_object_foreach(first, name, value)
        {
            size_t width = sd_text_length(cell(tool->pool, json_object_get(row, name)));
            size_t title = i ? 0 : strlen(name);
            width = width > title ? width : title;
            widths[column] = width > widths[column] ? width : widths[column];
            column++;
        }
    }
    column = 0;
    json_object_foreach(first, name, value)
    {
        print_cell(name, widths[column], column + 1 == columns);
        column++;
    }
    putchar('\n');
    json_array_foreach(rows, i, row)
    {
        column = 0;
        json_object_foreach(first, name, value)
        {
            print_cell(cell(tool->pool, json_object_get(row, name)), widths[column], column + 1 == columns);
            column++;
        }
        putchar('\n');
    }
}

void sd_tool_print(const sd_tool_t *tool)
{
    if (!tool->result) {
        return;
    }
    if (tool->json) {
        json_dumpf(tool->result, stdout, JSON_INDENT(2));
        putchar('\n');
    } else if (json_is_object(tool->result)) {
        print_object(tool, tool->result);
    } else if (json_array_size(tool->result)) {
        print_table(tool, tool->result);
    }
}
