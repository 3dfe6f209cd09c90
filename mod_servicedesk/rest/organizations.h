/* Resources "organization" and "servicedesk/{desk}/organization". Contract 3, 4. */
#ifndef SD_REST_ORGANIZATIONS_H
#define SD_REST_ORGANIZATIONS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_organization_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_organization_create(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_organization_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_organization_delete(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_organization_user_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_organization_user_add(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_organization_user_remove(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_organization_property_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_organization_property_get(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_organization_property_put(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_organization_property_delete(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_desk_organization_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_desk_organization_add(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_desk_organization_remove(sd_call_t *call);

#endif
