/*
 * The words under which a request is found, and what somebody looks for. Texts and searches are cut alike
 * (base/tokenizer.h); what looks like the key of a request, HELP-12, is a word too, and searches look for that one.
 */
#ifndef SD_DESK_REQUEST_WORDS_H
#define SD_DESK_REQUEST_WORDS_H

#include "store/request_texts.h"

#define SD_REQUEST_WORDS_TEXT 2000  /* words by which one text is found: its first ones */
#define SD_REQUEST_WORDS_LINE 65536 /* bytes from which on a request takes no further words */
#define SD_SEARCH_LENGTH 255        /* characters of a search */

/* A line (store/request_texts.h) with the words of one text more. */
SD_CHECKED sd_error_t *sd_request_words_add(const char **line, apr_pool_t *pool, const char *text);

/* The same with the texts in a value of a field: what people chose or wrote, no id. */
SD_CHECKED sd_error_t *sd_request_words_add_value(const char **line, apr_pool_t *pool, const sd_request_value_t *value);

/* The words of two lines, each once: const char *. */
apr_array_header_t *sd_request_words_split(apr_pool_t *pool, const char *words, const char *inner_words);

/*
 * What `search` asks for: sd_word_range_t * in the order of their bytes, none implied by another one; a word with * at
 * its end stands for all that begin so. Empty if there is no word in it.
 */
SD_CHECKED sd_error_t *sd_request_words_read(apr_array_header_t **ranges, apr_pool_t *pool, const char *search);

/* Does one of two lines (the other may be "") have each of them? */
int sd_request_words_match(apr_pool_t *pool, const apr_array_header_t *ranges, const char *words,
                           const char *inner_words);

/* The same for one line as a pattern of LIKE ... ESCAPE '\'; NULL if nothing is asked for. */
const char *sd_request_words_pattern(apr_pool_t *pool, const apr_array_header_t *ranges);

#endif
