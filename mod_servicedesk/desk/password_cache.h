/*
 * Verified passwords, remembered in memory that all processes share: HMAC under a per-start key of (directory, name,
 * password) beside account id, generation and end of validity. Internal accounts 10 minutes, foreign directories 60
 * seconds. A hit costs one HMAC, no bcrypt, no write; the transaction that follows checks the generation.
 */
#ifndef SD_DESK_PASSWORD_CACHE_H
#define SD_DESK_PASSWORD_CACHE_H

#include "base/clock.h"
#include "base/digest.h"
#include "desk/site.h"
#include "store/records.h"

#define SD_PASSWORD_CACHE_INTERNAL (10 * SD_MINUTE)
#define SD_PASSWORD_CACHE_EXTERNAL (60 * SD_SECOND)

typedef struct sd_password_cache_entry_t {
    sd_id_t account_id;
    apr_int64_t generation;
} sd_password_cache_entry_t;

apr_size_t sd_password_cache_size(unsigned entries);
apr_status_t sd_password_cache_init(sd_password_cache_t *cache, unsigned entries,
                                    const unsigned char key[SD_DIGEST_BYTES]);
/* True and *entry if these very credentials were verified and still count at `now`. */
int sd_password_cache_get(sd_password_cache_t *cache, sd_password_cache_entry_t *entry, const char *directory,
                          const char *name, const char *password, sd_time_t now);
void sd_password_cache_set(sd_password_cache_t *cache, const sd_password_cache_entry_t *entry, const char *directory,
                           const char *name, const char *password, sd_time_t now, sd_time_t until);
void sd_password_cache_forget(sd_password_cache_t *cache, const char *directory, const char *name,
                              const char *password);

#endif
