/* Who hears of a request: its reporter, participants and assignee unless they say no, everybody else who says yes. */
#ifndef SD_DESK_SUBSCRIPTION_H
#define SD_DESK_SUBSCRIPTION_H

#include "desk/work.h"

/* Both about the actor alone. */
SD_CHECKED sd_error_t *sd_subscription_get(int *subscribed, sd_work_t *work, const char *id_or_key);
SD_CHECKED sd_error_t *sd_subscription_set(sd_work_t *work, const char *id_or_key, int subscribed);

#endif
