/*
 * Mails into a directory instead of to a server: for the demo, for tests, and for programs that take them from there.
 * As a maildir: written to PATH/tmp, made safe on the disk, then renamed into PATH/new, so nobody finds half a mail.
 */
#ifndef SD_MAIL_MAILDIR_H
#define SD_MAIL_MAILDIR_H

#include "mail/transport.h"

/* `path` is made at the first mail, with its subdirectories, if it is not there. */
const sd_transport_t *sd_maildir_make(apr_pool_t *pool, const char *path);

#endif
