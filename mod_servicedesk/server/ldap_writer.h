/*
 * ServiceDeskLdapDirectory: an LDAP directory in which new accounts are made as people of their own. One connection a
 * person, bound as the name given, gone when the person is there. Made while the configuration is read, in its pool;
 * read-only afterwards, used by any thread.
 */
#ifndef SD_SERVER_LDAP_WRITER_H
#define SD_SERVER_LDAP_WRITER_H

#include <httpd.h>
#include <http_config.h>

#include "desk/directory.h"
#include "server/config.h"

/* directory, URL, bind name, password file, options: a complaint, or NULL. */
const char *sd_ldap_read(sd_ldap_t **ldap, cmd_parms *cmd, int count, char *const words[]);

/* The hands into these directories (array of sd_ldap_t *, or NULL), for sd_site_t. */
const sd_directory_writer_t *sd_ldap_writers(apr_pool_t *pool, const apr_array_header_t *directories);

#endif
