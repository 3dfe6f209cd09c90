/* Letters are drawn on a flat sheet; then each pixel of the picture looks up where its wave took it from. */
#include "web/captcha_picture.h"

#include <apr_strings.h>
#include <gd.h>
#include <gdfontg.h>
#include <math.h>
#include <string.h>

/* Bytes without end from the seed: SHA-256 over seed and a counter. */
typedef struct stream_t {
    struct {
        unsigned char seed[SD_DIGEST_BYTES];
        apr_uint64_t block;
    } source;
    unsigned char bytes[SD_DIGEST_BYTES];
    apr_size_t used;
} stream_t;

static unsigned next_byte(stream_t *stream)
{
    if (stream->used == SD_DIGEST_BYTES) {
        stream->source.block++;
        sd_digest_sha256(stream->bytes, &stream->source, sizeof stream->source);
        stream->used = 0;
    }
    return stream->bytes[stream->used++];
}

static double between(stream_t *stream, double low, double high)
{
    unsigned number = next_byte(stream) << 8 | next_byte(stream);
    return low + (high - low) * number / 65535.0;
}

#define INK 0x1f3a5f
#define PAPER 0xf4f6f8

/* One letter of the built-in font, enlarged, turned and put at its place; gd turns around the middle. */
static int draw_letter(gdImagePtr sheet, stream_t *stream, char letter, double middle)
{
    gdFontPtr font = gdFontGetGiant();
    gdImagePtr small = gdImageCreateTrueColor(font->w, font->h);
    int width = (int)between(stream, 44, 54);
    int height = (int)between(stream, 78, 94);
    gdImagePtr large = small ? gdImageCreateTrueColor(width, height) : NULL;
    if (large) {
        gdImageFilledRectangle(small, 0, 0, font->w, font->h, PAPER);
        gdImageChar(small, font, 0, 0, letter, INK);
        gdImageCopyResampled(large, small, 0, 0, 0, 0, width, height, font->w, font->h);
        gdImageColorTransparent(large, PAPER);
        gdImageCopyRotated(sheet, large, middle + between(stream, -3, 3),
                           SD_CAPTCHA_HEIGHT / 2.0 + between(stream, -6, 6), 0, 0, width, height,
                           (int)between(stream, -22, 22));
        gdImageDestroy(large);
    }
    if (small) {
        gdImageDestroy(small);
    }
    return large != NULL;
}

static int draw_word(gdImagePtr sheet, stream_t *stream, const char *word)
{
    double step = (SD_CAPTCHA_WIDTH - 30.0) / (double)strlen(word);
    for (apr_size_t i = 0; word[i]; i++) {
        if (!draw_letter(sheet, stream, word[i], 15 + step * ((double)i + 0.5))) {
            return 0;
        }
    }
    return 1;
}

/* Curves as thick as the strokes of the letters: a program cannot tell the two apart by thickness or colour. */
static void draw_curves(gdImagePtr sheet, stream_t *stream, int color, int count)
{
    gdImageSetThickness(sheet, 3);
    for (int i = 0; i < count; i++) {
        double y = between(stream, 20, SD_CAPTCHA_HEIGHT - 20.0);
        double swing = between(stream, 10, 30);
        double turn = between(stream, 0, 6.28);
        double length = between(stream, 18, 45);
        for (int x = 0; x < SD_CAPTCHA_WIDTH; x += 4) {
            int from = (int)(y + swing * sin(turn + x / length));
            int to = (int)(y + swing * sin(turn + (x + 4) / length));
            gdImageLine(sheet, x, from, x + 4, to, color);
        }
    }
}

static void bend(gdImagePtr picture, gdImagePtr sheet, stream_t *stream)
{
    double high = between(stream, 4, 8), wide = between(stream, 4, 8);
    double long_x = between(stream, 22, 40), long_y = between(stream, 16, 30);
    double turn_x = between(stream, 0, 6.28), turn_y = between(stream, 0, 6.28);
    for (int y = 0; y < SD_CAPTCHA_HEIGHT; y++) {
        for (int x = 0; x < SD_CAPTCHA_WIDTH; x++) {
            int from_x = x + (int)(wide * sin(turn_x + y / long_y));
            int from_y = y + (int)(high * sin(turn_y + x / long_x));
            int inside = gdImageBoundsSafe(sheet, from_x, from_y);
            gdImageSetPixel(picture, x, y, inside ? gdImageGetTrueColorPixel(sheet, from_x, from_y) : PAPER);
        }
    }
}

static int draw(gdImagePtr picture, gdImagePtr sheet, stream_t *stream, const char *word)
{
    gdImageFilledRectangle(sheet, 0, 0, SD_CAPTCHA_WIDTH, SD_CAPTCHA_HEIGHT, PAPER);
    if (!draw_word(sheet, stream, word)) {
        return 0;
    }
    draw_curves(sheet, stream, INK, 2);
    draw_curves(sheet, stream, PAPER, 1);
    bend(picture, sheet, stream);
    return 1;
}

sd_error_t *sd_captcha_picture_draw(sd_captcha_picture_t *picture, apr_pool_t *pool, const char *word,
                                    const unsigned char seed[SD_DIGEST_BYTES])
{
    stream_t stream = {.used = SD_DIGEST_BYTES};
    gdImagePtr sheet = gdImageCreateTrueColor(SD_CAPTCHA_WIDTH, SD_CAPTCHA_HEIGHT);
    gdImagePtr bent = gdImageCreateTrueColor(SD_CAPTCHA_WIDTH, SD_CAPTCHA_HEIGHT);
    void *png = NULL;
    int length = 0;
    memcpy(stream.source.seed, seed, SD_DIGEST_BYTES);
    if (sheet && bent && draw(bent, sheet, &stream, word)) {
        gdImageTrueColorToPalette(bent, 0, 16);
        png = gdImagePngPtr(bent, &length);
    }
    if (sheet) {
        gdImageDestroy(sheet);
    }
    if (bent) {
        gdImageDestroy(bent);
    }
    if (!png) {
        return sd_error_private(pool, SD_ERROR_UNAVAILABLE, "no memory for the picture of a word");
    }
    picture->bytes = apr_pmemdup(pool, png, (apr_size_t)length);
    picture->length = (apr_size_t)length;
    gdFree(png);
    return NULL;
}
