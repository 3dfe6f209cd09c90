/* A place for each hash, by its first bytes; whoever comes last to a place has it. */
#include "desk/token_claims.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "base/digest.h"

#define PLACES 1024
#define PLACE_DIGITS 3 /* of hex, so many places have a number */
#define HASH_BYTES (2 * SD_DIGEST_BYTES)

typedef struct place_t {
    char hash[HASH_BYTES];
    sd_token_claim_t claim;
    sd_time_t since, until; /* until 0: empty */
} place_t;

struct sd_token_claims_t {
    apr_thread_mutex_t *mutex;
    place_t places[PLACES];
};

sd_token_claims_t *sd_token_claims_create(apr_pool_t *pool)
{
    sd_token_claims_t *claims = apr_pcalloc(pool, sizeof(*claims));

    return apr_thread_mutex_create(&claims->mutex, APR_THREAD_MUTEX_DEFAULT, pool) == APR_SUCCESS ? claims : NULL;
}

static place_t *place_of(sd_token_claims_t *claims, const char *hash)
{
    char digits[PLACE_DIGITS + 1];

    apr_cpystrn(digits, hash, sizeof(digits));
    return &claims->places[apr_strtoi64(digits, NULL, 16) % PLACES];
}

static int has(const place_t *place, const char *hash)
{
    return place->until && sd_digest_equal(place->hash, hash, HASH_BYTES);
}

int sd_token_claims_get(sd_token_claims_t *claims, sd_token_claim_t *claim, const char *hash, sd_time_t now)
{
    const place_t *place;
    int found;

    if (!claims) {
        return 0;
    }
    place = place_of(claims, hash);
    apr_thread_mutex_lock(claims->mutex);
    /* A clock that was put back makes nothing last longer. */
    found = has(place, hash) && place->since <= now && now < place->until;
    if (found) {
        *claim = place->claim;
    }
    apr_thread_mutex_unlock(claims->mutex);
    return found;
}

void sd_token_claims_put(sd_token_claims_t *claims, const sd_token_claim_t *claim, const char *hash, sd_time_t now,
                         sd_time_t until)
{
    place_t *place;

    if (!claims || strlen(hash) != HASH_BYTES) {
        return;
    }
    place = place_of(claims, hash);
    apr_thread_mutex_lock(claims->mutex);
    memcpy(place->hash, hash, HASH_BYTES);
    place->claim = *claim;
    place->since = now;
    place->until = until;
    apr_thread_mutex_unlock(claims->mutex);
}

void sd_token_claims_forget(sd_token_claims_t *claims, const char *hash)
{
    place_t *place;

    if (!claims) {
        return;
    }
    place = place_of(claims, hash);
    apr_thread_mutex_lock(claims->mutex);
    if (has(place, hash)) {
        place->until = 0;
    }
    apr_thread_mutex_unlock(claims->mutex);
}
