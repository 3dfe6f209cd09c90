/* The captcha of signup for callers that draw their own form, and the picture that pages show too. */
#ifndef SD_REST_CAPTCHAS_H
#define SD_REST_CAPTCHAS_H

#include "web/call.h"

sd_error_t *sd_rest_captcha_picture_get(sd_call_t *call); /* GET ?challenge= */

#endif
