/*
 * Making errors and giving them their HTTP status.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include <apr_strings.h>

#define RETRY_AFTER 2

/* vsnprintf and not APR's formatter: the compiler checks these formats by the rules of printf. */
static const char *__attribute__((format(printf, 2, 0))) format_text(apr_pool_t *pool, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        return format;
    }
    char *text = apr_palloc(pool, (apr_size_t)length + 1);
    vsnprintf(text, (apr_size_t)length + 1, format, args);
    return text;
}

static sd_error_t *make_error(apr_pool_t *pool, sd_error_kind_t kind, const char *key, const char *text)
{
    sd_error_t *error = apr_pcalloc(pool, sizeof *error);
    error->kind = kind;
    error->key = apr_pstrdup(pool, key);
    error->text = text;
    return error;
}

sd_error_t *sd_error_new(apr_pool_t *pool, sd_error_kind_t kind, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = format_text(pool, format, args);
    va_end(args);
    return make_error(pool, kind, key, text);
}

sd_error_t *sd_error_field(apr_pool_t *pool, const char *field, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = format_text(pool, format, args);
    va_end(args);
    sd_error_t *error = make_error(pool, SD_ERROR_INPUT, key, text);
    error->field = apr_pstrdup(pool, field);
    return error;
}

sd_error_t *sd_error_not_found(apr_pool_t *pool)
{
    return make_error(pool, SD_ERROR_NOT_FOUND, "sd.not.found",
                      "The requested resource does not exist, or you may not see it.");
}

sd_error_t *sd_error_sign_in(apr_pool_t *pool)
{
    return make_error(pool, SD_ERROR_SIGN_IN, "sd.sign.in",
                      "You are not signed in, or your credentials are not valid here.");
}

sd_error_t *sd_error_private(apr_pool_t *pool, sd_error_kind_t kind, const char *detail_format, ...)
{
    va_list args;
    va_start(args, detail_format);
    const char *detail = format_text(pool, detail_format, args);
    va_end(args);

    sd_error_t *error;
    if (kind == SD_ERROR_UNAVAILABLE) {
        error = make_error(pool, kind, "sd.unavailable",
                           "The service desk cannot reach its database at the moment. Try again shortly.");
        error->retry_after = RETRY_AFTER;
    } else {
        error = make_error(pool, SD_ERROR_INTERNAL, "sd.internal",
                           "Something went wrong in the service desk. It has been logged.");
    }
    error->detail = detail;
    return error;
}

sd_error_t *sd_error_append(sd_error_t *list, sd_error_t *error)
{
    if (!list) {
        return error;
    }
    sd_error_t *last = list;
    while (last->next) {
        last = last->next;
    }
    last->next = error;
    return list;
}

int sd_error_status(sd_error_kind_t kind)
{
    switch (kind) {
    case SD_ERROR_INPUT:
        return 400;
    case SD_ERROR_SIGN_IN:
        return 401;
    case SD_ERROR_FORBIDDEN:
        return 403;
    case SD_ERROR_NOT_FOUND:
        return 404;
    case SD_ERROR_METHOD:
        return 405;
    case SD_ERROR_CONFLICT:
        return 409;
    case SD_ERROR_STALE:
        return 412;
    case SD_ERROR_TOO_LARGE:
        return 413;
    case SD_ERROR_MEDIA_TYPE:
        return 415;
    case SD_ERROR_THROTTLED:
        return 429;
    case SD_ERROR_UNAVAILABLE:
        return 503;
    case SD_ERROR_INTERNAL:
        break;
    }
    return 500;
}
