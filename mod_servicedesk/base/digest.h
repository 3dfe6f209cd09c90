/*
 * SHA-256 and HMAC-SHA-256 over libcrypto, and the two spellings of bytes that the house uses: lower-case hex in the
 * database, base64url without padding in tokens. Thread safe; no state of its own.
 */
#ifndef SD_BASE_DIGEST_H
#define SD_BASE_DIGEST_H

#include <apr_pools.h>

#define SD_DIGEST_BYTES 32

void sd_digest_sha256(unsigned char digest[SD_DIGEST_BYTES], const void *data, apr_size_t length);
void sd_digest_hmac(unsigned char digest[SD_DIGEST_BYTES], const unsigned char key[SD_DIGEST_BYTES], const void *data,
                    apr_size_t length);
char *sd_digest_hex(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length);
char *sd_digest_base64url(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length);

/* Compares in a time that depends on `length` only. */
int sd_digest_equal(const void *a, const void *b, apr_size_t length);

#endif
