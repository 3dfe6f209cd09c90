/* QR codes by libqrencode, as paths of SVG. */
#include "web/qr.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <qrencode.h>

#define EDGE 4 /* modules, by the standard */

/* The dark stretches of a row, a rectangle each. */
static void append_row(apr_array_header_t *pieces, apr_pool_t *pool, const unsigned char *row, int width, int y)
{
    for (int x = 0; x < width; x++) {
        int start = x;
        while (x < width && row[x] & 1) {
            x++;
        }
        if (x > start) {
            APR_ARRAY_PUSH(pieces, const char *) =
                apr_psprintf(pool, "M%d %dh%dv1h-%dz", start + EDGE, y + EDGE, x - start, x - start);
        }
    }
}

json_t *sd_qr_picture(apr_pool_t *pool, const char *text)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    apr_array_header_t *pieces = apr_array_make(pool, 512, sizeof(const char *));
    if (!code) {
        return NULL;
    }
    for (int y = 0; y < code->width; y++) {
        append_row(pieces, pool, code->data + (apr_size_t)y * code->width, code->width, y);
    }
    json_t *picture =
        json_pack("{s:i,s:s}", "size", code->width + 2 * EDGE, "path", apr_array_pstrcat(pool, pieces, '\0'));
    QRcode_free(code);
    return picture;
}
