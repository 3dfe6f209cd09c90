/* Making and checking the hidden field of forms. */
#include "web/form_token.h"

#include <string.h>

#include <apr_encode.h>
#include <apr_lib.h>
#include <apr_strings.h>

#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define MASKED_BYTES (2 * SD_DIGEST_BYTES)
#define MASKED_LENGTH 86 /* of these in base64url */
#define TIME_LENGTH 20

sd_error_t *sd_form_nonce(const char **nonce, apr_pool_t *pool, const sd_random_t *random)
{
    unsigned char bytes[SD_DIGEST_BYTES];
    SD_TRY(sd_random_fill(pool, random, bytes, sizeof bytes));
    *nonce = sd_digest_base64url(pool, bytes, sizeof bytes);
    return NULL;
}

int sd_form_nonce_is_one(const char *text)
{
    return text && strlen(text) == SD_FORM_NONCE_LENGTH && strspn(text, BASE64URL) == SD_FORM_NONCE_LENGTH;
}

int sd_form_is_word(const char *text)
{
    return *text && strspn(text, BASE64URL) == strlen(text);
}

static void sign_session(unsigned char digest[SD_DIGEST_BYTES], apr_pool_t *pool, const sd_form_proof_t *proof)
{
    const char *text = apr_pstrcat(pool, "session form\n", proof->secret, "\n", proof->path, "\n", NULL);
    sd_digest_hmac(digest, proof->key, text, strlen(text));
}

static const char *sign_nonce(apr_pool_t *pool, const sd_form_proof_t *proof, const char *time)
{
    unsigned char digest[SD_DIGEST_BYTES];
    const char *text =
        apr_pstrcat(pool, "form\n", proof->nonce, "\n", proof->path, "\n", proof->user ? proof->user : "", "\n",
                    proof->directory ? proof->directory : "", "\n", time, "\n", NULL);
    sd_digest_hmac(digest, proof->key, text, strlen(text));
    return apr_pstrcat(pool, time, ".", sd_digest_hex(pool, digest, sizeof digest), NULL);
}

sd_error_t *sd_form_token_make(const char **token, apr_pool_t *pool, const sd_random_t *random,
                               const sd_form_proof_t *proof)
{
    unsigned char masked[MASKED_BYTES];
    if (!proof->secret) {
        *token = sign_nonce(pool, proof, apr_psprintf(pool, "%" APR_INT64_T_FMT, proof->now));
        return NULL;
    }
    SD_TRY(sd_random_fill(pool, random, masked, SD_DIGEST_BYTES));
    sign_session(masked + SD_DIGEST_BYTES, pool, proof);
    for (int i = 0; i < SD_DIGEST_BYTES; i++) {
        masked[SD_DIGEST_BYTES + i] ^= masked[i];
    }
    *token = sd_digest_base64url(pool, masked, sizeof masked);
    return NULL;
}

static int check_session(apr_pool_t *pool, const sd_form_proof_t *proof, const char *token)
{
    unsigned char expected[SD_DIGEST_BYTES];
    apr_size_t length = 0;
    if (strlen(token) != MASKED_LENGTH || strspn(token, BASE64URL) != MASKED_LENGTH) {
        return 0;
    }
    unsigned char *masked = (unsigned char *)apr_pmemdup(
        pool, apr_pdecode_base64_binary(pool, token, APR_ENCODE_STRING, APR_ENCODE_BASE64URL, &length), MASKED_BYTES);
    if (length != MASKED_BYTES) {
        return 0;
    }
    for (int i = 0; i < SD_DIGEST_BYTES; i++) {
        masked[SD_DIGEST_BYTES + i] ^= masked[i];
    }
    sign_session(expected, pool, proof);
    return sd_digest_equal(masked + SD_DIGEST_BYTES, expected, sizeof expected);
}

static int check_nonce(apr_pool_t *pool, const sd_form_proof_t *proof, const char *token)
{
    const char *dot = strchr(token, '.');
    if (!dot || dot == token || dot - token > TIME_LENGTH || strspn(token, "0123456789") != (apr_size_t)(dot - token)) {
        return 0;
    }
    const char *time = apr_pstrmemdup(pool, token, (apr_size_t)(dot - token));
    const char *expected = sign_nonce(pool, proof, time);
    sd_time_t age = proof->now - apr_atoi64(time);
    return strlen(token) == strlen(expected) && sd_digest_equal(token, expected, strlen(expected)) && age >= 0 &&
           age <= SD_FORM_LIFETIME;
}

int sd_form_token_check(apr_pool_t *pool, const sd_form_proof_t *proof, const char *token)
{
    if (!token) {
        return 0;
    }
    return proof->secret ? check_session(pool, proof, token) : proof->nonce && check_nonce(pool, proof, token);
}
