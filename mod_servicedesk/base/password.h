/*
 * Passwords: policy, hash, verification. Stored form: "$sd1$<pepper id>$" and a bcrypt hash ($2y$) of
 * base64(HMAC-SHA-256(pepper, NFC(password))): no truncation at 72 bytes, no use without the pepper file.
 * Stateless but for what sd_password_keys_t holds, which is read-only after start. Thread safe.
 * Source: NIST SP 800-63B-4 3.1.1.2 and 3.2.2, OWASP ASVS 5.0 6.2.
 */
#ifndef SD_BASE_PASSWORD_H
#define SD_BASE_PASSWORD_H

#include "base/digest.h"
#include "base/random.h"
#include "base/slots.h"

#define SD_PASSWORD_MIN 15     /* code points */
#define SD_PASSWORD_MAX 128    /* code points */
#define SD_PASSWORD_BYTES 1024 /* longer input is refused before anything is computed */

typedef struct sd_pepper_t {
    int id; /* 1..; 0 is an empty place */
    unsigned char key[SD_DIGEST_BYTES];
} sd_pepper_t;

typedef struct sd_password_keys_t {
    sd_pepper_t current;
    sd_pepper_t previous; /* still verified, hashed anew at the next sign-in */
    int cost;             /* bcrypt cost, 4..15 */
    sd_slots_t *slots;    /* at most this many hashes at once; NULL is no limit */
    int wait;             /* milliseconds to wait for a slot, then SD_ERROR_UNAVAILABLE */
} sd_password_keys_t;

typedef enum sd_password_verdict_t {
    SD_PASSWORD_WRONG,
    SD_PASSWORD_RIGHT,
    SD_PASSWORD_RIGHT_REHASH /* right, but hashed with an older cost or pepper */
} sd_password_verdict_t;

/* The pepper of that id, if the file has it; else NULL, also for 0. */
const sd_pepper_t *sd_password_pepper(const sd_password_keys_t *keys, int id);

/*
 * May this be a password? Errors name `field`: too short, too long, not UTF-8, has a NUL or control character,
 * found in the dictionary, repeats itself, is a row of keys, or contains one of the NULL-terminated `context` words
 * (desk name, name, local part, product) as most of itself. No composition rule.
 */
SD_CHECKED sd_error_t *sd_password_policy(apr_pool_t *pool, const char *field, const char *password,
                                          const char *const *context);

SD_CHECKED sd_error_t *sd_password_hash(const char **hash, apr_pool_t *pool, const sd_password_keys_t *keys,
                                        const sd_random_t *random, const char *password);

/* With hash NULL or unreadable it does the same work against a fixed hash and answers SD_PASSWORD_WRONG. */
SD_CHECKED sd_error_t *sd_password_verify(sd_password_verdict_t *verdict, apr_pool_t *pool,
                                          const sd_password_keys_t *keys, const char *hash, const char *password);

/* Reads a pepper file ("<id> <64 hex digits>" a line, newest first, one or two); made with mode 0600 if absent. */
SD_CHECKED sd_error_t *sd_password_keys_load(sd_password_keys_t *keys, apr_pool_t *pool, const sd_random_t *random,
                                             const char *path);

#endif
