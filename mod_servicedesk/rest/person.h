/* Everything about a person, and its end: .../myself/export, .../account/{account}/export, .../anonymise. */
#ifndef SD_REST_PERSON_H
#define SD_REST_PERSON_H

#include "web/call.h"

sd_error_t *sd_rest_export_myself(sd_call_t *call);
sd_error_t *sd_rest_export_account(sd_call_t *call);
sd_error_t *sd_rest_anonymise(sd_call_t *call);

#endif
