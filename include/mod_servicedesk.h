/*
 * What other httpd modules may use of mod_servicedesk: names, one optional function, and one provider group that they
 * may join. Nothing else is exported.
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

/*
 * A captcha: the question by which a signup form tells people from programs. A module that knows a better one than the
 * picture of a word registers it by ap_register_provider() under SERVICEDESK_CAPTCHA_GROUP, and an administrator names
 * it in ServiceDeskCaptcha. Both functions run in the request's thread and allocate from r->pool.
 */
#define SERVICEDESK_CAPTCHA_GROUP "servicedesk-captcha"
#define SERVICEDESK_CAPTCHA_VERSION "0"

typedef struct servicedesk_captcha_question_t {
    const char *challenge; /* printable; comes back with the answer */
    const char *picture;   /* path of a picture below the desk's base URL, or NULL */
    const char *markup;    /* HTML of a question that is no picture, or NULL */
} servicedesk_captcha_question_t;

typedef struct servicedesk_captcha_verdict_t {
    int right;
    const char *ticket;  /* printable, of this challenge alone: a second use is refused. NULL: it was none of ours */
    apr_int64_t expires; /* when the ticket may be forgotten: milliseconds since the epoch */
} servicedesk_captcha_verdict_t;

typedef struct servicedesk_captcha_provider_t {
    /* A new question for the form that `form` names; any status but APR_SUCCESS closes the form with a 503. */
    apr_status_t (*ask)(request_rec *r, const char *form, servicedesk_captcha_question_t *question);
    /* Judges an answer; any status but APR_SUCCESS is a 503, and nobody is let in. `answer` may be NULL. */
    apr_status_t (*judge)(request_rec *r, const char *form, const char *challenge, const char *answer,
                          servicedesk_captcha_verdict_t *verdict);
} servicedesk_captcha_provider_t;

#endif
