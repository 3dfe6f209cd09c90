/* AES-256-GCM over libcrypto. */
#include "base/seal.h"

#include <string.h>

#include <apr_encode.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#define NONCE 12
#define TAG 16

static void derive(unsigned char key[SD_DIGEST_BYTES], const sd_seal_t *seal)
{
    sd_digest_hmac(key, seal->pepper, seal->purpose, strlen(seal->purpose));
}

static int encrypt(EVP_CIPHER_CTX *context, const sd_seal_t *seal, const unsigned char *key, unsigned char *box,
                   const unsigned char *bytes, int length)
{
    int done;

    return EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, box) == 1 &&
           EVP_EncryptUpdate(context, NULL, &done, (const unsigned char *)seal->owner, (int)strlen(seal->owner)) == 1 &&
           EVP_EncryptUpdate(context, box + NONCE, &done, bytes, length) == 1 && done == length &&
           EVP_EncryptFinal_ex(context, box + NONCE + length, &done) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, box + NONCE + length) == 1;
}

sd_error_t *sd_seal_close(const char **sealed, apr_pool_t *pool, const sd_random_t *random, const sd_seal_t *seal,
                          const unsigned char *bytes, apr_size_t length)
{
    unsigned char key[SD_DIGEST_BYTES], *box = apr_palloc(pool, NONCE + length + TAG);
    EVP_CIPHER_CTX *context;
    int good;

    *sealed = NULL;
    SD_TRY(sd_random_fill(pool, random, box, NONCE));
    derive(key, seal);
    context = EVP_CIPHER_CTX_new();
    good = context && encrypt(context, seal, key, box, bytes, (int)length);
    EVP_CIPHER_CTX_free(context);
    OPENSSL_cleanse(key, sizeof(key));
    if (!good) {
        return sd_error_private(pool, SD_ERROR_INTERNAL, "AES-256-GCM failed");
    }
    *sealed = sd_digest_hex(pool, box, NONCE + length + TAG);
    return NULL;
}

static int decrypt(EVP_CIPHER_CTX *context, const sd_seal_t *seal, const unsigned char *key, unsigned char *box,
                   unsigned char *bytes, int length)
{
    int done;

    return EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, box) == 1 &&
           EVP_DecryptUpdate(context, NULL, &done, (const unsigned char *)seal->owner, (int)strlen(seal->owner)) == 1 &&
           EVP_DecryptUpdate(context, bytes, &done, box + NONCE, length) == 1 && done == length &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, box + NONCE + length) == 1 &&
           EVP_DecryptFinal_ex(context, bytes + length, &done) == 1;
}

int sd_seal_open(unsigned char *bytes, apr_size_t length, apr_pool_t *pool, const sd_seal_t *seal, const char *sealed)
{
    unsigned char key[SD_DIGEST_BYTES];
    apr_size_t size = 0;
    unsigned char *box =
        (unsigned char *)apr_pdecode_base16_binary(pool, sealed, APR_ENCODE_STRING, APR_ENCODE_NONE, &size);
    EVP_CIPHER_CTX *context;
    int good;

    if (!box || size != NONCE + length + TAG) {
        return 0;
    }
    derive(key, seal);
    context = EVP_CIPHER_CTX_new();
    good = context && decrypt(context, seal, key, box, bytes, (int)length);
    EVP_CIPHER_CTX_free(context);
    OPENSSL_cleanse(key, sizeof(key));
    return good;
}
