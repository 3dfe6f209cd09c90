/*
 * The list of a desk's customers. Without a search it runs along the order of activity. A search of a small desk does
 * too, and looks at everybody; in a large one it runs along the parts that begin like the rarest piece of what is
 * looked for, so that it ends where the page does.
 */
#include "desk/customer_list.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "base/tokenizer.h"
#include "desk/account_texts.h"
#include "desk/desk.h"
#include "desk/policy.h"
#include "desk/request_guard.h"
#include "store/account_parts.h"
#include "store/accounts.h"
#include "store/grants.h"
#include "store/rows.h"

#define ID "%" APR_INT64_T_FMT
#define CANDIDATES 5000 /* after which a search gives up */
#define PROBES 16       /* pieces whose rarity is looked at ... */
#define PROBED 100      /* ... so far */
#define PIECE_STEP (SD_TOKENIZER_PART / 2)

typedef struct walk_t {
    sd_work_t *work;
    const sd_customer_query_t *query;
    sd_customer_page_t *page;
    apr_array_header_t *terms; /* of const char *, flat; NULL: everybody */
    const char *piece;         /* what the parts begin like; NULL: in order of activity */
    sd_customer_place_t place;
    apr_int64_t skip;
    apr_array_header_t *found; /* of const sd_customer_t * */
} walk_t;

/* ---- where a page begins: "a:ACTIVITY:ACCOUNT", or "p:LENGTH:ACCOUNT:PART" with a piece of LENGTH bytes ---- */

static const char *name_place(apr_pool_t *pool, const walk_t *walk, const sd_customer_place_t *place)
{
    if (!walk->piece) {
        return apr_psprintf(pool, "a:" ID ":" ID, place->activity, place->account_id);
    }
    return apr_psprintf(pool, "p:%d:" ID ":%s", (int)strlen(walk->piece), place->account_id, place->part);
}

static int contains_piece(const walk_t *walk, const char *piece)
{
    for (int i = 0; walk->terms && i < walk->terms->nelts; i++) {
        if (strstr(APR_ARRAY_IDX(walk->terms, i, const char *), piece)) {
            return 1;
        }
    }
    return 0;
}

/* The next member of a place, ended by a colon or the end. */
static apr_int64_t read_number(apr_pool_t *pool, const char **at)
{
    apr_size_t length = strcspn(*at, ":");
    const char *text = apr_pstrmemdup(pool, *at, length);

    *at += length + ((*at)[length] == ':');
    return strcmp(text, "0") == 0 ? 0 : sd_text_id(text) ? sd_text_id(text) : -1;
}

/* A place is judged by what the search could have said. */
static int read_place(walk_t *walk, const char *after)
{
    apr_pool_t *pool = walk->work->pool;
    apr_int64_t first;

    if ((after[0] != 'a' && after[0] != 'p') || after[1] != ':') {
        return 0;
    }
    walk->piece = NULL;
    walk->place.part = after[0] == 'p' ? after + 2 : NULL;
    after += 2;
    first = read_number(pool, &after);
    walk->place.account_id = read_number(pool, &after);
    if (first < 0 || walk->place.account_id < 0) {
        return 0;
    }
    if (!walk->place.part) {
        walk->place.activity = first;
        return !*after;
    }
    if (first < 1 || strlen(after) < (apr_size_t)first || strlen(after) > 4 * SD_TOKENIZER_PART) {
        return 0;
    }
    walk->place.part = after;
    walk->piece = apr_pstrmemdup(pool, after, (apr_size_t)first);
    return sd_text_is_utf8(walk->piece, (apr_size_t)first) && contains_piece(walk, walk->piece);
}

/* ---- what is looked for ---- */

static sd_error_t *read_terms(walk_t *walk)
{
    apr_pool_t *pool = walk->work->pool;
    const char *search = walk->query->search, *flat;
    char *term, *last = NULL;

    if (!search || !*search) {
        return NULL;
    }
    SD_TRY(sd_text_check(pool, "query", search, 0, 255, 0));
    SD_TRY(sd_tokenizer_flat(&flat, pool, search));
    if (!*flat) {
        return NULL;
    }
    walk->terms = apr_array_make(pool, 4, sizeof(const char *));
    for (term = apr_strtok(apr_pstrdup(pool, flat), " ", &last); term; term = apr_strtok(NULL, " ", &last)) {
        APR_ARRAY_PUSH(walk->terms, const char *) = term;
    }
    return NULL;
}

/* Pieces of the terms that stand among the parts of whatever holds the terms: the first, and some further on. */
static apr_array_header_t *cut_pieces(const walk_t *walk)
{
    apr_pool_t *pool = walk->work->pool;
    apr_array_header_t *pieces = apr_array_make(pool, PROBES, sizeof(const char *));

    for (int i = 0; i < walk->terms->nelts; i++) {
        apr_array_header_t *parts = apr_array_make(pool, 16, sizeof(const char *));

        sd_tokenizer_parts(parts, APR_ARRAY_IDX(walk->terms, i, const char *));
        for (int j = 0; j < parts->nelts && pieces->nelts < PROBES; j += PIECE_STEP) {
            const char *part = APR_ARRAY_IDX(parts, j, const char *);

            if (j == 0 || sd_text_length(part) == SD_TOKENIZER_PART) {
                APR_ARRAY_PUSH(pieces, const char *) = part;
            }
        }
    }
    return pieces;
}

static sd_error_t *choose_piece(walk_t *walk)
{
    const apr_array_header_t *pieces = cut_pieces(walk);
    apr_int64_t least = PROBED + 1;

    for (int i = 0; i < pieces->nelts && least > 0; i++) {
        const char *piece = APR_ARRAY_IDX(pieces, i, const char *);
        apr_int64_t count = 0;

        if (pieces->nelts > 1) {
            SD_TRY(sd_account_parts_count(&count, walk->work->store, piece, PROBED));
        }
        if (count < least) {
            least = count;
            walk->piece = piece;
        }
    }
    walk->place = (sd_customer_place_t){.part = walk->piece};
    return NULL;
}

static const sd_customer_place_t newest = {.activity = APR_INT64_MAX, .account_id = APR_INT64_MAX};

/* *nowhere: nothing can be found by what is looked for. */
static sd_error_t *choose_way(int *nowhere, walk_t *walk)
{
    int few;

    *nowhere = walk->terms && cut_pieces(walk)->nelts == 0;
    walk->place = newest;
    if (walk->query->after && *walk->query->after) {
        return read_place(walk, walk->query->after)
                   ? NULL
                   : sd_error_field(walk->work->pool, "after", "sd.customer.after",
                                    "This is no place in the list that was asked for.");
    }
    if (!walk->terms) {
        return NULL;
    }
    SD_TRY(sd_customer_lists_are_few(&few, walk->work->store, walk->page->desk->id));
    return few || *nowhere ? NULL : choose_piece(walk);
}

/* ---- looking ---- */

/* Of all the parts by which the walk comes to an account, the first one counts. */
static sd_error_t *is_first_part(int *first, const walk_t *walk, const sd_account_texts_t *texts, const char *part)
{
    apr_array_header_t *parts;
    apr_size_t length = strlen(walk->piece);

    *first = 0;
    SD_TRY(sd_account_parts(&parts, walk->work->pool, texts));
    for (int i = 0; i < parts->nelts; i++) {
        if (strncmp(APR_ARRAY_IDX(parts, i, const char *), walk->piece, length) == 0) {
            *first = strcmp(APR_ARRAY_IDX(parts, i, const char *), part) == 0;
            return NULL;
        }
    }
    return NULL;
}

static sd_error_t *is_hit(int *hit, const walk_t *walk, const sd_customer_t *customer)
{
    const sd_account_t *account = &customer->account;
    const sd_account_texts_t texts = {account->name, account->address, account->display_name};
    const char *flat;

    *hit = customer->is_customer;
    if (!walk->terms || !*hit) {
        return NULL;
    }
    SD_TRY(sd_account_flat(&flat, walk->work->pool, &texts));
    for (int i = 0; *hit && i < walk->terms->nelts; i++) {
        *hit = strstr(flat, APR_ARRAY_IDX(walk->terms, i, const char *)) != NULL;
    }
    return *hit && walk->piece ? is_first_part(hit, walk, &texts, customer->part) : NULL;
}

/* Rows a statement: some more than the page, for those that are no hits. */
static int stretch_of(const walk_t *walk)
{
    return 2 * (int)walk->query->page.limit + 10;
}

static sd_error_t *read_stretch(apr_array_header_t **customers, const walk_t *walk)
{
    sd_store_t *store = walk->work->store;
    sd_id_t desk_id = walk->page->desk->id;

    if (walk->piece) {
        return sd_customer_lists_by_part(customers, store, desk_id, walk->piece, &walk->place, stretch_of(walk));
    }
    return sd_customer_lists_by_activity(customers, store, desk_id, &walk->place, 0, stretch_of(walk));
}

/* *full: one more than the page holds was found. */
static sd_error_t *look_through(int *full, walk_t *walk, const apr_array_header_t *customers)
{
    *full = 0;
    for (int i = 0; i < customers->nelts && !*full; i++) {
        const sd_customer_t *customer = APR_ARRAY_IDX(customers, i, const sd_customer_t *);
        int hit;

        SD_TRY(is_hit(&hit, walk, customer));
        if (hit && walk->skip > 0) {
            walk->skip--;
        } else if (hit) {
            APR_ARRAY_PUSH(walk->found, const sd_customer_t *) = customer;
            *full = walk->found->nelts > walk->query->page.limit;
        }
        walk->place = (sd_customer_place_t){customer->activity, customer->part, customer->account.id};
    }
    return NULL;
}

static sd_error_t *search(walk_t *walk)
{
    for (int looked = 0; looked < CANDIDATES; looked += stretch_of(walk)) {
        apr_array_header_t *customers;
        int full;

        SD_TRY(read_stretch(&customers, walk));
        SD_TRY(look_through(&full, walk, customers));
        if (full || customers->nelts < stretch_of(walk)) {
            return NULL;
        }
    }
    walk->page->cut = 1;
    return NULL;
}

/* ---- the page ---- */

static void end_page(walk_t *walk)
{
    sd_customer_page_t *page = walk->page;
    apr_int64_t limit = walk->query->page.limit;

    page->customers = sd_rows_list(walk->work->pool, walk->found, walk->query->page);
    if (!page->customers->is_last) {
        const sd_customer_t *last = APR_ARRAY_IDX(walk->found, limit - 1, const sd_customer_t *);

        walk->place = (sd_customer_place_t){last->activity, last->part, last->account.id};
    }
    if (page->cut) {
        page->customers->is_last = 0;
    }
    if (!page->customers->is_last) {
        page->customers->next = name_place(walk->work->pool, walk, &walk->place);
    }
}

static sd_error_t *page_in_read(void *baton)
{
    walk_t *walk = baton;
    sd_work_t *work = walk->work;
    const sd_customer_query_t *query = walk->query;
    int nowhere;

    SD_TRY(sd_desk_find(&walk->page->desk, work, query->desk, SD_MAY_LIST_CUSTOMERS));
    SD_TRY(read_terms(walk));
    SD_TRY(choose_way(&nowhere, walk));
    if (walk->terms && !nowhere) {
        SD_TRY(search(walk));
    } else if (!nowhere) {
        SD_TRY(sd_customer_lists_by_activity(&walk->found, work->store, walk->page->desk->id, &walk->place, walk->skip,
                                             query->page.limit + 1));
    }
    end_page(walk);
    return sd_grants_groups(&walk->page->groups, work->store, walk->page->desk->id, "customer");
}

sd_error_t *sd_customer_page(sd_customer_page_t **page, sd_work_t *work, const sd_customer_query_t *query)
{
    walk_t walk = {.work = work, .query = query, .page = apr_pcalloc(work->pool, sizeof(*walk.page))};

    if (query->page.start > SD_CUSTOMER_START) {
        return sd_error_field(work->pool, "start", "sd.customer.start",
                              "Nobody counts off so many customers: follow the link to the next page, or search.");
    }
    walk.skip = query->page.start;
    walk.found = apr_array_make(work->pool, (int)query->page.limit + 1, sizeof(const sd_customer_t *));
    SD_TRY(sd_work_read(work, page_in_read, &walk));
    *page = walk.page;
    return NULL;
}

/* ---- requests of one of them ---- */

typedef struct requests_t {
    sd_work_t *work;
    const char *desk;
    const char *customer;
    int state;
    unsigned parts;
    sd_page_t page;
    sd_list_t *list;
} requests_t;

static sd_error_t *requests_in_read(void *baton)
{
    requests_t *ask = baton;
    sd_work_t *work = ask->work;
    const sd_desk_t *desk;
    const sd_account_t *account;
    int knows = 0;

    SD_TRY(sd_desk_find(&desk, work, ask->desk, SD_MAY_WORK_QUEUES));
    SD_TRY(sd_accounts_named(&account, work->store, ask->customer));
    if (account) {
        SD_TRY(sd_customer_lists_knows(&knows, work->store, desk->id, account->id));
    }
    if (!knows) {
        return sd_error_not_found(work->pool);
    }
    SD_TRY(sd_customer_lists_requests(&ask->list, work->store, work->actor.account_id, desk->id, account->id,
                                      ask->state, ask->page));
    return sd_request_load_all(ask->list, work, ask->parts);
}

sd_error_t *sd_customer_requests(sd_list_t **views, sd_work_t *work, const char *desk, const char *customer, int state,
                                 unsigned parts, sd_page_t page)
{
    requests_t ask = {work, desk, customer, state, parts, page, NULL};

    SD_TRY(sd_work_read(work, requests_in_read, &ask));
    *views = ask.list;
    return NULL;
}
