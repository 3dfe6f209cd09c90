/* HTML of the few pages that need no template. */
#include "server/page.h"

#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>

#include "web/view.h"

const char *sd_page_document(apr_pool_t *pool, const char *title, const char *body)
{
    const char *text = ap_escape_html(pool, title);
    return apr_pstrcat(pool, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>", text,
                       "</title>\n<meta name=\"viewport\" content=\"width=device-width\"></head>\n<body><main>\n<h1>",
                       text, "</h1>\n", body, "</main></body>\n</html>\n", NULL);
}

int sd_page_send(request_rec *r, int status, const char *title, const char *body)
{
    const char *document = sd_page_document(r->pool, title, body);
    r->status = status;
    r->content_encoding = NULL;
    sd_view_headers(r);
    ap_set_content_type(r, "text/html;charset=UTF-8");
    ap_set_content_length(r, (apr_off_t)strlen(document));
    if (!r->header_only) {
        ap_rputs(document, r);
    }
    return OK;
}
