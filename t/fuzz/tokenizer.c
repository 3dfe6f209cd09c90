/* Words: never empty, never longer than said, well-formed, and free of what a search language gives a meaning. */
#include "base/text.h"
#include "base/tokenizer.h"

#include "fuzz.h"

static void try_one(apr_pool_t *pool, const char *text, apr_size_t size)
{
    apr_array_header_t *words;

    if (!sd_text_is_utf8(text, size)) {
        return;
    }
    must(!sd_tokenizer_words(&words, pool, text));
    /* NFKC makes of one character at most 18; each starts at most one word. */
    must((apr_size_t)words->nelts <= 18 * sd_text_length(text));
    for (int i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);

        must(*word && strlen(word) <= SD_TOKENIZER_WORD_BYTES && sd_text_is_utf8(word, strlen(word)));
        must(!strpbrk(word, " \t\r\n\"*()") && sd_text_length(word) > 0);
    }
}
