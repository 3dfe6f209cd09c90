/*
 * What the directives say: one struct a server, one a directory section. A member that no directive set is SD_UNSET or
 * NULL, so that merging can tell; defaults are filled in once everything is merged.
 */
#ifndef SD_SERVER_CONFIG_H
#define SD_SERVER_CONFIG_H

#include <ap_expr.h>
#include <http_config.h>
#include <httpd.h>
#include <mod_auth.h>

#include "base/clock.h"
#include "mod_servicedesk.h"

#define SD_UNSET (-1)

extern module AP_MODULE_DECLARE_DATA servicedesk_module __attribute__((visibility("default")));

typedef struct sd_instance_t sd_instance_t; /* server/instance.h */

/* One name of ServiceDeskBasicProvider; the name is that of the directory too. */
typedef struct sd_provider_t {
    const char *name;
    const authn_provider *provider;
} sd_provider_t;

/* One ServiceDeskDirectory: where the facts about somebody come from whom an Apache authentication let in. */
typedef struct sd_directory_rule_t {
    const char *name;
    const ap_expr_info_t *address; /* NULL: not known */
    const ap_expr_info_t *display;
    const ap_expr_info_t *groups;
    const ap_expr_info_t *groups_dn; /* the same as distinguished names of LDAP */
    const char *groups_below;        /* only those directly below this one, by their short names */
    int trusted;
} sd_directory_rule_t;

typedef struct sd_ldap_t sd_ldap_t; /* server/ldap_writer.h */

typedef struct sd_server_config_t {
    apr_int64_t enabled;
    const char *base_url;
    const char *pepper_file;
    const char *templates;      /* directory of the administrator's own; NULL: none */
    const char *mail_from_name; /* "": none */
    const char *mail_from_address;
    const char *mail_transport;
    const char *mail_credentials;
    const char *mail_ca_file;
    apr_int64_t mail_tls; /* sd_smtp_tls_t */
    apr_int64_t mail_timeout;
    apr_int64_t password_cost;
    apr_int64_t password_slots; /* of the main server: hashing is bounded for the whole machine */
    apr_int64_t password_wait;  /* this and all further times: milliseconds */
    apr_int64_t database_slots;
    apr_int64_t database_wait;
    apr_int64_t write_wait;
    apr_int64_t prepare; /* statements stay prepared in the session of a connection */
    apr_int64_t session_idle;
    apr_int64_t session_lifetime;
    apr_int64_t staff_session_idle;
    apr_int64_t staff_session_lifetime;
    apr_int64_t sign_in_lifetime;
    apr_int64_t strict_transport; /* 0: says nothing */
    apr_int64_t throttle_table;
    apr_int64_t password_cache;
    apr_array_header_t *ldap;                      /* of sd_ldap_t *: directories in which accounts are made */
    const servicedesk_captcha_provider_t *captcha; /* NULL: the picture of a word */
    sd_instance_t *instance;                       /* made in post_config; NULL where ServiceDesk is not On */
} sd_server_config_t;

typedef struct sd_section_config_t {
    apr_array_header_t *providers;   /* of sd_provider_t; NULL is the module's own alone */
    apr_array_header_t *directories; /* of sd_directory_rule_t; the last one is that of a foreign AuthType */
    apr_int64_t body_limit;
    const char *sign_in_target;
} sd_section_config_t;

#define SD_BODY_LIMIT_DEFAULT 1048576

void *sd_server_config_create(apr_pool_t *pool, server_rec *server);
void *sd_server_config_merge(apr_pool_t *pool, void *base, void *add);
void *sd_section_config_create(apr_pool_t *pool, char *path);
void *sd_section_config_merge(apr_pool_t *pool, void *base, void *add);

/* Puts the defaults where nothing was said. */
void sd_server_config_fill(sd_server_config_t *config);

sd_server_config_t *sd_server_config_of(const server_rec *server);
const sd_section_config_t *sd_section_config_of(const request_rec *r);

/* server/directives.c */
extern const command_rec sd_directives[];

/* "https://host[:port][/path]" without user, query and fragment: a complaint, or NULL. (server/base_url.c) */
const char *sd_base_url_complaint(apr_pool_t *pool, const char *url);
/* The one spelling of it: host in lower case, no default port, no slash at the end. */
const char *sd_base_url_canonical(apr_pool_t *pool, const char *url);
/* Of a canonical one: scheme, host and port; the path ("" if it is the whole host). */
const char *sd_base_url_origin(apr_pool_t *pool, const char *url);
const char *sd_base_url_path(const char *url);
/* True for plain http to a name that other machines can reach. */
int sd_base_url_is_exposed(apr_pool_t *pool, const char *url);
/* True if `path` is a plain local path: "/a/b?c", nothing that a browser could take for another host. */
int sd_local_path_is_safe(const char *path);

#endif
