/*
 * Text from outside: strict UTF-8 (no overlong form, surrogate or NUL), counted in code points, before it reaches the
 * store.
 */
#ifndef SD_BASE_TEXT_H
#define SD_BASE_TEXT_H

#include "base/error.h"

/* True if the bytes are well-formed UTF-8 without NUL. */
int sd_text_is_utf8(const char *bytes, apr_size_t length);

/* Code points of well-formed UTF-8. */
apr_size_t sd_text_length(const char *text);

/*
 * Checks one input member. One-line texts (names, summaries) may hold no control character; texts of several lines
 * (`lines` true: descriptions, comments) may hold tab, LF and CR LF. `min` and `max` count code points, blanks at the
 * ends do not count towards `min`. Errors: sd.validation.utf8, .control, .required, .short, .long.
 */
SD_CHECKED sd_error_t *sd_text_check(apr_pool_t *pool, const char *field, const char *text, apr_size_t min,
                                     apr_size_t max, int lines);

/* Copy without white space at both ends. */
char *sd_text_trim(apr_pool_t *pool, const char *text);

/* The text as a piece of a pattern of LIKE ... ESCAPE '\\' that stands for nothing but itself. */
char *sd_text_like(apr_pool_t *pool, const char *text);

/* NFKC and full case folding: the form in which names are compared and kept unique. */
SD_CHECKED sd_error_t *sd_text_fold(const char **folded, apr_pool_t *pool, const char *text);

/* Canonical composition (NFC): the form in which passwords are counted and hashed. */
SD_CHECKED sd_error_t *sd_text_compose(const char **composed, apr_pool_t *pool, const char *text);

/* A canonical decimal of 1..2^63-1 without sign, blank or leading zero; else 0. The one parser of ids. */
apr_int64_t sd_text_id(const char *text);

/* true/false/1/0 in any case, as REST clients spell them (contract 1.5): 1, 0, or -1 for anything else. */
int sd_text_boolean(const char *text);

#endif
