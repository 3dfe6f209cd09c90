/*
 * Making tokens and reading them back to the hash that the database keeps.
 */
#include "base/token.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/crypto.h>

#include "base/digest.h"

static const char *hash_of(apr_pool_t *pool, const char *text)
{
    unsigned char digest[SD_DIGEST_BYTES];
    sd_digest_sha256(digest, text, SD_TOKEN_LENGTH);
    return sd_digest_hex(pool, digest, sizeof digest);
}

void sd_token_spell(const char **text, const char **hash, apr_pool_t *pool, const char *tag,
                    const unsigned char bytes[SD_TOKEN_BYTES])
{
    *text = apr_pstrcat(pool, tag, sd_digest_base64url(pool, bytes, SD_TOKEN_BYTES), NULL);
    *hash = hash_of(pool, *text);
}

sd_error_t *sd_token_new(const char **text, const char **hash, apr_pool_t *pool, const sd_random_t *random,
                         const char *tag)
{
    unsigned char bytes[SD_TOKEN_BYTES];
    SD_TRY(sd_random_fill(pool, random, bytes, sizeof bytes));
    sd_token_spell(text, hash, pool, tag, bytes);
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
