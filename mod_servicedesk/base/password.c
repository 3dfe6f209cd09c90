/*
 * Hashing and verifying passwords: bcrypt over a keyed digest of the composed text, at most so many at once as there
 * are slots.
 */
#include "base/password.h"

#include <limits.h>
#include <string.h>

#include <apr_base64.h>
#include <apr_lib.h>
#include <apr_md5.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

#include "base/text.h"

#define TAG "$sd1$"
#define COST_MIN 4
#define COST_MAX 15
#define SALT_BYTES 16
#define BCRYPT_LENGTH 60 /* "$2y$NN$", 22 characters of salt and 31 of hash */
#define BUSY_RETRY 2

/* Wide enough for base64 of a digest, which is what bcrypt gets: 44 characters, none of them NUL. */
typedef struct prehash_t {
    char text[64];
} prehash_t;

const sd_pepper_t *sd_password_pepper(const sd_password_keys_t *keys, int id)
{
    if (id < 1) {
        return NULL;
    }
    return id == keys->current.id ? &keys->current : id == keys->previous.id ? &keys->previous : NULL;
}

static sd_error_t *make_prehash(prehash_t *prehash, apr_pool_t *pool, const sd_pepper_t *pepper, const char *password)
{
    const char *composed;
    SD_TRY(sd_text_compose(&composed, pool, password));
    apr_size_t length = strlen(composed);
    unsigned char digest[SD_DIGEST_BYTES];
    sd_digest_hmac(digest, pepper->key, composed, length);
    apr_base64_encode_binary(prehash->text, digest, sizeof digest);
    OPENSSL_cleanse((char *)composed, length);
    OPENSSL_cleanse(digest, sizeof digest);
    return NULL;
}

static sd_error_t *enter(apr_pool_t *pool, const sd_password_keys_t *keys, unsigned *slot)
{
    apr_status_t status = keys->slots ? sd_slots_acquire(keys->slots, keys->wait, slot) : APR_SUCCESS;
    if (status == APR_SUCCESS) {
        return NULL;
    }
    /* Not sd_error_private: its text speaks of the database. */
    sd_error_t *error = sd_error_new(pool, SD_ERROR_UNAVAILABLE, "sd.busy",
                                     "Too many people are signing in at the moment. Try again shortly.");
    char reason[128];
    error->detail = apr_psprintf(pool, "no slot for a password hash within %d ms: %s", keys->wait,
                                 apr_strerror(status, reason, sizeof reason));
    error->retry_after = BUSY_RETRY;
    return error;
}

static void leave(const sd_password_keys_t *keys, unsigned slot)
{
    if (keys->slots) {
        sd_slots_release(keys->slots, slot);
    }
}

/* What can be hashed at all; the policy asks for more. */
static sd_error_t *check_bytes(apr_pool_t *pool, const char *password)
{
    apr_size_t length = strlen(password);
    if (length > SD_PASSWORD_BYTES) {
        return sd_error_field(pool, "password", "sd.validation.password.long", "A password has at most %d characters.",
                              SD_PASSWORD_MAX);
    }
    if (!sd_text_is_utf8(password, length)) {
        return sd_error_field(pool, "password", "sd.validation.password.utf8", "This password is not valid UTF-8.");
    }
    return NULL;
}

sd_error_t *sd_password_hash(const char **hash, apr_pool_t *pool, const sd_password_keys_t *keys,
                             const sd_random_t *random, const char *password)
{
    SD_TRY(check_bytes(pool, password));
    if (keys->current.id < 1 || keys->cost < COST_MIN || keys->cost > COST_MAX) {
        return sd_error_private(pool, SD_ERROR_INTERNAL, "password keys: pepper %d, cost %d", keys->current.id,
                                keys->cost);
    }
    unsigned char salt[SALT_BYTES];
    SD_TRY(sd_random_fill(pool, random, salt, sizeof salt));
    prehash_t prehash;
    SD_TRY(make_prehash(&prehash, pool, &keys->current, password));

    char encoded[BCRYPT_LENGTH + 4];
    unsigned slot = 0;
    sd_error_t *error = enter(pool, keys, &slot);
    apr_status_t status = APR_SUCCESS;
    if (!error) {
        status = apr_bcrypt_encode(prehash.text, (unsigned)keys->cost, salt, sizeof salt, encoded, sizeof encoded);
        leave(keys, slot);
    }
    OPENSSL_cleanse(&prehash, sizeof prehash);
    if (status != APR_SUCCESS) {
        return sd_error_private(pool, SD_ERROR_INTERNAL, "bcrypt fails with status %d", status);
    }
    *hash = error ? NULL : apr_psprintf(pool, TAG "%d$%s", keys->current.id, encoded);
    return error;
}

typedef struct stored_t {
    const char *bcrypt;
    const sd_pepper_t *pepper;
    int cost;
} stored_t;

/* "$2y$NN$" and 53 characters of bcrypt's alphabet; a cost beyond ours would let one damaged row occupy a thread. */
static int read_bcrypt(stored_t *stored, const char *text)
{
    if (strlen(text) != BCRYPT_LENGTH || strncmp(text, "$2y$", 4) != 0 || !apr_isdigit(text[4]) ||
        !apr_isdigit(text[5]) || text[6] != '$') {
        return 0;
    }
    for (const char *at = text + 7; *at; at++) {
        if (!apr_isalnum(*at) && *at != '.' && *at != '/') {
            return 0;
        }
    }
    stored->bcrypt = text;
    stored->cost = (text[4] - '0') * 10 + (text[5] - '0');
    return stored->cost >= COST_MIN && stored->cost <= COST_MAX;
}

/* False for what sd_password_hash has not written, or wrote with a pepper that is not known any more. */
static int read_stored(stored_t *stored, apr_pool_t *pool, const sd_password_keys_t *keys, const char *hash)
{
    if (!hash || strncmp(hash, TAG, sizeof TAG - 1) != 0) {
        return 0;
    }
    const char *id = hash + sizeof TAG - 1;
    const char *end = strchr(id, '$');
    if (!end) {
        return 0;
    }
    apr_int64_t pepper = sd_text_id(apr_pstrmemdup(pool, id, (apr_size_t)(end - id)));
    stored->pepper = pepper <= INT_MAX ? sd_password_pepper(keys, (int)pepper) : NULL;
    return stored->pepper && read_bcrypt(stored, end + 1);
}

/* A hash that no one owns: an unknown name must take the time of a known one. */
static stored_t nobody(apr_pool_t *pool, const sd_password_keys_t *keys)
{
    int cost = keys->cost < COST_MIN ? COST_MIN : keys->cost > COST_MAX ? COST_MAX : keys->cost;
    return (stored_t){
        .bcrypt = apr_psprintf(pool, "$2y$%02d$......................%.31s", cost, "0123456789ABCDEFGHIJKLMNOPQRSTU"),
        .pepper = &keys->current,
        .cost = cost,
    };
}

sd_error_t *sd_password_verify(sd_password_verdict_t *verdict, apr_pool_t *pool, const sd_password_keys_t *keys,
                               const char *hash, const char *password)
{
    *verdict = SD_PASSWORD_WRONG;
    /* Such a password was never set; saying so early tells about the input only. */
    if (!password || check_bytes(pool, password)) {
        return NULL;
    }
    stored_t stored;
    int known = read_stored(&stored, pool, keys, hash);
    if (!known) {
        stored = nobody(pool, keys);
    }
    prehash_t prehash;
    SD_TRY(make_prehash(&prehash, pool, stored.pepper, password));

    unsigned slot = 0;
    sd_error_t *error = enter(pool, keys, &slot);
    if (!error) {
        int right = apr_password_validate(prehash.text, stored.bcrypt) == APR_SUCCESS;
        leave(keys, slot);
        if (right && known) {
            int fresh = stored.pepper == &keys->current && stored.cost == keys->cost;
            *verdict = fresh ? SD_PASSWORD_RIGHT : SD_PASSWORD_RIGHT_REHASH;
        }
    }
    OPENSSL_cleanse(&prehash, sizeof prehash);
    return error;
}
