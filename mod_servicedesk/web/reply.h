/* Writing what the gate has to say; handlers use the makers in web/call.h. */
#ifndef SD_WEB_REPLY_H
#define SD_WEB_REPLY_H

#include "web/call.h"

/* To the byte: a client compares it so (contract 1.1). */
#define SD_REPLY_JSON "application/json;charset=UTF-8"

/* Headers that every answer of the face carries, errors of httpd itself included. */
void sd_reply_headers(request_rec *r);

/* Writes status, headers and body of a call that went well; 304 if the client has it already. */
int sd_reply_write(sd_call_t *call);

/* Writes an error (and those chained to it), logs its private half. `path` decides which error shape is spoken. */
int sd_reply_error(request_rec *r, const char *path, const sd_error_t *error);

/* The JSON text of an error as the face of `path` spells it. */
const char *sd_reply_error_text(apr_size_t *length, apr_pool_t *pool, const char *path, const sd_error_t *error);

#endif
