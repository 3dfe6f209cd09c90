/* Statements of the store: values in, rows out, the cache, the errors. */
#include "store_fixture.h"

SD_SQL(add, "INSERT INTO thing (name, n, owner) VALUES ($1, $2, $3) RETURNING id");
SD_SQL(add_quietly, "INSERT INTO thing (name, n) VALUES ($1, $2)");
SD_SQL(get, "SELECT id, name, n, owner FROM thing WHERE id = $1");
SD_SQL(list, "SELECT id, name FROM thing ORDER BY id");
SD_SQL(raise_n, "UPDATE thing SET n = n + $1 WHERE n >= $2");
SD_SQL(count_all, "SELECT count(*) FROM thing");
SD_SQL(echo, "SELECT $1, $2, typeof($1), typeof($2), $1 IS $2");
SD_SQL(endless, "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c");
SD_SQL(wrong_name, "SELECT :first");
SD_SQL(wrong_order, "SELECT $2, $1");
SD_SQL(nameless, "SELECT ?");
SD_SQL(two_statements, "SELECT 1; SELECT 2");
SD_SQL(empty, " ");
SD_SQL(no_table, "SELECT 1 FROM nothing");

static connection_t connection;

static int setup(void **state)
{
    fixture_setup(state);
    connection_begin(&connection, *state);
    run_raw(connection.db, "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, n INTEGER,"
                           " owner INTEGER REFERENCES thing (id), CHECK (n < 1000000))");
    return 0;
}

static int teardown(void **state)
{
    connection_close(&connection);
    return fixture_teardown(state);
}

typedef struct addition_t {
    const char *name;
    apr_int64_t n;
    apr_int64_t owner;
    apr_int64_t id;
} addition_t;

static sd_error_t *add_one(void *baton)
{
    addition_t *addition = baton;

    return sd_store_number(connection.store, &add,
                           SD_VALUES(SD_TEXT(addition->name), SD_INT(addition->n), SD_ID_OR_NULL(addition->owner)), 0,
                           &addition->id);
}

static apr_int64_t add_thing(const char *name, apr_int64_t n, apr_int64_t owner)
{
    addition_t addition = {name, n, owner, 0};

    assert_null(sd_store_write(connection.store, add_one, &addition));
    return addition.id;
}

/* ---- values and rows ---- */

typedef struct thing_t {
    int rows;
    apr_int64_t id, n;
    const char *name;
    int has_owner;
} thing_t;

static sd_error_t *read_thing(void *baton, sd_row_t *row)
{
    thing_t *thing = baton;

    thing->rows++;
    thing->id = sd_row_int(row, 0);
    thing->name = sd_row_text(row, 1);
    thing->n = sd_row_int(row, 2);
    thing->has_owner = sd_row_bool(row, 3);
    return NULL;
}

static void test_values_round_trip(void **state)
{
    const char *name = "h\xc3\xa9llo \xed\x99\x98\xeb\xb6\x88 'quoted' -- $1 %s";
    apr_int64_t huge = -APR_INT64_C(9223372036854775807) - 1;
    apr_int64_t first = add_thing(name, huge, 0), second = add_thing("second", 7, first);
    thing_t thing = {0};

    (void)state;
    assert_null(sd_store_query(connection.store, &get, SD_VALUES(SD_INT(first)), read_thing, &thing));
    assert_int_equal(thing.rows, 1);
    assert_int_equal(thing.id, first);
    assert_true(thing.n == huge);
    assert_string_equal(thing.name, name);
    assert_int_equal(thing.has_owner, 0);
    assert_null(sd_store_query(connection.store, &get, SD_VALUES(SD_INT(second)), read_thing, &thing));
    assert_int_equal(thing.rows, 2);
    assert_int_equal(thing.has_owner, 1);
}

static sd_error_t *read_echo(void *baton, sd_row_t *row)
{
    const char **types = baton;

    assert_null(sd_row_text(row, 0));
    assert_int_equal(sd_row_int(row, 0), 0);
    assert_string_equal(sd_row_text(row, 1), "");
    types[0] = sd_row_text(row, 2);
    types[1] = sd_row_text(row, 3);
    assert_int_equal(sd_row_bool(row, 4), 0);
    return NULL;
}

static void test_null_is_not_empty_text(void **state)
{
    const char *types[2] = {NULL, NULL};

    (void)state;
    assert_null(sd_store_query(connection.store, &echo, SD_VALUES(SD_TEXT(NULL), SD_TEXT("")), read_echo, types));
    assert_string_equal(types[0], "null");
    assert_string_equal(types[1], "text");
}

static void test_row_text_survives_the_cursor(void **state)
{
    thing_t first = {0}, second = {0};
    apr_int64_t a = add_thing("alpha", 1, 0), b = add_thing("beta", 2, 0);

    (void)state;
    assert_null(sd_store_query(connection.store, &get, SD_VALUES(SD_INT(a)), read_thing, &first));
    assert_null(sd_store_query(connection.store, &get, SD_VALUES(SD_INT(b)), read_thing, &second));
    assert_string_equal(first.name, "alpha");
    assert_string_equal(second.name, "beta");
}

static void test_number(void **state)
{
    apr_int64_t number = 0;

    (void)state;
    assert_null(sd_store_number(connection.store, &get, SD_VALUES(SD_INT(99)), -5, &number));
    assert_int_equal(number, -5);
    assert_null(sd_store_number(connection.store, &echo, SD_VALUES(SD_TEXT(NULL), SD_INT(3)), -6, &number));
    assert_int_equal(number, -6);
    assert_null(sd_store_number(connection.store, &echo, SD_VALUES(SD_INT(0), SD_INT(3)), -7, &number));
    assert_int_equal(number, 0);
    add_thing("one", 1, 0);
    add_thing("two", 2, 0);
    assert_null(sd_store_number(connection.store, &list, SD_NO_VALUES, -8, &number));
    assert_int_equal(number, 1);
}

static sd_error_t *raise_large(void *baton)
{
    return sd_store_execute(connection.store, &raise_n, SD_VALUES(SD_INT(10), SD_INT(2)), baton);
}

static void test_changed_rows(void **state)
{
    apr_int64_t changed = -1;

    (void)state;
    add_thing("one", 1, 0);
    add_thing("two", 2, 0);
    add_thing("three", 3, 0);
    assert_null(sd_store_write(connection.store, raise_large, &changed));
    assert_int_equal(changed, 2);
    assert_null(sd_store_execute(connection.store, &count_all, SD_NO_VALUES, &changed));
    assert_int_equal(changed, 0);
}

static sd_error_t *fail_at_two(void *baton, sd_row_t *row)
{
    int *rows = baton;

    return ++*rows == 2 ? sd_error_not_found(sd_store_pool(row->store)) : NULL;
}

static void test_error_of_callback_ends_query(void **state)
{
    int rows = 0;

    (void)state;
    add_thing("one", 1, 0);
    add_thing("two", 2, 0);
    add_thing("three", 3, 0);
    assert_error(sd_store_query(connection.store, &list, SD_NO_VALUES, fail_at_two, &rows), SD_ERROR_NOT_FOUND);
    assert_int_equal(rows, 2);
    assert_int_equal(sqlite3_txn_state(connection.db, "main"), SQLITE_TXN_NONE);
}

/* ---- the cache ---- */

static void test_statements_are_kept_and_bounded(void **state)
{
    apr_int64_t number;
    int before, memory = 0, later = 0, ignored;

    (void)state;
    add_thing("one", 1, 0);
    for (int i = 0; i < 10000; i++) {
        assert_null(sd_store_number(connection.store, &get, SD_VALUES(SD_INT(1)), 0, &number));
        assert_int_equal(number, 1);
        if (i == 10) {
            before = statement_count(connection.db);
            sqlite3_db_status(connection.db, SQLITE_DBSTATUS_STMT_USED, &memory, &ignored, 0);
        }
    }
    assert_int_equal(statement_count(connection.db), before);
    sqlite3_db_status(connection.db, SQLITE_DBSTATUS_STMT_USED, &later, &ignored, 0);
    assert_int_equal(later, memory);
}

static void test_no_read_transaction_stays_open(void **state)
{
    apr_int64_t number;

    (void)state;
    add_thing("one", 1, 0);
    add_thing("two", 1, 0);
    assert_null(sd_store_number(connection.store, &list, SD_NO_VALUES, 0, &number));
    for (sqlite3_stmt *i = sqlite3_next_stmt(connection.db, NULL); i; i = sqlite3_next_stmt(connection.db, i)) {
        assert_false(sqlite3_stmt_busy(i));
    }
    assert_int_equal(sqlite3_txn_state(connection.db, "main"), SQLITE_TXN_NONE);
}

static sd_error_t *descend(void *baton, sd_row_t *row)
{
    int *visits = baton;

    ++*visits;
    if (*visits < 8) {
        SD_TRY(sd_store_query(row->store, &list, SD_NO_VALUES, descend, visits));
    }
    return NULL;
}

static void test_statement_inside_itself(void **state)
{
    int visits = 0, before;

    (void)state;
    add_thing("one", 1, 0);
    add_thing("two", 2, 0);
    assert_null(sd_store_query(connection.store, &list, SD_NO_VALUES, NULL, NULL));
    before = statement_count(connection.db);
    assert_null(sd_store_query(connection.store, &list, SD_NO_VALUES, descend, &visits));
    assert_int_equal(visits, 16); /* eight levels of two rows: visits one to seven go one level down */
    assert_int_equal(statement_count(connection.db), before);
}

static void test_statement_outlives_schema_change(void **state)
{
    apr_int64_t number;
    sqlite3 *other = NULL;

    add_thing("one", 1, 0);
    assert_null(sd_store_number(connection.store, &count_all, SD_NO_VALUES, 0, &number));
    assert_int_equal(sqlite3_open(((fixture_t *)*state)->path, &other), SQLITE_OK);
    run_raw(other, "ALTER TABLE thing ADD COLUMN more TEXT; CREATE INDEX thing_n ON thing (n)");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    assert_null(sd_store_number(connection.store, &count_all, SD_NO_VALUES, 0, &number));
    assert_int_equal(number, 1);
    assert_int_equal(add_thing("two", 2, 0), 2);
}

/* ---- errors ---- */

static void test_unique_is_a_conflict(void **state)
{
    addition_t again = {"same", 2, 0, 0};
    sd_error_t *error;

    (void)state;
    add_thing("same", 1, 0);
    error = sd_store_write(connection.store, add_one, &again);
    assert_error_says(error, SD_ERROR_CONFLICT, "thing.name");
    assert_string_equal(error->key, "sd.store.unique");
    assert_string_equal(error->text, "It exists already.");
    assert_int_equal(number_raw(connection.db, "SELECT count(*) FROM thing"), 1);
}

static void test_other_constraints_are_bugs(void **state)
{
    addition_t orphan = {"orphan", 1, 77, 0}, nameless_thing = {NULL, 1, 0, 0}, large = {"large", 1000000, 0, 0};

    (void)state;
    assert_error_says(sd_store_write(connection.store, add_one, &orphan), SD_ERROR_INTERNAL, "FOREIGN KEY");
    assert_error_says(sd_store_write(connection.store, add_one, &nameless_thing), SD_ERROR_INTERNAL, "NOT NULL");
    assert_error_says(sd_store_write(connection.store, add_one, &large), SD_ERROR_INTERNAL, "CHECK");
    assert_int_equal(number_raw(connection.db, "SELECT count(*) FROM thing"), 0);
}

static void test_wrong_statements_are_refused(void **state)
{
    sd_store_t *store = connection.store;

    (void)state;
    assert_error_says(sd_store_query(store, &wrong_name, SD_VALUES(SD_INT(1)), NULL, NULL), SD_ERROR_INTERNAL,
                      ":first");
    assert_error_says(sd_store_query(store, &wrong_order, SD_VALUES(SD_INT(1), SD_INT(2)), NULL, NULL),
                      SD_ERROR_INTERNAL, "parameter 1 is written $2");
    assert_error_says(sd_store_query(store, &nameless, SD_VALUES(SD_INT(1)), NULL, NULL), SD_ERROR_INTERNAL,
                      "without a name");
    assert_error_says(sd_store_query(store, &get, SD_NO_VALUES, NULL, NULL), SD_ERROR_INTERNAL,
                      "0 values for 1 parameters");
    assert_error_says(sd_store_query(store, &two_statements, SD_NO_VALUES, NULL, NULL), SD_ERROR_INTERNAL,
                      "not exactly one");
    assert_error_says(sd_store_query(store, &empty, SD_NO_VALUES, NULL, NULL), SD_ERROR_INTERNAL, "not exactly one");
    assert_error_says(sd_store_query(store, &no_table, SD_NO_VALUES, NULL, NULL), SD_ERROR_INTERNAL, "no_table");
}

static void test_write_needs_the_writer_lock(void **state)
{
    sd_error_t *error = sd_store_execute(connection.store, &add_quietly, SD_VALUES(SD_TEXT("stray"), SD_INT(1)), NULL);

    (void)state;
    assert_error_says(error, SD_ERROR_INTERNAL, "outside sd_store_write");
    assert_int_equal(number_raw(connection.db, "SELECT count(*) FROM thing"), 0);
}

static void test_runaway_statement_is_stopped(void **state)
{
    apr_int64_t number;
    apr_interval_time_t start = sd_store_ticks();

    (void)state;
    connection.store->statement_milliseconds = 50;
    assert_error_says(sd_store_number(connection.store, &endless, SD_NO_VALUES, 0, &number), SD_ERROR_UNAVAILABLE,
                      "interrupted");
    assert_in_range(sd_store_ticks() - start, 50000, 2000000);
    assert_null(sd_store_number(connection.store, &count_all, SD_NO_VALUES, -1, &number));
    assert_int_equal(number, 0);
}

static sd_error_t *run_short_inside(void *baton, sd_row_t *row)
{
    apr_int64_t number;

    (void)baton;
    return sd_store_number(row->store, &count_all, SD_NO_VALUES, 0, &number);
}

SD_SQL(row_then_endless, "SELECT 1 UNION ALL SELECT count(*) FROM (WITH RECURSIVE c (n) AS"
                         " (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c)");

static void test_inner_statement_keeps_outer_bound(void **state)
{
    (void)state;
    connection.store->statement_milliseconds = 50;
    assert_error_says(sd_store_query(connection.store, &row_then_endless, SD_NO_VALUES, run_short_inside, NULL),
                      SD_ERROR_UNAVAILABLE, "interrupted");
}

static sd_error_t *keep_line(void *baton, sd_row_t *row)
{
    *(const char **)baton = sd_row_text(row, 0);
    return NULL;
}

static void test_plan(void **state)
{
    const char *line = NULL;

    (void)state;
    assert_null(sd_store_plan(connection.store, &get, keep_line, &line));
    assert_string_equal(line, "SEARCH thing USING INTEGER PRIMARY KEY (rowid=?)");
    assert_null(sd_store_plan(connection.store, &list, keep_line, &line));
    assert_string_equal(line, "SCAN thing");
}

static void test_all_statements_are_listed(void **state)
{
    const sd_sql_t *const *first, *const *last;
    int seen = 0;

    (void)state;
    for (sd_sql_all(&first, &last); first < last; first++) {
        seen += *first == &add || *first == &no_table;
    }
    assert_int_equal(seen, 2);
}

#define statement_test(fn_) cmocka_unit_test_setup_teardown(fn_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        statement_test(test_values_round_trip),
        statement_test(test_null_is_not_empty_text),
        statement_test(test_row_text_survives_the_cursor),
        statement_test(test_number),
        statement_test(test_changed_rows),
        statement_test(test_error_of_callback_ends_query),
        statement_test(test_statements_are_kept_and_bounded),
        statement_test(test_no_read_transaction_stays_open),
        statement_test(test_statement_inside_itself),
        statement_test(test_statement_outlives_schema_change),
        statement_test(test_unique_is_a_conflict),
        statement_test(test_other_constraints_are_bugs),
        statement_test(test_wrong_statements_are_refused),
        statement_test(test_write_needs_the_writer_lock),
        statement_test(test_runaway_statement_is_stopped),
        statement_test(test_inner_statement_keeps_outer_bound),
        statement_test(test_plan),
        statement_test(test_all_statements_are_listed),
    };

    return cmocka_run_group_tests_name("store statements", tests, NULL, NULL);
}
