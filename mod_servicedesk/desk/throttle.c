/*
 * Token buckets in shared memory. A bucket is one atomic word: a tag of its subject, two marks, and the moment at which
 * it will be full again; that moment alone says how many attempts are left (each moves it on by period / budget).
 *
 * Who has a bucket takes from it without a lock. A subject that has none gets one behind the mutex of its set, which is
 * robust: somebody killed inside leaves nothing half-written, as each bucket changes in one store.
 */
#include "desk/throttle.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#define SET_BUCKETS 8
#define LOCKS 64

#define TIME_BITS 42 /* milliseconds: until the year 2109 */
#define TIME_MASK ((UINT64_C(1) << TIME_BITS) - 1)
#define REPORTED (UINT64_C(1) << TIME_BITS)        /* the audit knows that the budget ran out */
#define EXHAUSTED (UINT64_C(1) << (TIME_BITS + 1)) /* the budget ran out: not to be evicted before it is full again */
#define TAG_SHIFT (TIME_BITS + 2)

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a bucket must be one atomic word in shared memory");

typedef _Atomic uint64_t bucket_t;

struct sd_throttle_t {
    uint64_t key[2];
    uint64_t sets;
    pthread_mutex_t lock[LOCKS];
    bucket_t bucket[];
};

/* What the callers say about a kind of bucket, and where theirs lies. */
typedef struct place_t {
    bucket_t *set;
    pthread_mutex_t *lock;
    uint64_t tag; /* in its place in the word */
    sd_time_t step;
    sd_time_t period;
    sd_time_t now;
} place_t;

/* ---- the keyed hash: SipHash-2-4 (Aumasson, Bernstein) ---- */

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], int rounds)
{
    while (rounds--) {
        v[0] += v[1];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[0] = rotate(v[0], 32);
        v[2] += v[3];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
    }
}

static void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_rounds(v, 2);
    v[0] ^= word;
}

/* Over kind, a NUL, subject, without putting them side by side first. */
static uint64_t hash_of(const sd_throttle_t *throttle, const char *kind, const char *subject)
{
    uint64_t v[4] = {throttle->key[0] ^ UINT64_C(0x736f6d6570736575), throttle->key[1] ^ UINT64_C(0x646f72616e646f6d),
                     throttle->key[0] ^ UINT64_C(0x6c7967656e657261), throttle->key[1] ^ UINT64_C(0x7465646279746573)};
    const char *parts[2] = {kind, subject};
    uint64_t word = 0, length = 0;

    for (int part = 0; part < 2; part++) {
        apr_size_t bytes = strlen(parts[part]) + (part == 0);

        for (apr_size_t i = 0; i < bytes; i++) {
            word |= (uint64_t)(unsigned char)parts[part][i] << (8 * (length & 7));
            if ((++length & 7) == 0) {
                sip_word(v, word);
                word = 0;
            }
        }
    }
    sip_word(v, word | length << 56);
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- the words ---- */

static sd_time_t full_at(uint64_t word)
{
    return (sd_time_t)(word & TIME_MASK);
}

static int belongs(uint64_t word, const place_t *place)
{
    return word != 0 && (word & ~((UINT64_C(1) << TAG_SHIFT) - 1)) == place->tag;
}

/* A clock that was put back must not shut anybody out for longer than a period. */
static sd_time_t level(uint64_t word, const place_t *place)
{
    sd_time_t at = full_at(word);

    if (at > place->now + place->period) {
        at = place->now + place->period;
    }
    return at > place->now ? at : place->now;
}

static int has_room(sd_time_t at, const place_t *place)
{
    return at + place->step <= place->now + place->period;
}

static uint64_t make_word(uint64_t marks, sd_time_t at, const place_t *place)
{
    uint64_t word = place->tag | (marks & (EXHAUSTED | REPORTED)) | ((uint64_t)at & TIME_MASK);

    return has_room(at, place) ? word : word | EXHAUSTED;
}

static int seconds_until(sd_time_t moment, sd_time_t now)
{
    sd_time_t wait = (moment - now + SD_SECOND - 1) / SD_SECOND;

    return wait < 1 ? 1 : (int)wait;
}

static int wait_for_room(sd_time_t at, const place_t *place)
{
    return seconds_until(at + place->step - place->period, place->now);
}

/* ---- the table ---- */

apr_size_t sd_throttle_size(unsigned buckets)
{
    return sizeof(sd_throttle_t) + ((apr_size_t)buckets + SET_BUCKETS) * sizeof(bucket_t);
}

apr_status_t sd_throttle_init(sd_throttle_t *throttle, unsigned buckets, const unsigned char key[SD_DIGEST_BYTES])
{
    pthread_mutexattr_t attributes;
    int status = pthread_mutexattr_init(&attributes);

    if (status) {
        return status;
    }
    memset(throttle, 0, sd_throttle_size(buckets));
    memcpy(throttle->key, key, sizeof(throttle->key));
    throttle->sets = (buckets + SET_BUCKETS - 1) / SET_BUCKETS;
    throttle->sets = throttle->sets ? throttle->sets : 1;
    status = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (!status) {
        status = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    }
    for (int i = 0; !status && i < LOCKS; i++) {
        status = pthread_mutex_init(&throttle->lock[i], &attributes);
    }
    pthread_mutexattr_destroy(&attributes);
    return status;
}

static place_t find_place(sd_throttle_t *throttle, const char *kind, const char *subject, int budget, sd_time_t period,
                          sd_time_t now)
{
    uint64_t hash = hash_of(throttle, kind, subject);
    uint64_t set = (hash >> 32) * throttle->sets >> 32;

    return (place_t){.set = throttle->bucket + set * SET_BUCKETS,
                     .lock = &throttle->lock[set % LOCKS],
                     .tag = hash << TAG_SHIFT,
                     .step = period / (budget > 0 ? budget : 1),
                     .period = period,
                     .now = now};
}

static bucket_t *find_bucket(const place_t *place, uint64_t *word)
{
    for (int i = 0; i < SET_BUCKETS; i++) {
        *word = atomic_load(&place->set[i]);
        if (belongs(*word, place)) {
            return &place->set[i];
        }
    }
    return NULL;
}

/* The bucket whose loss forgets least: free, else the nearest to full among those that never ran out. */
static bucket_t *find_victim(const place_t *place, uint64_t *word, sd_time_t *earliest)
{
    bucket_t *victim = NULL;

    *earliest = INT64_MAX;
    for (int i = 0; i < SET_BUCKETS; i++) {
        uint64_t here = atomic_load(&place->set[i]);
        sd_time_t at = full_at(here);
        int is_free = at <= place->now;

        if (at < *earliest) {
            *earliest = at;
        }
        if ((is_free || !(here & EXHAUSTED)) && (!victim || at < full_at(*word))) {
            victim = &place->set[i];
            *word = here;
        }
    }
    return victim;
}

/* Called with the set's mutex held: 0 is taken, -1 is look again, else the seconds until one of the set is free. */
static int take_new(const place_t *place)
{
    uint64_t word;
    sd_time_t earliest;
    bucket_t *bucket;

    if (find_bucket(place, &word)) {
        return -1;
    }
    bucket = find_victim(place, &word, &earliest);
    if (!bucket) {
        return seconds_until(earliest, place->now);
    }
    uint64_t fresh = make_word(0, place->now + place->step, place);
    return atomic_compare_exchange_strong(bucket, &word, fresh) ? 0 : -1;
}

static int take_behind_lock(const place_t *place)
{
    int status = pthread_mutex_lock(place->lock);
    int answer;

    if (status == EOWNERDEAD) {
        status = pthread_mutex_consistent(place->lock);
    }
    if (status) {
        return 1; /* no lock, no attempt */
    }
    answer = take_new(place);
    pthread_mutex_unlock(place->lock);
    return answer;
}

/* The same answers for a bucket that is there. */
static int take_from(bucket_t *bucket, uint64_t word, const place_t *place)
{
    sd_time_t at = level(word, place);
    uint64_t marks = at == place->now ? 0 : word;

    if (!has_room(at, place)) {
        return wait_for_room(at, place);
    }
    return atomic_compare_exchange_strong(bucket, &word, make_word(marks, at + place->step, place)) ? 0 : -1;
}

int sd_throttle_take(sd_throttle_t *throttle, const char *kind, const char *subject, int budget, sd_time_t period,
                     sd_time_t now)
{
    place_t place = find_place(throttle, kind, subject, budget, period, now);
    int answer;

    do {
        uint64_t word;
        bucket_t *bucket = find_bucket(&place, &word);

        answer = bucket ? take_from(bucket, word, &place) : take_behind_lock(&place);
    } while (answer < 0);
    return answer;
}

int sd_throttle_wait(sd_throttle_t *throttle, const char *kind, const char *subject, int budget, sd_time_t period,
                     sd_time_t now)
{
    place_t place = find_place(throttle, kind, subject, budget, period, now);
    uint64_t word;

    if (!find_bucket(&place, &word) || has_room(level(word, &place), &place)) {
        return 0;
    }
    return wait_for_room(level(word, &place), &place);
}

void sd_throttle_give_back(sd_throttle_t *throttle, const char *kind, const char *subject, int budget, sd_time_t period,
                           sd_time_t now)
{
    place_t place = find_place(throttle, kind, subject, budget, period, now);
    uint64_t word, after;
    bucket_t *bucket;

    do {
        bucket = find_bucket(&place, &word);
        if (!bucket) {
            return;
        }
        after = make_word(word & REPORTED, level(word, &place) - place.step, &place);
    } while (!atomic_compare_exchange_strong(bucket, &word, after));
}

void sd_throttle_raise(sd_throttle_t *throttle, const char *kind, const char *subject, int budget, sd_time_t period,
                       sd_time_t full_at, sd_time_t now)
{
    place_t place = find_place(throttle, kind, subject, budget, period, now);
    uint64_t word, after;
    bucket_t *bucket;

    do {
        bucket = find_bucket(&place, &word);
        if (!bucket || level(word, &place) >= full_at) {
            return;
        }
        after = make_word(word, full_at, &place);
    } while (!atomic_compare_exchange_strong(bucket, &word, after));
}

int sd_throttle_tripped(sd_throttle_t *throttle, const char *kind, const char *subject, sd_time_t now)
{
    place_t place = find_place(throttle, kind, subject, 1, 1, now);
    uint64_t word;
    bucket_t *bucket;

    do {
        bucket = find_bucket(&place, &word);
        if (!bucket || !(word & EXHAUSTED) || (word & REPORTED) || full_at(word) <= now) {
            return 0;
        }
    } while (!atomic_compare_exchange_strong(bucket, &word, word | REPORTED));
    return 1;
}
