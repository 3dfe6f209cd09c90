/* Resources "requesttype", its "field", and "requesttypegroup". Contract 5. */
#ifndef SD_REST_REQUEST_TYPES_H
#define SD_REST_REQUEST_TYPES_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_request_type_list_all(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_request_type_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_request_type_create(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_request_type_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_request_type_put(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_request_type_delete(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_request_type_field_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_request_type_field_put(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_request_type_group_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_request_type_group_put(sd_call_t *call);

#endif
