/* Signup and its approval. */
#ifndef SD_REST_SIGNUPS_H
#define SD_REST_SIGNUPS_H

#include "web/call.h"

sd_error_t *sd_rest_signup_get(sd_call_t *call);
sd_error_t *sd_rest_signup_create(sd_call_t *call);
sd_error_t *sd_rest_signup_verify(sd_call_t *call);
sd_error_t *sd_rest_signup_waiting_list(sd_call_t *call);
sd_error_t *sd_rest_signup_approve(sd_call_t *call);
sd_error_t *sd_rest_signup_refuse(sd_call_t *call);
sd_error_t *sd_rest_desk_signup_list(sd_call_t *call);
sd_error_t *sd_rest_desk_signup_approve(sd_call_t *call);
sd_error_t *sd_rest_desk_signup_refuse(sd_call_t *call);

#endif
