/* Distinguished names of LDAP, as mod_authnz_ldap hands them on: several in one text, "; " between them. */
#ifndef SD_SERVER_LDAP_DN_H
#define SD_SERVER_LDAP_DN_H

#include <apr_tables.h>

int sd_ldap_is_dn(const char *text);

/*
 * The groups that `list` names, behind those in `before` (either may be NULL): const char *. Without `below` a group's
 * name is its whole distinguished name. With it only those directly below that one count, by the value of their first
 * part: elsewhere in the tree somebody else may make a group of the same short name.
 */
apr_array_header_t *sd_ldap_groups(apr_pool_t *pool, const char *list, const char *below,
                                   const apr_array_header_t *before);

/* A value as it stands in a distinguished name (RFC 4514), and in a filter (RFC 4515). */
const char *sd_ldap_escape_dn(apr_pool_t *pool, const char *value);
const char *sd_ldap_escape_filter(apr_pool_t *pool, const char *value);

#endif
