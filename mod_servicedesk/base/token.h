/*
 * A token is 256 random bits behind a tag that names its kind: "sdp_" and 43 characters of base64url. It is shown once;
 * the database keeps the SHA-256 of the whole text, in hex. Form and alphabet are checked before any database is asked.
 */
#ifndef SD_BASE_TOKEN_H
#define SD_BASE_TOKEN_H

#include "base/random.h"

#define SD_TOKEN_API "sdp_"          /* API token of an account: Authorization: Bearer */
#define SD_TOKEN_SESSION "sds_"      /* value of the session cookie */
#define SD_TOKEN_VERIFY "sdv_"       /* mailed: proves the address of a signup */
#define SD_TOKEN_INVITE "sdi_"       /* mailed: accepts an invitation */
#define SD_TOKEN_RESET "sdr_"        /* mailed: sets a new password */
#define SD_TOKEN_ADDRESS "sda_"      /* mailed: changes the address of an account to the one it was mailed to */
#define SD_TOKEN_ADDRESS_BACK "sdb_" /* mailed to the address that an account had: takes the change of it back */
#define SD_TOKEN_SIGN_IN "sdl_"      /* mailed: opens one session, where a desk allows it */
#define SD_TOKEN_BYTES 32
#define SD_TOKEN_LENGTH 47 /* tag and 43 characters */

/* Makes a token of kind `tag`. `*hash` is what to store: 64 lower-case hex digits. */
SD_CHECKED sd_error_t *sd_token_new(const char **text, const char **hash, apr_pool_t *pool, const sd_random_t *random,
                                    const char *tag);

/* The same from bytes that the caller has: 256 bits that nobody else can know. */
void sd_token_spell(const char **text, const char **hash, apr_pool_t *pool, const char *tag,
                    const unsigned char bytes[SD_TOKEN_BYTES]);

/* The hash to look up, or NULL if `text` is not of the form of a token of kind `tag`. */
const char *sd_token_hash(apr_pool_t *pool, const char *tag, const char *text);

#endif
