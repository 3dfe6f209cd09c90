/*
 * Cuts text into the words under which it is found: NFKC, case folding, Unicode word breaks; a run of Chinese, Japanese
 * or Korean script becomes its overlapping pairs of characters (one character alone stays one word).
 * Used for documents and for queries alike, so both sides agree. Source: UAX #29.
 */
#ifndef SD_BASE_TOKENIZER_H
#define SD_BASE_TOKENIZER_H

#include <apr_tables.h>

#include "base/error.h"

#define SD_TOKENIZER_WORD_BYTES 64 /* a longer word is cut at a character border */

/* The words in order, repeats included: an array of const char *. `text` is well-formed UTF-8. */
SD_CHECKED sd_error_t *sd_tokenizer_words(apr_array_header_t **words, apr_pool_t *pool, const char *text);

/* A text as a search for parts compares it: folded, without what is not seen, one blank wherever there are some. */
SD_CHECKED sd_error_t *sd_tokenizer_flat(const char **flat, apr_pool_t *pool, const char *text);

#define SD_TOKENIZER_PART 8 /* characters */

/*
 * The parts of a flat text: what begins at each letter or number of it, SD_TOKENIZER_PART characters at most. Whatever
 * is found anywhere in the text is the beginning of one of them. Appended to an array of const char *, repeats too.
 */
void sd_tokenizer_parts(apr_array_header_t *parts, const char *flat);

/* The texts in order of their bytes, each once; `all` is sorted by it. */
apr_array_header_t *sd_tokenizer_once(apr_array_header_t *all);

#endif
