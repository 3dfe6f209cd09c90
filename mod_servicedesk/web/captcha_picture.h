/*
 * The picture of a word that people read more easily than programs: letters of one height each at its own angle, size
 * and place, bent by two waves, crossed by curves of their own colour. Everything about it comes from the seed, so the
 * same challenge always looks the same and gives nothing away by being asked for twice. No state, no font file; thread
 * safe. Bytes live in the pool.
 */
#ifndef SD_WEB_CAPTCHA_PICTURE_H
#define SD_WEB_CAPTCHA_PICTURE_H

#include "base/digest.h"
#include "base/error.h"

#define SD_CAPTCHA_WIDTH 300 /* pixels */
#define SD_CAPTCHA_HEIGHT 100

typedef struct sd_captcha_picture_t {
    const void *bytes; /* PNG */
    apr_size_t length;
} sd_captcha_picture_t;

/*
 *   word  capital letters, five or so
 *   seed  secret: who knows it can draw the same picture of any word
 * SD_ERROR_UNAVAILABLE if there is no memory for the picture.
 */
SD_CHECKED sd_error_t *sd_captcha_picture_draw(sd_captcha_picture_t *picture, apr_pool_t *pool, const char *word,
                                               const unsigned char seed[SD_DIGEST_BYTES]);

#endif
