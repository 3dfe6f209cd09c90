/*
 * What other httpd modules may use of mod_servicedesk: names, and one optional function. Nothing else is exported.
 */
#ifndef SD_MOD_SERVICEDESK_H
#define SD_MOD_SERVICEDESK_H

#include <apr_optional.h>
#include <httpd.h>

#define SERVICEDESK_HANDLER "servicedesk"                /* SetHandler: the service desk itself */
#define SERVICEDESK_SIGN_IN_HANDLER "servicedesk-signin" /* SetHandler: opens a session for whom Apache let in */
#define SERVICEDESK_AUTH_TYPE "ServiceDesk"              /* AuthType */
#define SERVICEDESK_PROVIDER "servicedesk"               /* AuthBasicProvider, and Require */

/*
 * Who makes this request, as mod_servicedesk sees it: the account's public id, which is never given to anybody else;
 * NULL for an anonymous caller and where ServiceDesk is not On. Call it after the authentication phase; it may ask the
 * database once a request. The text lives in r->pool.
 */
APR_DECLARE_OPTIONAL_FN(const char *, servicedesk_account, (request_rec * r));

#endif
