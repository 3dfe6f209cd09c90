/*
 * SHA-256, HMAC-SHA-256 and their spellings. The algorithm is fetched once: libcrypto looks it up anew at every call of
 * its one-shot functions, which costs more than the hash of a token itself.
 */
#include "base/digest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define BLOCK_BYTES 64 /* of SHA-256: RFC 2104 calls it B */

static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

static void fetch_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

/* No caller can go on without a digest, and a wrong one would open doors; out of memory ends the process, as in APR. */
static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static const EVP_MD *algorithm(void)
{
    require(pthread_once(&sha256_once, fetch_sha256) == 0 && sha256);
    return sha256;
}

void sd_digest_sha256(unsigned char digest[SD_DIGEST_BYTES], const void *data, apr_size_t length)
{
    require(EVP_Digest(data, length, digest, NULL, algorithm(), NULL));
}

/* One of the two passes of RFC 2104: H((key xor pad) data). */
static void keyed_pass(EVP_MD_CTX *context, unsigned char digest[SD_DIGEST_BYTES], const unsigned char *key,
                       unsigned char pad, const void *data, apr_size_t length)
{
    unsigned char block[BLOCK_BYTES];
    memset(block, pad, sizeof block);
    for (int i = 0; i < SD_DIGEST_BYTES; i++) {
        block[i] ^= key[i];
    }
    require(EVP_DigestInit_ex2(context, algorithm(), NULL));
    require(EVP_DigestUpdate(context, block, sizeof block));
    require(EVP_DigestUpdate(context, data, length));
    require(EVP_DigestFinal_ex(context, digest, NULL));
    OPENSSL_cleanse(block, sizeof block);
}

void sd_digest_hmac(unsigned char digest[SD_DIGEST_BYTES], const unsigned char key[SD_DIGEST_BYTES], const void *data,
                    apr_size_t length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    require(context != NULL);
    unsigned char inner[SD_DIGEST_BYTES];
    keyed_pass(context, inner, key, 0x36, data, length);
    keyed_pass(context, digest, key, 0x5c, inner, sizeof inner);
    EVP_MD_CTX_free(context);
    OPENSSL_cleanse(inner, sizeof inner);
}

char *sd_digest_hex(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char *hex = apr_palloc(pool, length * 2 + 1);
    char *at = hex;
    for (apr_size_t i = 0; i < length; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    *at = '\0';
    return hex;
}

char *sd_digest_base64url(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *text = apr_palloc(pool, length / 3 * 4 + 4);
    char *at = text;
    unsigned bits = 0;
    int held = 0; /* bits of `bits` that are not written yet */
    for (apr_size_t i = 0; i < length; i++) {
        bits = (bits << 8 | bytes[i]) & 0xffff;
        for (held += 8; held >= 6; held -= 6) {
            *at++ = alphabet[bits >> (held - 6) & 63];
        }
    }
    if (held) {
        *at++ = alphabet[bits << (6 - held) & 63];
    }
    *at = '\0';
    return text;
}

int sd_digest_equal(const void *a, const void *b, apr_size_t length)
{
    return CRYPTO_memcmp(a, b, length) == 0;
}
