/*
 * May this be a password? Length, and then what a guesser tries first: a short piece repeated, rows of keys, words of
 * the dictionary, words about the place and the person. Nothing is asked of the kinds of characters.
 * Without the distribution's cracklib dictionary the dictionary is not asked; the other rules stay.
 */
#include "base/password.h"

#include <locale.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>
#include <crack.h>
#include <openssl/crypto.h>
#include <packer.h>
#include <unictype.h>
#include <unistr.h>

#include "base/text.h"

#define ROW_MIN 4     /* so many neighbours in a row count as one character */
#define REST_MIN 8    /* characters that must be left without rows, or without context words */
#define CONTEXT_MIN 4 /* a shorter context word is in too many honest passwords */

/* A folded password as code points, each of them one array element. */
typedef struct points_t {
    ucs4_t *at;
    apr_size_t count;
} points_t;

static points_t points_of(apr_pool_t *pool, const char *text)
{
    apr_size_t bytes = strlen(text);
    points_t points = {apr_palloc(pool, (bytes + 1) * sizeof(ucs4_t)), 0};
    int size;
    for (apr_size_t i = 0; i < bytes; i += (apr_size_t)size) {
        size = u8_mbtouc(&points.at[points.count++], (const uint8_t *)text + i, bytes - i);
    }
    return points;
}

static sd_error_t *weak(apr_pool_t *pool, const char *field, const char *reason)
{
    return sd_error_field(pool, field, "sd.validation.password.weak", "This password is easy to guess: %s.", reason);
}

static int is_digit(ucs4_t c)
{
    return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Nd);
}

static int is_punctuation(ucs4_t c)
{
    if (c < 0x80) {
        return !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z');
    }
    return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_Z);
}

/* The length of the shortest piece whose repetition gives the points, the last one cut where they end. */
static apr_size_t period(apr_pool_t *pool, points_t points)
{
    /* The borders of Knuth, Morris and Pratt: border[i] is that of the first i points. */
    apr_size_t *border = apr_pcalloc(pool, (points.count + 1) * sizeof *border);
    for (apr_size_t i = 1; i < points.count; i++) {
        apr_size_t k = border[i];
        while (k > 0 && points.at[i] != points.at[k]) {
            k = border[k];
        }
        border[i + 1] = points.at[i] == points.at[k] ? k + 1 : 0;
    }
    return points.count - border[points.count];
}

/* A repeated piece adds nothing; digits and punctuation around the repetition count as they are. */
static int repeats(apr_pool_t *pool, points_t points)
{
    points_t core = points;
    while (core.count > 0 && (is_digit(*core.at) || is_punctuation(*core.at))) {
        core.at++;
        core.count--;
    }
    while (core.count > 0 && (is_digit(core.at[core.count - 1]) || is_punctuation(core.at[core.count - 1]))) {
        core.count--;
    }
    apr_size_t whole = period(pool, points);
    apr_size_t piece = period(pool, core);
    return (whole * 2 <= points.count && whole < SD_PASSWORD_MIN) ||
           (core.count > 0 && piece * 2 <= core.count && piece + points.count - core.count < SD_PASSWORD_MIN);
}

/* How many points from `points` on follow `line`, which is read in steps of +1 or -1 from `start`. */
static apr_size_t follow(points_t points, const char *line, apr_size_t start, int direction)
{
    apr_size_t count = 0;
    for (const char *at = line + start; count < points.count && points.at[count] == (unsigned char)*at;
         at += direction) {
        count++;
        if (at == line && direction < 0) {
            break;
        }
    }
    return count;
}

/* The longest row at the head of the points: the same character, the alphabet, digits, lines of a keyboard. */
static apr_size_t row(points_t points)
{
    static const char *const lines[] = {
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890",
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "qwertzuiop",
        "yxcvbnm",
        "azertyuiop",
        "qsdfghjklm",
        "wxcvbn",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
        "qazwsxedcrfvtgbyhnujmik",
        "1q2w3e4r5t6y7u8i9o0p",
    };
    apr_size_t longest = 1;
    while (longest < points.count && points.at[longest] == points.at[0]) {
        longest++;
    }
    for (apr_size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        for (apr_size_t start = 0; lines[i][start]; start++) {
            apr_size_t forward = follow(points, lines[i], start, 1);
            apr_size_t backward = follow(points, lines[i], start, -1);
            apr_size_t better = forward > backward ? forward : backward;
            longest = better > longest ? better : longest;
        }
    }
    return longest;
}

/* The points with each row put as its first character. */
static points_t without_rows(apr_pool_t *pool, points_t points)
{
    points_t rest = {apr_palloc(pool, (points.count + 1) * sizeof(ucs4_t)), 0};
    while (points.count > 0) {
        apr_size_t length = row(points);
        length = length < ROW_MIN ? 1 : length;
        rest.at[rest.count++] = points.at[0];
        points.at += length;
        points.count -= length;
    }
    return rest;
}

/* The points as a C string if all are ASCII, else NULL: the dictionary knows no other words. */
static char *ascii_of(apr_pool_t *pool, points_t points)
{
    char *text = apr_palloc(pool, points.count + 1);
    for (apr_size_t i = 0; i < points.count; i++) {
        if (points.at[i] >= 0x80) {
            return NULL;
        }
        text[i] = (char)points.at[i];
    }
    text[points.count] = '\0';
    return text;
}

static int has_dictionary(apr_pool_t *pool, const char *path)
{
    return access(apr_pstrcat(pool, path, ".pwd", NULL), R_OK) == 0 &&
           access(apr_pstrcat(pool, path, ".pwi", NULL), R_OK) == 0;
}

/*
 * Opened by hand, because FascistCheck ends the process when it cannot. The library keeps state and translates its
 * verdicts, of which only those about the dictionary count: the others are about composition.
 */
static int is_dictionary_word(apr_pool_t *pool, points_t points)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    const char *path = GetDefaultCracklibDict();
    char *text = ascii_of(pool, points);
    if (!text || !path || !has_dictionary(pool, path)) {
        return 0;
    }
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t former = uselocale(plain);
    pthread_mutex_lock(&lock);
    PWDICT *dictionary = PWOpen(path, (char[]){"r"});
    const char *verdict = dictionary ? FascistLookUser(dictionary, text, "-", "") : NULL;
    int found = verdict && strstr(verdict, "dictionary word");
    if (dictionary) {
        PWClose(dictionary);
    }
    pthread_mutex_unlock(&lock);
    uselocale(former);
    if (plain) {
        freelocale(plain);
    }
    OPENSSL_cleanse(text, points.count);
    return found;
}

/* Digits, letters and signs without what stands between words: "IT-Help 2024" and "ithelp2024" are alike. */
static points_t squeezed(apr_pool_t *pool, points_t points)
{
    points_t rest = {apr_palloc(pool, (points.count + 1) * sizeof(ucs4_t)), 0};
    for (apr_size_t i = 0; i < points.count; i++) {
        if (!is_punctuation(points.at[i])) {
            rest.at[rest.count++] = points.at[i];
        }
    }
    return rest;
}

/* Marks in `covered` where `word` occurs; true if it does. */
static int cover(char *covered, points_t points, points_t word)
{
    int found = 0;
    for (apr_size_t i = 0; word.count >= CONTEXT_MIN && i + word.count <= points.count; i++) {
        if (memcmp(points.at + i, word.at, word.count * sizeof(ucs4_t)) == 0) {
            memset(covered + i, 1, word.count);
            found = 1;
        }
    }
    return found;
}

/* Covers a context word as a whole and each of its parts between digits and punctuation. */
static int cover_word(apr_pool_t *pool, char *covered, points_t points, points_t word)
{
    int found = cover(covered, points, squeezed(pool, word));
    points_t part = {word.at, 0};
    for (apr_size_t i = 0; i <= word.count; i++) {
        if (i < word.count && !is_digit(word.at[i]) && !is_punctuation(word.at[i])) {
            part.count++;
            continue;
        }
        found |= cover(covered, points, part);
        part = (points_t){word.at + i + 1, 0};
    }
    return found;
}

static sd_error_t *check_context(apr_pool_t *pool, const char *field, points_t points, const char *const *context)
{
    points = squeezed(pool, points);
    char *covered = apr_pcalloc(pool, points.count + 1);
    int found = 0;
    for (; context && *context; context++) {
        const char *folded;
        if (sd_text_is_utf8(*context, strlen(*context))) {
            SD_TRY(sd_text_fold(&folded, pool, *context));
            found |= cover_word(pool, covered, points, points_of(pool, folded));
        }
    }
    apr_size_t rest = 0;
    for (apr_size_t i = 0; i < points.count; i++) {
        rest += !covered[i] && !is_digit(points.at[i]);
    }
    if (found && rest < REST_MIN) {
        return sd_error_field(pool, field, "sd.validation.password.context",
                              "This password is easy to guess: it is little more than the name of the service desk, "
                              "of the product or of its owner.");
    }
    return NULL;
}

static int has_control(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0)) {
            return 1;
        }
    }
    return 0;
}

static sd_error_t *check_form(const char **composed, apr_pool_t *pool, const char *field, const char *password)
{
    apr_size_t bytes = strlen(password);
    apr_size_t length = 0;
    if (bytes <= SD_PASSWORD_BYTES) {
        if (!sd_text_is_utf8(password, bytes)) {
            return sd_error_field(pool, field, "sd.validation.password.utf8", "This password is not valid UTF-8.");
        }
        if (has_control(password)) {
            return sd_error_field(pool, field, "sd.validation.password.control",
                                  "This password has a control character.");
        }
        SD_TRY(sd_text_compose(composed, pool, password));
        length = sd_text_length(*composed);
    }
    if (bytes > SD_PASSWORD_BYTES || length > SD_PASSWORD_MAX) {
        return sd_error_field(pool, field, "sd.validation.password.long", "A password has at most %d characters.",
                              SD_PASSWORD_MAX);
    }
    if (length < SD_PASSWORD_MIN) {
        return sd_error_field(pool, field, "sd.validation.password.short", "A password has at least %d characters.",
                              SD_PASSWORD_MIN);
    }
    return NULL;
}

sd_error_t *sd_password_policy(apr_pool_t *pool, const char *field, const char *password, const char *const *context)
{
    const char *composed, *folded;
    SD_TRY(check_form(&composed, pool, field, password ? password : ""));
    SD_TRY(sd_text_fold(&folded, pool, composed));
    points_t points = points_of(pool, folded);
    points_t rest = without_rows(pool, points);
    if (repeats(pool, points)) {
        return weak(pool, field, "it repeats a short piece");
    }
    if (rest.count < REST_MIN) {
        return weak(pool, field, "it is a row of neighbouring characters or keys");
    }
    if (is_dictionary_word(pool, points) || is_dictionary_word(pool, rest)) {
        return weak(pool, field, "it is based on a word of the dictionary");
    }
    return check_context(pool, field, points, context);
}
