/* Schema steps: from nothing, by many at once, refused when newer, all or nothing; and what the check finds. */
#include "store_fixture.h"

#include <apr_tables.h>

static sd_error_t *collect(void *baton, sd_row_t *row)
{
    apr_array_header_t *lines = baton;

    APR_ARRAY_PUSH(lines, const char *) = sd_row_text(row, 0);
    return NULL;
}

static apr_array_header_t *findings(connection_t *connection)
{
    apr_array_header_t *lines = apr_array_make(connection->work, 4, sizeof(const char *));

    assert_null(sd_schema_check(connection->store, collect, lines));
    return lines;
}

static void test_migrate_from_nothing(void **state)
{
    connection_t connection;
    int step = -1, applied = -1;

    connection_begin(&connection, *state);
    assert_null(sd_schema_step(connection.store, &step));
    assert_int_equal(step, 0);
    assert_null(sd_schema_migrate(connection.store, &applied));
    assert_int_equal(applied, sd_schema_newest());
    assert_null(sd_schema_step(connection.store, &step));
    assert_int_equal(step, sd_schema_newest());
    assert_null(sd_schema_migrate(connection.store, &applied));
    assert_int_equal(applied, 0);
    assert_int_equal(number_raw(connection.db, "SELECT count(*) FROM schema_step WHERE title <> '' AND at > 1"), step);
    assert_int_equal(number_raw(connection.db, "SELECT count(*) FROM request"), 0);
    assert_int_equal(findings(&connection)->nelts, 0);
    connection_close(&connection);
}

static void test_steps_are_numbered_without_gap(void **state)
{
    int expected = 0;

    (void)state;
    for (const sd_schema_step_t *step = sd_driver_sqlite.steps; step->number; step++) {
        assert_int_equal(step->number, ++expected);
        assert_non_null(step->title);
        assert_non_null(step->text);
    }
    assert_int_equal(sd_schema_newest(), expected);
    assert_true(expected >= 3);
}

static void test_ensure_looks_once(void **state)
{
    connection_t connection;

    connection_begin(&connection, *state);
    assert_null(sd_schema_ensure(connection.store));
    run_raw(connection.db, "DROP TABLE schema_step");
    assert_null(sd_schema_ensure(connection.store));
    assert_int_equal(number_raw(connection.db, "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_step'"), 0);
    connection_close(&connection);
}

static void test_newer_schema_is_refused(void **state)
{
    connection_t connection;
    int applied = -1;

    connection_begin(&connection, *state);
    assert_null(sd_schema_migrate(connection.store, NULL));
    run_raw(connection.db, "INSERT INTO schema_step (number, title, at) VALUES (999, 'from the future', 1)");
    assert_error_says(sd_schema_ensure(connection.store), SD_ERROR_UNAVAILABLE, "step 999");
    assert_error_says(sd_schema_ensure(connection.store), SD_ERROR_UNAVAILABLE, "step 999");
    assert_error_says(sd_schema_migrate(connection.store, &applied), SD_ERROR_UNAVAILABLE, "step 999");
    assert_int_equal(applied, 0);
    connection_close(&connection);
}

/* A table in the way of step 2 stands for any failure in its middle. */
static void test_failing_step_leaves_the_one_before(void **state)
{
    connection_t connection;
    int step = -1, applied = -1;

    connection_begin(&connection, *state);
    run_raw(connection.db, "CREATE TABLE transition (x)");
    assert_error_says(sd_schema_migrate(connection.store, &applied), SD_ERROR_INTERNAL, "transition");
    assert_int_equal(applied, 1);
    assert_null(sd_schema_step(connection.store, &step));
    assert_int_equal(step, 1);
    assert_int_equal(number_raw(connection.db, "SELECT count(*) FROM sqlite_schema WHERE name = 'desk'"), 0);
    run_raw(connection.db, "DROP TABLE transition");
    assert_null(sd_schema_ensure(connection.store));
    assert_null(sd_schema_step(connection.store, &step));
    assert_int_equal(step, sd_schema_newest());
    connection_close(&connection);
}

static void test_locked_database(void **state)
{
    fixture_t *fixture = *state;
    connection_t connection;
    sqlite3 *other = NULL;

    connection_begin(&connection, fixture);
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    run_raw(other, "BEGIN IMMEDIATE");
    assert_error_says(sd_schema_ensure(connection.store), SD_ERROR_UNAVAILABLE, "locked");
    run_raw(other, "ROLLBACK");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    assert_null(sd_schema_ensure(connection.store));
    connection_close(&connection);
}

static void test_many_processes_at_once(void **state)
{
    fixture_t *fixture = *state;
    pid_t children[8];
    int ends[2];
    char byte;

    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < 8; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            connection_t connection;

            close(ends[1]);
            if (read(ends[0], &byte, 1) != 0) {
                _exit(2);
            }
            connection_begin(&connection, fixture);
            _exit(sd_schema_ensure(connection.store) ? 3 : 0);
        }
    }
    close(ends[0]);
    close(ends[1]); /* the starting shot */
    for (int i = 0; i < 8; i++) {
        assert_int_equal(wait_child(children[i]), 0);
    }
    assert_int_equal(number_in_file(fixture, "SELECT count(*) FROM schema_step"), sd_schema_newest());
}

static void fill(connection_t *connection)
{
    run_raw(
        connection->db,
        "INSERT INTO account (id, public_id, directory_id, name, name_key, display_name, state, origin, created)"
        " VALUES (1, 'a', 1, 'ann', 'ann', 'Ann', 'active', 'test', 1), (2, 'b', 1, 'bob', 'bob', 'Bob', 'active',"
        " 'test', 1);"
        "INSERT INTO desk (id, key, name, access, created) VALUES (1, 'HELP', 'Help', 'accounts', 1),"
        " (2, 'HR', 'People', 'listed', 1);"
        "INSERT INTO request_type (id, desk_id, name, search_key, created) VALUES (1, 1, 'Incident', 'i', 1),"
        " (2, 2, 'Leave', 'l', 1);"
        "INSERT INTO request (id, desk_id, key, request_type_id, reporter_id, author_id, summary, summary_key, status,"
        " status_at, open, created, updated, public_updated, deleted) VALUES"
        " (1, 1, 'HELP-1', 1, 1, 1, 's', 's', 'waiting-for-support', 1, 1, 1, 1, 1, 0),"
        " (2, 1, 'HELP-2', 1, 1, 1, 's', 's', 'resolved', 1, 0, 1, 1, 1, 0),"
        " (3, 1, 'HELP-3', 1, 1, 1, 's', 's', 'canceled', 1, 0, 1, 1, 1, 1),"
        " (4, 2, 'HR-1', 2, 2, 1, 's', 's', 'in-progress', 1, 1, 1, 1, 1, 0);"
        "INSERT INTO desk_count (desk_id, account_id, open_requests, closed_requests, last_activity) VALUES"
        " (1, 1, 1, 1, 1), (2, 2, 1, 0, 1), (2, 1, 0, 0, 1)");
}

/* What the requests above are found by. */
static void fill_words(connection_t *connection)
{
    run_raw(connection->db,
            "DELETE FROM request_text; DELETE FROM request_word;"
            "INSERT INTO request_text (desk_id, request_id, words, inner_words, pending) VALUES"
            " (1, 1, ' a  b_c ', '', 0), (1, 2, ' a ', ' d ', 1), (2, 4, '', '', 2);"
            "INSERT INTO request_word (desk_id, word, request_id) VALUES (1, 'a', 1), (1, 'b_c', 1), (1, 'd', 2)");
}

static void check_finding(connection_t *connection, const char *damage, const char *repair, const char *expected)
{
    apr_array_header_t *lines;

    run_raw(connection->db, damage);
    lines = findings(connection);
    assert_int_equal(lines->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(lines, 0, const char *), expected);
    run_raw(connection->db, repair);
    assert_int_equal(findings(connection)->nelts, 0);
}

static void test_check_finds(void **state)
{
    connection_t connection;

    connection_begin(&connection, *state);
    assert_null(sd_schema_migrate(connection.store, NULL));
    fill(&connection);
    fill_words(&connection);
    assert_int_equal(findings(&connection)->nelts, 0);
    check_finding(&connection, "UPDATE desk_count SET open_requests = 2 WHERE desk_id = 1",
                  "UPDATE desk_count SET open_requests = 1 WHERE desk_id = 1",
                  "desk_count of desk 1, account 1 says 2 open, 1 closed; the requests say 1 and 1");
    check_finding(&connection, "DELETE FROM desk_count WHERE desk_id = 2 AND account_id = 2",
                  "INSERT INTO desk_count (desk_id, account_id, open_requests, closed_requests, last_activity)"
                  " VALUES (2, 2, 1, 0, 1)",
                  "desk_count of desk 2, account 2 says 0 open, 0 closed; the requests say 1 and 0");
    check_finding(&connection, "UPDATE request SET status = 'waiting-for-customer' WHERE id = 3",
                  "UPDATE request SET status = 'closed' WHERE id = 3",
                  "request HELP-3 has open = 0 and status waiting-for-customer");
    check_finding(&connection, "UPDATE request SET status = 'Escalated' WHERE id = 1",
                  "UPDATE request SET status = 'escalated' WHERE id = 1",
                  "request HELP-1 has open = 1 and status Escalated");
    check_finding(&connection, "UPDATE request SET request_type_id = 1 WHERE id = 4",
                  "UPDATE request SET request_type_id = 2 WHERE id = 4",
                  "request HR-1 of desk 2 has a request type of desk 1");
    check_finding(&connection,
                  "INSERT INTO participant (request_id, account_id, added_by, created, activity)"
                  " SELECT id, 2, 1, 1, public_updated - 1 FROM request WHERE id = 1",
                  "UPDATE participant SET activity = activity + 1",
                  "participant 2 of request HELP-1 has another time of activity than it");
    check_finding(&connection,
                  "INSERT INTO organization (id, name, name_key, created) VALUES (1, 'A', 'a', 1);"
                  "INSERT INTO request_organization (request_id, organization_id) VALUES (1, 1)",
                  "UPDATE request_organization SET activity = (SELECT public_updated FROM request WHERE id = 1)",
                  "organization 1 of request HELP-1 has another time of activity than it");
    check_finding(
        &connection, "DELETE FROM request_text WHERE request_id = 2; DELETE FROM request_word WHERE word = 'd'",
        "INSERT INTO request_text (desk_id, request_id, words, inner_words, pending) VALUES (1, 2, '', '', 2)",
        "request HELP-2 is not found by searches");
    check_finding(&connection, "INSERT INTO request_word (desk_id, word, request_id) VALUES (1, 'bxc', 1)",
                  "DELETE FROM request_word WHERE word = 'bxc'", "request 1 is found by bxc, which it does not have");
    check_finding(&connection, "INSERT INTO request_word (desk_id, word, request_id) VALUES (2, 'a', 3)",
                  "DELETE FROM request_word WHERE request_id = 3", "request 3 is found by a, which it does not have");
    check_finding(&connection,
                  "PRAGMA foreign_keys = OFF; INSERT INTO comment (id, request_id, author_id, body, public, created)"
                  " VALUES (5, 99, 1, 'b', 1, 1)",
                  "DELETE FROM comment; PRAGMA foreign_keys = ON", "foreign key: comment row 5 has no request");
    connection_close(&connection);
}

/* A database as the steps before the one of that title left it. */
static void migrate_up_to(connection_t *connection, const char *title)
{
    run_raw(connection->db, "CREATE TABLE schema_step (number INTEGER PRIMARY KEY, title TEXT NOT NULL, at BIGINT NOT"
                            " NULL)");
    for (const sd_schema_step_t *step = sd_driver_sqlite.steps; strcmp(step->title, title) != 0; step++) {
        run_raw(connection->db, step->text);
        run_raw(connection->db,
                apr_psprintf(connection->work, "INSERT INTO schema_step VALUES (%d, 'x', 2)", step->number));
    }
}

/* Tables that had to be made anew hold what they held, and give no id out twice: mails point to such ids. */
static void test_what_was_rebuilt_for_links(void **state)
{
    connection_t connection;

    connection_begin(&connection, *state);
    migrate_up_to(&connection, "one-time links, the way back of an address, ends of API tokens");
    fill(&connection);
    run_raw(connection.db,
            "INSERT INTO session (hash, account_id, kind, directory, generation, created, last_seen, idle, expires,"
            " csrf, source, auth_time, restricted) VALUES ('h', 1, 'bridge', 'ldap', 2, 3, 4, 5, 6, 'c', 's', 7, 1);"
            "INSERT INTO mailed_token (id, hash, kind, nonce, pepper, account_id, address, address_key, created,"
            " expires, used, revoked) VALUES (3, 'a', 'reset', 'n', 1, 2, 'A@x', 'a@x', 4, 5, 6, 7),"
            " (9, 'b', 'reset', 'n', 1, 2, 'A@x', 'a@x', 4, 5, NULL, NULL);"
            "DELETE FROM mailed_token WHERE id = 9;");
    assert_null(sd_schema_migrate(connection.store, NULL));
    assert_int_equal(number_raw(connection.db, "SELECT count(*) FROM session WHERE hash = 'h' AND account_id = 1"
                                               " AND kind = 'bridge' AND directory = 'ldap' AND generation = 2"
                                               " AND created = 3 AND last_seen = 4 AND idle = 5 AND expires = 6"
                                               " AND csrf = 'c' AND source = 's' AND auth_time = 7"
                                               " AND restricted = 1"),
                     1);
    assert_int_equal(number_raw(connection.db, "SELECT count(*) FROM mailed_token WHERE id = 3 AND hash = 'a'"
                                               " AND kind = 'reset' AND nonce = 'n' AND pepper = 1 AND account_id = 2"
                                               " AND address = 'A@x' AND address_key = 'a@x' AND created = 4"
                                               " AND expires = 5 AND used = 6 AND revoked = 7"),
                     1);
    run_raw(connection.db, "INSERT INTO mailed_token (hash, kind, nonce, pepper, address, address_key, created,"
                           " expires) VALUES ('c', 'address-back', 'n', 1, 'b@x', 'b@x', 1, 2)");
    assert_int_equal(number_raw(connection.db, "SELECT id FROM mailed_token WHERE hash = 'c'"), 10);
    connection_close(&connection);
}

/* What was shared before the lists knew activities is in its place afterwards. */
static void test_activity_of_what_was_there(void **state)
{
    connection_t connection;

    connection_begin(&connection, *state);
    migrate_up_to(&connection, "activity of shared requests");
    fill(&connection);
    run_raw(connection.db, "UPDATE request SET public_updated = 100 * id;"
                           "INSERT INTO participant (request_id, account_id, added_by, created) VALUES (1, 2, 1, 5),"
                           " (3, 2, 1, 6);"
                           "INSERT INTO organization (id, name, name_key, created) VALUES (1, 'A', 'a', 1);"
                           "INSERT INTO request_organization (request_id, organization_id) VALUES (3, 1), (4, 1)");
    assert_null(sd_schema_migrate(connection.store, NULL));
    assert_int_equal(number_raw(connection.db, "SELECT count(*) FROM participant WHERE activity = 100 * request_id"),
                     2);
    assert_int_equal(
        number_raw(connection.db, "SELECT count(*) FROM request_organization WHERE activity = 100 * request_id"), 2);
    assert_int_equal(findings(&connection)->nelts, 0);
    connection_close(&connection);
}

/* An index without its entry is what integrity_check exists for. */
static void test_check_finds_damaged_index(void **state)
{
    connection_t connection;
    apr_array_header_t *lines;

    connection_begin(&connection, *state);
    assert_null(sd_schema_migrate(connection.store, NULL));
    fill(&connection);
    sqlite3_db_config(connection.db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    run_raw(connection.db, "PRAGMA writable_schema = ON;"
                           "UPDATE sqlite_schema SET sql = replace(sql, '(request_id, public, id)',"
                           " '(request_id, id, public)') WHERE name = 'comment_request';"
                           "INSERT INTO comment (request_id, author_id, body, public, created)"
                           " VALUES (1, 1, 'b', 0, 1), (1, 1, 'b', 0, 1);"
                           "PRAGMA writable_schema = RESET");
    lines = findings(&connection);
    assert_true(lines->nelts > 0);
    assert_non_null(strstr(APR_ARRAY_IDX(lines, 0, const char *), "integrity: "));
    connection_close(&connection);
}

/* ---- the two lists ---- */

typedef struct spelling_t {
    const char *there, *here;
} spelling_t;

/* What is only another spelling of the same. */
static const spelling_t spellings[] = {
    {" BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", " INTEGER PRIMARY KEY"},
    {" INTEGER PRIMARY KEY AUTOINCREMENT", " INTEGER PRIMARY KEY"},
    {" TEXT COLLATE \"C\"", " TEXT"},
    {" BIGINT", " INTEGER"},
    {" WITHOUT ROWID", ""},
};

static const char *spell(apr_pool_t *pool, const char *text)
{
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        for (const char *found; (found = strstr(text, spellings[i].there));) {
            text = apr_pstrcat(pool, apr_pstrmemdup(pool, text, (apr_size_t)(found - text)), spellings[i].here,
                               found + strlen(spellings[i].there), NULL);
        }
    }
    return text;
}

/* The statements that make tables and indexes, one a line. A hash of an id is for PostgreSQL alone: in SQLite the id is
 * the place of the row. */
static const char *makers_of(apr_pool_t *pool, const char *text)
{
    char *rest = apr_pstrdup(pool, spell(pool, text)), *state = NULL;
    const char *makers = "";

    for (char *one = apr_strtok(rest, ";", &state); one; one = apr_strtok(NULL, ";", &state)) {
        if (!strstr(one, " USING hash (id)") &&
            (strncmp(one, "CREATE TABLE ", 13) == 0 || strncmp(one, "CREATE INDEX ", 13) == 0 ||
             strncmp(one, "CREATE UNIQUE INDEX ", 20) == 0)) {
            makers = apr_pstrcat(pool, makers, one, "\n", NULL);
        }
    }
    return makers;
}

static void test_both_databases_have_the_same_steps(void **state)
{
    fixture_t *fixture = *state;
    const sd_schema_step_t *here = sd_schema_steps_sqlite, *there = sd_schema_steps_pgsql;

    for (; here->number && there->number; here++, there++) {
        assert_int_equal(here->number, there->number);
        assert_string_equal(here->title, there->title);
        assert_string_equal(makers_of(fixture->pool, there->text), makers_of(fixture->pool, here->text));
    }
    assert_int_equal(here->number, there->number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_migrate_from_nothing),
        store_test(test_steps_are_numbered_without_gap),
        store_test(test_ensure_looks_once),
        store_test(test_newer_schema_is_refused),
        store_test(test_failing_step_leaves_the_one_before),
        store_test(test_locked_database),
        store_test(test_many_processes_at_once),
        store_test(test_check_finds),
        store_test(test_check_finds_damaged_index),
        store_test(test_both_databases_have_the_same_steps),
        store_test(test_activity_of_what_was_there),
        store_test(test_what_was_rebuilt_for_links),
    };

    return cmocka_run_group_tests_name("store schema", tests, NULL, NULL);
}
