/* SetHandler servicedesk: everything under the mount. */
#ifndef SD_SERVER_HANDLER_H
#define SD_SERVER_HANDLER_H

#include <httpd.h>

/*
 * Hook map_to_storage: where a section says our handler, httpd need not ask the disk what each directory of the path
 * is. <Directory> and <Files> sections and .htaccess files hold as ever.
 */
int sd_handler_claim_file(request_rec *r);

/*
 * Hook fixups: our URLs are no files, so a directory of that name below the DocumentRoot means nothing to mod_dir,
 * neither its index page nor its missing slash.
 */
int sd_handler_forget_file(request_rec *r);

/* Hook handler. */
int sd_handler_handle(request_rec *r);

#endif
