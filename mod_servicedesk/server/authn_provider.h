/* The module's accounts as an authn provider of httpd: AuthBasicProvider servicedesk, anywhere on the server. */
#ifndef SD_SERVER_AUTHN_PROVIDER_H
#define SD_SERVER_AUTHN_PROVIDER_H

#include <httpd.h>
#include <http_config.h>
#include <mod_auth.h>

extern const authn_provider sd_authn_provider;

#endif
