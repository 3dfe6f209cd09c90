/* Applying and checking the schema steps; the steps themselves are each database's own. */
#include "store/schema.h"

#include "store/driver.h"

SD_SQL(schema_step_newest, "SELECT max(number) FROM schema_step");
SD_SQL(schema_step_add, "INSERT INTO schema_step (number, title, at) VALUES ($1, $2, $3)");

static const char step_table[] =
    "CREATE TABLE IF NOT EXISTS schema_step (number INTEGER PRIMARY KEY, title TEXT NOT NULL, at BIGINT NOT NULL);";

SD_SQL(check_desk_count,
       "SELECT 'desk_count of desk ' || desk_id || ', account ' || account_id || ' says ' || sum(said_open)"
       " || ' open, ' || sum(said_closed) || ' closed; the requests say ' || sum(is_open) || ' and ' || sum(is_closed)"
       " FROM (SELECT desk_id, account_id, open_requests AS said_open, closed_requests AS said_closed,"
       " 0 AS is_open, 0 AS is_closed FROM desk_count"
       " UNION ALL SELECT desk_id, reporter_id, 0, 0, open, 1 - open FROM request WHERE deleted = 0) AS both_sides"
       " GROUP BY desk_id, account_id"
       " HAVING sum(said_open) <> sum(is_open) OR sum(said_closed) <> sum(is_closed)");
SD_SQL(check_request_open,
       "SELECT 'request ' || key || ' has open = ' || open || ' and status ' || status FROM request"
       " WHERE open <> CASE WHEN status IN ('resolved', 'closed', 'canceled') THEN 0"
       " WHEN status IN ('waiting-for-support', 'waiting-for-customer', 'in-progress', 'escalated') THEN 1"
       " ELSE -1 END");
SD_SQL(check_request_type,
       "SELECT 'request ' || r.key || ' of desk ' || r.desk_id || ' has a request type of desk ' || t.desk_id"
       " FROM request r JOIN request_type t ON t.id = r.request_type_id WHERE t.desk_id <> r.desk_id");
SD_SQL(check_activity_of_participants,
       "SELECT 'participant ' || p.account_id || ' of request ' || r.key || ' has another time of activity than it'"
       " FROM participant p JOIN request r ON r.id = p.request_id WHERE p.activity <> r.public_updated");
SD_SQL(check_activity_of_organizations,
       "SELECT 'organization ' || o.organization_id || ' of request ' || r.key ||"
       " ' has another time of activity than it' FROM request_organization o JOIN request r ON r.id = o.request_id"
       " WHERE o.activity <> r.public_updated");

SD_SQL(check_request_text_missing,
       "SELECT 'request ' || r.key || ' is not found by searches' FROM request r WHERE r.deleted = 0 AND NOT EXISTS"
       " (SELECT 1 FROM request_text t WHERE t.desk_id = r.desk_id AND t.request_id = r.id)");
SD_SQL(
    check_request_word_extra,
    "SELECT 'request ' || w.request_id || ' is found by ' || w.word || ', which it does not have' FROM request_word w"
    " WHERE NOT EXISTS (SELECT 1 FROM request_text t WHERE t.desk_id = w.desk_id AND t.request_id = w.request_id"
    " AND (t.words LIKE '% ' || replace(w.word, '_', '!_') || ' %' ESCAPE '!'"
    " OR t.inner_words LIKE '% ' || replace(w.word, '_', '!_') || ' %' ESCAPE '!'))");

static const sd_sql_t *const invariants[] = {
    &check_desk_count,
    &check_request_open,
    &check_request_type,
    &check_activity_of_participants,
    &check_activity_of_organizations,
    &check_request_text_missing,
    &check_request_word_extra,
    NULL,
};

int sd_schema_newest(void)
{
    int newest = 0;

    for (const sd_schema_step_t *step = sd_schema_steps_sqlite; step->number; step++) {
        newest = step->number;
    }
    return newest;
}

sd_error_t *sd_schema_step(sd_store_t *store, int *step)
{
    apr_int64_t number = 0;

    *step = 0;
    SD_TRY(sd_store_number(store, store->driver->schema_exists, SD_NO_VALUES, 0, &number));
    if (number) {
        SD_TRY(sd_store_number(store, &schema_step_newest, SD_NO_VALUES, 0, &number));
        *step = (int)number;
    }
    return NULL;
}

typedef struct application_t {
    sd_store_t *store;
    const sd_schema_step_t *step;
    int applied;
} application_t;

/* Another process may have been here while this one waited for the writer lock, hence the second look. */
static sd_error_t *apply(void *baton)
{
    application_t *application = baton;
    sd_store_t *store = application->store;
    const sd_schema_step_t *step = application->step;
    int current;

    SD_TRY(sd_schema_step(store, &current));
    if (current >= step->number) {
        return NULL;
    }
    SD_TRY(store->driver->script(store, step_table));
    SD_TRY(store->driver->script(store, step->text));
    SD_TRY(sd_store_execute(
        store, &schema_step_add,
        SD_VALUES(SD_INT(step->number), SD_TEXT(step->title), SD_INT(sd_clock_now(&sd_clock_system))), NULL));
    application->applied = 1;
    return NULL;
}

static sd_error_t *refuse_newer(sd_store_t *store, int current)
{
    if (current <= sd_schema_newest()) {
        return NULL;
    }
    return sd_error_private(store->pool, SD_ERROR_UNAVAILABLE,
                            "the database stands at schema step %d, this program knows %d: it is too old for it",
                            current, sd_schema_newest());
}

static sd_error_t *apply_missing(sd_store_t *store, int current, int *applied)
{
    for (const sd_schema_step_t *step = store->driver->steps; step->number; step++) {
        application_t application = {store, step, 0};

        if (step->number > current) {
            SD_TRY(sd_store_write_schema(store, apply, &application));
            *applied += application.applied;
        }
    }
    return NULL;
}

sd_error_t *sd_schema_migrate(sd_store_t *store, int *applied)
{
    int bound = store->statement_milliseconds, count = 0, current = 0;
    sd_error_t *error = sd_schema_step(store, &current);

    if (!error) {
        error = refuse_newer(store, current);
    }
    if (!error) {
        store->statement_milliseconds = 0; /* a step may rewrite a large table */
        error = apply_missing(store, current, &count);
        store->statement_milliseconds = bound;
    }
    if (applied) {
        *applied = count;
    }
    return error;
}

sd_error_t *sd_schema_ensure(sd_store_t *store)
{
    if (!store->schema_checked) {
        SD_TRY(sd_schema_migrate(store, NULL));
        store->schema_checked = 1;
    }
    return NULL;
}

typedef struct check_t {
    sd_store_t *store;
    sd_row_fn fn;
    void *baton;
} check_t;

static sd_error_t *run_checks(check_t *check, const sd_sql_t *const *list)
{
    for (; *list; list++) {
        SD_TRY(sd_store_query(check->store, *list, SD_NO_VALUES, check->fn, check->baton));
    }
    return NULL;
}

static sd_error_t *check_all(void *baton)
{
    check_t *check = baton;

    SD_TRY(run_checks(check, check->store->driver->checks));
    SD_TRY(check->store->driver->check_schema(check->store, check->fn, check->baton));
    return run_checks(check, invariants);
}

sd_error_t *sd_schema_check(sd_store_t *store, sd_row_fn fn, void *baton)
{
    return sd_store_read_long(store, check_all, &(check_t){store, fn, baton});
}
