/*
 * Making tokens and reading them back to the hash that the database keeps.
 */
#include "base/token.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/crypto.h>

#include "base/digest.h"

#define RANDOM_BYTES 32

static const char *hash_of(apr_pool_t *pool, const char *text)
{
    unsigned char digest[SD_DIGEST_BYTES];
    sd_digest_sha256(digest, text, SD_TOKEN_LENGTH);
    return sd_digest_hex(pool, digest, sizeof digest);
}

sd_error_t *sd_token_new(const char **text, const char **hash, apr_pool_t *pool, const sd_random_t *random,
                         const char *tag)
{
    unsigned char bytes[RANDOM_BYTES];
    SD_TRY(sd_random_fill(pool, random, bytes, sizeof bytes));
    *text = apr_pstrcat(pool, tag, sd_digest_base64url(pool, bytes, sizeof bytes), NULL);
    *hash = hash_of(pool, *text);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return NULL;
}

static int in_alphabet(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

const char *sd_token_hash(apr_pool_t *pool, const char *tag, const char *text)
{
    apr_size_t tag_length = strlen(tag);
    if (!text || strncmp(text, tag, tag_length) != 0) {
        return NULL;
    }
    apr_size_t length = tag_length;
    while (length <= SD_TOKEN_LENGTH && in_alphabet((unsigned char)text[length])) {
        length++;
    }
    if (length != SD_TOKEN_LENGTH || text[length] != '\0') {
        return NULL;
    }
    return hash_of(pool, text);
}
