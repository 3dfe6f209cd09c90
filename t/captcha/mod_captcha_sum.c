/*
 * A captcha of another module, as t/captcha.t builds and loads it: asks for a sum, and is out of order when it is asked
 * for the form of a desk called DOWN or gets the answer "down".
 */
#include <httpd.h>

#include <ap_provider.h>
#include <apr_strings.h>
#include <http_config.h>

#include "mod_servicedesk.h"

static apr_status_t ask(request_rec *r, const char *form, servicedesk_captcha_question_t *question)
{
    if (strstr(form, "DOWN")) {
        return APR_EGENERAL;
    }
    question->challenge = apr_psprintf(r->pool, "2+3 %s", form);
    question->markup = "<b>2 + 3</b>";
    return APR_SUCCESS;
}

static apr_status_t judge(request_rec *r, const char *form, const char *challenge, const char *answer,
                          servicedesk_captcha_verdict_t *verdict)
{
    if (answer && strcmp(answer, "down") == 0) {
        return APR_TIMEUP;
    }
    verdict->right =
        strcmp(challenge, apr_psprintf(r->pool, "2+3 %s", form)) == 0 && answer && strcmp(answer, "5") == 0;
    verdict->ticket = challenge;
    verdict->expires = apr_time_as_msec(r->request_time) + 60000;
    return APR_SUCCESS;
}

static const servicedesk_captcha_provider_t provider = {ask, judge};

static void register_hooks(apr_pool_t *pool)
{
    ap_register_provider(pool, SERVICEDESK_CAPTCHA_GROUP, "sum", SERVICEDESK_CAPTCHA_VERSION, &provider);
}

module AP_MODULE_DECLARE_DATA captcha_sum_module = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL,
                                                    register_hooks,          0};
