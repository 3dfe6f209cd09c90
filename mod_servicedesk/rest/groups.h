/* Resources "group", "group/{group}/member" and "group/{group}/group". */
#ifndef SD_REST_GROUPS_H
#define SD_REST_GROUPS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_group_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_group_create(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_group_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_group_put(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_group_delete(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_group_member_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_group_member_add(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_group_member_put(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_group_member_remove(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_group_group_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_group_group_add(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_group_group_put(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_group_group_remove(sd_call_t *call);

#endif
