/* Texts to words, lines and patterns. */
#include "desk/request_words.h"

#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <jansson.h>

#include "base/text.h"
#include "base/tokenizer.h"

/* Letters of every script count: what stands in the middle of a word is no key. */
static int is_of_word(char c)
{
    return apr_isalnum(c) || c == '_' || c == '-' || (c & 0x80);
}

/* The length of the key that a folded text begins with, or 0. */
static apr_size_t key_length(const char *text)
{
    apr_size_t letters = 0, digits;

    while (apr_isalnum(text[letters]) || text[letters] == '_') {
        letters++;
    }
    if (letters < 2 || !apr_isalpha(*text) || text[letters] != '-') {
        return 0;
    }
    digits = strspn(text + letters + 1, "0123456789");
    return digits && !is_of_word(text[letters + 1 + digits]) ? letters + 1 + digits : 0;
}

static void add_keys(apr_array_header_t *words, const char *folded)
{
    while (*folded) {
        apr_size_t length = key_length(folded);

        if (length && length <= SD_TOKENIZER_WORD_BYTES) {
            APR_ARRAY_PUSH(words, const char *) = apr_pstrmemdup(words->pool, folded, length);
        }
        while (is_of_word(*folded)) {
            folded++;
        }
        folded += *folded != '\0';
    }
}

static sd_error_t *cut(apr_array_header_t **words, apr_pool_t *pool, const char *text)
{
    const char *folded;

    SD_TRY(sd_tokenizer_words(words, pool, text));
    if ((*words)->nelts > SD_REQUEST_WORDS_TEXT) {
        (*words)->nelts = SD_REQUEST_WORDS_TEXT;
    }
    SD_TRY(sd_text_fold(&folded, pool, text));
    add_keys(*words, folded);
    return NULL;
}

/* ---- lines ---- */

static void split(apr_array_header_t *words, const char *line)
{
    while (*line) {
        apr_size_t length;

        line += strspn(line, " ");
        length = strcspn(line, " ");
        if (length) {
            APR_ARRAY_PUSH(words, const char *) = apr_pstrmemdup(words->pool, line, length);
        }
        line += length;
    }
}

static const char *join(apr_pool_t *pool, const apr_array_header_t *words)
{
    apr_size_t length = 1;
    char *line, *to;

    for (int i = 0; i < words->nelts; i++) {
        length += strlen(APR_ARRAY_IDX(words, i, const char *)) + 2;
    }
    to = line = apr_palloc(pool, length);
    for (int i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);

        *to++ = ' ';
        to = apr_cpystrn(to, word, strlen(word) + 1);
        *to++ = ' ';
    }
    *to = '\0';
    return line;
}

sd_error_t *sd_request_words_add(const char **line, apr_pool_t *pool, const char *text)
{
    apr_array_header_t *words;

    if (strlen(*line) >= SD_REQUEST_WORDS_LINE) {
        return NULL;
    }
    SD_TRY(cut(&words, pool, text));
    split(words, *line);
    *line = join(pool, sd_tokenizer_once(words));
    return NULL;
}

apr_array_header_t *sd_request_words_split(apr_pool_t *pool, const char *words, const char *inner_words)
{
    apr_array_header_t *all = apr_array_make(pool, 64, sizeof(const char *));

    split(all, words);
    split(all, inner_words);
    return sd_tokenizer_once(all);
}

static const char *append(apr_pool_t *pool, const char *text, const char *more)
{
    return apr_pstrcat(pool, text, "\n", more, NULL);
}

/* Options have an id beside their value, people nothing but one. */
static const char *collect(apr_pool_t *pool, const char *text, const json_t *value)
{
    size_t i;
    const json_t *element;

    if (json_is_string(value)) {
        return append(pool, text, json_string_value(value));
    }
    if (json_is_integer(value)) {
        return append(pool, text, apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(value)));
    }
    if (json_is_real(value)) {
        return append(pool, text, apr_psprintf(pool, "%.15g", json_real_value(value)));
    }
    json_array_foreach(value, i, element)
    {
        text = collect(pool, text, element);
    }
    text = json_is_object(value) ? collect(pool, text, json_object_get(value, "value")) : text;
    return json_is_object(value) ? collect(pool, text, json_object_get(value, "child")) : text;
}

sd_error_t *sd_request_words_add_value(const char **line, apr_pool_t *pool, const sd_request_value_t *value)
{
    json_t *json = json_loads(value->value, JSON_DECODE_ANY, NULL);
    const char *text = collect(pool, "", json);

    json_decref(json);
    return sd_request_words_add(line, pool, text);
}

/* ---- what is looked for ---- */

static const char *skip_signs(const char *text)
{
    while (*text && !is_of_word(*text)) {
        text++;
    }
    return text;
}

/* A piece of a search without a blank: a key, or the words that the tokenizer makes of it. */
static sd_error_t *read_piece(apr_array_header_t *ranges, const char *piece)
{
    apr_pool_t *pool = ranges->pool;
    apr_array_header_t *words = apr_array_make(pool, 4, sizeof(const char *));
    apr_size_t key;
    int prefix;

    piece = skip_signs(piece);
    key = key_length(piece);
    prefix = *piece && piece[strlen(piece) - 1] == '*';
    if (key && !*skip_signs(piece + key) && !prefix) {
        APR_ARRAY_PUSH(words, const char *) = apr_pstrmemdup(pool, piece, key);
    } else {
        SD_TRY(sd_tokenizer_words(&words, pool, piece));
    }
    for (int i = 0; i < words->nelts; i++) {
        sd_word_range_t *range = apr_palloc(pool, sizeof(*range));

        *range = (sd_word_range_t){APR_ARRAY_IDX(words, i, const char *), prefix && i == words->nelts - 1};
        APR_ARRAY_PUSH(ranges, sd_word_range_t *) = range;
    }
    return NULL;
}

static int compare_ranges(const void *a, const void *b)
{
    const sd_word_range_t *one = *(const sd_word_range_t *const *)a, *other = *(const sd_word_range_t *const *)b;
    int order = strcmp(one->word, other->word);

    return order ? order : one->prefix - other->prefix;
}

/* Whatever has `other` has `one`. */
static int is_implied(const sd_word_range_t *one, const sd_word_range_t *other)
{
    return one->prefix ? strncmp(other->word, one->word, strlen(one->word)) == 0
                       : !other->prefix && strcmp(one->word, other->word) == 0;
}

/* In their order a word stands right before what implies it. */
static apr_array_header_t *drop_implied(apr_array_header_t *all)
{
    apr_array_header_t *ranges = apr_array_make(all->pool, all->nelts, sizeof(sd_word_range_t *));

    qsort(all->elts, (size_t)all->nelts, sizeof(sd_word_range_t *), compare_ranges);
    for (int i = 0; i < all->nelts; i++) {
        sd_word_range_t *range = APR_ARRAY_IDX(all, i, sd_word_range_t *);
        int implied = 0;

        for (int j = 0; j < all->nelts && !implied; j++) {
            const sd_word_range_t *other = APR_ARRAY_IDX(all, j, sd_word_range_t *);

            implied = j != i && is_implied(range, other) && (j > i || !is_implied(other, range));
        }
        if (!implied) {
            APR_ARRAY_PUSH(ranges, sd_word_range_t *) = range;
        }
    }
    return ranges;
}

sd_error_t *sd_request_words_read(apr_array_header_t **ranges, apr_pool_t *pool, const char *search)
{
    apr_array_header_t *all = apr_array_make(pool, 4, sizeof(sd_word_range_t *));
    const char *flat;
    char *last = NULL;

    SD_TRY(sd_tokenizer_flat(&flat, pool, search));
    for (char *piece = apr_strtok(apr_pstrdup(pool, flat), " ", &last); piece; piece = apr_strtok(NULL, " ", &last)) {
        SD_TRY(read_piece(all, piece));
    }
    *ranges = drop_implied(all);
    return NULL;
}

static int has(apr_pool_t *pool, const char *line, const sd_word_range_t *range)
{
    return *line && strstr(line, apr_pstrcat(pool, " ", range->word, range->prefix ? "" : " ", NULL)) != NULL;
}

int sd_request_words_match(apr_pool_t *pool, const apr_array_header_t *ranges, const char *words,
                           const char *inner_words)
{
    for (int i = 0; i < ranges->nelts; i++) {
        const sd_word_range_t *range = APR_ARRAY_IDX(ranges, i, const sd_word_range_t *);

        if (!has(pool, words, range) && !has(pool, inner_words, range)) {
            return 0;
        }
    }
    return 1;
}

const char *sd_request_words_pattern(apr_pool_t *pool, const apr_array_header_t *ranges)
{
    const char *pattern = ranges->nelts ? "%" : NULL;

    for (int i = 0; i < ranges->nelts; i++) {
        const sd_word_range_t *range = APR_ARRAY_IDX(ranges, i, const sd_word_range_t *);

        pattern = apr_pstrcat(pool, pattern, " ", sd_text_like(pool, range->word), range->prefix ? "%" : " %", NULL);
    }
    return pattern;
}
