/*
 * The words of requests: request_text has a line of them for each request that is not deleted, written in the
 * transaction of whatever it tells; request_word has a row a word, made from the lines later and by many at once, for
 * searches that go over whole desks. A line that request_word does not have yet is pending, since its last change: who
 * makes the rows leaves it alone until it rests, or would be in the way of those who write it on PostgreSQL. A line is
 * its words in the order of their bytes, a blank before and behind each: " a  few  words ".
 */
#ifndef SD_STORE_REQUEST_TEXTS_H
#define SD_STORE_REQUEST_TEXTS_H

#include "store/records.h"
#include "store/store.h"

typedef enum sd_request_text_state_t {
    SD_REQUEST_TEXT_DONE,    /* request_word has every word */
    SD_REQUEST_TEXT_PENDING, /* it may lack some */
    SD_REQUEST_TEXT_UNREAD   /* the lines may lack some too: the texts are older than the search */
} sd_request_text_state_t;

typedef struct sd_request_text_t {
    sd_id_t desk_id;
    sd_id_t request_id; /* 0: there is no row */
    const char *words;
    const char *inner_words; /* of what only the crew of the desk reads */
    sd_request_text_state_t state;
    sd_time_t changed; /* of one that is pending */
} sd_request_text_t;

/* *text is filled later: sd_store_ask(). */
SD_CHECKED sd_error_t *sd_request_texts_ask(sd_request_text_t *text, sd_store_t *store, sd_id_t desk_id,
                                            sd_id_t request_id);
SD_CHECKED sd_error_t *sd_request_texts_insert(sd_store_t *store, const sd_request_text_t *text);
SD_CHECKED sd_error_t *sd_request_texts_update(sd_store_t *store, const sd_request_text_t *text);
SD_CHECKED sd_error_t *sd_request_texts_delete(sd_store_t *store, sd_id_t desk_id, sd_id_t request_id);

/* Is there one that rests since `changed`, or is unread? */
SD_CHECKED sd_error_t *sd_request_texts_is_pending(int *pending, sd_store_t *store, sd_time_t changed);
/* sd_request_text_t * of these; on PostgreSQL without those that another worker has in hand. In a write. */
SD_CHECKED sd_error_t *sd_request_texts_take(apr_array_header_t **texts, sd_store_t *store, sd_time_t changed,
                                             int limit);

SD_CHECKED sd_error_t *sd_request_texts_insert_word(sd_store_t *store, const sd_request_text_t *text, const char *word);
SD_CHECKED sd_error_t *sd_request_texts_delete_word(sd_store_t *store, const sd_request_text_t *text, const char *word);

/* How many of these words it has no row of. */
SD_CHECKED sd_error_t *sd_request_texts_lacking(apr_int64_t *lacking, sd_store_t *store, const sd_request_text_t *text,
                                                const apr_array_header_t *words);

/* A word, or all that begin like one. */
typedef struct sd_word_range_t {
    const char *word;
    int prefix;
} sd_word_range_t;

/* Rows of request_word of one desk in the range, `most` at most: counted; *count is filled later. */
SD_CHECKED sd_error_t *sd_request_texts_ask_count(apr_int64_t *count, sd_store_t *store, sd_id_t desk_id,
                                                  const sd_word_range_t *range, int most);
/* sd_request_text_t * of one desk, in any order, once for each of their words in the range; of `most` words. */
SD_CHECKED sd_error_t *sd_request_texts_of_range(apr_array_header_t **texts, sd_store_t *store, sd_id_t desk_id,
                                                 const sd_word_range_t *range, int most);
/* Those whose words are not all in request_word yet, in any order. */
SD_CHECKED sd_error_t *sd_request_texts_pending(apr_array_header_t **texts, sd_store_t *store, sd_id_t desk_id);
/* Adds ids (sd_id_t) of requests with a word in request_word, the newest `limit` of them. */
SD_CHECKED sd_error_t *sd_request_texts_ids(apr_array_header_t *ids, sd_store_t *store, sd_id_t desk_id,
                                            const char *word, apr_int64_t limit);
/* The newest below `before`: with the word itself, or (NULL) all. */
SD_CHECKED sd_error_t *sd_request_texts_walk(apr_array_header_t **texts, sd_store_t *store, sd_id_t desk_id,
                                             const char *word, sd_id_t before, int limit);

/* All of them in the order of desk and request, behind one; for the integrity check. */
SD_CHECKED sd_error_t *sd_request_texts_all(apr_array_header_t **texts, sd_store_t *store,
                                            const sd_request_text_t *after, int limit);

/* What the lines are made from. */
typedef struct sd_request_source_t {
    const char *key; /* NULL: there is no such request, or it is deleted */
    const char *summary;
    apr_array_header_t *values;     /* of sd_request_value_t * */
    apr_array_header_t *comments;   /* of const char *, in the order in which they were written */
    apr_array_header_t *are_public; /* of int, one for each comment */
} sd_request_source_t;

SD_CHECKED sd_error_t *sd_request_texts_source(sd_request_source_t *source, sd_store_t *store, sd_id_t request_id);

#endif
