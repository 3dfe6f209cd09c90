/* Resource "setting": every setting of the site, by its name. */
#ifndef SD_REST_SETTINGS_H
#define SD_REST_SETTINGS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_setting_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_setting_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_setting_put(sd_call_t *call);

#endif
