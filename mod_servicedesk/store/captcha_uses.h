/* Answers to captchas that have been used: a row each, until the captcha would be over anyway. */
#ifndef SD_STORE_CAPTCHA_USES_H
#define SD_STORE_CAPTCHA_USES_H

#include "store/store.h"

/* `*first` is false if the ticket had been used before. */
SD_CHECKED sd_error_t *sd_captcha_uses_add(int *first, sd_store_t *store, const char *ticket, sd_time_t expires);
/* Removes up to `limit` that are over; `count` of how many may be NULL. */
SD_CHECKED sd_error_t *sd_captcha_uses_purge(apr_int64_t *count, sd_store_t *store, sd_time_t now, int limit);

#endif
