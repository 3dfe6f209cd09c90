/* The captcha between a form, its provider and the database. */
#include "web/captcha.h"

#include "web/site_of.h"

sd_error_t *sd_captcha_ask(json_t **question, sd_call_t *call, const char *form)
{
    sd_captcha_question_t asked;
    SD_TRY(sd_server_captcha_ask(&asked, call->r, form));
    *question = json_object();
    sd_json_put_text(*question, "challenge", asked.challenge);
    sd_json_put_text(*question, "picture", asked.picture ? sd_link(call, "%s", asked.picture) : NULL);
    sd_json_put_text(*question, "markup", asked.markup);
    return NULL;
}

typedef struct use_t {
    sd_work_t *work;
    const sd_captcha_proof_t *proof;
} use_t;

static sd_error_t *use_in_write(void *baton)
{
    use_t *use = baton;
    return sd_captcha_use(use->work, use->proof);
}

/* Whoever answers wrongly gets a new picture: the old one is no field for a second guess. */
static sd_error_t *use_up(sd_call_t *call, const sd_captcha_proof_t *proof)
{
    use_t use = {call->work, proof};
    SD_TRY(sd_server_open_to_write(call->r, call->work));
    sd_error_t *error = sd_work_write(call->work, use_in_write, &use);
    sd_server_close(call->r, call->work);
    return error;
}

static sd_error_t *judge(sd_captcha_proof_t *proof, sd_error_t **wrong, sd_call_t *call, const char *form,
                         const char *challenge, const char *answer)
{
    int right = 0;
    if (challenge) {
        SD_TRY(sd_server_captcha_judge(&right, proof, call->r, form, challenge, answer));
    }
    if (right) {
        return NULL;
    }
    if (proof->ticket) {
        SD_TRY(use_up(call, proof));
    }
    *wrong = sd_captcha_wrong(call->pool);
    return NULL;
}

sd_error_t *sd_captcha_demand(const sd_captcha_proof_t **proof, sd_error_t **wrong, sd_call_t *call, const char *form,
                              const char *challenge, const char *answer)
{
    sd_captcha_proof_t *judged = apr_pcalloc(call->pool, sizeof *judged);
    int on;
    *proof = NULL;
    *wrong = NULL;
    SD_TRY(sd_server_open(call->r, call->work));
    sd_error_t *error = sd_captcha_is_on(&on, call->work);
    sd_server_close(call->r, call->work);
    if (error || !on) {
        return error;
    }
    *proof = judged;
    return judge(judged, wrong, call, form, challenge, answer);
}
