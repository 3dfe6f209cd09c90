/* The built-in captcha of the provider group "servicedesk-captcha": the picture of a word. */
#ifndef SD_SERVER_CAPTCHA_H
#define SD_SERVER_CAPTCHA_H

#include "mod_servicedesk.h"

#define SD_CAPTCHA_PICTURE "picture"

extern const servicedesk_captcha_provider_t sd_captcha_provider;

#endif
