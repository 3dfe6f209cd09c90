/*
 * Text to words. The word breaks of UAX #29 serve every script that parts words; runs of Chinese, Japanese and Korean
 * script cross those breaks and are cut into pairs.
 */
#include "base/tokenizer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <unictype.h>
#include <unistr.h>
#include <uniwbrk.h>

#include "base/text.h"

#define PROLONGED_SOUND_MARK 0x30fc /* common to both kana */

typedef enum kind_t {
    KIND_LETTER, /* or number: makes a word of its segment */
    KIND_MARK,   /* belongs to what stands before it */
    KIND_CJK,
    KIND_OTHER
} kind_t;

typedef struct cutter_t {
    apr_pool_t *pool;
    apr_array_header_t *words;
    const char *text;
    int in_word;         /* a segment is open ... */
    apr_size_t word;     /* ... since this offset ... */
    int has_letter;      /* ... and is a word */
    apr_size_t run;      /* characters of the open run of CJK script */
    apr_size_t previous; /* offset of the last but one of them */
    apr_size_t last;     /* offset of the last one */
} cutter_t;

static int is_cjk(ucs4_t c)
{
    static const char *const scripts[] = {"Han", "Hangul", "Hiragana", "Katakana", "Bopomofo"};
    if (c < 0x1100) {
        return 0;
    }
    if (c == PROLONGED_SOUND_MARK) {
        return 1;
    }
    const uc_script_t *script = uc_script(c);
    for (apr_size_t i = 0; script && i < sizeof scripts / sizeof scripts[0]; i++) {
        if (strcmp(script->name, scripts[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static kind_t kind_of(ucs4_t c)
{
    if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M)) {
        return KIND_MARK;
    }
    if (!uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N)) {
        return KIND_OTHER;
    }
    return is_cjk(c) ? KIND_CJK : KIND_LETTER;
}

static void add(cutter_t *cutter, apr_size_t start, apr_size_t end)
{
    if (end - start > SD_TOKENIZER_WORD_BYTES) {
        end = start + SD_TOKENIZER_WORD_BYTES;
        while (((unsigned char)cutter->text[end] & 0xc0) == 0x80) {
            end--;
        }
    }
    APR_ARRAY_PUSH(cutter->words, const char *) = apr_pstrmemdup(cutter->pool, cutter->text + start, end - start);
}

static void close_word(cutter_t *cutter, apr_size_t end)
{
    if (cutter->in_word && cutter->has_letter) {
        add(cutter, cutter->word, end);
    }
    cutter->in_word = 0;
    cutter->has_letter = 0;
}

static void extend_run(cutter_t *cutter, apr_size_t at)
{
    if (cutter->run >= 2) {
        add(cutter, cutter->previous, at);
    }
    cutter->previous = cutter->last;
    cutter->last = at;
    cutter->run++;
}

static void close_run(cutter_t *cutter, apr_size_t end)
{
    if (cutter->run > 0) {
        add(cutter, cutter->run == 1 ? cutter->last : cutter->previous, end);
    }
    cutter->run = 0;
}

static void step(cutter_t *cutter, apr_size_t at, kind_t kind, int is_break)
{
    if (kind == KIND_CJK) {
        close_word(cutter, at);
        extend_run(cutter, at);
        return;
    }
    if (kind == KIND_MARK && cutter->run > 0) {
        return;
    }
    close_run(cutter, at);
    if (is_break || !cutter->in_word) {
        close_word(cutter, at);
        cutter->in_word = 1;
        cutter->word = at;
    }
    cutter->has_letter |= kind == KIND_LETTER;
}

/* Soft hyphens, joiners, variation selectors: they are not seen and must not part what is searched. */
static apr_size_t drop_ignorable(char *text)
{
    apr_size_t length = strlen(text), to = 0;
    int size;
    for (apr_size_t from = 0; from < length; from += (apr_size_t)size) {
        ucs4_t c;
        size = u8_mbtouc(&c, (const uint8_t *)text + from, length - from);
        if (c < 0x80 || !uc_is_property_default_ignorable_code_point(c)) {
            memmove(text + to, text + from, (apr_size_t)size);
            to += (apr_size_t)size;
        }
    }
    text[to] = '\0';
    return to;
}

static void join_blanks(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (!apr_isspace(*from)) {
            *to++ = *from;
        } else if (to > text && to[-1] != ' ') {
            *to++ = ' ';
        }
    }
    *(to > text && to[-1] == ' ' ? to - 1 : to) = '\0';
}

sd_error_t *sd_tokenizer_flat(const char **flat, apr_pool_t *pool, const char *text)
{
    const char *folded;
    SD_TRY(sd_text_fold(&folded, pool, text));
    char *seen = apr_pstrdup(pool, folded);
    drop_ignorable(seen);
    join_blanks(seen);
    *flat = seen;
    return NULL;
}

/* The end of so many characters, or of the text. */
static const char *skip(const char *text, int characters)
{
    while (*text && characters > 0) {
        text++;
        while (((unsigned char)*text & 0xc0) == 0x80) {
            text++;
        }
        characters--;
    }
    return text;
}

void sd_tokenizer_parts(apr_array_header_t *parts, const char *flat)
{
    int size;
    for (apr_size_t left = strlen(flat); left > 0; left -= (apr_size_t)size, flat += size) {
        ucs4_t c;
        size = u8_mbtouc(&c, (const uint8_t *)flat, left);
        if (kind_of(c) == KIND_LETTER || kind_of(c) == KIND_CJK) {
            APR_ARRAY_PUSH(parts, const char *) =
                apr_pstrmemdup(parts->pool, flat, (apr_size_t)(skip(flat, SD_TOKENIZER_PART) - flat));
        }
    }
}

sd_error_t *sd_tokenizer_words(apr_array_header_t **words, apr_pool_t *pool, const char *text)
{
    const char *folded;
    SD_TRY(sd_text_fold(&folded, pool, text));
    char *seen = apr_pstrdup(pool, folded);
    apr_size_t length = drop_ignorable(seen);

    cutter_t cutter = {.pool = pool, .words = apr_array_make(pool, 16, sizeof(const char *)), .text = seen};
    char *breaks = apr_palloc(pool, length + 1);
    u8_wordbreaks((const uint8_t *)seen, length, breaks);
    int size;
    for (apr_size_t at = 0; at < length; at += (apr_size_t)size) {
        ucs4_t c;
        size = u8_mbtouc(&c, (const uint8_t *)seen + at, length - at);
        step(&cutter, at, kind_of(c), breaks[at]);
    }
    close_word(&cutter, length);
    close_run(&cutter, length);
    *words = cutter.words;
    return NULL;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

apr_array_header_t *sd_tokenizer_once(apr_array_header_t *all)
{
    apr_array_header_t *texts = apr_array_make(all->pool, all->nelts, sizeof(const char *));

    qsort(all->elts, (size_t)all->nelts, sizeof(const char *), compare_texts);
    for (int i = 0; i < all->nelts; i++) {
        const char *text = APR_ARRAY_IDX(all, i, const char *);

        if (i == 0 || strcmp(text, APR_ARRAY_IDX(all, i - 1, const char *)) != 0) {
            APR_ARRAY_PUSH(texts, const char *) = text;
        }
    }
    return texts;
}
