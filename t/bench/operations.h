/*
 * The operations of desk/ that people do most, by the people of an instance that `generate` made: for the programs that
 * count what they cost. One connection, one thread. A database is a file, or the conninfo of one on PostgreSQL.
 */
#ifndef SD_BENCH_OPERATIONS_H
#define SD_BENCH_OPERATIONS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include "desk/api_token.h"
#include "desk/authentication.h"
#include "desk/comment.h"
#include "desk/customer.h"
#include "desk/queue.h"
#include "desk/request.h"
#include "desk/request_list.h"
#include "desk/request_search.h"
#include "desk/session.h"
#include "store/accounts.h"
#include "store/schema.h"

/* What GET of a request shows without "expand". */
#define PARTS SD_REQUEST_VALUES
#define INTERNAL 1

typedef struct bench_t {
    apr_pool_t *pool;
    apr_pool_t *connection_pool; /* dies before the connection */
    sqlite3 *db;                 /* one of the two */
    PGconn *server;
    sd_site_t site;
    sd_work_t work;
    sd_id_t reader, raiser, worker;
    const char *token, *cookie;
    const char *read_key;
} bench_t;

/* ---- the operations ---- */

static inline void act_as(bench_t *bench, sd_id_t account_id)
{
    bench->work.actor = (sd_actor_t){.account_id = account_id, .scopes = SD_SCOPE_ALL, .directory = "internal"};
}

static inline sd_error_t *check_token(bench_t *bench)
{
    return sd_authenticate_token(&bench->work, bench->token);
}

static inline sd_error_t *check_session(bench_t *bench)
{
    const char *csrf;

    return sd_authenticate_session(&bench->work, bench->cookie, &csrf);
}

static inline sd_error_t *read_request(bench_t *bench)
{
    sd_request_view_t *view;

    /* As the server does: the token and the request are read by one transaction. */
    SD_TRY(sd_store_hold(bench->work.store));
    SD_TRY(check_token(bench));
    return sd_request_get(&view, &bench->work, bench->read_key, PARTS);
}

static inline sd_error_t *list_own(bench_t *bench)
{
    sd_request_query_t query = {.relations = SD_REQUEST_OWN, .state = SD_REQUEST_ANY, .parts = PARTS};
    sd_list_t *views;

    act_as(bench, bench->reader);
    return sd_request_list(&views, &bench->work, &query, (sd_page_t){0, 20});
}

static inline sd_error_t *search_own(bench_t *bench)
{
    sd_request_query_t query = {
        .relations = SD_REQUEST_OWN, .state = SD_REQUEST_ANY, .search = "printer", .parts = PARTS};
    sd_list_t *views;

    act_as(bench, bench->reader);
    return sd_request_list(&views, &bench->work, &query, (sd_page_t){0, 20});
}

static inline sd_error_t *search_desks(bench_t *bench, const char *words)
{
    sd_search_query_t query = {.query = words, .parts = PARTS};
    sd_list_t *views;

    act_as(bench, bench->worker);
    return sd_request_search(&views, &bench->work, &query, (sd_page_t){0, 20});
}

/* One request has it, a hundred do, more than a tenth of all. */
static inline sd_error_t *search_one(bench_t *bench)
{
    return search_desks(bench, bench->read_key);
}

static inline sd_error_t *search_hundred(bench_t *bench)
{
    return search_desks(bench, "aquarium");
}

static inline sd_error_t *search_common(bench_t *bench)
{
    return search_desks(bench, "printer");
}

static inline sd_error_t *list_queue(bench_t *bench, const char *queue)
{
    sd_list_t *rows;

    act_as(bench, bench->worker);
    return sd_queue_requests(&rows, &bench->work, "HELP", queue, (sd_page_t){0, 50});
}

static inline sd_error_t *list_queue_open(bench_t *bench)
{
    return list_queue(bench, "1");
}

static inline sd_error_t *list_queue_unassigned(bench_t *bench)
{
    return list_queue(bench, "2");
}

static inline sd_error_t *list_queue_mine(bench_t *bench)
{
    return list_queue(bench, "3");
}

static inline sd_error_t *list_customers(bench_t *bench)
{
    sd_list_t *accounts;

    act_as(bench, bench->worker);
    return sd_customer_list(&accounts, &bench->work, "HELP", NULL, (sd_page_t){0, 50});
}

static inline sd_error_t *add_comment(bench_t *bench)
{
    const sd_comment_t *comment;
    const sd_request_t *request;

    act_as(bench, bench->reader);
    return sd_comment_add(&comment, &request, &bench->work, bench->read_key, "It is still broken.", 1);
}

static inline sd_error_t *create_request(bench_t *bench)
{
    json_t *values = json_pack("{s:s, s:s}", "summary", "The printer is lost", "description", "It was here at noon.");
    sd_request_input_t input = {.desk = "HELP", .request_type = "1", .values = values};
    sd_request_view_t *view;
    sd_error_t *error;

    act_as(bench, bench->raiser);
    error = sd_request_create(&view, &bench->work, &input, PARTS);
    json_decref(values);
    return error;
}

typedef struct operation_t {
    const char *name;
    sd_error_t *(*run)(bench_t *bench);
} operation_t;

static const operation_t operations[] = {
    {"sign-in check, Bearer", check_token},
    {"sign-in check, session", check_session},
    {"read a request", read_request},
    {"list 20 own", list_own},
    {"search in one's own", search_own},
    {"search of desks, 1 hit", search_one},
    {"search of desks, 100 hits", search_hundred},
    {"search of desks, common word", search_common},
    {"queue page, open", list_queue_open},
    {"queue page, unassigned", list_queue_unassigned},
    {"queue page, mine", list_queue_mine},
    {"customer list page", list_customers},
    {"add a comment", add_comment},
    {"create a request", create_request},
};

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* ---- the people ---- */

static inline sd_error_t *find(sd_id_t *id, bench_t *bench, const char *name)
{
    const sd_account_t *account;

    SD_TRY(sd_accounts_by_name(&account, bench->work.store, INTERNAL, name));
    if (!account) {
        return sd_error_private(bench->pool, SD_ERROR_INTERNAL, "no account %s: not made by generate", name);
    }
    *id = account->id;
    return NULL;
}

static inline sd_error_t *prepare(bench_t *bench)
{
    sd_request_query_t query = {.relations = SD_RELATION_REPORTER, .state = SD_REQUEST_ANY};
    sd_session_t *session;
    sd_api_token_t *token;
    sd_list_t *views;

    SD_TRY(find(&bench->reader, bench, "reader"));
    SD_TRY(find(&bench->raiser, bench, "raiser"));
    SD_TRY(find(&bench->worker, bench, "worker"));
    act_as(bench, bench->reader);
    SD_TRY(sd_api_token_create(&bench->token, &token, &bench->work, NULL, "steps", SD_SCOPE_ALL, 1));
    SD_TRY(sd_session_open(&session, &bench->work, "password", NULL));
    bench->cookie = session->cookie;
    SD_TRY(check_token(bench));
    SD_TRY(sd_request_list(&views, &bench->work, &query, (sd_page_t){0, 1}));
    bench->read_key = APR_ARRAY_IDX(views->rows, 0, const sd_request_view_t *)->request->key;
    return NULL;
}

static inline int is_conninfo(const char *place)
{
    return strchr(place, '=') != NULL;
}

static inline sd_error_t *connect_database(bench_t *bench, const char *place)
{
    if (is_conninfo(place)) {
        bench->server = PQconnectdb(place);
        return PQstatus(bench->server) == CONNECTION_OK
                   ? NULL
                   : sd_error_private(bench->pool, SD_ERROR_UNAVAILABLE, "%s", PQerrorMessage(bench->server));
    }
    if (sqlite3_open_v2(place, &bench->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        return sd_error_private(bench->pool, SD_ERROR_UNAVAILABLE, "cannot open %s", place);
    }
    return NULL;
}

static inline sd_error_t *open_database(bench_t *bench, apr_pool_t *connection_pool, const char *place)
{
    sd_writer_t *writer;

    SD_TRY(connect_database(bench, place));
    bench->site = (sd_site_t){
        .base_url = "http://127.0.0.1",
        .clock = &sd_clock_system,
        .random = &sd_random_system,
        .session_idle = SD_HOUR,
        .session_lifetime = SD_DAY,
        .staff_session_idle = SD_HOUR,
        .staff_session_lifetime = SD_DAY,
    };
    bench->work = (sd_work_t){.pool = bench->pool, .site = &bench->site, .face = "rest"};
    SD_TRY(sd_writer_create(&writer, bench->pool, 5000));
    return bench->server ? sd_store_attach(&bench->work.store, connection_pool, "pgsql", bench->server, writer)
                         : sd_store_attach(&bench->work.store, connection_pool, "sqlite3", bench->db, writer);
}

/* Opens the database and finds the people; the store is lent until bench_close(). */
static inline sd_error_t *bench_open(bench_t *bench, const char *path)
{
    memset(bench, 0, sizeof(*bench));
    apr_initialize();
    apr_pool_create(&bench->pool, NULL);
    apr_pool_create(&bench->connection_pool, bench->pool);
    SD_TRY(open_database(bench, bench->connection_pool, path));
    SD_TRY(sd_store_lend(bench->work.store, bench->pool));
    SD_TRY(sd_schema_ensure(bench->work.store));
    return prepare(bench);
}

/* Says what went wrong, if anything did, and gives the exit code. */
static inline int bench_close(bench_t *bench, const char *program, const sd_error_t *error)
{
    if (error) {
        fprintf(stderr, "%s: %s -- %s\n", program, error->text, error->detail ? error->detail : "");
    }
    if (bench->work.store) {
        sd_store_return(bench->work.store);
    }
    apr_pool_destroy(bench->connection_pool);
    sqlite3_close(bench->db);
    PQfinish(bench->server);
    apr_pool_destroy(bench->pool);
    apr_terminate();
    return error != NULL;
}

#endif
