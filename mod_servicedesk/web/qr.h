/* A text as a QR code, for a template to draw as SVG: no file, no second request, nothing that the policy of pages
 * would have to allow. */
#ifndef SD_WEB_QR_H
#define SD_WEB_QR_H

#include <apr_pools.h>
#include <jansson.h>

/* {"size": how many modules wide with the white edge that readers need, "path": the dark ones}; NULL if it is too long
 * for one. */
json_t *sd_qr_picture(apr_pool_t *pool, const char *text);

#endif
