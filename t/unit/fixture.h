/*
 * What the tests of desk/ share: one fresh database (raw.h) with the newest schema, one connection lent to one site
 * whose clock is moved by hand, whose randomness repeats from run to run and whose passwords cost little.
 *
 * A test has its own fixture: desk_test(fn) opens it before and removes it after. Rows that belong to somebody else's
 * subject are made by plain SQL (fixture_run), so that a test stands on no more code than the one it looks at.
 */
#ifndef SD_UNIT_FIXTURE_H
#define SD_UNIT_FIXTURE_H

#include <sys/wait.h>

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "raw.h"

#include "desk/work.h"
#include "store/schema.h"

/* 2024-05-06 07:08:09 UTC */
#define FIXTURE_START ((sd_time_t)1714979289000)
#define FIXTURE_PASSWORD "kiwi bridge of nine lanterns"

typedef struct fixture_t {
    apr_pool_t *pool;
    char *folder;
    const char *place; /* of the database */
    raw_t raw;
    sd_writer_t *writer;
    sd_store_t *store; /* lent from fixture_open() to fixture_close() */
    sd_time_t now;
    uint64_t random;
    sd_clock_t clock;
    sd_random_t source;
    sd_site_t site; /* a test may change it: limits, throttle, cache */
} fixture_t;

static fixture_t fixture;

static inline sd_time_t fixture_now(void *baton)
{
    return ((fixture_t *)baton)->now;
}

static inline void fixture_clock_move(sd_time_t milliseconds)
{
    fixture.now += milliseconds;
}

/* Numbers that look random, never repeat within a test, and are the same in each run (splitmix64). */
static inline apr_status_t fixture_fill(void *baton, unsigned char *bytes, apr_size_t length)
{
    fixture_t *owner = baton;

    for (apr_size_t i = 0; i < length; i++) {
        uint64_t z = (owner->random += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        bytes[i] = (unsigned char)((z ^ (z >> 31)) & 0xff);
    }
    return APR_SUCCESS;
}

static inline void fixture_make_site(void)
{
    fixture.now = FIXTURE_START;
    fixture.clock = (sd_clock_t){fixture_now, &fixture};
    fixture.source = (sd_random_t){fixture_fill, &fixture};
    fixture.site = (sd_site_t){
        .base_url = "https://desk.example.org/desk",
        .clock = &fixture.clock,
        .random = &fixture.source,
        .passwords = {.current = {.id = 1, .key = "a pepper of the unit tests alone"}, .cost = 4},
        .session_idle = 8 * SD_HOUR,
        .session_lifetime = 24 * SD_HOUR,
        .staff_session_idle = SD_HOUR,
        .staff_session_lifetime = 12 * SD_HOUR,
        .bridge_session_lifetime = 15 * SD_MINUTE,
    };
}

/* Shows the private story of an error that should not be, and fails. */
static inline void fixture_good(const sd_error_t *error, const char *what, int line)
{
    if (error) {
        fail_msg("line %d: %s: %s \"%s\" field=%s detail=%s", line, what, error->key, error->text,
                 error->field ? error->field : "-", error->detail ? error->detail : "-");
    }
}

#define assert_good(call_) fixture_good((call_), #call_, __LINE__)

#define assert_bad(error_, kind_)                                                                                      \
    do {                                                                                                               \
        const sd_error_t *assert_bad_ = (error_);                                                                      \
        assert_non_null(assert_bad_);                                                                                  \
        assert_int_equal(assert_bad_->kind, kind_);                                                                    \
    } while (0)

/* One bad member: its kind, its name, its key. */
#define assert_bad_field(error_, kind_, field_, key_)                                                                  \
    do {                                                                                                               \
        const sd_error_t *assert_bad_ = (error_);                                                                      \
        assert_non_null(assert_bad_);                                                                                  \
        assert_int_equal(assert_bad_->kind, kind_);                                                                    \
        assert_non_null(assert_bad_->field);                                                                           \
        assert_string_equal(assert_bad_->field, field_);                                                               \
        assert_string_equal(assert_bad_->key, key_);                                                                   \
    } while (0)

static inline void fixture_open(apr_pool_t *pool)
{
    const char *temporary = NULL;
    char *place;

    memset(&fixture, 0, sizeof(fixture));
    fixture.pool = pool;
    assert_int_equal(apr_temp_dir_get(&temporary, pool), APR_SUCCESS);
    fixture.folder = apr_pstrcat(pool, temporary, "/sd-desk-XXXXXX", NULL);
    assert_non_null(mkdtemp(fixture.folder));
    place = raw_make(fixture.folder);
    fixture.place = apr_pstrdup(pool, place);
    free(place);
    fixture_make_site();
    raw_open(&fixture.raw, fixture.place);
    assert_good(sd_writer_create(&fixture.writer, pool, 5000));
    assert_good(sd_store_attach(&fixture.store, pool, raw_driver(), raw_native(&fixture.raw), fixture.writer));
    assert_good(sd_store_lend(fixture.store, pool));
    assert_good(sd_schema_migrate(fixture.store, NULL));
}

/* Destroys the pool that fixture_open() got. */
static inline void fixture_close(void)
{
    char *place = strdup(fixture.place), *folder = strdup(fixture.folder);

    sd_store_return(fixture.store);
    apr_pool_destroy(fixture.pool);
    raw_close(&fixture.raw);
    raw_remove(place);
    assert_int_equal(rmdir(folder), 0);
    free(place);
    free(folder);
}

static inline int fixture_setup(void **state)
{
    apr_pool_t *pool;

    (void)state;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    fixture_open(pool);
    return 0;
}

static inline int fixture_teardown(void **state)
{
    (void)state;
    fixture_close();
    apr_terminate();
    return 0;
}

#define desk_test(fn_) cmocka_unit_test_setup_teardown(fn_, fixture_setup, fixture_teardown)

/* A unit of work of `account_id` (0: nobody is signed in) with all scopes, as after a password. */
static inline sd_work_t *fixture_work(sd_id_t account_id)
{
    sd_work_t *work = apr_pcalloc(fixture.pool, sizeof(*work));

    work->pool = fixture.pool;
    work->site = &fixture.site;
    work->store = fixture.store;
    work->actor.account_id = account_id;
    work->actor.scopes = SD_SCOPE_ALL;
    work->actor.directory = account_id ? "internal" : NULL;
    work->face = "rest";
    work->log_id = "log-1";
    work->source = "192.0.2.7";
    return work;
}

static inline sd_work_t *fixture_operator(void)
{
    sd_work_t *work = fixture_work(0);

    work->actor = (sd_actor_t){.scopes = SD_SCOPE_ALL, .is_operator = 1};
    work->face = "tool";
    work->log_id = NULL;
    work->source = NULL;
    return work;
}

/* Plain SQL, past the store. */
static inline void fixture_run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline void fixture_run(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    raw_run(&fixture.raw, apr_pvsprintf(fixture.pool, format, arguments));
    va_end(arguments);
}

/* The first column of the first row as text; NULL if there is none. */
static inline const char *fixture_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline const char *fixture_text(const char *format, ...)
{
    const char *copy;
    va_list arguments;
    char *found;

    va_start(arguments, format);
    found = raw_text(&fixture.raw, apr_pvsprintf(fixture.pool, format, arguments));
    va_end(arguments);
    copy = apr_pstrdup(fixture.pool, found);
    free(found);
    return copy;
}

/* The same as a number; no row is -1. */
#define fixture_number(...) fixture_number_of(fixture_text(__VA_ARGS__))
static inline apr_int64_t fixture_number_of(const char *text)
{
    return text ? apr_atoi64(text) : -1;
}

/* INSERT ... RETURNING id */
#define fixture_insert(...) ((sd_id_t)fixture_number(__VA_ARGS__))

/* See raw_changes(). */
static inline apr_int64_t fixture_changes(void)
{
    return raw_changes(&fixture.raw);
}

/*
 * The work that the store's statements have done since the last call, in steps of SQLite's virtual machine: it tells
 * what grows with the number of rows, on any machine, at any load. PostgreSQL has no such number: there it is 1.
 */
static inline int fixture_steps(void)
{
    int steps = 0;

    if (!fixture.raw.sqlite) {
        return 1;
    }
    for (sqlite3_stmt *i = sqlite3_next_stmt(fixture.raw.sqlite, NULL); i;
         i = sqlite3_next_stmt(fixture.raw.sqlite, i)) {
        steps += sqlite3_stmt_status(i, SQLITE_STMTSTATUS_VM_STEP, 1);
    }
    return steps;
}

/*
 * An active account of the internal directory: sign-in name `name` (one word of small letters), address
 * name@example.org (proven), no password.
 */
static inline sd_id_t fixture_account(const char *name)
{
    sd_id_t id;

    id = fixture_insert(
        "INSERT INTO account (public_id, directory_id, name, name_key, address, address_key, address_proven,"
        " display_name, state, origin, created) SELECT 'public-%s', id, '%s', '%s',"
        " '%s@example.org', '%s@example.org', 1, '%s', 'active', 'tool', %" APR_INT64_T_FMT
        " FROM directory WHERE name = 'internal' RETURNING id",
        name, name, name, name, name, name, fixture.now);
    fixture_run("INSERT INTO account_word (word, account_id) VALUES ('%s', %" APR_INT64_T_FMT
                "), ('example.org', %" APR_INT64_T_FMT ")",
                name, id, id);
    fixture_run("INSERT INTO account_part (part, account_id)"
                " WITH RECURSIVE place (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM place WHERE i < 250)"
                " SELECT DISTINCT substr(t, i, 8), id FROM (SELECT id, name_key AS t FROM account UNION ALL"
                " SELECT id, address_key FROM account) AS text, place WHERE id = %" APR_INT64_T_FMT
                " AND i <= length(t)",
                id);
    return id;
}

/* A desk open to the listed customers, or to everyone with an account. */
static inline sd_id_t fixture_desk(const char *key, const char *access)
{
    sd_id_t id;

    id = fixture_insert("INSERT INTO desk (key, name, access, created) VALUES ('%s', 'Desk %s', '%s', %" APR_INT64_T_FMT
                        ") RETURNING id",
                        key, key, access, fixture.now);
    fixture_run("INSERT INTO desk_number (desk_id, last) VALUES (%" APR_INT64_T_FMT ", 0)", id);
    return id;
}

/* `role`: administrator, agent, customer. */
static inline void fixture_role(sd_id_t desk_id, const char *role, sd_id_t account_id)
{
    fixture_run("INSERT INTO desk_role (desk_id, account_id, role, origin, created) VALUES (%" APR_INT64_T_FMT
                ", %" APR_INT64_T_FMT ", '%s', 'tool', %" APR_INT64_T_FMT ")",
                desk_id, account_id, role, fixture.now);
}

static inline void fixture_system_admin(sd_id_t account_id)
{
    fixture_run("UPDATE account SET system_admin = 1 WHERE id = %" APR_INT64_T_FMT, account_id);
}

/*
 * The next write that leaves a row in the audit has lost against another one at its end, and is run again. False where
 * no writes run side by side. A sequence counts on although its transaction is undone.
 */
static inline int fixture_lose_once(void)
{
    if (fixture.raw.sqlite) {
        return 0;
    }
    fixture_run("CREATE SEQUENCE lost");
    fixture_run("CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('lost') = 1 THEN"
                " RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$");
    fixture_run("CREATE TRIGGER lose BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION lose()");
    return 1;
}

/* Forgets that; it has come about. */
static inline void fixture_has_lost(void)
{
    assert_true(fixture_number("SELECT last_value FROM lost") > 1);
    fixture_run("DROP TRIGGER lose ON audit");
    fixture_run("DROP FUNCTION lose()");
    fixture_run("DROP SEQUENCE lost");
}

/* An array of texts, ended by NULL. */
static inline apr_array_header_t *fixture_texts(const char *first, ...)
{
    apr_array_header_t *texts = apr_array_make(fixture.pool, 4, sizeof(const char *));
    va_list more;

    va_start(more, first);
    for (const char *text = first; text; text = va_arg(more, const char *)) {
        APR_ARRAY_PUSH(texts, const char *) = text;
    }
    va_end(more);
    return texts;
}

/* An organization with the members given, ended by 0. */
static inline sd_id_t fixture_organization(const char *name, ...)
{
    sd_id_t id, member;
    va_list members;

    id =
        fixture_insert("INSERT INTO organization (name, name_key, created) VALUES ('%s', lower('%s'), %" APR_INT64_T_FMT
                       ") RETURNING id",
                       name, name, fixture.now);
    va_start(members, name);
    while ((member = va_arg(members, sd_id_t))) {
        fixture_run("INSERT INTO organization_member (organization_id, account_id) VALUES (%" APR_INT64_T_FMT
                    ", %" APR_INT64_T_FMT ")",
                    id, member);
    }
    va_end(members);
    return id;
}

/* How many audit rows there are of an act. */
static inline apr_int64_t fixture_audited(const char *act)
{
    return fixture_number("SELECT count(*) FROM audit WHERE act = '%s'", act);
}

#endif
