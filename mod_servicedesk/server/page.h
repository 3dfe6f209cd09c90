/* Small complete pages of the httpd side: no script, no style, nothing loaded from anywhere. */
#ifndef SD_SERVER_PAGE_H
#define SD_SERVER_PAGE_H

#include <httpd.h>

/* The document; `title` is plain text, `body` is HTML in which everything from outside is escaped. */
const char *sd_page_document(apr_pool_t *pool, const char *title, const char *body);

/* Sends a page with a status of its own and answers OK. */
int sd_page_send(request_rec *r, int status, const char *title, const char *body);

#endif
