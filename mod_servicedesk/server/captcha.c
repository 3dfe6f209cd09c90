/* Which kind of captcha a server asks, and the kind that the module brings. */
#include "server/captcha.h"

#include <apr_strings.h>

#include "desk/captcha.h"
#include "server/instance.h"
#include "server/log.h"
#include "web/captcha.h"
#include "web/site_of.h"

static apr_status_t ask(request_rec *r, const char *form, servicedesk_captcha_question_t *question)
{
    const sd_instance_t *instance = sd_instance_of(r->server);
    sd_error_t *error = sd_captcha_issue(&question->challenge, &instance->site, r->pool, form);
    if (error) {
        sd_log_error(r, error);
        return APR_EGENERAL;
    }
    question->picture = apr_pstrcat(r->pool, SD_PATH_CAPTCHA_PICTURE "?challenge=", question->challenge, NULL);
    return APR_SUCCESS;
}

static apr_status_t judge(request_rec *r, const char *form, const char *challenge, const char *answer,
                          servicedesk_captcha_verdict_t *verdict)
{
    sd_captcha_proof_t proof;
    verdict->right = sd_captcha_check(&proof, &sd_instance_of(r->server)->site, r->pool, form, challenge, answer);
    verdict->ticket = proof.ticket;
    verdict->expires = proof.expires;
    return APR_SUCCESS;
}

const servicedesk_captcha_provider_t sd_captcha_provider = {ask, judge};

static const servicedesk_captcha_provider_t *provider_of(request_rec *r)
{
    const servicedesk_captcha_provider_t *named = sd_instance_of(r->server)->config->captcha;
    return named ? named : &sd_captcha_provider;
}

static sd_error_t *unavailable(request_rec *r, apr_status_t status)
{
    char text[128];
    return sd_error_private(r->pool, SD_ERROR_UNAVAILABLE, "the captcha does not answer: %s",
                            apr_strerror(status, text, sizeof text));
}

sd_error_t *sd_server_captcha_ask(sd_captcha_question_t *question, request_rec *r, const char *form)
{
    servicedesk_captcha_question_t asked = {NULL, NULL, NULL};
    apr_status_t status = provider_of(r)->ask(r, form, &asked);
    *question = (sd_captcha_question_t){asked.challenge, asked.picture, asked.markup};
    return status == APR_SUCCESS ? NULL : unavailable(r, status);
}

sd_error_t *sd_server_captcha_judge(int *right, sd_captcha_proof_t *proof, request_rec *r, const char *form,
                                    const char *challenge, const char *answer)
{
    servicedesk_captcha_verdict_t verdict = {0, NULL, 0};
    apr_status_t status = provider_of(r)->judge(r, form, challenge, answer, &verdict);
    *proof = (sd_captcha_proof_t){verdict.ticket, verdict.expires};
    *right = verdict.right && verdict.ticket;
    return status == APR_SUCCESS ? NULL : unavailable(r, status);
}
