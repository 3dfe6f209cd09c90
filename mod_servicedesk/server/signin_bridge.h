/*
 * SetHandler servicedesk-signin: a session of the desk for whoever an Apache authentication let in. A page names the
 * account, a POST with its token opens the session; nothing happens by GET.
 */
#ifndef SD_SERVER_SIGNIN_BRIDGE_H
#define SD_SERVER_SIGNIN_BRIDGE_H

#include <httpd.h>

/* Hook handler. */
int sd_signin_bridge_handle(request_rec *r);

#endif
