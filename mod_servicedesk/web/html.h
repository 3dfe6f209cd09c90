/* Text that people wrote, as HTML. Knows no httpd type. */
#ifndef SD_WEB_HTML_H
#define SD_WEB_HTML_H

#include <apr_pools.h>

/* Escaped for element content and for attributes in either quotes. */
const char *sd_html_escape(apr_pool_t *pool, const char *text);

/* Escaped, in paragraphs: blank lines divide them, other line ends (LF, CR LF, CR) are breaks. */
const char *sd_html_paragraphs(apr_pool_t *pool, const char *text);

#endif
