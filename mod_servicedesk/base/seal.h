/*
 * Secrets that must be read again, at rest: AES-256-GCM under a key that follows from a pepper, bound to whom they
 * belong to. Stored as hex of nonce, ciphertext and tag. A copy of the database alone opens none.
 */
#ifndef SD_BASE_SEAL_H
#define SD_BASE_SEAL_H

#include "base/digest.h"
#include "base/random.h"

/* `purpose` and `owner` must be the same again to open it. */
typedef struct sd_seal_t {
    const unsigned char *pepper; /* SD_DIGEST_BYTES */
    const char *purpose;
    const char *owner;
} sd_seal_t;

SD_CHECKED sd_error_t *sd_seal_close(const char **sealed, apr_pool_t *pool, const sd_random_t *random,
                                     const sd_seal_t *seal, const unsigned char *bytes, apr_size_t length);

/* True and the `length` bytes, or false: another key, another owner, or somebody has changed it. */
int sd_seal_open(unsigned char *bytes, apr_size_t length, apr_pool_t *pool, const sd_seal_t *seal, const char *sealed);

#endif
