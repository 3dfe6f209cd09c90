/* The steps' own texts, statement by statement. */
#include "store/schema_tables.h"

#include <string.h>

#include <apr_strings.h>

static int begins_with(const char *text, const char *lead)
{
    return strncmp(text, lead, strlen(lead)) == 0;
}

static const char *word_behind(apr_pool_t *pool, const char *text, const char *lead)
{
    text += strlen(lead);
    return apr_pstrmemdup(pool, text, strcspn(text, " ("));
}

/* One statement of a step: what it makes, drops or calls by another name. */
static void note_statement(apr_table_t *expected, apr_pool_t *pool, const char *text)
{
    if (begins_with(text, "CREATE TABLE ")) {
        apr_table_set(expected, word_behind(pool, text, "CREATE TABLE "), "table");
    } else if (begins_with(text, "CREATE INDEX ")) {
        apr_table_set(expected, word_behind(pool, text, "CREATE INDEX "), "index");
    } else if (begins_with(text, "CREATE UNIQUE INDEX ")) {
        apr_table_set(expected, word_behind(pool, text, "CREATE UNIQUE INDEX "), "index");
    } else if (begins_with(text, "DROP TABLE ")) {
        apr_table_unset(expected, word_behind(pool, text, "DROP TABLE "));
    } else if (begins_with(text, "DROP INDEX ")) {
        apr_table_unset(expected, word_behind(pool, text, "DROP INDEX "));
    } else if (begins_with(text, "ALTER TABLE ") && strstr(text, " RENAME TO ")) {
        apr_table_unset(expected, word_behind(pool, text, "ALTER TABLE "));
        apr_table_set(expected, word_behind(pool, strstr(text, " RENAME TO "), " RENAME TO "), "table");
    }
}

apr_table_t *sd_schema_relations(apr_pool_t *pool, const sd_schema_step_t *steps)
{
    apr_table_t *relations = apr_table_make(pool, 64);

    for (; steps->number; steps++) {
        char *text = apr_pstrdup(pool, steps->text), *state = NULL;

        for (char *one = apr_strtok(text, ";", &state); one; one = apr_strtok(NULL, ";", &state)) {
            note_statement(relations, pool, one);
        }
    }
    return relations;
}

apr_array_header_t *sd_schema_tables(apr_pool_t *pool, const sd_schema_step_t *steps)
{
    const apr_array_header_t *relations = apr_table_elts(sd_schema_relations(pool, steps));
    apr_array_header_t *tables = apr_array_make(pool, relations->nelts, sizeof(const char *));

    for (int i = 0; i < relations->nelts; i++) {
        const apr_table_entry_t *relation = &APR_ARRAY_IDX(relations, i, apr_table_entry_t);

        if (strcmp(relation->val, "table") == 0) {
            APR_ARRAY_PUSH(tables, const char *) = relation->key;
        }
    }
    return tables;
}
