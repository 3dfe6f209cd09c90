/*
 * The question that a signup form asks to tell people from programs, as far as it needs no picture.
 *
 * A challenge is a text that the server can read again and nobody else: random bytes, its end, and a MAC that binds
 * both to the form it was made for. The word follows from it under a key of the pepper file, so no row is written for
 * the thousand challenges that nobody answers, and every process and node of the site knows them all. What makes it
 * single use is a row written when it is answered, rightly or wrongly, and kept until it would be over anyway.
 * Source: rules row 32; security checks 179 to 181.
 */
#ifndef SD_DESK_CAPTCHA_H
#define SD_DESK_CAPTCHA_H

#include "base/digest.h"
#include "desk/work.h"

#define SD_CAPTCHA_LIFETIME (10 * SD_MINUTE)
#define SD_CAPTCHA_LETTERS 5
/* The field that errors name. */
#define SD_CAPTCHA_FIELD "captcha"

/* What a right answer leaves: something that can be used once. Made by a provider, used up inside the act. */
typedef struct sd_captcha_proof_t {
    const char *ticket;
    sd_time_t expires; /* after this the ticket is refused anyway */
} sd_captcha_proof_t;

/*
 * A new challenge for `form`, a text that names the form and who has it open ("signup|HELP|" and the form's cookie).
 * SD_ERROR_UNAVAILABLE without a pepper file or without randomness: the form is closed then, not open.
 */
SD_CHECKED sd_error_t *sd_captcha_issue(const char **challenge, const sd_site_t *site, apr_pool_t *pool,
                                        const char *form);

/* The word of a challenge that is not over, and the seed of its picture; SD_ERROR_NOT_FOUND for anything else. */
SD_CHECKED sd_error_t *sd_captcha_word(const char **word, unsigned char seed[SD_DIGEST_BYTES], const sd_site_t *site,
                                       apr_pool_t *pool, const char *challenge);

/*
 * True if `answer` (in any case, with or without spaces) is the word of `challenge`, which was made for `form` and is
 * not over. `proof` is filled for every challenge that is genuine, rightly answered or not: a wrong one is to be used
 * up too.
 */
int sd_captcha_check(sd_captcha_proof_t *proof, const sd_site_t *site, apr_pool_t *pool, const char *form,
                     const char *challenge, const char *answer);

/* Uses a proof up, inside the caller's write. A second time is the same error as a wrong answer. */
SD_CHECKED sd_error_t *sd_captcha_use(sd_work_t *work, const sd_captcha_proof_t *proof);

/* The error of a wrong, old or used answer: names the field and says that there is a new picture. */
sd_error_t *sd_captcha_wrong(apr_pool_t *pool);

/* True if forms ask: setting "captcha". */
SD_CHECKED sd_error_t *sd_captcha_is_on(int *on, sd_work_t *work);

#endif
