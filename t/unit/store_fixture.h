/*
 * What the store's tests share: a database file in a folder of its own, and connections to it as mod_dbd holds them.
 *
 * A fixture belongs to one test; connections may also be opened in forked children and in threads.
 */
#ifndef SD_UNIT_STORE_FIXTURE_H
#define SD_UNIT_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "store/driver.h"
#include "store/schema.h"

typedef struct fixture_t {
    apr_pool_t *pool;
    char folder[200];
    char path[240];
    sd_writer_t *writer;
} fixture_t;

typedef struct connection_t {
    sqlite3 *db;
    apr_pool_t *pool; /* the connection's */
    apr_pool_t *work; /* the unit of work's */
    sd_store_t *store;
} connection_t;

#define WRITER_MILLISECONDS 5000

static inline int fixture_setup(void **state)
{
    fixture_t *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    apr_initialize();
    apr_pool_create(&fixture->pool, NULL);
    snprintf(fixture->folder, sizeof(fixture->folder), "%s/sd-store-XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : P_tmpdir);
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/desk.db", fixture->folder);
    assert_null(sd_writer_create(&fixture->writer, fixture->pool, WRITER_MILLISECONDS));
    *state = fixture;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal", "-writer", ".old", ".old-wal", ".old-shm"};
    fixture_t *fixture = *state;
    char path[280];

    apr_pool_destroy(fixture->pool);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", fixture->path, endings[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(fixture->folder), 0);
    free(fixture);
    apr_terminate();
    return 0;
}

/* Opens and attaches; the caller lends. */
static inline void connection_open_flags(connection_t *connection, fixture_t *fixture, const char *path, int flags)
{
    assert_int_equal(sqlite3_open_v2(path, &connection->db, flags, NULL), SQLITE_OK);
    apr_pool_create(&connection->pool, NULL);
    apr_pool_create(&connection->work, NULL);
    assert_null(sd_store_attach(&connection->store, connection->pool, "sqlite3", connection->db, fixture->writer));
}

static inline void connection_open(connection_t *connection, fixture_t *fixture)
{
    connection_open_flags(connection, fixture, fixture->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

/* Opens and lends. */
static inline void connection_begin(connection_t *connection, fixture_t *fixture)
{
    connection_open(connection, fixture);
    assert_null(sd_store_lend(connection->store, connection->work));
}

/* In mod_dbd's order: the pool first, then the handle, which must have nothing left open. */
static inline void connection_close(connection_t *connection)
{
    sd_store_return(connection->store);
    apr_pool_destroy(connection->work);
    apr_pool_destroy(connection->pool);
    assert_int_equal(sqlite3_close(connection->db), SQLITE_OK);
}

static inline void run_raw(sqlite3 *db, const char *text)
{
    char *message = NULL;

    if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK) {
        fail_msg("%s: %s", text, message);
    }
}

static inline sqlite3_int64 number_raw(sqlite3 *db, const char *text)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_int64 number;

    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* The same through a connection that knows nothing of the store. */
static inline sqlite3_int64 number_in_file(fixture_t *fixture, const char *text)
{
    sqlite3 *db = NULL;
    sqlite3_int64 number;

    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    number = number_raw(db, text);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return number;
}

static inline int statement_count(sqlite3 *db)
{
    int count = 0;

    for (sqlite3_stmt *i = sqlite3_next_stmt(db, NULL); i; i = sqlite3_next_stmt(db, i)) {
        count++;
    }
    return count;
}

#define assert_error(error_, kind_)                                                                                    \
    do {                                                                                                               \
        const sd_error_t *assert_error_ = (error_);                                                                    \
        assert_non_null(assert_error_);                                                                                \
        assert_int_equal(assert_error_->kind, kind_);                                                                  \
    } while (0)

/* Also that the private story holds `part`. */
#define assert_error_says(error_, kind_, part_)                                                                        \
    do {                                                                                                               \
        const sd_error_t *assert_error_ = (error_);                                                                    \
        assert_non_null(assert_error_);                                                                                \
        assert_int_equal(assert_error_->kind, kind_);                                                                  \
        if (!assert_error_->detail || !strstr(assert_error_->detail, part_)) {                                         \
            fail_msg("\"%s\" is not in: %s", part_, assert_error_->detail ? assert_error_->detail : "(none)");         \
        }                                                                                                              \
    } while (0)

/* The exit code of a child, or -1 if a signal ended it. */
static inline int wait_child(pid_t child)
{
    int status = 0;

    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define store_test(fn_) cmocka_unit_test_setup_teardown(fn_, fixture_setup, fixture_teardown)

#endif
