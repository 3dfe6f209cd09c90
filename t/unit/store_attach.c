/* A connection's first and later lends: settings, a locked, read-only, moved, damaged or missing file. */
#include "store_fixture.h"

SD_SQL(count_things, "SELECT count(*) FROM thing");
SD_SQL(add_thing, "INSERT INTO thing (n) VALUES (1)");

static sd_error_t *add_one(void *baton)
{
    return sd_store_execute(baton, &add_thing, SD_NO_VALUES, NULL);
}

static void make_table(fixture_t *fixture)
{
    connection_t connection;

    connection_begin(&connection, fixture);
    run_raw(connection.db, "CREATE TABLE thing (id INTEGER PRIMARY KEY, n INTEGER)");
    connection_close(&connection);
}

static void test_settings(void **state)
{
    connection_t connection;
    sqlite3_stmt *statement;

    connection_begin(&connection, *state);
    assert_int_equal(number_raw(connection.db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number_raw(connection.db, "PRAGMA trusted_schema"), 0);
    assert_int_equal(number_raw(connection.db, "PRAGMA synchronous"), 2);
    assert_int_equal(number_raw(connection.db, "PRAGMA busy_timeout"), 250);
    assert_int_equal(sqlite3_prepare_v2(connection.db, "PRAGMA journal_mode", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "wal");
    sqlite3_finalize(statement);
    connection_close(&connection);
}

/* Whatever got into a statement, it reaches no other file and no code. Case: security.md 131. */
static void test_nothing_but_this_file(void **state)
{
    static const char *const refused[][2] = {
        {"ATTACH DATABASE ':memory:' AS other", "too many attached databases"},
        {"SELECT load_extension('x')", "not authorized"},
        {"VACUUM INTO 'a copy.db'", "too many attached databases"},
        {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = ''", "may not be modified"},
    };
    connection_t connection;
    char *message = NULL;

    connection_begin(&connection, *state);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_int_not_equal(sqlite3_exec(connection.db, refused[i][0], NULL, NULL, &message), SQLITE_OK);
        if (!strstr(message, refused[i][1])) {
            fail_msg("%s: %s", refused[i][0], message);
        }
        sqlite3_free(message);
    }
    connection_close(&connection);
}

static void test_unknown_driver(void **state)
{
    fixture_t *fixture = *state;
    sd_store_t *store;

    assert_error_says(sd_store_attach(&store, fixture->pool, "mysql", NULL, fixture->writer), SD_ERROR_UNAVAILABLE,
                      "mysql");
}

static void test_lent_once(void **state)
{
    connection_t connection;
    apr_int64_t number;

    make_table(*state);
    connection_open(&connection, *state);
    assert_error_says(sd_store_number(connection.store, &count_things, SD_NO_VALUES, 0, &number), SD_ERROR_INTERNAL,
                      "not lent");
    assert_error_says(sd_store_write(connection.store, add_one, connection.store), SD_ERROR_INTERNAL, "not lent");
    assert_null(sd_store_lend(connection.store, connection.work));
    assert_ptr_equal(sd_store_pool(connection.store), connection.work);
    assert_error_says(sd_store_lend(connection.store, connection.work), SD_ERROR_INTERNAL, "lent already");
    sd_store_return(connection.store);
    sd_store_return(connection.store);
    assert_null(sd_store_pool(connection.store));
    assert_null(sd_store_lend(connection.store, connection.work));
    connection_close(&connection);
}

/* Locked while it is attached, the connection is whole again at the next lend. */
static void test_locked_at_first_lend(void **state)
{
    fixture_t *fixture = *state;
    connection_t connection;
    sqlite3 *other = NULL;
    apr_int64_t number = 0;

    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    run_raw(other, "CREATE TABLE thing (id INTEGER PRIMARY KEY, n INTEGER); BEGIN EXCLUSIVE");
    connection_open(&connection, fixture);
    assert_error_says(sd_store_lend(connection.store, connection.work), SD_ERROR_UNAVAILABLE, "locked");
    assert_error_says(sd_store_lend(connection.store, connection.work), SD_ERROR_UNAVAILABLE, "locked");
    run_raw(other, "COMMIT");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    assert_null(sd_store_lend(connection.store, connection.work));
    assert_null(sd_store_write(connection.store, add_one, connection.store));
    assert_null(sd_store_number(connection.store, &count_things, SD_NO_VALUES, 0, &number));
    assert_int_equal(number, 1);
    assert_int_equal(number_raw(connection.db, "PRAGMA synchronous"), 2);
    connection_close(&connection);
}

/* A shell that forgot its transaction: reads go on, a write gives up after the library's short wait. */
static void test_locked_later(void **state)
{
    fixture_t *fixture = *state;
    connection_t connection;
    sqlite3 *other = NULL;
    apr_int64_t number = -1;
    apr_interval_time_t start;

    make_table(fixture);
    connection_begin(&connection, fixture);
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    run_raw(other, "BEGIN IMMEDIATE");
    start = sd_store_ticks();
    assert_error_says(sd_store_write(connection.store, add_one, connection.store), SD_ERROR_UNAVAILABLE, "locked");
    assert_in_range(sd_store_ticks() - start, 200000, 2000000);
    assert_null(sd_store_number(connection.store, &count_things, SD_NO_VALUES, 0, &number));
    assert_int_equal(number, 0);
    run_raw(other, "ROLLBACK");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    assert_null(sd_store_write(connection.store, add_one, connection.store));
    connection_close(&connection);
}

static void check_reads_but_no_writes(connection_t *connection)
{
    apr_int64_t number = -1;

    assert_null(sd_store_lend(connection->store, connection->work));
    assert_null(sd_store_number(connection->store, &count_things, SD_NO_VALUES, 0, &number));
    assert_int_equal(number, 1);
    assert_error(sd_store_write(connection->store, add_one, connection->store), SD_ERROR_UNAVAILABLE);
    assert_null(sd_store_number(connection->store, &count_things, SD_NO_VALUES, 0, &number));
    assert_int_equal(number, 1);
}

static void make_one_thing(fixture_t *fixture)
{
    connection_t connection;

    make_table(fixture);
    connection_begin(&connection, fixture);
    assert_null(sd_store_write(connection.store, add_one, connection.store));
    connection_close(&connection);
}

static void test_opened_read_only(void **state)
{
    fixture_t *fixture = *state;
    connection_t connection;

    make_one_thing(fixture);
    connection_open_flags(&connection, fixture, fixture->path, SQLITE_OPEN_READONLY);
    check_reads_but_no_writes(&connection);
    connection_close(&connection);
}

/* A child without root's rights sees the permissions of the file. */
static void test_file_that_may_only_be_read(void **state)
{
    fixture_t *fixture = *state;
    pid_t child;

    make_one_thing(fixture);
    assert_int_equal(chmod(fixture->path, 0444), 0);
    assert_int_equal(chmod(fixture->folder, 0777), 0);
    child = fork();
    if (child == 0) {
        connection_t connection;

        if (geteuid() == 0 && setuid(65534) != 0) {
            _exit(2);
        }
        connection_open(&connection, fixture);
        check_reads_but_no_writes(&connection);
        _exit(0);
    }
    assert_int_equal(wait_child(child), 0);
}

static void test_read_only_without_wal(void **state)
{
    fixture_t *fixture = *state;
    connection_t connection;
    sqlite3 *other = NULL;

    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    run_raw(other, "CREATE TABLE thing (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO thing (n) VALUES (1)");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    connection_open_flags(&connection, fixture, fixture->path, SQLITE_OPEN_READONLY);
    check_reads_but_no_writes(&connection);
    connection_close(&connection);
}

static void test_deleted_file(void **state)
{
    fixture_t *fixture = *state;
    connection_t connection;

    make_table(fixture);
    connection_begin(&connection, fixture);
    sd_store_return(connection.store);
    assert_int_equal(unlink(fixture->path), 0);
    assert_error_says(sd_store_lend(connection.store, connection.work), SD_ERROR_UNAVAILABLE, "moved");
    connection_close(&connection);
    assert_int_not_equal(access(fixture->path, F_OK), 0);
}

static void test_replaced_file(void **state)
{
    fixture_t *fixture = *state;
    connection_t connection, fresh;
    char old[280];

    make_table(fixture);
    connection_begin(&connection, fixture);
    sd_store_return(connection.store);
    snprintf(old, sizeof(old), "%s.old", fixture->path);
    assert_int_equal(rename(fixture->path, old), 0);
    assert_error_says(sd_store_lend(connection.store, connection.work), SD_ERROR_UNAVAILABLE, "moved");
    make_table(fixture);
    assert_error_says(sd_store_lend(connection.store, connection.work), SD_ERROR_UNAVAILABLE, "moved");
    connection_begin(&fresh, fixture);
    assert_null(sd_store_write(fresh.store, add_one, fresh.store));
    connection_close(&fresh);
    connection_close(&connection);
}

static void test_not_a_database(void **state)
{
    fixture_t *fixture = *state;
    connection_t connection;
    FILE *file = fopen(fixture->path, "w");

    assert_non_null(file);
    for (int i = 0; i < 500; i++) {
        fputs("this is no database ", file);
    }
    fclose(file);
    connection_open(&connection, fixture);
    assert_error_says(sd_store_lend(connection.store, connection.work), SD_ERROR_UNAVAILABLE, "sqlite 26");
    connection_close(&connection);
}

static void test_damaged_page(void **state)
{
    fixture_t *fixture = *state;
    connection_t connection;
    apr_int64_t number;
    FILE *file;

    make_table(fixture);
    file = fopen(fixture->path, "r+");
    assert_non_null(file);
    fseek(file, 4096, SEEK_SET);
    fwrite("\xff\xff\xff\xff\xff\xff\xff\xff", 8, 1, file);
    fclose(file);
    connection_begin(&connection, fixture);
    assert_error_says(sd_store_number(connection.store, &count_things, SD_NO_VALUES, 0, &number), SD_ERROR_UNAVAILABLE,
                      "malformed");
    connection_close(&connection);
}

static void test_in_memory(void **state)
{
    connection_t connection;
    apr_int64_t number = 0;

    connection_open_flags(&connection, *state, ":memory:", SQLITE_OPEN_READWRITE);
    assert_null(sd_store_lend(connection.store, connection.work));
    run_raw(connection.db, "CREATE TABLE thing (id INTEGER PRIMARY KEY, n INTEGER)");
    assert_null(sd_store_write(connection.store, add_one, connection.store));
    assert_null(sd_store_number(connection.store, &count_things, SD_NO_VALUES, 0, &number));
    assert_int_equal(number, 1);
    connection_close(&connection);
}

/* Somebody else used the pooled connection and left a transaction: neither its rows nor its lock stay. */
static void test_foreign_transaction_is_rolled_back(void **state)
{
    connection_t connection;

    make_table(*state);
    connection_open(&connection, *state);
    run_raw(connection.db, "BEGIN; INSERT INTO thing (n) VALUES (5)");
    assert_null(sd_store_lend(connection.store, connection.work));
    assert_true(sqlite3_get_autocommit(connection.db));
    run_raw(connection.db, "BEGIN; INSERT INTO thing (n) VALUES (6)");
    sd_store_return(connection.store);
    assert_true(sqlite3_get_autocommit(connection.db));
    assert_int_equal(number_raw(connection.db, "SELECT count(*) FROM thing"), 0);
    connection_close(&connection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_settings),
        store_test(test_nothing_but_this_file),
        store_test(test_unknown_driver),
        store_test(test_lent_once),
        store_test(test_locked_at_first_lend),
        store_test(test_locked_later),
        store_test(test_opened_read_only),
        store_test(test_file_that_may_only_be_read),
        store_test(test_read_only_without_wal),
        store_test(test_deleted_file),
        store_test(test_replaced_file),
        store_test(test_not_a_database),
        store_test(test_damaged_page),
        store_test(test_in_memory),
        store_test(test_foreign_transaction_is_rolled_back),
    };

    return cmocka_run_group_tests_name("store attach", tests, NULL, NULL);
}
