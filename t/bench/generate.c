/*
 * Makes a large instance, the same for the same numbers and seed, in minutes: rows go through the functions of store/,
 * so that a column that they learn to fill is filled here too, but in few large transactions and without the checks
 * that desk/ makes for people. For PostgreSQL they are made in a file aside and come by COPY (bulk.h).
 * `servicedeskctl check` finds nothing wrong with the result.
 *
 *   generate DRIVER DATABASE REQUESTS CUSTOMERS [SEED]
 *
 * One desk HELP with listed customers, five request types, twenty agents, an organization for every hundred customers.
 * Whatever the numbers, the customer "reader" has 40 requests and takes part in ten more, the customer "raiser" has
 * none, and the agent "worker" has 60 open ones: what they see is of one size in an instance of any size, and a hundred
 * requests have the word "aquarium". Accounts of these names that are there already are taken as they are. The answer
 * is one line of JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_dbd.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/text.h"
#include "bulk.h"
#include "place.h"
#include "desk/account_texts.h"
#include "desk/desk.h"
#include "desk/request_type.h"
#include "desk/request_words.h"
#include "desk/role.h"
#include "desk/workflow.h"
#include "store/accounts.h"
#include "store/audits.h"
#include "store/comments.h"
#include "store/copy.h"
#include "store/customers.h"
#include "store/organizations.h"
#include "store/participants.h"
#include "store/request_values.h"
#include "store/requests.h"
#include "store/roles.h"
#include "store/schema.h"
#include "store/transitions.h"

#define ID "%" APR_INT64_T_FMT
#define BATCH 10000
#define AGENTS 20
#define TYPES 5
#define INTERNAL 1 /* the directory */
#define READER_REQUESTS 40
#define READER_SHARES 10
#define WORKER_REQUESTS 60
#define HUNDRED 100
/* Monday, 2024-01-01: the first request; the last one comes two years later. */
#define FIRST_MOMENT ((sd_time_t)1704067200000)
#define SPAN ((sd_time_t)2 * 365 * SD_DAY)

typedef struct person_t {
    sd_id_t id;
    sd_id_t organization_id;
    int open, closed;
    sd_time_t last;
} person_t;

typedef struct maker_t {
    apr_pool_t *pool;
    apr_pool_t *scratch; /* of one row and what hangs on it */
    sd_site_t site;
    sd_work_t work;
    sd_store_t *store;
    apr_uint64_t random;
    apr_int64_t requests, customers, organizations;
    person_t *people; /* the customers; the first two are the reader and the raiser */
    sd_account_t agents[AGENTS];
    sd_id_t desk_id;
    sd_id_t types[TYPES];
    apr_int64_t from, to;   /* of the batch that is being made */
    const char *read_key;   /* the reader's last request */
    sd_request_text_t text; /* of the request that is being made */
} maker_t;

static const char *const given[] = {"Ada",    "Boris", "Chloe", "Dinesh", "Elena", "Farid", "Grace", "Hiro",
                                    "Ingrid", "Jonas", "Kaya",  "Lars",   "Mina",  "Noor",  "Oskar", "Priya"};
static const char *const family[] = {"Alvarez", "Berger", "Chen",  "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad",
                                     "Ivanova", "Jensen", "Kumar", "Larsen", "Moreau",  "Nowak",   "Okafor", "Petrov"};
static const char *const things[] = {"printer", "laptop",  "screen",   "badge",   "mailbox", "phone",
                                     "invoice", "network", "keyboard", "account", "server",  "desk",
                                     "camera",  "licence", "backup",   "door"};
static const char *const troubles[] = {"stays dark",    "is lost",       "answers slowly",  "prints every page twice",
                                       "is locked",     "makes a noise", "cannot be found", "asks for a password",
                                       "is broken",     "needs paper",   "does not open",   "loses the connection",
                                       "was delivered", "is too old",    "shows an error",  "has to be moved"};

#define PICK(maker_, list_) ((list_)[next(maker_, sizeof(list_) / sizeof((list_)[0]))])

/* ---- the same numbers each time: splitmix64 ---- */

static apr_uint64_t next(maker_t *maker, apr_uint64_t below)
{
    apr_uint64_t z = (maker->random += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static apr_status_t fill(void *baton, unsigned char *bytes, apr_size_t length)
{
    for (apr_size_t i = 0; i < length; i++) {
        bytes[i] = (unsigned char)next(baton, 256);
    }
    return APR_SUCCESS;
}

static sd_time_t standing(void *baton)
{
    (void)baton;
    return FIRST_MOMENT;
}

/* ---- people ---- */

static sd_error_t *insert_account(sd_id_t *id, maker_t *maker, const char *name, const char *display_name)
{
    apr_pool_t *pool = maker->scratch;
    const char *address = apr_pstrcat(pool, name, "@example.com", NULL);
    sd_account_new_t row = {
        .public_id = apr_psprintf(pool, "%016" APR_UINT64_T_HEX_FMT "%08" APR_UINT64_T_HEX_FMT, next(maker, UINT64_MAX),
                                  next(maker, UINT32_MAX)),
        .directory_id = INTERNAL,
        .name = name,
        .name_key = name,
        .address = address,
        .address_key = address,
        .address_proven = 1,
        .display_name = display_name,
        .state = "active",
        .origin = "tool",
        .created = FIRST_MOMENT,
    };

    SD_TRY(sd_accounts_insert(id, maker->store, &row));
    return sd_account_set_texts(maker->store, *id, NULL, &(sd_account_texts_t){name, address, display_name});
}

static sd_error_t *find_or_insert(sd_id_t *id, maker_t *maker, const char *name, const char *display_name)
{
    const sd_account_t *account;

    SD_TRY(sd_accounts_by_name(&account, maker->store, INTERNAL, name));
    if (account) {
        *id = account->id;
        return NULL;
    }
    return insert_account(id, maker, name, display_name);
}

static const char *full_name(maker_t *maker)
{
    const char *first = PICK(maker, given);

    return apr_pstrcat(maker->scratch, first, " ", PICK(maker, family), NULL);
}

static sd_error_t *make_agents(void *baton)
{
    maker_t *maker = baton;
    int added;

    for (int i = 0; i < AGENTS; i++) {
        const char *name = i == 0 ? "worker" : apr_psprintf(maker->pool, "agent%d", i);
        const sd_account_t *account;

        SD_TRY(find_or_insert(&maker->agents[i].id, maker, name, full_name(maker)));
        SD_TRY(sd_accounts_by_id(&account, maker->store, maker->agents[i].id));
        maker->agents[i] = *account;
        SD_TRY(sd_roles_insert(&added, maker->store, maker->desk_id, "agent", account->id, "tool", FIRST_MOMENT));
    }
    return NULL;
}

static sd_error_t *make_organization(sd_id_t *id, maker_t *maker, apr_int64_t number)
{
    const char *name = apr_psprintf(maker->scratch, "%s %s " ID, PICK(maker, family), PICK(maker, things), number);
    const char *key;
    int changed;

    SD_TRY(sd_text_fold(&key, maker->scratch, name));
    SD_TRY(sd_organizations_insert(id, maker->store, name, key, FIRST_MOMENT));
    return sd_organizations_attach(&changed, maker->store, *id, maker->desk_id);
}

static sd_error_t *make_customer(maker_t *maker, apr_int64_t number)
{
    person_t *person = &maker->people[number];
    const char *display_name = full_name(maker);
    int added;

    if (number < 2) {
        SD_TRY(find_or_insert(&person->id, maker, number ? "raiser" : "reader", display_name));
    } else {
        SD_TRY(insert_account(&person->id, maker, apr_psprintf(maker->scratch, "customer" ID, number), display_name));
    }
    return sd_customers_add(&added, maker->store, maker->desk_id, person->id, "tool", FIRST_MOMENT);
}

/* The first of a hundred brings their organization; a fifth of them belongs to it. The reader and the raiser do not. */
static sd_error_t *join_organization(maker_t *maker, apr_int64_t number)
{
    person_t *person = &maker->people[number];
    int changed;

    if (number % 100 == 2) {
        maker->organizations++;
        SD_TRY(make_organization(&person->organization_id, maker, maker->organizations));
    } else if (number > 2 && number % 5 == 2) {
        person->organization_id = maker->people[number - (number - 2) % 100].organization_id;
    }
    return person->organization_id
               ? sd_organizations_add_member(&changed, maker->store, person->organization_id, person->id)
               : NULL;
}

static sd_error_t *make_customers(void *baton)
{
    maker_t *maker = baton;

    for (apr_int64_t i = maker->from; i < maker->to; i++) {
        SD_TRY(make_customer(maker, i));
        SD_TRY(join_organization(maker, i));
        apr_pool_clear(maker->scratch);
    }
    return NULL;
}

/* ---- the desk ---- */

static sd_error_t *make_desk(maker_t *maker)
{
    static const char *const names[TYPES] = {"Get help", "Report a fault", "Order something", "Access", "Question"};
    const sd_desk_t *desk;

    SD_TRY(sd_desk_create(&desk, &maker->work, &(sd_desk_input_t){.key = "HELP", .name = "Help"}));
    maker->desk_id = desk->id;
    for (int i = 0; i < TYPES; i++) {
        const sd_request_type_t *type;

        SD_TRY(sd_request_type_create(&type, &maker->work, "HELP", names[i], "", ""));
        maker->types[i] = type->id;
    }
    return NULL;
}

/* ---- requests ---- */

/* Who reports: the reader's are spread over the whole time, nobody's else are at a place of their own. */
static person_t *choose_reporter(maker_t *maker, apr_int64_t number)
{
    apr_int64_t step = maker->requests / READER_REQUESTS;

    if (step > 0 && number % step == step - 1) {
        return &maker->people[0];
    }
    return &maker->people[2 + next(maker, (apr_uint64_t)maker->customers - 2)];
}

static sd_error_t *insert_values(maker_t *maker, sd_id_t id, const char *summary, const char *description)
{
    apr_pool_t *pool = maker->scratch;
    const char *texts = apr_pstrcat(pool, summary, "\n", description, NULL);
    sd_request_value_t values[] = {
        {"summary", "Summary", "text", 1, apr_pstrcat(pool, "\"", summary, "\"", NULL)},
        {"description", "Description", "paragraph", 1, apr_pstrcat(pool, "\"", description, "\"", NULL)},
    };
    apr_array_header_t *list = apr_array_make(pool, 2, sizeof(const sd_request_value_t *));

    SD_TRY(sd_request_words_add(&maker->text.words, pool, texts));
    APR_ARRAY_PUSH(list, const sd_request_value_t *) = &values[0];
    APR_ARRAY_PUSH(list, const sd_request_value_t *) = &values[1];
    return sd_request_values_insert(maker->store, id, list);
}

static sd_error_t *insert_audit(maker_t *maker, const person_t *reporter, const sd_new_request_t *row, const char *key)
{
    return sd_audits_insert(maker->store, &(sd_audit_row_t){
                                              .at = row->created,
                                              .account_id = reporter->id,
                                              .actor = "customer",
                                              .directory = "internal",
                                              .face = "rest",
                                              .act = "request.create",
                                              .object_type = "request",
                                              .object_id = key,
                                              .desk_id = row->desk_id,
                                              .result = "done",
                                          });
}

/* Spread over the whole time. */
static const char *is_of_hundred(const maker_t *maker, apr_int64_t number)
{
    apr_int64_t step = maker->requests / HUNDRED;

    return step > 0 && number % step == step / 2 ? " It stands beside the aquarium." : "";
}

static sd_error_t *insert_request(sd_request_t *made, maker_t *maker, const person_t *reporter, apr_int64_t number,
                                  sd_time_t now)
{
    apr_pool_t *pool = maker->scratch;
    const char *thing = PICK(maker, things), *trouble = PICK(maker, troubles);
    sd_new_request_t row = {
        .desk_id = maker->desk_id,
        .desk_key = "HELP",
        .request_type_id = maker->types[next(maker, TYPES)],
        .reporter_id = reporter->id,
        .author_id = reporter->id,
        .status = SD_STATUS_FIRST,
        .created = now,
    };

    row.summary = apr_psprintf(pool, "The %s %s, case " ID, thing, trouble, number + 1);
    SD_TRY(sd_text_fold(&row.summary_key, pool, row.summary));
    SD_TRY(sd_requests_insert(made, maker->store, &row));
    maker->text = (sd_request_text_t){
        .desk_id = row.desk_id, .request_id = made->id, .inner_words = "", .state = SD_REQUEST_TEXT_DONE};
    SD_TRY(sd_text_fold(&maker->text.words, pool, apr_psprintf(pool, " %s ", made->key)));
    SD_TRY(insert_values(maker, made->id, row.summary,
                         apr_psprintf(pool, "Since this morning the %s on floor %d %s. We need it before noon.%s",
                                      thing, (int)next(maker, 40), trouble, is_of_hundred(maker, number))));
    SD_TRY(sd_transitions_note(maker->store, made->id, SD_STATUS_FIRST, reporter->id, now));
    return insert_audit(maker, reporter, &row, made->key);
}

/* None to four, by turns of the reporter and an agent; one in five stays inside. */
static sd_error_t *insert_comments(maker_t *maker, sd_id_t id, person_t *reporter, const sd_account_t *agent,
                                   sd_time_t *now)
{
    int count = (int)next(maker, 5);

    for (int i = 0; i < count; i++) {
        int inside = i % 2 == 0 && next(maker, 5) < 2;
        sd_id_t comment_id, author = i % 2 == 0 ? agent->id : reporter->id;
        const char *body =
            apr_psprintf(maker->scratch, "The %s %s. Please look at it again, and tell us by %d o'clock.",
                         PICK(maker, things), PICK(maker, troubles), (int)next(maker, 24));

        SD_TRY(sd_request_words_add(inside ? &maker->text.inner_words : &maker->text.words, maker->scratch, body));
        *now += SD_HOUR;
        SD_TRY(sd_comments_insert(&comment_id, maker->store, id, author, body, !inside, *now));
        SD_TRY(sd_requests_touch(maker->store, id, *now, !inside));
    }
    return NULL;
}

static sd_error_t *insert_words(maker_t *maker)
{
    const sd_request_text_t *text = &maker->text;
    const apr_array_header_t *words = sd_request_words_split(maker->scratch, text->words, text->inner_words);

    for (int i = 0; i < words->nelts; i++) {
        SD_TRY(sd_request_texts_insert_word(maker->store, text, APR_ARRAY_IDX(words, i, const char *)));
    }
    return sd_request_texts_insert(maker->store, text);
}

/* The worker has the same few in every instance. */
static sd_error_t *assign(maker_t *maker, sd_id_t id, apr_int64_t number, sd_time_t now)
{
    sd_id_t agent = 0;

    if (number < WORKER_REQUESTS) {
        agent = maker->agents[0].id;
    } else if (next(maker, 2) == 0) {
        agent = maker->agents[1 + next(maker, AGENTS - 1)].id;
    }
    return agent ? sd_requests_set_assignee(maker->store, id, agent, now) : NULL;
}

/* Four in five are resolved. */
static sd_error_t *resolve(maker_t *maker, sd_id_t id, person_t *reporter, const sd_account_t *agent, int open,
                           sd_time_t now)
{
    reporter->last = now;
    if (open) {
        reporter->open++;
        return NULL;
    }
    reporter->closed++;
    SD_TRY(sd_requests_set_status(maker->store, id, "resolved", "Done", 0, now));
    return sd_transitions_note(maker->store, id, "resolved", agent->id, now);
}

static sd_error_t *share(maker_t *maker, sd_id_t id, const person_t *reporter, apr_int64_t number, sd_time_t now)
{
    apr_int64_t step = maker->requests / READER_SHARES;
    int added;

    if (reporter->organization_id && next(maker, 2) == 0) {
        SD_TRY(sd_participants_share(maker->store, id, reporter->organization_id));
    }
    if (step > 0 && number % step == step / 2 && reporter != maker->people) {
        return sd_participants_insert(&added, maker->store, id, maker->people[0].id, reporter->id, now);
    }
    return NULL;
}

static sd_error_t *make_request(maker_t *maker, apr_int64_t number)
{
    person_t *reporter = choose_reporter(maker, number);
    const sd_account_t *agent = &maker->agents[next(maker, AGENTS)];
    sd_time_t now = FIRST_MOMENT + SPAN / maker->requests * number;
    int open = number < WORKER_REQUESTS || next(maker, 5) == 0;
    sd_request_t made;

    SD_TRY(insert_request(&made, maker, reporter, number, now));
    if (reporter == maker->people) {
        maker->read_key = apr_pstrdup(maker->pool, made.key);
    }
    SD_TRY(share(maker, made.id, reporter, number, now));
    SD_TRY(assign(maker, made.id, number, now));
    SD_TRY(insert_comments(maker, made.id, reporter, agent, &now));
    SD_TRY(insert_words(maker));
    return resolve(maker, made.id, reporter, agent, open, now);
}

static sd_error_t *make_requests(void *baton)
{
    maker_t *maker = baton;

    for (apr_int64_t i = maker->from; i < maker->to; i++) {
        SD_TRY(make_request(maker, i));
        apr_pool_clear(maker->scratch);
    }
    return NULL;
}

/* What a million single steps of the counters come to. */
static sd_error_t *make_counters(void *baton)
{
    maker_t *maker = baton;

    for (apr_int64_t i = maker->from; i < maker->to; i++) {
        const person_t *person = &maker->people[i];

        if (person->last) {
            SD_TRY(sd_requests_count(maker->store, maker->desk_id, person->id, person->open, person->closed,
                                     person->last));
        }
    }
    return NULL;
}

/* ---- all of it ---- */

/* Rows and errors of a batch live in a pool of their own, which goes with it. */
static sd_error_t *in_batches(maker_t *maker, apr_int64_t count, sd_store_fn fn)
{
    for (maker->from = 0; maker->from < count; maker->from = maker->to) {
        apr_pool_t *pool;
        sd_error_t *error;

        maker->to = maker->from + BATCH < count ? maker->from + BATCH : count;
        sd_store_return(maker->store);
        apr_pool_create(&pool, maker->pool);
        SD_TRY(sd_store_lend(maker->store, pool));
        error = sd_store_write(maker->store, fn, maker);
        if (error) {
            return error;
        }
        sd_store_return(maker->store);
        apr_pool_destroy(pool);
        SD_TRY(sd_store_lend(maker->store, maker->pool));
    }
    return NULL;
}

static sd_error_t *make_all(maker_t *maker)
{
    SD_TRY(make_desk(maker));
    SD_TRY(sd_store_write(maker->store, make_agents, maker));
    SD_TRY(in_batches(maker, maker->customers, make_customers));
    SD_TRY(in_batches(maker, maker->requests, make_requests));
    return in_batches(maker, maker->customers, make_counters);
}

/* A database that is being made anew is worth no sync; a half-made one is thrown away. */
static sd_error_t *hurry(maker_t *maker, sqlite3 *db)
{
    static const char settings[] = "PRAGMA synchronous = OFF; PRAGMA cache_size = -500000;"
                                   " PRAGMA wal_autocheckpoint = 50000";

    return sqlite3_exec(db, settings, NULL, NULL, NULL) == SQLITE_OK
               ? NULL
               : sd_error_private(maker->pool, SD_ERROR_UNAVAILABLE, "%s", sqlite3_errmsg(db));
}

/* ---- the database ---- */

static sd_error_t *make_in(maker_t *maker, place_t *place)
{
    maker->store = place->store;
    maker->work = (sd_work_t){.pool = maker->pool,
                              .site = &maker->site,
                              .store = maker->store,
                              .face = "tool",
                              .actor = {.is_operator = 1, .scopes = SD_SCOPE_ALL}};
    SD_TRY(hurry(maker, native_of(place)));
    return make_all(maker);
}

/* What is there goes into a file, grows there, and comes back by COPY: ten times as fast as row by row. */
static sd_error_t *make_aside(maker_t *maker, const char *parameters)
{
    place_t file = {.driver = NULL}, server = {.driver = NULL};
    const char *folder = NULL, *path;
    sd_error_t *error;

    apr_temp_dir_get(&folder, maker->pool);
    path = apr_psprintf(maker->pool, "%s/sd-generate-%d.db", folder, (int)getpid());
    error = open_place(&server, maker->pool, "pgsql", parameters);
    if (!error) {
        error = open_place(&file, maker->pool, "sqlite3", path);
    }
    if (!error) {
        error = sd_copy_run(&(sd_copy_t){.from = server.store, .to = file.store});
    }
    if (!error) {
        error = make_in(maker, &file);
    }
    if (!error) {
        error = bulk_copy(maker->pool, native_of(&file), native_of(&server));
    }
    close_place(&file);
    close_place(&server);
    remove_file(maker->pool, path);
    return error;
}

static sd_error_t *make(maker_t *maker, const char *driver, const char *parameters)
{
    place_t place = {.driver = NULL};
    sd_error_t *error;

    if (strcmp(driver, "sqlite3") != 0) {
        return make_aside(maker, parameters);
    }
    error = open_place(&place, maker->pool, driver, parameters);
    if (!error) {
        error = make_in(maker, &place);
    }
    close_place(&place);
    return error;
}

static sd_error_t *run(maker_t *maker, char **argv)
{
    static const sd_clock_t clock = {standing, NULL};
    static sd_random_t random_source;

    random_source = (sd_random_t){fill, maker};
    maker->site = (sd_site_t){.base_url = "", .clock = &clock, .random = &random_source};
    if (apr_dbd_init(maker->pool) != APR_SUCCESS) {
        return sd_error_private(maker->pool, SD_ERROR_INTERNAL, "no apr_dbd");
    }
    SD_TRY(make(maker, argv[1], argv[2]));
    printf("{\"desk\":\"" ID "\",\"requestType\":\"" ID "\",\"read\":\"%s\",\"requests\":" ID ",\"customers\":" ID
           "}\n",
           maker->desk_id, maker->types[0], maker->read_key ? maker->read_key : "", maker->requests, maker->customers);
    return NULL;
}

int main(int argc, char **argv)
{
    maker_t maker = {.random = argc > 5 ? (apr_uint64_t)apr_atoi64(argv[5]) : 1};
    sd_error_t *error;

    apr_initialize();
    apr_pool_create(&maker.pool, NULL);
    apr_pool_create(&maker.scratch, maker.pool);
    maker.requests = argc > 4 ? apr_atoi64(argv[3]) : 0;
    maker.customers = argc > 4 ? apr_atoi64(argv[4]) : 0;
    if (maker.requests < 1 || maker.customers < 3) {
        fputs("generate DRIVER DATABASE REQUESTS CUSTOMERS [SEED]\n", stderr);
        return 2;
    }
    maker.people = calloc((size_t)maker.customers, sizeof(person_t));
    error = run(&maker, argv);
    if (error) {
        fprintf(stderr, "generate: %s -- %s\n", error->text, error->detail ? error->detail : "");
    }
    free(maker.people);
    apr_pool_destroy(maker.pool);
    apr_terminate();
    return error != NULL;
}
