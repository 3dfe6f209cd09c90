/* SQL over request_text and request_word. */
#include "store/request_texts.h"

#include <apr_strings.h>

#include "store/account_parts.h"
#include "store/request_values.h"
#include "store/rows.h"

/* In a row: 0 for one that is done, 2 for one that is unread, the moment of the last change for one that is pending. */
#define UNREAD 2
#define COLUMNS "t.desk_id, t.request_id, t.words, t.inner_words, t.pending"

SD_SQL(request_text_find, "SELECT " COLUMNS " FROM request_text AS t WHERE t.desk_id = $1 AND t.request_id = $2");
SD_SQL(request_text_insert, "INSERT INTO request_text (desk_id, request_id, words, inner_words, pending)"
                            " VALUES ($1, $2, $3, $4, $5)");
SD_SQL(request_text_update, "UPDATE request_text SET words = $1, inner_words = $2, pending = $3"
                            " WHERE desk_id = $4 AND request_id = $5");
SD_SQL(request_text_delete, "DELETE FROM request_text WHERE desk_id = $1 AND request_id = $2");
SD_SQL(request_text_is_pending, "SELECT t.request_id FROM request_text AS t WHERE t.desk_id > 0 AND t.pending > 0"
                                " AND t.pending <= $1 ORDER BY t.desk_id, t.pending, t.request_id LIMIT 1");
#define TAKE                                                                                                           \
    "SELECT " COLUMNS " FROM request_text AS t WHERE t.desk_id > 0 AND t.pending > 0 AND t.pending <= $1 "             \
    "ORDER BY t.desk_id, t.pending, t.request_id LIMIT $2"
SD_SQL_EACH(request_text_take, TAKE, TAKE " FOR UPDATE SKIP LOCKED");
SD_SQL(request_word_insert,
       "INSERT INTO request_word (desk_id, word, request_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
SD_SQL(request_word_delete, "DELETE FROM request_word WHERE desk_id = $1 AND word = $2 AND request_id = $3");

/* Each word by itself, as in store/account_parts.c. */
#define LACKING(texts_)                                                                                                \
    "SELECT count(*) FROM " texts_                                                                                     \
    " WHERE (SELECT count(*) FROM request_word AS w WHERE w.desk_id = $2 AND w.word = e.value AND w.request_id = $3)"  \
    " = 0"
SD_SQL_EACH(request_words_lacking, LACKING(SD_TEXTS_SQLITE), LACKING(SD_TEXTS_PGSQL));

/*
 * Each ends where it has found enough, however often the word was used. The words lead, whatever the database knows
 * of how many there are: SQLite takes the tables of a CROSS JOIN in their order, and PostgreSQL a LIMIT by itself.
 */
#define OF_REQUEST " ON t.desk_id = $1 AND t.request_id = w.request_id"
#define OF_RANGE " FROM request_word WHERE desk_id = $1 AND word >= $2 AND word <= $3"
SD_SQL(request_word_count, "SELECT count(*) FROM (SELECT request_id" OF_RANGE " LIMIT $4) AS found");
SD_SQL_EACH(request_text_of_range,
            "SELECT " COLUMNS " FROM request_word AS w CROSS JOIN request_text AS t" OF_REQUEST
            " WHERE w.desk_id = $1 AND w.word >= $2 AND w.word <= $3 LIMIT $4",
            "SELECT " COLUMNS " FROM (SELECT request_id" OF_RANGE " LIMIT $4) AS w JOIN request_text AS t" OF_REQUEST);
SD_SQL_EACH(request_text_of_word,
            "SELECT " COLUMNS " FROM request_word AS w CROSS JOIN request_text AS t" OF_REQUEST
            " WHERE w.desk_id = $1 AND w.word = $2 AND w.request_id < $3 ORDER BY w.request_id DESC LIMIT $4",
            "SELECT " COLUMNS " FROM (SELECT request_id FROM request_word WHERE desk_id = $1 AND word = $2"
            " AND request_id < $3 ORDER BY request_id DESC LIMIT $4) AS w"
            " JOIN request_text AS t" OF_REQUEST " ORDER BY t.request_id DESC");
SD_SQL(request_word_ids, "SELECT request_id FROM request_word WHERE desk_id = $1 AND word = $2"
                         " ORDER BY request_id DESC LIMIT $3");
SD_SQL(request_text_of_desk, "SELECT " COLUMNS " FROM request_text AS t WHERE t.desk_id = $1 AND t.request_id < $2"
                             " ORDER BY t.request_id DESC LIMIT $3");
SD_SQL(request_text_pending, "SELECT " COLUMNS " FROM request_text AS t WHERE t.desk_id = $1 AND t.pending > 0"
                             " AND t.pending > 2");
SD_SQL(request_text_all, "SELECT " COLUMNS " FROM request_text AS t WHERE (t.desk_id, t.request_id) > ($1, $2)"
                         " ORDER BY t.desk_id, t.request_id LIMIT $3");
SD_SQL(request_text_request, "SELECT key, summary FROM request WHERE id = $1 AND deleted = 0");
SD_SQL(request_text_comments, "SELECT body, public FROM comment WHERE request_id = $1 ORDER BY id");

static void text_of_row(sd_request_text_t *text, sd_row_t *row)
{
    text->desk_id = sd_row_int(row, 0);
    text->request_id = sd_row_int(row, 1);
    text->words = sd_row_text(row, 2);
    text->inner_words = sd_row_text(row, 3);
    text->changed = sd_row_int(row, 4);
    text->state = !text->changed            ? SD_REQUEST_TEXT_DONE
                  : text->changed == UNREAD ? SD_REQUEST_TEXT_UNREAD
                                            : SD_REQUEST_TEXT_PENDING;
}

static apr_int64_t pending_of(const sd_request_text_t *text)
{
    return text->state == SD_REQUEST_TEXT_DONE ? 0 : text->state == SD_REQUEST_TEXT_UNREAD ? UNREAD : text->changed;
}

static void *text_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_request_text_t *text = apr_palloc(pool, sizeof(*text));

    text_of_row(text, row);
    return text;
}

static sd_error_t *take_text(void *baton, sd_row_t *row)
{
    text_of_row(baton, row);
    return NULL;
}

sd_error_t *sd_request_texts_ask(sd_request_text_t *text, sd_store_t *store, sd_id_t desk_id, sd_id_t request_id)
{
    *text = (sd_request_text_t){0};
    return sd_store_ask(store, &request_text_find, SD_VALUES(SD_INT(desk_id), SD_INT(request_id)), take_text, text);
}

sd_error_t *sd_request_texts_insert(sd_store_t *store, const sd_request_text_t *text)
{
    return sd_store_execute(store, &request_text_insert,
                            SD_VALUES(SD_INT(text->desk_id), SD_INT(text->request_id), SD_TEXT(text->words),
                                      SD_TEXT(text->inner_words), SD_INT(pending_of(text))),
                            NULL);
}

sd_error_t *sd_request_texts_update(sd_store_t *store, const sd_request_text_t *text)
{
    return sd_store_execute(store, &request_text_update,
                            SD_VALUES(SD_TEXT(text->words), SD_TEXT(text->inner_words), SD_INT(pending_of(text)),
                                      SD_INT(text->desk_id), SD_INT(text->request_id)),
                            NULL);
}

sd_error_t *sd_request_texts_delete(sd_store_t *store, sd_id_t desk_id, sd_id_t request_id)
{
    return sd_store_execute(store, &request_text_delete, SD_VALUES(SD_INT(desk_id), SD_INT(request_id)), NULL);
}

sd_error_t *sd_request_texts_is_pending(int *pending, sd_store_t *store, sd_time_t changed)
{
    apr_int64_t id;

    SD_TRY(sd_store_number(store, &request_text_is_pending, SD_VALUES(SD_INT(changed)), 0, &id));
    *pending = id != 0;
    return NULL;
}

sd_error_t *sd_request_texts_take(apr_array_header_t **texts, sd_store_t *store, sd_time_t changed, int limit)
{
    return sd_rows_all(texts, store, &request_text_take, SD_VALUES(SD_INT(changed), SD_INT(limit)), text_record);
}

#define WORD_VALUES(text_, word_) SD_VALUES(SD_INT((text_)->desk_id), SD_TEXT(word_), SD_INT((text_)->request_id))

sd_error_t *sd_request_texts_insert_word(sd_store_t *store, const sd_request_text_t *text, const char *word)
{
    return sd_store_execute(store, &request_word_insert, WORD_VALUES(text, word), NULL);
}

sd_error_t *sd_request_texts_delete_word(sd_store_t *store, const sd_request_text_t *text, const char *word)
{
    return sd_store_execute(store, &request_word_delete, WORD_VALUES(text, word), NULL);
}

sd_error_t *sd_request_texts_lacking(apr_int64_t *lacking, sd_store_t *store, const sd_request_text_t *text,
                                     const apr_array_header_t *words)
{
    const char *texts = sd_rows_texts(sd_store_pool(store), words);

    return sd_store_number(store, &request_words_lacking,
                           SD_VALUES(SD_TEXT(texts), SD_INT(text->desk_id), SD_INT(text->request_id)), 0, lacking);
}

static const char *end_of(sd_store_t *store, const sd_word_range_t *range)
{
    return range->prefix ? sd_account_parts_end(sd_store_pool(store), range->word) : range->word;
}

static sd_error_t *take_count(void *baton, sd_row_t *row)
{
    *(apr_int64_t *)baton = sd_row_int(row, 0);
    return NULL;
}

sd_error_t *sd_request_texts_ask_count(apr_int64_t *count, sd_store_t *store, sd_id_t desk_id,
                                       const sd_word_range_t *range, int most)
{
    *count = 0;
    return sd_store_ask(store, &request_word_count,
                        SD_VALUES(SD_INT(desk_id), SD_TEXT(range->word), SD_TEXT(end_of(store, range)), SD_INT(most)),
                        take_count, count);
}

sd_error_t *sd_request_texts_of_range(apr_array_header_t **texts, sd_store_t *store, sd_id_t desk_id,
                                      const sd_word_range_t *range, int most)
{
    return sd_rows_all(texts, store, &request_text_of_range,
                       SD_VALUES(SD_INT(desk_id), SD_TEXT(range->word), SD_TEXT(end_of(store, range)), SD_INT(most)),
                       text_record);
}

sd_error_t *sd_request_texts_pending(apr_array_header_t **texts, sd_store_t *store, sd_id_t desk_id)
{
    return sd_rows_all(texts, store, &request_text_pending, SD_VALUES(SD_INT(desk_id)), text_record);
}

static sd_error_t *take_id(void *baton, sd_row_t *row)
{
    APR_ARRAY_PUSH((apr_array_header_t *)baton, sd_id_t) = sd_row_int(row, 0);
    return NULL;
}

sd_error_t *sd_request_texts_ids(apr_array_header_t *ids, sd_store_t *store, sd_id_t desk_id, const char *word,
                                 apr_int64_t limit)
{
    return sd_store_query(store, &request_word_ids, SD_VALUES(SD_INT(desk_id), SD_TEXT(word), SD_INT(limit)), take_id,
                          ids);
}

sd_error_t *sd_request_texts_walk(apr_array_header_t **texts, sd_store_t *store, sd_id_t desk_id, const char *word,
                                  sd_id_t before, int limit)
{
    if (word) {
        return sd_rows_all(texts, store, &request_text_of_word,
                           SD_VALUES(SD_INT(desk_id), SD_TEXT(word), SD_INT(before), SD_INT(limit)), text_record);
    }
    return sd_rows_all(texts, store, &request_text_of_desk, SD_VALUES(SD_INT(desk_id), SD_INT(before), SD_INT(limit)),
                       text_record);
}

sd_error_t *sd_request_texts_all(apr_array_header_t **texts, sd_store_t *store, const sd_request_text_t *after,
                                 int limit)
{
    return sd_rows_all(texts, store, &request_text_all,
                       SD_VALUES(SD_INT(after->desk_id), SD_INT(after->request_id), SD_INT(limit)), text_record);
}

static sd_error_t *take_request(void *baton, sd_row_t *row)
{
    sd_request_source_t *source = baton;

    source->key = sd_row_text(row, 0);
    source->summary = sd_row_text(row, 1);
    return NULL;
}

static sd_error_t *take_comment(void *baton, sd_row_t *row)
{
    sd_request_source_t *source = baton;

    APR_ARRAY_PUSH(source->comments, const char *) = sd_row_text(row, 0);
    APR_ARRAY_PUSH(source->are_public, int) = sd_row_bool(row, 1);
    return NULL;
}

sd_error_t *sd_request_texts_source(sd_request_source_t *source, sd_store_t *store, sd_id_t request_id)
{
    apr_pool_t *pool = sd_store_pool(store);

    *source = (sd_request_source_t){.comments = apr_array_make(pool, 4, sizeof(const char *)),
                                    .are_public = apr_array_make(pool, 4, sizeof(int))};
    SD_TRY(sd_store_ask(store, &request_text_request, SD_VALUES(SD_INT(request_id)), take_request, source));
    SD_TRY(sd_request_values_ask(&source->values, store, request_id));
    SD_TRY(sd_store_ask(store, &request_text_comments, SD_VALUES(SD_INT(request_id)), take_comment, source));
    return sd_store_settle(store);
}
