/* Resource "servicedesk/{desk}/role/{role}": people and groups of a role. */
#ifndef SD_REST_ROLES_H
#define SD_REST_ROLES_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_role_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_role_put(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_role_add(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_role_remove(sd_call_t *call);

#endif
