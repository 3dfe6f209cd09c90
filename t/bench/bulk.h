/*
 * A SQLite instance put into a PostgreSQL database of the same schema by COPY, whatever is there before: for programs
 * that need a large one within minutes. What `servicedeskctl copy` does for a site (in stretches, to be continued,
 * compared in the end) is left out.
 */
#ifndef SD_BENCH_BULK_H
#define SD_BENCH_BULK_H

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include "base/error.h"
#include "store/schema_tables.h"

typedef struct bulk_t {
    apr_pool_t *pool;
    sqlite3 *from;
    PGconn *to;
    char *line; /* of one row, as COPY reads it */
    size_t length, room;
} bulk_t;

static inline sd_error_t *bulk_error(const bulk_t *bulk, const char *what)
{
    return sd_error_private(bulk->pool, SD_ERROR_UNAVAILABLE, "%s: %s%s", what, PQerrorMessage(bulk->to),
                            sqlite3_errmsg(bulk->from));
}

static inline sd_error_t *bulk_run(const bulk_t *bulk, const char *text)
{
    PGresult *result = PQexec(bulk->to, text);
    ExecStatusType status = PQresultStatus(result);

    PQclear(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN ? NULL
                                                                                              : bulk_error(bulk, text);
}

/* ---- a row ---- */

static inline void bulk_put(bulk_t *bulk, char c)
{
    if (bulk->length == bulk->room) {
        bulk->room = bulk->room ? 2 * bulk->room : 4096;
        bulk->line = realloc(bulk->line, bulk->room);
    }
    bulk->line[bulk->length++] = c;
}

static inline void bulk_put_text(bulk_t *bulk, const char *text)
{
    static const char special[] = "\\\n\t\r", names[] = "\\ntr";

    for (; *text; text++) {
        const char *found = strchr(special, *text);

        if (found) {
            bulk_put(bulk, '\\');
        }
        bulk_put(bulk, found ? names[found - special] : *text);
    }
}

static inline sd_error_t *bulk_send_row(bulk_t *bulk, sqlite3_stmt *row)
{
    bulk->length = 0;
    for (int i = 0; i < sqlite3_column_count(row); i++) {
        const unsigned char *text = sqlite3_column_text(row, i);

        if (i) {
            bulk_put(bulk, '\t');
        }
        if (text) {
            bulk_put_text(bulk, (const char *)text);
        } else {
            bulk_put(bulk, '\\');
            bulk_put(bulk, 'N');
        }
    }
    bulk_put(bulk, '\n');
    return PQputCopyData(bulk->to, bulk->line, (int)bulk->length) == 1 ? NULL : bulk_error(bulk, "COPY");
}

/* ---- a table ---- */

static inline const char *bulk_columns(const bulk_t *bulk, sqlite3_stmt *row)
{
    const char *list = "";

    for (int i = 0; i < sqlite3_column_count(row); i++) {
        list = apr_pstrcat(bulk->pool, list, i ? ", " : "", sqlite3_column_name(row, i), NULL);
    }
    return list;
}

static inline sd_error_t *bulk_end_table(const bulk_t *bulk, const char *table)
{
    PGresult *result;
    sd_error_t *error = NULL;

    if (PQputCopyEnd(bulk->to, NULL) != 1) {
        return bulk_error(bulk, table);
    }
    while ((result = PQgetResult(bulk->to))) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK && !error) {
            error = bulk_error(bulk, table);
        }
        PQclear(result);
    }
    return error;
}

static inline sd_error_t *bulk_rows(bulk_t *bulk, const char *table, sqlite3_stmt *rows)
{
    int code;

    SD_TRY(
        bulk_run(bulk, apr_pstrcat(bulk->pool, "COPY ", table, " (", bulk_columns(bulk, rows), ") FROM STDIN", NULL)));
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        SD_TRY(bulk_send_row(bulk, rows));
    }
    return code == SQLITE_DONE ? bulk_end_table(bulk, table) : bulk_error(bulk, table);
}

static inline sd_error_t *bulk_table(bulk_t *bulk, const char *table)
{
    const char *text = apr_pstrcat(bulk->pool, "SELECT * FROM ", table, NULL);
    sqlite3_stmt *rows = NULL;
    sd_error_t *error;

    if (sqlite3_prepare_v2(bulk->from, text, -1, &rows, NULL) != SQLITE_OK) {
        return bulk_error(bulk, table);
    }
    /* The numbers of a desk are a sequence, which a trigger makes. */
    SD_TRY(bulk_run(bulk, strcmp(table, "desk_number") == 0 ? "SET LOCAL session_replication_role = origin"
                                                            : "SET LOCAL session_replication_role = replica"));
    error = bulk_rows(bulk, table, rows);
    sqlite3_finalize(rows);
    return error;
}

/* ---- all ---- */

/* Ids go on behind the last one. */
static const char bulk_sequences[] =
    "DO $$ DECLARE t text; BEGIN FOR t IN SELECT table_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND is_identity = 'YES' LOOP"
    " EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, ''id''), (SELECT coalesce(max(id), 0) + 1 FROM %I),"
    " false)', t, t); END LOOP; END $$";
static const char bulk_no_numbers[] =
    "DO $$ DECLARE s text; BEGIN FOR s IN SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema()"
    " AND sequencename LIKE 'desk_number_%' LOOP EXECUTE format('DROP SEQUENCE %I', s); END LOOP; END $$";

/* Indexes that hold no rule are made anew over all rows, not row by row. */
static const char bulk_drop_indexes[] =
    "CREATE TEMPORARY TABLE bulk_index ON COMMIT DROP AS SELECT i.indexrelid::regclass::text AS name,"
    " pg_get_indexdef(i.indexrelid) AS text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
    " WHERE c.relnamespace = current_schema()::regnamespace AND NOT i.indisunique;"
    "DO $$ DECLARE t text; BEGIN FOR t IN SELECT name FROM bulk_index LOOP EXECUTE 'DROP INDEX ' || t; END LOOP;"
    " END $$";
static const char bulk_make_indexes[] =
    "SET LOCAL maintenance_work_mem = '256MB';"
    "DO $$ DECLARE t text; BEGIN FOR t IN SELECT text FROM bulk_index LOOP EXECUTE t; END LOOP; END $$";

static inline sd_error_t *bulk_tables(bulk_t *bulk, const apr_array_header_t *tables)
{
    SD_TRY(bulk_run(bulk, "SET statement_timeout = 0; SET client_min_messages = error; BEGIN"));
    SD_TRY(bulk_run(bulk, bulk_no_numbers));
    SD_TRY(bulk_run(bulk, apr_pstrcat(bulk->pool, "TRUNCATE ", apr_array_pstrcat(bulk->pool, tables, ','), NULL)));
    SD_TRY(bulk_run(bulk, bulk_drop_indexes));
    for (int i = 0; i < tables->nelts; i++) {
        SD_TRY(bulk_table(bulk, APR_ARRAY_IDX(tables, i, const char *)));
    }
    SD_TRY(bulk_run(bulk, bulk_make_indexes));
    SD_TRY(bulk_run(bulk, bulk_sequences));
    return bulk_run(bulk, "COMMIT");
}

/* Everything that is in `to` goes; it needs the rights of a superuser, and knows the sizes of its tables then. */
static inline sd_error_t *bulk_copy(apr_pool_t *pool, sqlite3 *from, PGconn *to)
{
    bulk_t bulk = {.pool = pool, .from = from, .to = to};
    sd_error_t *error = bulk_tables(&bulk, sd_schema_tables(pool, sd_schema_steps_sqlite));

    free(bulk.line);
    SD_TRY(error);
    return bulk_run(&bulk, "VACUUM ANALYZE");
}

#endif
