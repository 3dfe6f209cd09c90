/* Resources "directory" and "account/{account}/directory". */
#ifndef SD_REST_DIRECTORIES_H
#define SD_REST_DIRECTORIES_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_directory_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_directory_create(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_directory_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_directory_put(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_account_directory_put(sd_call_t *call);

#endif
