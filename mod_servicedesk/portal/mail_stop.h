/* The page behind "no more of these mails". */
#ifndef SD_PORTAL_MAIL_STOP_H
#define SD_PORTAL_MAIL_STOP_H

#include "web/call.h"

sd_error_t *sd_portal_mail_stop_get(sd_call_t *call);
sd_error_t *sd_portal_mail_stop_post(sd_call_t *call);

#endif
