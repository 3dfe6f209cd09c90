/* One-time codes over libcrypto's HMAC. */
#include "base/totp.h"

#include <apr_strings.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

apr_int64_t sd_totp_step(sd_time_t now)
{
    return now / SD_TOTP_PERIOD;
}

/* RFC 4226 5.3: four bytes from the place that the last half byte names, without the sign. */
static unsigned truncate_digest(const unsigned char *digest, unsigned length)
{
    const unsigned char *at = digest + (digest[length - 1] & 15);

    return (unsigned)(at[0] & 127) << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3];
}

const char *sd_totp_code(apr_pool_t *pool, const unsigned char secret[SD_TOTP_SECRET_BYTES], apr_int64_t step)
{
    unsigned char counter[8], digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    for (int i = 0; i < 8; i++) {
        counter[i] = (unsigned char)((apr_uint64_t)step >> (56 - 8 * i));
    }
    HMAC(EVP_sha1(), secret, SD_TOTP_SECRET_BYTES, counter, sizeof(counter), digest, &length);
    return apr_psprintf(pool, "%06u", truncate_digest(digest, length) % 1000000);
}

const char *sd_totp_base32(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char *text = apr_palloc(pool, length * 8 / 5 + 2), *to = text;
    unsigned buffer = 0, bits = 0;

    for (apr_size_t i = 0; i < length; i++) {
        buffer = buffer << 8 | bytes[i];
        for (bits += 8; bits >= 5; bits -= 5) {
            *to++ = alphabet[buffer >> (bits - 5) & 31];
        }
    }
    if (bits) {
        *to++ = alphabet[buffer << (5 - bits) & 31];
    }
    *to = '\0';
    return text;
}
