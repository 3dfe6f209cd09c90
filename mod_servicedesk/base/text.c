/*
 * Checks and normal forms of text. What every request passes (is it UTF-8?) looks at eight bytes of ASCII at a time;
 * the rest leans on libunistring.
 */
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS UINT64_C(0x0101010101010101)

static int is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Bytes of the multi-byte sequence at `at`, 0 if it is not well-formed (Unicode table 3-7). */
static apr_size_t sequence(const unsigned char *at, apr_size_t left)
{
    unsigned char lead = at[0];
    apr_size_t size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (size == 0 || left < size) {
        return 0;
    }
    unsigned char lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < lowest || at[1] > highest) {
        return 0;
    }
    for (apr_size_t i = 2; i < size; i++) {
        if (!is_tail(at[i])) {
            return 0;
        }
    }
    return size;
}

int sd_text_is_utf8(const char *bytes, apr_size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + length;
    while (at < end) {
        uint64_t eight;
        while ((apr_size_t)(end - at) >= sizeof eight) {
            memcpy(&eight, at, sizeof eight);
            if ((eight & HIGH_BITS) || ((eight - LOW_BITS) & HIGH_BITS)) {
                break;
            }
            at += sizeof eight;
        }
        if (at == end) {
            break;
        }
        apr_size_t size = *at < 0x80 ? *at != '\0' : sequence(at, (apr_size_t)(end - at));
        if (size == 0) {
            return 0;
        }
        at += size;
    }
    return 1;
}

static apr_size_t length_between(const char *start, const char *end)
{
    apr_size_t count = 0;
    for (; start < end; start++) {
        count += !is_tail((unsigned char)*start);
    }
    return count;
}

apr_size_t sd_text_length(const char *text)
{
    return length_between(text, text + strlen(text));
}

/* Narrows [start, end) by the white space at both ends. Ill-formed bytes are no white space. */
static void narrow(const char **start, const char **end)
{
    const uint8_t *from = (const uint8_t *)*start;
    const uint8_t *to = (const uint8_t *)*end;
    const uint8_t *before;
    ucs4_t c;

    while (from < to) {
        int size = u8_mbtouc(&c, from, (size_t)(to - from));
        if (!uc_is_property_white_space(c)) {
            break;
        }
        from += size;
    }
    while (to > from && (before = u8_prev(&c, to, from)) && uc_is_property_white_space(c)) {
        to = before;
    }
    *start = (const char *)from;
    *end = (const char *)to;
}

char *sd_text_trim(apr_pool_t *pool, const char *text)
{
    const char *end = text + strlen(text);
    narrow(&text, &end);
    return apr_pstrmemdup(pool, text, (apr_size_t)(end - text));
}

/* Category Cc: C0, DEL and C1. In a text of several lines tab, LF and the CR of CR LF are not counted. */
static int has_control(const char *text, int lines)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (lines && (*at == '\t' || *at == '\n' || (*at == '\r' && at[1] == '\n'))) {
            continue;
        }
        if (*at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0)) {
            return 1;
        }
    }
    return 0;
}

sd_error_t *sd_text_check(apr_pool_t *pool, const char *field, const char *text, apr_size_t min, apr_size_t max,
                          int lines)
{
    if (!text) {
        text = "";
    }
    const char *start = text;
    const char *end = text + strlen(text);
    if (!sd_text_is_utf8(text, (apr_size_t)(end - text))) {
        return sd_error_field(pool, field, "sd.validation.utf8", "This text is not valid UTF-8.");
    }
    if (has_control(text, lines)) {
        return sd_error_field(pool, field, "sd.validation.control", "This text has a control character.");
    }
    if (length_between(start, end) > max) {
        return sd_error_field(pool, field, "sd.validation.long", "At most %" APR_SIZE_T_FMT " characters are allowed.",
                              max);
    }
    narrow(&start, &end);
    apr_size_t length = length_between(start, end);
    if (length < min && length == 0) {
        return sd_error_field(pool, field, "sd.validation.required", "This field is required.");
    }
    if (length < min) {
        return sd_error_field(pool, field, "sd.validation.short", "At least %" APR_SIZE_T_FMT " characters are needed.",
                              min);
    }
    return NULL;
}

char *sd_text_like(apr_pool_t *pool, const char *text)
{
    char *pattern = apr_palloc(pool, 2 * strlen(text) + 1), *to = pattern;

    for (; *text; text++) {
        if (strchr("%_\\", *text)) {
            *to++ = '\\';
        }
        *to++ = *text;
    }
    *to = '\0';
    return pattern;
}

/* Copies what libunistring allocated into the pool; NULL bytes mean that it failed. */
static sd_error_t *keep(const char **kept, apr_pool_t *pool, uint8_t *bytes, size_t length)
{
    if (!bytes) {
        return sd_error_private(pool, SD_ERROR_INTERNAL, "text cannot be normalised");
    }
    *kept = apr_pstrmemdup(pool, (const char *)bytes, length);
    memset(bytes, 0, length); /* it may be a password */
    free(bytes);
    return NULL;
}

static sd_error_t *normalized(const char **result, apr_pool_t *pool, uninorm_t form, const char *text)
{
    size_t length = 0;
    uint8_t *bytes = u8_normalize(form, (const uint8_t *)text, strlen(text), NULL, &length);
    return keep(result, pool, bytes, length);
}

static int is_ascii(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text >= 0x80) {
            return 0;
        }
    }
    return 1;
}

sd_error_t *sd_text_fold(const char **folded, apr_pool_t *pool, const char *text)
{
    if (is_ascii(text)) {
        char *copy = apr_pstrdup(pool, text);
        for (char *at = copy; *at; at++) {
            *at = (char)apr_tolower(*at);
        }
        *folded = copy;
        return NULL;
    }
    /* The normal form first: folding alone keeps some spellings of one text apart (iota below, then sound mark). */
    const char *form;
    SD_TRY(normalized(&form, pool, UNINORM_NFKC, text));
    size_t length = 0;
    uint8_t *bytes = u8_casefold((const uint8_t *)form, strlen(form), NULL, UNINORM_NFKC, NULL, &length);
    return keep(folded, pool, bytes, length);
}

sd_error_t *sd_text_compose(const char **composed, apr_pool_t *pool, const char *text)
{
    if (is_ascii(text)) {
        *composed = apr_pstrdup(pool, text);
        return NULL;
    }
    return normalized(composed, pool, UNINORM_NFC, text);
}

apr_int64_t sd_text_id(const char *text)
{
    if (!text || *text < '1' || *text > '9') {
        return 0;
    }
    apr_int64_t id = 0;
    for (; *text; text++) {
        if (!apr_isdigit(*text) || __builtin_mul_overflow(id, 10, &id) ||
            __builtin_add_overflow(id, *text - '0', &id)) {
            return 0;
        }
    }
    return id;
}

int sd_text_boolean(const char *text)
{
    if (!text) {
        return -1;
    }
    if (strcmp(text, "1") == 0 || apr_cstr_casecmp(text, "true") == 0) {
        return 1;
    }
    return strcmp(text, "0") == 0 || apr_cstr_casecmp(text, "false") == 0 ? 0 : -1;
}
