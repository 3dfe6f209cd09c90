/* The error log: each private detail once, under the request's log id, with a stable number to search for. */
#ifndef SD_SERVER_LOG_H
#define SD_SERVER_LOG_H

#include <httpd.h>

#include "base/error.h"

void sd_log_error(request_rec *r, const sd_error_t *error);

#endif
