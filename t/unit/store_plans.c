/*
 * Every statement of the house against the real schema of either database: it must compile, and must not walk through
 * a table that grows.
 *
 * The program is linked with the whole library, or statements of files that it does not call would be missing; that
 * none is missing is the first test. SD_PLANS_DATABASE names a database to look at instead of an empty one.
 */
#include "fixture.h"

#include <ctype.h>
#include <glob.h>

static const char *const growing[] = {
    "attempt_budget",
    "account",
    "audit",
    "comment",
    "request",
    "request_text",
    "request_value",
    "request_word",
    "participant",
    "status_change",
    "session",
    "token",
    "desk_role",
    "desk_count",
    "account_word",
    "account_part",
    "organization_member",
    "request_organization",
    "subscription",
    "signup",
    "invitation",
    "mailed_token",
    "outbox",
    "audit_seal",
    "user_group",
    "user_group_member",
};

/*
 * Statements that may read a whole table or index: the integrity check, for which nobody waits; the few rows of the
 * partial indexes over system administrators and agents; on SQLite inserts into a parent table, where the plan shows a
 * look through the child tables that is skipped while no foreign key is violated (its counter is zero); on PostgreSQL,
 * which knows nothing of sizes here, what is done to all members of a group at once.
 */
static const char *const allowed_sqlite[] = {
    "restore_end_sessions",
    "restore_end_links",
    "check_activity_of_participants",
    "check_activity_of_organizations",
    "check_desk_count",
    "check_request_open",
    "check_request_text_missing",
    "check_request_word_extra",
    "check_request_type",
    "account_insert",
    "request_type_insert",
    "account_other_system_admins",
    "role_system_admins",
    "seat_accounts",
    "check_grant_extra",
    "check_grant_missing",
    "check_grant_portal_only",
    "directory_admins",
};
static const char *const allowed_pgsql[] = {
    "restore_end_sessions",
    "restore_end_links",
    "check_activity_of_participants",
    "check_activity_of_organizations",
    "check_desk_count",
    "check_request_open",
    "check_request_word_extra",
    "check_request_type",
    "role_system_admins",
    "account_other_system_admins",
    "check_grant_extra",
    "check_grant_missing",
    "check_grant_portal_only",

    "directory_admins",
    "grant_role_give",
    "grant_role_new_staff",
    "seat_members",
};

/*
 * In a large database a plan for any value at all goes through an index of everybody: where it does not know how short
 * a page is, where all duplicates or all roles are wanted, that of agents, and where the tool compares all requests.
 */
static const char *const allowed_named_pgsql[] = {
    "check_request_text_missing", "customer_by_part", "directory_same_address", "role_list", "seat_accounts",
};

#define COUNT(list_) (sizeof(list_) / sizeof((list_)[0]))

/* The store to look at: the fixture's, or that of the database named. */
static raw_t named;
static apr_pool_t *named_pool;
static sd_store_t *store;

static int plan_setup(void **state)
{
    const char *place = getenv("SD_PLANS_DATABASE");

    fixture_setup(state);
    store = fixture.store;
    if (place) {
        raw_open(&named, place);
        apr_pool_create(&named_pool, NULL);
        assert_good(sd_store_attach(&store, named_pool, raw_driver(), raw_native(&named), fixture.writer));
        assert_good(sd_store_lend(store, fixture.pool));
        assert_good(sd_schema_migrate(store, NULL));
    }
    return 0;
}

static int plan_teardown(void **state)
{
    if (store != fixture.store) {
        sd_store_return(store);
        apr_pool_destroy(named_pool);
        raw_close(&named);
    }
    return fixture_teardown(state);
}

static size_t allowed_count(void)
{
    return raw_is_pgsql() ? COUNT(allowed_pgsql) : COUNT(allowed_sqlite);
}

static const char *text_of(const sd_sql_t *sql)
{
    return raw_is_pgsql() ? sql->pgsql : sql->sqlite;
}

static int contains(const char *const *list, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], word) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_named_pgsql(void)
{
    return store != fixture.store && raw_is_pgsql();
}

static int is_allowed(const char *name)
{
    if (is_named_pgsql() && contains(allowed_named_pgsql, COUNT(allowed_named_pgsql), name)) {
        return 1;
    }
    return contains(raw_is_pgsql() ? allowed_pgsql : allowed_sqlite, allowed_count(), name);
}

static int is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \n");
}

static int starts_with_word(const char *text, const char *word)
{
    size_t length = strlen(word);

    return strncmp(text, word, length) == 0 && !is_word(text[length]);
}

/* Does `text` give `table` the short name `alias`, as in "request AS r" or "request r"? */
static int names(const char *text, const char *table, const char *alias)
{
    const char *found = text;

    while ((found = strstr(found, table))) {
        const char *next = found + strlen(table);
        int whole = (found == text || !is_word(found[-1])) && !is_word(*next);

        found = next;
        next = skip_blanks(next);
        if (starts_with_word(next, "AS")) {
            next = skip_blanks(next + 2);
        }
        if (whole && starts_with_word(next, alias)) {
            return 1;
        }
    }
    return 0;
}

static int grows(const char *text, const char *name)
{
    for (size_t i = 0; i < COUNT(growing); i++) {
        if (strcmp(growing[i], name) == 0 || names(text, growing[i], name)) {
            return 1;
        }
    }
    return 0;
}

typedef struct walk_t {
    const sd_sql_t *sql;
    int scans;
    char whole[64]; /* the table of an index scan on PostgreSQL that has shown no condition yet; "" is none */
} walk_t;

/* In a database named: the index of a table that has not grown there is read from end to end at once, and rightly. */
static int has_grown(const char *table)
{
    char text[160];

    if (!is_named_pgsql()) {
        return 1;
    }
    snprintf(text, sizeof(text), "SELECT reltuples > 500 FROM pg_class WHERE oid = to_regclass('%s')", table);
    char *found = raw_text(&named, text);
    int grown = found && *found == 't';
    free(found);
    return grown;
}

static void count_scan(walk_t *walk, const char *table, const char *line)
{
    if (grows(text_of(walk->sql), table) && has_grown(table)) {
        walk->scans++;
        if (!is_allowed(walk->sql->name)) {
            print_message("# %s: %s\n", walk->sql->name, line);
        }
    }
}

/* "SCAN r", "SCAN request USING COVERING INDEX ..." */
static void look_at_sqlite(walk_t *walk, const char *line)
{
    char name[64];

    if (sscanf(line, "SCAN %63[a-z0-9_]", name) == 1) {
        count_scan(walk, name, line);
    }
}

static void end_of_node(walk_t *walk)
{
    if (walk->whole[0]) {
        count_scan(walk, walk->whole, "a whole index is read");
        walk->whole[0] = '\0';
    }
}

/*
 * "Seq Scan on request r", "Index Scan using request_pkey on request r", then perhaps "Index Cond: ...": a node's own
 * lines come before the next node's. An index that is read in its order for a LIMIT has no condition either.
 */
static void look_at_pgsql(walk_t *walk, const char *line)
{
    const char *node = strstr(line, "->  ");
    char name[64];

    node = node ? node + 4 : line;
    if (strstr(line, "->  ")) {
        end_of_node(walk);
    }
    if (strncmp(node, "Parallel ", 9) == 0) {
        node += 9;
    }
    if (sscanf(node, "Seq Scan on %63[a-z0-9_]", name) == 1) {
        count_scan(walk, name, line);
    } else if (sscanf(node, "Index Scan using %*s on %63[a-z0-9_]", walk->whole) != 1 &&
               sscanf(node, "Index Scan Backward using %*s on %63[a-z0-9_]", walk->whole) != 1 &&
               sscanf(node, "Index Only Scan using %*s on %63[a-z0-9_]", walk->whole) != 1 &&
               sscanf(node, "Bitmap Heap Scan on %63[a-z0-9_]", walk->whole) != 1 &&
               (strstr(line, "Index Cond:") || strstr(line, "Recheck Cond:"))) {
        walk->whole[0] = '\0';
    }
}

static sd_error_t *look_at_step(void *baton, sd_row_t *row)
{
    (raw_is_pgsql() ? look_at_pgsql : look_at_sqlite)(baton, sd_row_text(row, 0));
    return NULL;
}

static int is_control(const char *text)
{
    return strcmp(text, "COMMIT") == 0 || strcmp(text, "ROLLBACK") == 0 || strncmp(text, "BEGIN ", 6) == 0;
}

static int count_scans(const sd_sql_t *sql)
{
    walk_t walk = {.sql = sql};
    sd_error_t *error;

    if (!text_of(sql) || is_control(text_of(sql))) {
        return 0;
    }
    error = sd_store_plan(store, sql, look_at_step, &walk);
    if (error) {
        print_message("# %s: %s\n", sql->name, error->detail);
        return -1;
    }
    end_of_node(&walk);
    return walk.scans;
}

static int declared_in(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[512];
    int count = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        count += strncmp(line, "SD_SQL", 6) == 0;
    }
    fclose(file);
    return count;
}

static void test_no_statement_is_missing(void **state)
{
    const char *top = getenv("SD_TOP") ? getenv("SD_TOP") : ".";
    char pattern[1024];
    const sd_sql_t *const *first, *const *last;
    int declared = 0;
    glob_t files;

    (void)state;
    snprintf(pattern, sizeof(pattern), "%s/mod_servicedesk/store/*.c", top);
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        declared += declared_in(files.gl_pathv[i]);
    }
    globfree(&files);
    sd_sql_all(&first, &last);
    assert_int_equal(last - first, declared);
}

static void test_names_are_unique(void **state)
{
    const sd_sql_t *const *first, *const *last;

    (void)state;
    for (sd_sql_all(&first, &last); first < last; first++) {
        for (const sd_sql_t *const *other = first + 1; other < last; other++) {
            if (strcmp((*first)->name, (*other)->name) == 0) {
                fail_msg("two statements are called %s", (*first)->name);
            }
        }
    }
}

static void test_every_statement_has_a_good_plan(void **state)
{
    const sd_sql_t *const *first, *const *last;
    int bad = 0;

    (void)state;
    for (sd_sql_all(&first, &last); first < last; first++) {
        int scans = count_scans(*first);

        bad += scans < 0 || (scans > 0 && !is_allowed((*first)->name));
    }
    assert_int_equal(bad, 0);
}

/* An exception that is none any more would hide the next one of that name. */
static void test_exceptions_are_needed(void **state)
{
    const sd_sql_t *const *first, *const *last;
    size_t needed = 0;

    (void)state;
    if (is_named_pgsql()) {
        return; /* some are of tables that have not grown there */
    }
    for (sd_sql_all(&first, &last); first < last; first++) {
        needed += is_allowed((*first)->name) && count_scans(*first) > 0;
    }
    assert_int_equal(needed, allowed_count());
}

static void test_the_test_sees_scans(void **state)
{
#define BOTH(text_) text_, text_
    static const sd_sql_t bad[] = {
        {"plain", BOTH("SELECT id FROM request WHERE summary = $1")},
        {"alias", BOTH("SELECT r.id FROM request AS r WHERE r.summary = $1")},
        {"index", BOTH("SELECT count(*) FROM comment")},
        {"delete", BOTH("DELETE FROM audit WHERE at < $1")},
    };
    static const sd_sql_t typo = {"typo", BOTH("SELECT id FROM requests")};
    static const sd_sql_t good[] = {
        {"key", BOTH("SELECT id FROM request WHERE id = $1")},
        {"small", BOTH("SELECT id FROM desk ORDER BY name")},
        {"alias of a small one", BOTH("SELECT account.id FROM desk r LEFT JOIN account ON account.id = r.id")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(count_scans(&bad[i]), 1);
    }
    assert_int_equal(count_scans(&typo), -1);
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(count_scans(&good[i]), 0);
    }
    assert_true(names("FROM desk d JOIN request AS r ON", "request", "r"));
    assert_true(names("FROM request_value v, request r", "request", "r"));
    assert_false(names("FROM request_value v, request r", "request", "v"));
    assert_false(names("FROM desk r JOIN account", "account", "r"));
}

#define plan_test(fn_) cmocka_unit_test_setup_teardown(fn_, plan_setup, plan_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        plan_test(test_no_statement_is_missing),
        plan_test(test_names_are_unique),
        plan_test(test_every_statement_has_a_good_plan),
        plan_test(test_exceptions_are_needed),
        plan_test(test_the_test_sees_scans),
    };

    return cmocka_run_group_tests_name("store plans", tests, NULL, NULL);
}
