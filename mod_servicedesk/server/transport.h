/*
 * How requests must come. Where ServiceDeskBaseURL is https, what comes by plain http is told so, and neither its
 * cookies nor its credentials are looked at. Whether it is plain decides httpd's own scheme: mod_ssl, or, behind a
 * proxy that ends TLS, "ServerName https://...".
 */
#ifndef SD_SERVER_TRANSPORT_H
#define SD_SERVER_TRANSPORT_H

#include "server/instance.h"

int sd_transport_is_plain(const request_rec *r, const sd_instance_t *instance);

/* For a hook before the handlers: OK, or the status (301 with its Location, 403) that stops a plain request. */
int sd_transport_bar(request_rec *r, const sd_instance_t *instance);

/* Answers a plain request: the API with an error, pages by sending their reader to the right address. */
int sd_transport_refuse(request_rec *r, const sd_instance_t *instance);

/* Strict-Transport-Security, if it is due. */
void sd_transport_promise(request_rec *r);

#endif
