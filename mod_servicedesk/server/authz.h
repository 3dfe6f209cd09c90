/* Require servicedesk ...: the desk's own rights as a gate for any content of the server. */
#ifndef SD_SERVER_AUTHZ_H
#define SD_SERVER_AUTHZ_H

#include <httpd.h>
#include <http_config.h>
#include <mod_auth.h>

extern const authz_provider sd_authz_provider;

#endif
