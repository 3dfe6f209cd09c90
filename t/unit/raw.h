/*
 * A test's own way into the database, past the store: plain SQL on SQLite or PostgreSQL, as DB says (sqlite, pgsql).
 *
 * On SQLite a place is a file. On PostgreSQL it is a schema of its own in the cluster that SD_CLUSTER names, so that
 * tests which run at the same time do not meet; group_concat() and what else tests say is in a schema beside it.
 */
#ifndef SD_UNIT_RAW_H
#define SD_UNIT_RAW_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libpq-fe.h>
#include <sqlite3.h>

typedef struct raw_t {
    sqlite3 *sqlite; /* one of the two */
    PGconn *pgsql;
} raw_t;

static inline int raw_is_pgsql(void)
{
    const char *db = getenv("DB");

    return db && strcmp(db, "pgsql") == 0;
}

/* The name that sd_store_attach() wants. */
static inline const char *raw_driver(void)
{
    return raw_is_pgsql() ? "pgsql" : "sqlite3";
}

static inline void *raw_native(const raw_t *raw)
{
    return raw->pgsql ? (void *)raw->pgsql : (void *)raw->sqlite;
}

static inline PGresult *raw_ask(const raw_t *raw, const char *text)
{
    PGresult *result = PQexec(raw->pgsql, text);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", text, PQerrorMessage(raw->pgsql));
    }
    return result;
}

static inline void raw_run(const raw_t *raw, const char *text)
{
    char *message = NULL;

    if (raw->pgsql) {
        PQclear(raw_ask(raw, text));
    } else if (sqlite3_exec(raw->sqlite, text, NULL, NULL, &message) != SQLITE_OK) {
        fail_msg("%s: %s", text, message);
    }
}

/* The first column of the first row, to be freed; NULL if there is none. */
static inline char *raw_text(const raw_t *raw, const char *text)
{
    sqlite3_stmt *statement = NULL;
    char *found = NULL;

    if (raw->pgsql) {
        PGresult *result = raw_ask(raw, text);

        if (PQntuples(result) && !PQgetisnull(result, 0, 0)) {
            found = strdup(PQgetvalue(result, 0, 0));
        }
        PQclear(result);
        return found;
    }
    if (sqlite3_prepare_v2(raw->sqlite, text, -1, &statement, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", text, sqlite3_errmsg(raw->sqlite));
    }
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL) {
        found = strdup((const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return found;
}

/* The same as a number; no row is -1. */
static inline int64_t raw_number(const raw_t *raw, const char *text)
{
    char *found = raw_text(raw, text);
    int64_t number = found ? strtoll(found, NULL, 10) : -1;

    free(found);
    return number;
}

/* Grows with each row that is written through this connection. */
static inline int64_t raw_changes(const raw_t *raw)
{
    if (raw->sqlite) {
        return sqlite3_total_changes(raw->sqlite);
    }
    raw_run(raw, "SELECT pg_stat_force_next_flush()");
    return raw_number(raw, "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
                           " WHERE schemaname = current_schema()");
}

/* ---- where ---- */

static inline void raw_open_pgsql(raw_t *raw, const char *schema)
{
    const char *cluster = getenv("SD_CLUSTER");
    char conninfo[1200];

    if (!cluster) {
        fail_msg("DB=pgsql needs SD_CLUSTER, see t/with-cluster");
    }
    snprintf(conninfo, sizeof(conninfo), "%s dbname=postgres options='-c search_path=%s,helpers'", cluster, schema);
    raw->pgsql = PQconnectdb(conninfo);
    if (PQstatus(raw->pgsql) != CONNECTION_OK) {
        fail_msg("%s", PQerrorMessage(raw->pgsql));
    }
}

static inline void raw_open(raw_t *raw, const char *place)
{
    *raw = (raw_t){NULL, NULL};
    if (raw_is_pgsql()) {
        raw_open_pgsql(raw, place);
    } else if (sqlite3_open(place, &raw->sqlite) != SQLITE_OK) {
        fail_msg("%s: %s", place, sqlite3_errmsg(raw->sqlite));
    }
}

static inline void raw_close(raw_t *raw)
{
    if (raw->pgsql) {
        PQfinish(raw->pgsql);
    } else {
        assert_int_equal(sqlite3_close(raw->sqlite), SQLITE_OK);
    }
}

/* What the tests' SQL says and PostgreSQL lacks; once a cluster, whoever comes first. */
static const char raw_helpers[] =
    "SET client_min_messages = error; BEGIN; SELECT pg_advisory_xact_lock(1); CREATE SCHEMA IF NOT EXISTS helpers;"
    " CREATE OR REPLACE AGGREGATE helpers.group_concat(text, text)"
    " (SFUNC = string_agg_transfn, STYPE = internal, FINALFUNC = string_agg_finalfn);"
    " CREATE OR REPLACE FUNCTION helpers.with_comma(text, text) RETURNS text LANGUAGE sql"
    " AS $$ SELECT coalesce($1 || ',', '') || $2 $$;"
    " CREATE OR REPLACE AGGREGATE helpers.group_concat(text) (SFUNC = helpers.with_comma, STYPE = text);"
    " CREATE OR REPLACE FUNCTION helpers.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE 'refused by the test' USING ERRCODE = TG_ARGV[0]; END $$; COMMIT; RESET client_min_messages";

/* Makes the place: `folder` of the test and in it the file, or a schema; the name is to be freed. */
static inline char *raw_make(const char *folder)
{
    char name[600], text[700];
    raw_t raw;

    if (!raw_is_pgsql()) {
        snprintf(name, sizeof(name), "%s/desk.db", folder);
        return strdup(name);
    }
    snprintf(name, sizeof(name), "unit_%ld", (long)getpid());
    raw_open(&raw, name);
    raw_run(&raw, raw_helpers);
    snprintf(text, sizeof(text), "CREATE SCHEMA %s", name);
    raw_run(&raw, text);
    raw_close(&raw);
    return strdup(name);
}

static inline void raw_remove(const char *place)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal", "-writer"};
    char name[700];
    raw_t raw;

    if (raw_is_pgsql()) {
        raw_open(&raw, place);
        snprintf(name, sizeof(name), "SET client_min_messages = error; DROP SCHEMA %s CASCADE", place);
        raw_run(&raw, name);
        raw_close(&raw);
        return;
    }
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", place, endings[i]);
        unlink(name);
    }
}

/* After many new rows: what autovacuum, which is off in tests, would have done. SQLite plans without it. */
static inline void raw_know_sizes(const raw_t *raw)
{
    if (raw->pgsql) {
        raw_run(raw, "ANALYZE");
    }
}

/* Every new row of a table fails. */
static inline void raw_refuse_inserts(const raw_t *raw, const char *table)
{
    char text[300];

    snprintf(text, sizeof(text),
             raw->sqlite
                 ? "CREATE TRIGGER refuse BEFORE INSERT ON %s BEGIN SELECT raise(ABORT, 'refused'); END"
                 : "CREATE TRIGGER refuse BEFORE INSERT ON %s EXECUTE FUNCTION helpers.refuse('raise_exception')",
             table);
    raw_run(raw, text);
}

static inline void raw_accept_inserts(const raw_t *raw, const char *table)
{
    char text[300];

    snprintf(text, sizeof(text), raw->sqlite ? "DROP TRIGGER refuse" : "DROP TRIGGER refuse ON %s", table);
    raw_run(raw, text);
}

/* Every write fails as if the disk were full, or no more. */
static inline void raw_refuse_writes(const raw_t *raw, int refuse)
{
    if (raw->sqlite) {
        raw_run(raw, refuse ? "PRAGMA query_only = 1" : "PRAGMA query_only = 0");
        return;
    }
    raw_run(raw, refuse ? "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname ="
                          " current_schema() LOOP EXECUTE format('CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR"
                          " DELETE ON %I EXECUTE FUNCTION helpers.refuse(''disk_full'')', t); END LOOP; END $$"
                        : "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname ="
                          " current_schema() LOOP EXECUTE format('DROP TRIGGER refuse ON %I', t); END LOOP; END $$");
}

#endif
