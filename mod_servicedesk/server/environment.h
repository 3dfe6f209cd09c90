/*
 * What other content on the server hears about the caller: SERVICEDESK_ACCOUNT, _DIRECTORY, _ROLE and _ORGANIZATIONS in
 * the environment, and request headers of the same names for proxied applications. Only the module says these words.
 */
#ifndef SD_SERVER_ENVIRONMENT_H
#define SD_SERVER_ENVIRONMENT_H

#include <httpd.h>

/* Hook post_read_request: removes a client's headers that could be taken for ours. */
int sd_environment_scrub(request_rec *r);
/* Hook fixups: says who it is, and keeps the credentials of the desk from whoever handles the request next. */
int sd_environment_fill(request_rec *r);

#endif
