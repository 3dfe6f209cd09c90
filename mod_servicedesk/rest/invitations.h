/* Invitations: sent, listed, withdrawn; looked at and accepted by whom they are for. */
#ifndef SD_REST_INVITATIONS_H
#define SD_REST_INVITATIONS_H

#include "web/call.h"

sd_error_t *sd_rest_invitation_list(sd_call_t *call);
sd_error_t *sd_rest_invitation_create(sd_call_t *call);
sd_error_t *sd_rest_invitation_withdraw(sd_call_t *call);
sd_error_t *sd_rest_invitation_look(sd_call_t *call);
sd_error_t *sd_rest_invitation_accept(sd_call_t *call);

#endif
