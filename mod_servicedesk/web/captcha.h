/*
 * What both faces do about a captcha: put the question into an answer, judge what came back. The kind of question is
 * the server's (ServiceDeskCaptcha), whether there is one is a setting, and that a right answer counts once is the
 * database's.
 */
#ifndef SD_WEB_CAPTCHA_H
#define SD_WEB_CAPTCHA_H

#include "desk/captcha.h"
#include "web/call.h"

#define SD_PATH_CAPTCHA_PICTURE "/rest/servicedesk/1/captcha/picture"

/*
 * The question for `form` as JSON: "challenge", and "picture" (a link) or "markup" (HTML). Asked of the provider, so no
 * database is to be lent meanwhile. SD_ERROR_UNAVAILABLE closes the form.
 */
SD_CHECKED sd_error_t *sd_captcha_ask(json_t **question, sd_call_t *call, const char *form);

/*
 * What a form brought, judged before the act that it allows and before anything dear. The store is not lent, before or
 * after. *proof is NULL where the setting asks nobody; else a right answer, to be used up by sd_captcha_use() inside
 * the act's write. A wrong one is used up here, and *wrong is the error of its field, for the act to tell beside those
 * of the others; else NULL.
 */
SD_CHECKED sd_error_t *sd_captcha_demand(const sd_captcha_proof_t **proof, sd_error_t **wrong, sd_call_t *call,
                                         const char *form, const char *challenge, const char *answer);

#endif
