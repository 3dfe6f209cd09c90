/* Resources "licence", "notice" and "account/{account}/portalonly". */
#ifndef SD_REST_LICENCE_H
#define SD_REST_LICENCE_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_licence_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_licence_put(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_notice_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_notice_delete(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_account_portal_only_put(sd_call_t *call);

#endif
