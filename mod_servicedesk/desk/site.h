/*
 * A site: what one instance of the service desk knows beside its database. Made once per process (by the server glue in
 * child_init, by the tool in main), read-only afterwards, shared by all threads. Time, randomness and secrets are
 * handed in here.
 */
#ifndef SD_DESK_SITE_H
#define SD_DESK_SITE_H

#include "base/clock.h"
#include "base/password.h"
#include "base/random.h"

typedef struct sd_throttle_t sd_throttle_t;             /* desk/throttle.h */
typedef struct sd_password_cache_t sd_password_cache_t; /* desk/password_cache.h */
typedef struct sd_token_claims_t sd_token_claims_t;     /* desk/token_claims.h */

typedef struct sd_directory_writer_t sd_directory_writer_t; /* desk/directory.h */

typedef struct sd_site_t {
    const char *base_url;     /* without a slash at the end; the only source of absolute links */
    const char *mail_address; /* that mails come from; NULL in the tool, and where none are sent */
    const sd_clock_t *clock;
    const sd_random_t *random;
    sd_password_keys_t passwords;
    sd_throttle_t *throttle;             /* in shared memory; NULL in the tool */
    sd_password_cache_t *password_cache; /* in shared memory; NULL in the tool */
    sd_token_claims_t *token_claims;     /* of this process; NULL in the tool */
    sd_time_t session_idle;              /* of customers, milliseconds */
    sd_time_t session_lifetime;
    sd_time_t staff_session_idle; /* of agents and administrators */
    sd_time_t staff_session_lifetime;
    sd_time_t bridge_session_lifetime;
    const sd_directory_writer_t *writers; /* chained; NULL: only the module's own directory takes accounts */
} sd_site_t;

#endif
