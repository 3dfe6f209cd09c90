/*
 * The budget of wrong passwords: a fixed table of token buckets in memory that all processes share and that outlives a
 * graceful restart. Keys are keyed hashes (SipHash under a per-start key) of kind and subject, such as (account, folded
 * name) and (source, network: IPv4 /32, IPv6 /64). An attempt is reserved before it is verified and given back on
 * success. Bounded probes, no pointers inside, no allocation; a full neighbourhood evicts the bucket that is nearest to
 * full again, never an exhausted one. Memory belongs to the caller.
 */
#ifndef SD_DESK_THROTTLE_H
#define SD_DESK_THROTTLE_H

#include "base/clock.h"
#include "base/digest.h"
#include "desk/site.h"

#define SD_THROTTLE_ACCOUNT 10                     /* attempts an account and ... */
#define SD_THROTTLE_ACCOUNT_PERIOD (5 * SD_MINUTE) /* ... per this long, refilled evenly */
#define SD_THROTTLE_SOURCE 100
#define SD_THROTTLE_SOURCE_PERIOD (5 * SD_MINUTE)
#define SD_THROTTLE_PEOPLE 30 /* names that nobody who may be named has, an account and ... */
#define SD_THROTTLE_PEOPLE_PERIOD SD_HOUR

apr_size_t sd_throttle_size(unsigned buckets);
apr_status_t sd_throttle_init(sd_throttle_t *throttle, unsigned buckets, const unsigned char key[SD_DIGEST_BYTES]);

/* Takes one of `budget` attempts: 0 is yes, else the seconds until one is free again (at least 1). */
int sd_throttle_take(sd_throttle_t *throttle, const char *kind, const char *subject, int budget, sd_time_t period,
                     sd_time_t now);
void sd_throttle_give_back(sd_throttle_t *throttle, const char *kind, const char *subject, int budget, sd_time_t period,
                           sd_time_t now);

/* The bucket is full again no sooner than at `full_at`: somebody else has taken from it as well. */
void sd_throttle_raise(sd_throttle_t *throttle, const char *kind, const char *subject, int budget, sd_time_t period,
                       sd_time_t full_at, sd_time_t now);

/* What sd_throttle_take() would answer, without taking. */
int sd_throttle_wait(sd_throttle_t *throttle, const char *kind, const char *subject, int budget, sd_time_t period,
                     sd_time_t now);

/* True once for each time that a budget runs out (until the bucket is full again): this is what the audit is told. */
int sd_throttle_tripped(sd_throttle_t *throttle, const char *kind, const char *subject, sd_time_t now);

#endif
