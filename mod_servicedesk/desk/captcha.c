/* Challenges: "<pepper id>.<nonce>.<end>.<form>.<mac>", all but the first in hex; the word follows from the nonce. */
#include "desk/captcha.h"

#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

#include "desk/setting.h"
#include "store/captcha_uses.h"

#define NONCE_BYTES 16
#define FORM_HEX 32 /* half of a SHA-256: nobody gains by two forms of the same digest */
#define CHALLENGE_BYTES 256
#define PURGE 20 /* uses swept at each use: more than one, so that the table shrinks */

/* No letters that pass for another when they are bent: C G, I J, O Q, U V, W. */
static const char letters[] = "ABDEFHKLMNPRSTUXYZ";

sd_error_t *sd_captcha_wrong(apr_pool_t *pool)
{
    return sd_error_field(pool, SD_CAPTCHA_FIELD, "sd.validation.captcha",
                          "That is not the word of the picture, or the picture was too old. Here is a new one.");
}

sd_error_t *sd_captcha_is_on(int *on, sd_work_t *work)
{
    return sd_setting_boolean(on, work, "captcha");
}

/* The pepper itself only keys passwords; challenges have a key of their own that follows from it. */
static int derive_key(unsigned char key[SD_DIGEST_BYTES], const sd_site_t *site, int id)
{
    static const char purpose[] = "mod_servicedesk captcha";
    const sd_pepper_t *pepper = sd_password_pepper(&site->passwords, id);
    if (!pepper) {
        return 0;
    }
    sd_digest_hmac(key, pepper->key, purpose, sizeof purpose - 1);
    return 1;
}

static const char *digest_text(apr_pool_t *pool, const unsigned char *key, const char *use, const char *text)
{
    unsigned char digest[SD_DIGEST_BYTES];
    const char *message = apr_pstrcat(pool, use, "|", text, NULL);
    sd_digest_hmac(digest, key, message, strlen(message));
    return sd_digest_hex(pool, digest, sizeof digest);
}

static const char *form_text(apr_pool_t *pool, const char *form)
{
    unsigned char digest[SD_DIGEST_BYTES];
    sd_digest_sha256(digest, form, strlen(form));
    return sd_digest_hex(pool, digest, FORM_HEX / 2);
}

sd_error_t *sd_captcha_issue(const char **challenge, const sd_site_t *site, apr_pool_t *pool, const char *form)
{
    unsigned char key[SD_DIGEST_BYTES];
    int pepper = site->passwords.current.id;
    char *nonce;
    if (!derive_key(key, site, pepper)) {
        return sd_error_private(pool, SD_ERROR_UNAVAILABLE, "a captcha needs the pepper file");
    }
    SD_TRY(sd_random_hex(&nonce, pool, site->random, NONCE_BYTES));
    const char *text =
        apr_psprintf(pool, "%d.%s.%" APR_UINT64_T_HEX_FMT ".%s", pepper, nonce,
                     (apr_uint64_t)(sd_clock_now(site->clock) + SD_CAPTCHA_LIFETIME), form_text(pool, form));
    *challenge = apr_pstrcat(pool, text, ".", digest_text(pool, key, "challenge", text), NULL);
    OPENSSL_cleanse(key, sizeof key);
    return NULL;
}

typedef struct challenge_t {
    const char *text; /* without the MAC */
    const char *form;
    sd_time_t expires;
    unsigned char key[SD_DIGEST_BYTES];
} challenge_t;

/* True for what sd_captcha_issue() made and is not over; a clock put back must not give it a longer life. */
static int read_challenge(challenge_t *read, const sd_site_t *site, apr_pool_t *pool, const char *text)
{
    if (!text || strlen(text) > CHALLENGE_BYTES) {
        return 0;
    }
    char *copy = apr_pstrdup(pool, text);
    char *mac = strrchr(copy, '.');
    if (!mac || !derive_key(read->key, site, (int)apr_strtoi64(copy, NULL, 10))) {
        return 0;
    }
    *mac++ = '\0';
    const char *expected = digest_text(pool, read->key, "challenge", copy);
    if (strlen(mac) != strlen(expected) || !sd_digest_equal(mac, expected, strlen(expected))) {
        return 0;
    }
    read->text = copy;
    read->form = strrchr(copy, '.') + 1;
    const char *end = strchr(strchr(copy, '.') + 1, '.') + 1;
    read->expires = (sd_time_t)strtoull(end, NULL, 16);
    sd_time_t now = sd_clock_now(site->clock);
    return now < read->expires && now >= read->expires - SD_CAPTCHA_LIFETIME - SD_MINUTE;
}

static const char *word_of(unsigned char seed[SD_DIGEST_BYTES], apr_pool_t *pool, const challenge_t *challenge)
{
    char *word = apr_pcalloc(pool, SD_CAPTCHA_LETTERS + 1);
    const char *message = apr_pstrcat(pool, "word|", challenge->text, NULL);
    sd_digest_hmac(seed, challenge->key, message, strlen(message));
    for (int i = 0; i < SD_CAPTCHA_LETTERS; i++) {
        unsigned number = (unsigned)seed[2 * i] << 8 | seed[2 * i + 1];
        word[i] = letters[number % (sizeof letters - 1)];
    }
    message = apr_pstrcat(pool, "picture|", challenge->text, NULL);
    sd_digest_hmac(seed, challenge->key, message, strlen(message));
    return word;
}

sd_error_t *sd_captcha_word(const char **word, unsigned char seed[SD_DIGEST_BYTES], const sd_site_t *site,
                            apr_pool_t *pool, const char *challenge)
{
    challenge_t read;
    if (!read_challenge(&read, site, pool, challenge)) {
        return sd_error_not_found(pool);
    }
    *word = word_of(seed, pool, &read);
    return NULL;
}

/* What somebody typed, without spaces and in capitals. */
static const char *normal(apr_pool_t *pool, const char *answer)
{
    char *text = apr_pcalloc(pool, SD_CAPTCHA_LETTERS + 2);
    apr_size_t used = 0;
    for (const char *c = answer; c && *c && used <= SD_CAPTCHA_LETTERS; c++) {
        if (!apr_isspace(*c)) {
            text[used++] = (char)apr_toupper(*c);
        }
    }
    return text;
}

int sd_captcha_check(sd_captcha_proof_t *proof, const sd_site_t *site, apr_pool_t *pool, const char *form,
                     const char *challenge, const char *answer)
{
    challenge_t read;
    unsigned char seed[SD_DIGEST_BYTES];
    *proof = (sd_captcha_proof_t){NULL, 0};
    if (!read_challenge(&read, site, pool, challenge)) {
        return 0;
    }
    *proof = (sd_captcha_proof_t){form_text(pool, challenge), read.expires};
    const char *word = word_of(seed, pool, &read);
    const char *typed = normal(pool, answer);
    int right = strlen(typed) == SD_CAPTCHA_LETTERS && sd_digest_equal(typed, word, SD_CAPTCHA_LETTERS);
    return right & (strcmp(read.form, form_text(pool, form)) == 0);
}

sd_error_t *sd_captcha_use(sd_work_t *work, const sd_captcha_proof_t *proof)
{
    sd_time_t now = sd_work_now(work);
    int first = 0;
    if (!proof->ticket || proof->expires <= now) {
        return sd_captcha_wrong(work->pool);
    }
    SD_TRY(sd_captcha_uses_purge(NULL, work->store, now, PURGE));
    SD_TRY(sd_captcha_uses_add(&first, work->store, proof->ticket, proof->expires));
    return first ? NULL : sd_captcha_wrong(work->pool);
}
