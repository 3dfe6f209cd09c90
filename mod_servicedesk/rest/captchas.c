/* Drawing costs a millisecond or two, and anybody may ask: each source has a budget. */
#include "rest/captchas.h"

#include "desk/captcha.h"
#include "desk/password_budget.h"
#include "desk/throttle.h"
#include "web/captcha_picture.h"

#define PICTURES 60 /* a source, in PERIOD */
#define PERIOD (5 * SD_MINUTE)

static sd_error_t *take_budget(sd_call_t *call)
{
    const sd_work_t *work = call->work;
    const char *network = sd_source_network(call->pool, work->source);
    if (!work->site->throttle || !network) {
        return NULL;
    }
    int wait = sd_throttle_take(work->site->throttle, "captcha", network, PICTURES, PERIOD, sd_work_now(work));
    if (!wait) {
        return NULL;
    }
    sd_error_t *error = sd_error_new(call->pool, SD_ERROR_THROTTLED, "sd.captcha.throttled",
                                     "Too many pictures asked for. Try again later.");
    error->retry_after = wait;
    return error;
}

sd_error_t *sd_rest_captcha_picture_get(sd_call_t *call)
{
    unsigned char seed[SD_DIGEST_BYTES];
    sd_captcha_picture_t picture;
    const char *word;
    SD_TRY(sd_captcha_word(&word, seed, call->work->site, call->pool, sd_query_get(call, "challenge")));
    SD_TRY(take_budget(call));
    SD_TRY(sd_captcha_picture_draw(&picture, call->pool, word, seed));
    call->raw = picture.bytes;
    call->raw_length = picture.length;
    call->raw_type = "image/png";
    return NULL;
}
