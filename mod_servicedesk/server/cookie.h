/* The session cookie, and its short-lived companions, on the wire. Values are only read here, never logged. */
#ifndef SD_SERVER_COOKIE_H
#define SD_SERVER_COOKIE_H

#include <httpd.h>

#include "server/instance.h"

/* The value of the cookie called `name`; NULL if there is none, or more than one: then nobody can say which is ours. */
const char *sd_cookie_read(const request_rec *r, const char *name);

/* Sets it for `lifetime` milliseconds; `value` NULL removes it. */
void sd_cookie_write(request_rec *r, const sd_instance_t *instance, const char *name, const char *value,
                     sd_time_t lifetime);

/* The name of the companion that web/site_of.h calls `name`. */
const char *sd_cookie_side_name(apr_pool_t *pool, const sd_instance_t *instance, const char *name);

/* True if something of that name came in, once or more often. */
int sd_cookie_is_there(const request_rec *r, const char *name);

/* Takes it out of the Cookie header, for whoever handles the request next. */
void sd_cookie_strip(request_rec *r, const char *name);

#endif
