/* Reading what a call brings, before any database is lent: between the gate and web/query.c, web/body.c. */
#ifndef SD_WEB_INPUT_H
#define SD_WEB_INPUT_H

#include "web/call.h"

/* Decodes r->args into call->query. */
SD_CHECKED sd_error_t *sd_query_read(sd_call_t *call);

/*
 * Reads and parses the body into call->body. OK with *error set if it is refused; any other status is to be returned to
 * httpd as it is (a broken connection, a slow sender, an answer that a filter has already sent).
 */
int sd_body_read(sd_error_t **error, sd_call_t *call);

/* True if the request announces a body that is worth ending the connection for instead of reading it. */
int sd_body_is_pending(request_rec *r);

#endif
