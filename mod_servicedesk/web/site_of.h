/*
 * The seam between web/ and server/: what the gate needs from the httpd side. Implemented in server/.
 */
#ifndef SD_WEB_SITE_OF_H
#define SD_WEB_SITE_OF_H

#include <httpd.h>

#include "desk/captcha.h"
#include "desk/work.h"
#include "web/templates.h"

/* The path of the request below the mount ("/rest/..."), or NULL if it is not under it. */
const char *sd_server_path(request_rec *r);
/* Is that one of the API's, whose errors are JSON? */
int sd_server_is_rest(request_rec *r);

/*
 * The unit of work of this request for face `face`: actor from the authentication that ran (or anonymous), log id,
 * source; the store is not lent yet. One per request; the same one on every call.
 */
sd_work_t *sd_server_work(request_rec *r, const char *face);
/* The same for who reads at once: the store may be lent already, and sd_server_close() is due whatever comes. */
sd_work_t *sd_server_work_to_read(request_rec *r, const char *face);
/* The same for who does nothing before the transaction of one change: a token may be claimed only until then, with at
 * least these scopes (desk/token_claims.h). */
sd_work_t *sd_server_work_to_change(request_rec *r, const char *face, unsigned scopes);

/*
 * Why the Authorization header that came with this request was not accepted (wrong, expired, throttled, database away),
 * or NULL. Under /rest a failed AuthType ServiceDesk lets the request through to the gate, which answers this error in
 * JSON, whatever the route. A dead session cookie is no refusal: its bearer is anonymous and may sign in anew.
 */
const sd_error_t *sd_server_refusal(request_rec *r);

/* Lends and returns the store around operations: opens a pooled connection behind the semaphore. Idempotent. */
SD_CHECKED sd_error_t *sd_server_open(request_rec *r, sd_work_t *work);
SD_CHECKED sd_error_t *sd_server_open_to_write(request_rec *r, sd_work_t *work); /* one a process at a time */
void sd_server_close(request_rec *r, sd_work_t *work);

/* How the caller proved who they are: decides about forged requests (design.md). */
typedef enum sd_proof_t {
    SD_PROOF_NONE,
    SD_PROOF_BEARER,
    SD_PROOF_BASIC,
    SD_PROOF_SESSION,
    SD_PROOF_EXTERNAL
} sd_proof_t;
sd_proof_t sd_server_proof(request_rec *r);

/* Value of the session cookie that came in, or NULL; the Set-Cookie text that sets (NULL value: clears) it. */
const char *sd_server_cookie(request_rec *r);
const char *sd_server_cookie_name(request_rec *r);
void sd_server_set_cookie(request_rec *r, const char *value, sd_time_t expires);

/* Checks name and password as AuthType ServiceDesk's Basic does (all configured providers) and fills work->actor;
 * for POST /rest/auth/1/session. Store must not be lent. */
SD_CHECKED sd_error_t *sd_server_sign_in(request_rec *r, sd_work_t *work, const char *name, const char *password);

/*
 * Whoever is signed in shows his password again: NULL if it is his, SD_ERROR_INPUT on `field` if not,
 * SD_ERROR_THROTTLED over the budget of wrong passwords, SD_ERROR_CONFLICT if his password is kept elsewhere. The actor
 * is fresh then. Store must not be lent.
 */
SD_CHECKED sd_error_t *sd_server_confirm(request_rec *r, sd_work_t *work, const char *field, const char *password);

/* Asks for Basic credentials in the answer, a 401, unless a script or a person with a session cookie would get it. */
void sd_server_challenge(request_rec *r);

/*
 * The captcha of this server (ServiceDeskCaptcha) asks, and judges an answer; see include/mod_servicedesk.h. The store
 * is not lent: it may ask somebody far away. SD_ERROR_UNAVAILABLE if it does not answer. `proof` has no ticket where
 * the challenge was none.
 */
typedef struct sd_captcha_question_t {
    const char *challenge;
    const char *picture; /* path below the mount, or NULL */
    const char *markup;  /* or NULL */
} sd_captcha_question_t;
SD_CHECKED sd_error_t *sd_server_captcha_ask(sd_captcha_question_t *question, request_rec *r, const char *form);
SD_CHECKED sd_error_t *sd_server_captcha_judge(int *right, sd_captcha_proof_t *proof, request_rec *r, const char *form,
                                               const char *challenge, const char *answer);

/* Logs the private half of an error once, under the request's log id. */
void sd_server_log_error(request_rec *r, const sd_error_t *error);

/* ---- what pages need ---- */

const sd_templates_t *sd_server_templates(request_rec *r);

/* Who was identified, or SD_ERROR_SIGN_IN for nobody. The store is not lent. */
SD_CHECKED sd_error_t *sd_server_account(const sd_account_t **account, request_rec *r);

/* The key that signs forms, SD_DIGEST_BYTES; the secret of the session that the caller came with, or NULL. */
const unsigned char *sd_server_form_key(request_rec *r);
const char *sd_server_form_secret(request_rec *r);

/* A cookie of a few minutes beside that of the session: `name` is SD_COOKIE_... ; a NULL value takes it away. */
#define SD_COOKIE_FORM "form" /* nonce of the forms of people without a session */
#define SD_COOKIE_LINK "link" /* token of a mailed link, from the link until its form has been sent */
const char *sd_server_side_cookie(request_rec *r, const char *name);
void sd_server_set_side_cookie(request_rec *r, const char *name, const char *value, sd_time_t lifetime);

/* The token of a mailed link that came in the query and was hidden from all logs, or NULL. */
const char *sd_server_mailed_token(request_rec *r);

/*
 * Where somebody is sent who wished for `path` (from outside; NULL: no wish): there, if it is a plain path below the
 * mount, else where people go who are signed in. An absolute URL.
 */
const char *sd_server_target(request_rec *r, const char *path);

/* Limit of a JSON body in bytes (ServiceDeskBodyLimit). */
apr_off_t sd_server_body_limit(request_rec *r);

#endif
