/* Moving one's account to another address. */
#ifndef SD_PORTAL_ADDRESS_H
#define SD_PORTAL_ADDRESS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_portal_new_address_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_new_address_post(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_address_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_address_post(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_address_back_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_portal_address_back_post(sd_call_t *call);

#endif
