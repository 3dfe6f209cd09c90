/* Account mails for administrators: GET .../mail?state=dead, POST .../mail/{mail}/resend, DELETE .../mail/{mail}. */
#ifndef SD_REST_MAILS_H
#define SD_REST_MAILS_H

#include "web/call.h"

sd_error_t *sd_rest_mail_list(sd_call_t *call);
sd_error_t *sd_rest_mail_resend(sd_call_t *call);
sd_error_t *sd_rest_mail_drop(sd_call_t *call);

#endif
