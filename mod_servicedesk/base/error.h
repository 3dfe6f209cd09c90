/*
 * An error is a value. A function that can fail returns sd_error_t *; NULL is success.
 *
 * Lifetime: allocated in the pool that the caller handed in; nothing to clear, nothing shared between threads.
 * Two stories in one object: `text`, known by its `key`, is what anybody may read; `detail` is private and is
 * logged once, at the border, under the request's log id. Several bad fields are several errors chained by `next`.
 */
#ifndef SD_BASE_ERROR_H
#define SD_BASE_ERROR_H

#include <apr_pools.h>
#include <apr_errno.h>

typedef enum sd_error_kind_t {
    SD_ERROR_INPUT,      /* the caller's data is wrong: 400 */
    SD_ERROR_SIGN_IN,    /* nobody is signed in, or the credentials are wrong: 401 */
    SD_ERROR_FORBIDDEN,  /* the object may be seen, the act not done: 403 */
    SD_ERROR_NOT_FOUND,  /* absent, or not the caller's to know about: 404 */
    SD_ERROR_METHOD,     /* the URL exists, the method does not: 405 */
    SD_ERROR_CONFLICT,   /* the state of things forbids it: 409 */
    SD_ERROR_STALE,      /* If-Match named an older version: 412 */
    SD_ERROR_TOO_LARGE,  /* 413 */
    SD_ERROR_MEDIA_TYPE, /* 415 */
    SD_ERROR_THROTTLED,  /* over a budget: 429 with Retry-After */
    SD_ERROR_INTERNAL,   /* our fault: 500 */
    SD_ERROR_UNAVAILABLE /* database missing, locked or full, no random bytes: 503 with Retry-After */
} sd_error_kind_t;

typedef struct sd_error_t sd_error_t;
struct sd_error_t {
    sd_error_kind_t kind;
    const char *key;    /* public message key, "sd.validation.required"; never NULL */
    const char *text;   /* public English text; never NULL */
    const char *field;  /* the input member that is wrong ("summary"), or NULL */
    const char *detail; /* private: for the log only, or NULL */
    int retry_after;    /* seconds; 0 is none */
    sd_error_t *next;   /* the next bad field of the same input, or NULL */
};

/* Returns early with the error of an expression. */
#define SD_TRY(expr)                                                                                                   \
    do {                                                                                                               \
        sd_error_t *sd_try_error_ = (expr);                                                                            \
        if (sd_try_error_) {                                                                                           \
            return sd_try_error_;                                                                                      \
        }                                                                                                              \
    } while (0)

/* A result that must not be dropped. */
#define SD_CHECKED __attribute__((warn_unused_result))

/* Makes an error; `format` is the public English text. */
sd_error_t *sd_error_new(apr_pool_t *pool, sd_error_kind_t kind, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* SD_ERROR_INPUT about one input member. */
sd_error_t *sd_error_field(apr_pool_t *pool, const char *field, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* SD_ERROR_NOT_FOUND with the one text that every absent or foreign object shares, byte for byte. */
sd_error_t *sd_error_not_found(apr_pool_t *pool);

/* SD_ERROR_SIGN_IN with the one text for nobody signed in and for every kind of wrong credential. */
sd_error_t *sd_error_sign_in(apr_pool_t *pool);

/* SD_ERROR_INTERNAL or SD_ERROR_UNAVAILABLE with a private detail; the public text is fixed per kind. */
sd_error_t *sd_error_private(apr_pool_t *pool, sd_error_kind_t kind, const char *detail_format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts `error` (may be NULL) behind the last of `list` (may be NULL) and returns the head. */
sd_error_t *sd_error_append(sd_error_t *list, sd_error_t *error);

/* The HTTP status of a kind; the one switch of the house. */
int sd_error_status(sd_error_kind_t kind);

#endif
