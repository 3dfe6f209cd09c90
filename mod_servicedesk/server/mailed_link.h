/*
 * Links in mails end in ?token=...: who has the token may do what the mail was for. So that it stays in no log, it is
 * taken out of the request before anybody sees it, and kept aside for the page that it is meant for.
 */
#ifndef SD_SERVER_MAILED_LINK_H
#define SD_SERVER_MAILED_LINK_H

#include <httpd.h>

/* Hook post_read_request, before all others. */
int sd_mailed_link_hide(request_rec *r);

#endif
