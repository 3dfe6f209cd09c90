/*
 * Searching desks. The rows of one word are in the order of the answer. Of several words, or beginnings, one that few
 * requests have leads to all of these; where every word is in many, the newest requests with one of them are looked at
 * until the page is full. What the worker has not made rows of yet is looked through beside.
 */
#include "desk/request_search.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/desk.h"
#include "desk/request_guard.h"
#include "desk/request_words.h"
#include "store/desks.h"
#include "store/requests.h"
#include "store/rows.h"

#define DESKS 1000
#define PROBES 8 /* words whose rarity is looked at ... */
#define FEW 500  /* ... so far */
#define FIRST_STRETCH 64
#define LONGEST_STRETCH 1000

typedef struct search_t {
    sd_work_t *work;
    const sd_search_query_t *query;
    sd_page_t page;
    apr_array_header_t *ranges; /* of sd_word_range_t * */
    apr_array_header_t *found;  /* of sd_id_t */
    sd_list_t *list;
} search_t;

static const sd_word_range_t *range_of(const search_t *search, int i)
{
    return APR_ARRAY_IDX(search->ranges, i, const sd_word_range_t *);
}

/* ---- one desk ---- */

static void take_hits(search_t *search, apr_pool_t *scratch, const apr_array_header_t *texts)
{
    for (int i = 0; i < texts->nelts; i++) {
        const sd_request_text_t *text = APR_ARRAY_IDX(texts, i, const sd_request_text_t *);

        if (sd_request_words_match(scratch, search->ranges, text->words, text->inner_words)) {
            APR_ARRAY_PUSH(search->found, sd_id_t) = text->request_id;
        }
    }
}

/* The rarest word of a desk, if few have it; else NULL. */
static sd_error_t *choose_rare(const sd_word_range_t **rare, const search_t *search, sd_id_t desk_id)
{
    sd_store_t *store = search->work->store;
    int count = search->ranges->nelts < PROBES ? search->ranges->nelts : PROBES;
    apr_int64_t counts[PROBES], least = FEW + 1;

    *rare = NULL;
    for (int i = 0; i < count; i++) {
        SD_TRY(sd_request_texts_ask_count(&counts[i], store, desk_id, range_of(search, i), FEW + 1));
    }
    SD_TRY(sd_store_settle(store));
    for (int i = 0; i < count; i++) {
        if (counts[i] < least) {
            least = counts[i];
            *rare = range_of(search, i);
        }
    }
    return NULL;
}

/* The longest whole word; NULL if there are only beginnings. */
static const char *choose_word(const search_t *search)
{
    const char *word = NULL;

    for (int i = 0; i < search->ranges->nelts; i++) {
        const sd_word_range_t *range = range_of(search, i);

        if (!range->prefix && (!word || strlen(range->word) > strlen(word))) {
            word = range->word;
        }
    }
    return word;
}

/* One stretch; `*before` moves behind it, and is 0 after the last one. Its texts are forgotten. */
static sd_error_t *walk_on(search_t *search, apr_pool_t *scratch, sd_id_t desk_id, const char *word, sd_id_t *before,
                           int stretch)
{
    sd_store_t *store = search->work->store;
    apr_pool_t *lent = sd_store_use_pool(store, scratch);
    apr_array_header_t *texts;
    sd_error_t *error = sd_request_texts_walk(&texts, store, desk_id, word, *before, stretch);

    sd_store_use_pool(store, lent);
    SD_TRY(error);
    take_hits(search, scratch, texts);
    *before =
        texts->nelts < stretch ? 0 : APR_ARRAY_IDX(texts, texts->nelts - 1, const sd_request_text_t *)->request_id;
    return NULL;
}

/* From the newest on, until there are enough for the page. */
static sd_error_t *walk(search_t *search, apr_pool_t *scratch, sd_id_t desk_id)
{
    apr_int64_t wanted = search->found->nelts + sd_rows_end(search->page);
    const char *word = choose_word(search);
    sd_id_t before = APR_INT64_MAX;

    for (int stretch = FIRST_STRETCH; before && search->found->nelts < wanted; stretch *= 2) {
        stretch = stretch < LONGEST_STRETCH ? stretch : LONGEST_STRETCH;
        SD_TRY(walk_on(search, scratch, desk_id, word, &before, stretch));
        apr_pool_clear(scratch);
    }
    return NULL;
}

static sd_error_t *search_desk(search_t *search, apr_pool_t *scratch, sd_id_t desk_id)
{
    sd_store_t *store = search->work->store;
    apr_array_header_t *texts;
    const sd_word_range_t *first = range_of(search, 0), *rare;

    SD_TRY(sd_request_texts_pending(&texts, store, desk_id));
    take_hits(search, scratch, texts);
    if (search->ranges->nelts == 1 && !first->prefix) {
        return sd_request_texts_ids(search->found, store, desk_id, first->word, sd_rows_end(search->page));
    }
    SD_TRY(choose_rare(&rare, search, desk_id));
    if (!rare) {
        return walk(search, scratch, desk_id);
    }
    SD_TRY(sd_request_texts_of_range(&texts, store, desk_id, rare, FEW + 1));
    take_hits(search, scratch, texts);
    return NULL;
}

/* ---- all of them ---- */

static sd_error_t *find_desks(apr_array_header_t **desks, const search_t *search)
{
    sd_work_t *work = search->work;
    const sd_desk_t *desk;
    sd_list_t *list;

    if (search->query->desk) {
        *desks = apr_array_make(work->pool, 1, sizeof(const sd_desk_t *));
        SD_TRY(sd_desk_find(&desk, work, search->query->desk, SD_MAY_WORK_QUEUES));
        APR_ARRAY_PUSH(*desks, const sd_desk_t *) = desk;
        return NULL;
    }
    SD_TRY(sd_desks_list(&list, work->store, work->actor.account_id, sd_policy_scope(work, SD_MAY_WORK_QUEUES),
                         work->actor.is_operator, (sd_page_t){0, DESKS}));
    *desks = list->rows;
    return NULL;
}

/* The newest first. */
static int compare_ids(const void *a, const void *b)
{
    sd_id_t one = *(const sd_id_t *)a, other = *(const sd_id_t *)b;

    return (other > one) - (other < one);
}

/* Some were found twice: by a row of the index, and as what is not in it altogether. */
static sd_error_t *load_page(search_t *search)
{
    sd_work_t *work = search->work;
    apr_array_header_t *found = search->found, *rows = apr_array_make(work->pool, 32, sizeof(sd_request_t *));
    apr_int64_t place = 0, end = sd_rows_end(search->page);

    qsort(found->elts, (size_t)found->nelts, sizeof(sd_id_t), compare_ids);
    for (int i = 0; i < found->nelts && place < end; i++) {
        sd_id_t id = APR_ARRAY_IDX(found, i, sd_id_t);
        sd_request_t *request;

        if ((i > 0 && id == APR_ARRAY_IDX(found, i - 1, sd_id_t)) || place++ < search->page.start) {
            continue;
        }
        request = apr_palloc(work->pool, sizeof(*request));
        APR_ARRAY_PUSH(rows, sd_request_t *) = request;
        SD_TRY(sd_requests_ask(request, work->store, apr_psprintf(work->pool, "%" APR_INT64_T_FMT, id),
                               work->actor.account_id));
    }
    SD_TRY(sd_store_settle(work->store));
    search->list = sd_rows_list(work->pool, rows, search->page);
    return sd_request_load_all(search->list, work, search->query->parts);
}

static sd_error_t *search_in_read(void *baton)
{
    search_t *search = baton;
    apr_array_header_t *desks;
    apr_pool_t *scratch;

    SD_TRY(sd_policy_require(search->work, SD_MAY_SEARCH_REQUESTS));
    SD_TRY(find_desks(&desks, search));
    apr_pool_create(&scratch, search->work->pool);
    for (int i = 0; i < desks->nelts; i++) {
        SD_TRY(search_desk(search, scratch, APR_ARRAY_IDX(desks, i, const sd_desk_t *)->id));
    }
    apr_pool_destroy(scratch);
    return load_page(search);
}

sd_error_t *sd_request_search(sd_list_t **views, sd_work_t *work, const sd_search_query_t *query, sd_page_t page)
{
    search_t search = {.work = work, .query = query, .page = page};

    SD_TRY(sd_text_check(work->pool, "query", query->query, 1, SD_SEARCH_LENGTH, 0));
    SD_TRY(sd_request_words_read(&search.ranges, work->pool, query->query));
    if (!search.ranges->nelts) {
        return sd_error_field(work->pool, "query", "sd.search.words", "There is no word in it to look for.");
    }
    if (page.start > SD_SEARCH_START) {
        return sd_error_field(work->pool, "start", "sd.search.start",
                              "Nobody counts off so many requests: look for another word beside.");
    }
    search.found = apr_array_make(work->pool, 64, sizeof(sd_id_t));
    SD_TRY(sd_work_read(work, search_in_read, &search));
    *views = search.list;
    return NULL;
}
