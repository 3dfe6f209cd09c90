/* The words of requests. */
#include "desk/request_index.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/request_words.h"

#define BATCH 100            /* requests in one transaction of the worker */
#define REST (2 * SD_SECOND) /* since the last change of one */

static sd_error_t *add_values(sd_request_text_t *text, apr_pool_t *pool, const apr_array_header_t *values)
{
    for (int i = 0; i < values->nelts; i++) {
        const sd_request_value_t *value = APR_ARRAY_IDX(values, i, const sd_request_value_t *);

        SD_TRY(sd_request_words_add_value(value->visible ? &text->words : &text->inner_words, pool, value));
    }
    return NULL;
}

static sd_error_t *begin(sd_request_text_t *text, apr_pool_t *pool, const char *key, const char *summary,
                         const apr_array_header_t *values)
{
    const char *name = apr_psprintf(pool, " %s ", key);

    text->inner_words = "";
    SD_TRY(sd_text_fold(&text->words, pool, name));
    SD_TRY(sd_request_words_add(&text->words, pool, summary));
    return add_values(text, pool, values);
}

sd_error_t *sd_request_index_insert(sd_work_t *work, const sd_request_t *request, const char *summary,
                                    const apr_array_header_t *values)
{
    sd_request_text_t text = {.desk_id = request->desk_id,
                              .request_id = request->id,
                              .state = SD_REQUEST_TEXT_PENDING,
                              .changed = sd_work_now(work)};

    SD_TRY(begin(&text, work->pool, request->key, summary, values));
    return sd_request_texts_insert(work->store, &text);
}

sd_error_t *sd_request_index_comment(sd_work_t *work, const sd_request_text_t *text, const char *body, int public)
{
    sd_request_text_t now = *text;

    if (!text->request_id) {
        return NULL;
    }
    now.state = text->state == SD_REQUEST_TEXT_UNREAD ? SD_REQUEST_TEXT_UNREAD : SD_REQUEST_TEXT_PENDING;
    now.changed = sd_work_now(work);
    SD_TRY(sd_request_words_add(public ? &now.words : &now.inner_words, work->pool, body));
    return sd_request_texts_update(work->store, &now);
}

static sd_error_t *delete_words(sd_store_t *store, const sd_request_text_t *text)
{
    const apr_array_header_t *words = sd_request_words_split(sd_store_pool(store), text->words, text->inner_words);

    for (int i = 0; i < words->nelts; i++) {
        SD_TRY(sd_request_texts_delete_word(store, text, APR_ARRAY_IDX(words, i, const char *)));
    }
    return NULL;
}

sd_error_t *sd_request_index_delete(sd_work_t *work, const sd_request_t *request)
{
    sd_request_text_t *text = apr_palloc(work->pool, sizeof(*text));

    SD_TRY(sd_request_texts_ask(text, work->store, request->desk_id, request->id));
    SD_TRY(sd_store_settle(work->store));
    if (!text->request_id) {
        return NULL;
    }
    SD_TRY(delete_words(work->store, text));
    return sd_request_texts_delete(work->store, text->desk_id, text->request_id);
}

/* ---- the worker ---- */

/* The lines as the texts are now; `*text` keeps whose they are. */
static sd_error_t *read_texts(int *there, sd_request_text_t *text, sd_store_t *store)
{
    apr_pool_t *pool = sd_store_pool(store);
    sd_request_source_t source;

    SD_TRY(sd_request_texts_source(&source, store, text->request_id));
    *there = source.key != NULL;
    if (!*there) {
        return NULL;
    }
    SD_TRY(begin(text, pool, source.key, source.summary, source.values));
    for (int i = 0; i < source.comments->nelts; i++) {
        SD_TRY(sd_request_words_add(APR_ARRAY_IDX(source.are_public, i, int) ? &text->words : &text->inner_words, pool,
                                    APR_ARRAY_IDX(source.comments, i, const char *)));
    }
    return NULL;
}

static sd_error_t *finish(sd_store_t *store, const sd_request_text_t *pending)
{
    sd_request_text_t text = *pending;
    const apr_array_header_t *words;
    int there = 1;

    if (text.state == SD_REQUEST_TEXT_UNREAD) {
        SD_TRY(read_texts(&there, &text, store));
    }
    if (!there) {
        return sd_request_texts_delete(store, text.desk_id, text.request_id);
    }
    words = sd_request_words_split(sd_store_pool(store), text.words, text.inner_words);
    for (int i = 0; i < words->nelts; i++) {
        SD_TRY(sd_request_texts_insert_word(store, &text, APR_ARRAY_IDX(words, i, const char *)));
    }
    text.state = SD_REQUEST_TEXT_DONE;
    return sd_request_texts_update(store, &text);
}

typedef struct round_t {
    sd_work_t *work;
    sd_time_t changed;
    int more;
} round_t;

static sd_error_t *look_in_read(void *baton)
{
    round_t *round = baton;

    return sd_request_texts_is_pending(&round->more, round->work->store, round->changed);
}

/* What was taken is held, its texts too: who writes one of them writes the line with it. */
static sd_error_t *finish_in_write(void *baton)
{
    round_t *round = baton;
    apr_array_header_t *texts;

    SD_TRY(sd_request_texts_take(&texts, round->work->store, round->changed, BATCH));
    for (int i = 0; i < texts->nelts; i++) {
        SD_TRY(finish(round->work->store, APR_ARRAY_IDX(texts, i, const sd_request_text_t *)));
    }
    round->more = texts->nelts == BATCH;
    return NULL;
}

sd_error_t *sd_request_index_round(int *more, sd_work_t *work)
{
    round_t round = {.work = work, .changed = sd_work_now(work) - REST};

    SD_TRY(sd_work_read(work, look_in_read, &round));
    if (round.more) {
        /* Who finds one that another worker has finished is not undone; a crash takes words and note alike. */
        SD_TRY(sd_store_write_count(work->store, finish_in_write, &round));
    }
    *more = round.more;
    return NULL;
}

/* ---- the integrity check ---- */

static sd_error_t *check_words(const char **wrong, sd_store_t *store, const sd_request_text_t *text)
{
    const apr_array_header_t *words = sd_request_words_split(sd_store_pool(store), text->words, text->inner_words);
    apr_int64_t lacking;

    SD_TRY(sd_request_texts_lacking(&lacking, store, text, words));
    *wrong = lacking ? "a word of its texts is not found by searches" : NULL;
    return NULL;
}

sd_error_t *sd_request_index_check(const char **wrong, sd_store_t *store, const sd_request_text_t *text)
{
    sd_request_text_t expected = *text;
    int there;

    *wrong = NULL;
    SD_TRY(read_texts(&there, &expected, store));
    if (!there) {
        *wrong = "searches find it, and it is deleted or none";
    } else if (text->state != SD_REQUEST_TEXT_UNREAD &&
               (strcmp(text->words, expected.words) != 0 || strcmp(text->inner_words, expected.inner_words) != 0)) {
        *wrong = "the words of the search are not those of its texts";
    }
    return *wrong || text->state != SD_REQUEST_TEXT_DONE ? NULL : check_words(wrong, store, text);
}
