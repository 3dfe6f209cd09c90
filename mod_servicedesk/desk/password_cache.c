/*
 * Verified passwords in shared memory: sets of four entries, found and compared by the whole keyed digest, the one used
 * longest ago replaced first. Robust mutexes in shards; the entries of a shard whose holder died are forgotten, since
 * one of them may be half-written.
 */
#include "desk/password_cache.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <openssl/crypto.h>

#define SET_ENTRIES 4
#define SHARDS 64
#define TEXT_BYTES 2048 /* directory, name and password; what is longer is not remembered */

typedef struct entry_t {
    unsigned char digest[SD_DIGEST_BYTES];
    sd_id_t account_id;
    apr_int64_t generation;
    sd_time_t until; /* 0: empty */
    sd_time_t used;
} entry_t;

struct sd_password_cache_t {
    unsigned char key[SD_DIGEST_BYTES];
    apr_uint64_t sets;
    pthread_mutex_t lock[SHARDS];
    entry_t entry[];
};

/* A set and the mutex that is held over it. */
typedef struct set_t {
    entry_t *entry;
    pthread_mutex_t *lock;
} set_t;

apr_size_t sd_password_cache_size(unsigned entries)
{
    return sizeof(sd_password_cache_t) + ((apr_size_t)entries + SET_ENTRIES) * sizeof(entry_t);
}

apr_status_t sd_password_cache_init(sd_password_cache_t *cache, unsigned entries,
                                    const unsigned char key[SD_DIGEST_BYTES])
{
    pthread_mutexattr_t attributes;
    int status = pthread_mutexattr_init(&attributes);

    if (status) {
        return status;
    }
    memset(cache, 0, sd_password_cache_size(entries));
    memcpy(cache->key, key, SD_DIGEST_BYTES);
    cache->sets = (entries + SET_ENTRIES - 1) / SET_ENTRIES;
    cache->sets = cache->sets ? cache->sets : 1;
    status = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (!status) {
        status = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    }
    for (int i = 0; !status && i < SHARDS; i++) {
        status = pthread_mutex_init(&cache->lock[i], &attributes);
    }
    pthread_mutexattr_destroy(&attributes);
    return status;
}

/* The three texts with their NULs, so that no two credentials read alike. */
static int digest_of(unsigned char digest[SD_DIGEST_BYTES], const sd_password_cache_t *cache, const char *directory,
                     const char *name, const char *password)
{
    const char *parts[3] = {directory, name, password};
    char text[TEXT_BYTES];
    apr_size_t length = 0;

    for (int i = 0; i < 3; i++) {
        apr_size_t bytes = strlen(parts[i]) + 1;

        if (bytes > sizeof(text) - length) {
            OPENSSL_cleanse(text, length);
            return 0;
        }
        memcpy(text + length, parts[i], bytes);
        length += bytes;
    }
    sd_digest_hmac(digest, cache->key, text, length);
    OPENSSL_cleanse(text, length);
    return 1;
}

static void forget_shard(sd_password_cache_t *cache, apr_uint64_t shard)
{
    for (apr_uint64_t set = shard; set < cache->sets; set += SHARDS) {
        memset(&cache->entry[set * SET_ENTRIES], 0, SET_ENTRIES * sizeof(entry_t));
    }
}

static int lock_set(set_t *set, sd_password_cache_t *cache, const unsigned char digest[SD_DIGEST_BYTES])
{
    apr_uint64_t number;
    int status;

    memcpy(&number, digest, sizeof(number));
    number %= cache->sets;
    set->entry = &cache->entry[number * SET_ENTRIES];
    set->lock = &cache->lock[number % SHARDS];
    status = pthread_mutex_lock(set->lock);
    if (status == EOWNERDEAD) {
        forget_shard(cache, number % SHARDS);
        status = pthread_mutex_consistent(set->lock);
    }
    return status == 0;
}

static entry_t *find(const set_t *set, const unsigned char digest[SD_DIGEST_BYTES])
{
    for (int i = 0; i < SET_ENTRIES; i++) {
        if (set->entry[i].until && sd_digest_equal(set->entry[i].digest, digest, SD_DIGEST_BYTES)) {
            return &set->entry[i];
        }
    }
    return NULL;
}

int sd_password_cache_get(sd_password_cache_t *cache, sd_password_cache_entry_t *entry, const char *directory,
                          const char *name, const char *password, sd_time_t now)
{
    unsigned char digest[SD_DIGEST_BYTES];
    set_t set;
    entry_t *found;

    if (!digest_of(digest, cache, directory, name, password) || !lock_set(&set, cache, digest)) {
        return 0;
    }
    found = find(&set, digest);
    if (found && found->until <= now) {
        memset(found, 0, sizeof(*found));
        found = NULL;
    }
    if (found) {
        found->used = now;
        entry->account_id = found->account_id;
        entry->generation = found->generation;
    }
    pthread_mutex_unlock(set.lock);
    return found != NULL;
}

static entry_t *find_victim(const set_t *set)
{
    entry_t *victim = &set->entry[0];

    for (int i = 0; i < SET_ENTRIES; i++) {
        if (!set->entry[i].until) {
            return &set->entry[i];
        }
        if (set->entry[i].used < victim->used) {
            victim = &set->entry[i];
        }
    }
    return victim;
}

void sd_password_cache_set(sd_password_cache_t *cache, const sd_password_cache_entry_t *entry, const char *directory,
                           const char *name, const char *password, sd_time_t now, sd_time_t until)
{
    unsigned char digest[SD_DIGEST_BYTES];
    set_t set;
    entry_t *place;

    if (!digest_of(digest, cache, directory, name, password) || !lock_set(&set, cache, digest)) {
        return;
    }
    place = find(&set, digest);
    if (!place) {
        place = find_victim(&set);
    }
    memcpy(place->digest, digest, SD_DIGEST_BYTES);
    place->account_id = entry->account_id;
    place->generation = entry->generation;
    place->used = now;
    place->until = until;
    pthread_mutex_unlock(set.lock);
}

void sd_password_cache_forget(sd_password_cache_t *cache, const char *directory, const char *name, const char *password)
{
    unsigned char digest[SD_DIGEST_BYTES];
    set_t set;
    entry_t *found;

    if (!digest_of(digest, cache, directory, name, password) || !lock_set(&set, cache, digest)) {
        return;
    }
    found = find(&set, digest);
    if (found) {
        memset(found, 0, sizeof(*found));
    }
    pthread_mutex_unlock(set.lock);
}
