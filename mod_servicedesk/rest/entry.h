/* Who may come in: the switches of signup, the access of a desk, the lists of domains. */
#ifndef SD_REST_ENTRY_H
#define SD_REST_ENTRY_H

#include "web/call.h"

sd_error_t *sd_rest_signup_settings_get(sd_call_t *call);
sd_error_t *sd_rest_signup_settings_put(sd_call_t *call);
sd_error_t *sd_rest_signup_restore(sd_call_t *call);
sd_error_t *sd_rest_desk_access_get(sd_call_t *call);
sd_error_t *sd_rest_desk_access_put(sd_call_t *call);
sd_error_t *sd_rest_domains_get(sd_call_t *call);
sd_error_t *sd_rest_domains_put(sd_call_t *call);
sd_error_t *sd_rest_desk_domains_get(sd_call_t *call);
sd_error_t *sd_rest_desk_domains_put(sd_call_t *call);
sd_error_t *sd_rest_organization_domains_get(sd_call_t *call);
sd_error_t *sd_rest_organization_domains_put(sd_call_t *call);

#endif
