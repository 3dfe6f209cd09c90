/*
 * The kernel's generator, and bytes from whatever generator was handed in.
 */
#include "base/random.h"

#include <apr_general.h>
#include <openssl/crypto.h>

#include "base/digest.h"

static apr_status_t system_fill(void *baton, unsigned char *bytes, apr_size_t length)
{
    (void)baton;
    return apr_generate_random_bytes(bytes, length);
}

const sd_random_t sd_random_system = {system_fill, NULL};

sd_error_t *sd_random_fill(apr_pool_t *pool, const sd_random_t *random, unsigned char *bytes, apr_size_t length)
{
    apr_status_t status = random->fill(random->baton, bytes, length);
    if (status != APR_SUCCESS) {
        char reason[128];
        return sd_error_private(pool, SD_ERROR_UNAVAILABLE, "no random bytes: %s",
                                apr_strerror(status, reason, sizeof reason));
    }
    return NULL;
}

sd_error_t *sd_random_hex(char **hex, apr_pool_t *pool, const sd_random_t *random, apr_size_t bytes)
{
    unsigned char *raw = apr_palloc(pool, bytes);
    SD_TRY(sd_random_fill(pool, random, raw, bytes));
    *hex = sd_digest_hex(pool, raw, bytes);
    OPENSSL_cleanse(raw, bytes);
    return NULL;
}
