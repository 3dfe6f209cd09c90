/* SetHandler servicedesk: everything under the mount. */
#ifndef SD_SERVER_HANDLER_H
#define SD_SERVER_HANDLER_H

#include <httpd.h>

/* Hook handler. */
int sd_handler_handle(request_rec *r);

#endif
