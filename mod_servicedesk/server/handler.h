/* SetHandler servicedesk: everything under the mount. */
#ifndef SD_SERVER_HANDLER_H
#define SD_SERVER_HANDLER_H

#include <httpd.h>

/*
 * Hook map_to_storage: what we handle is not in the file system, so no file, no .htaccess and no DirectoryIndex below
 * the DocumentRoot has a say in it.
 */
int sd_handler_map(request_rec *r);

/* Hook handler. */
int sd_handler_handle(request_rec *r);

#endif
