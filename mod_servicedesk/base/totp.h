/*
 * Time-based one-time codes, RFC 6238 with SHA-1, six digits and thirty seconds: what every authenticator app speaks.
 * Pure.
 */
#ifndef SD_BASE_TOTP_H
#define SD_BASE_TOTP_H

#include <apr_pools.h>

#include "base/clock.h"

#define SD_TOTP_SECRET_BYTES 20
#define SD_TOTP_DIGITS 6
#define SD_TOTP_PERIOD (30 * SD_SECOND)

/* The number of the period that `now` lies in. */
apr_int64_t sd_totp_step(sd_time_t now);

/* The code of a step, "012345". */
const char *sd_totp_code(apr_pool_t *pool, const unsigned char secret[SD_TOTP_SECRET_BYTES], apr_int64_t step);

/* RFC 4648 base32 in upper case, without padding: how apps and people take secrets. */
const char *sd_totp_base32(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length);

#endif
