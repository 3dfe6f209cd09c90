/*
 * Randomness is handed in like time. A failure of the source is an error of the operation, SD_ERROR_UNAVAILABLE, never
 * a weak value.
 */
#ifndef SD_BASE_RANDOM_H
#define SD_BASE_RANDOM_H

#include "base/error.h"

typedef struct sd_random_t {
    apr_status_t (*fill)(void *baton, unsigned char *bytes, apr_size_t length);
    void *baton;
} sd_random_t;

extern const sd_random_t sd_random_system; /* the kernel's generator, through APR */

SD_CHECKED sd_error_t *sd_random_fill(apr_pool_t *pool, const sd_random_t *random, unsigned char *bytes,
                                      apr_size_t length);

/* `bytes` random bytes as lower-case hex: public ids of accounts, passwords of the demo. */
SD_CHECKED sd_error_t *sd_random_hex(char **hex, apr_pool_t *pool, const sd_random_t *random, apr_size_t bytes);

#endif
