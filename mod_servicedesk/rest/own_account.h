/* One's own account: password, address, sessions, second factor. */
#ifndef SD_REST_OWN_ACCOUNT_H
#define SD_REST_OWN_ACCOUNT_H

#include "web/call.h"

/* Under /rest/servicedesk/1/account: */
SD_CHECKED sd_error_t *sd_rest_own_get(sd_call_t *call);                /* GET */
SD_CHECKED sd_error_t *sd_rest_own_confirm(sd_call_t *call);            /* POST /confirm */
SD_CHECKED sd_error_t *sd_rest_own_password_put(sd_call_t *call);       /* PUT /password */
SD_CHECKED sd_error_t *sd_rest_own_password_forgotten(sd_call_t *call); /* POST /reset */
SD_CHECKED sd_error_t *sd_rest_own_password_reset(sd_call_t *call);     /* PUT /reset */
SD_CHECKED sd_error_t *sd_rest_own_address_ask(sd_call_t *call);        /* POST /address */
SD_CHECKED sd_error_t *sd_rest_own_address_put(sd_call_t *call);        /* PUT /address */
SD_CHECKED sd_error_t *sd_rest_own_address_back(sd_call_t *call);       /* POST /address/back */
SD_CHECKED sd_error_t *sd_rest_own_session_list(sd_call_t *call);       /* GET /session */
SD_CHECKED sd_error_t *sd_rest_own_session_delete(sd_call_t *call);     /* DELETE /session/{session} */

/* Under /rest/servicedesk/1/account/second-factor (rest/second_factor.c): */
SD_CHECKED sd_error_t *sd_rest_second_factor_get(sd_call_t *call);      /* GET */
SD_CHECKED sd_error_t *sd_rest_second_factor_set_up(sd_call_t *call);   /* POST */
SD_CHECKED sd_error_t *sd_rest_second_factor_activate(sd_call_t *call); /* PUT */
SD_CHECKED sd_error_t *sd_rest_second_factor_delete(sd_call_t *call);   /* DELETE */
SD_CHECKED sd_error_t *sd_rest_second_factor_codes(sd_call_t *call);    /* POST /codes */

/*
 * For acts that a session left open, or a token in strange hands, must not do: "currentPassword" of the body is checked
 * if it is there, and must be there by Bearer and, with `always`, however one came. The store is lent afterwards.
 */
SD_CHECKED sd_error_t *sd_rest_own_prove(sd_call_t *call, int always);

#endif
