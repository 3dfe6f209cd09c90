/* Presenters of groups, and what calls about people share. */
#ifndef SD_WEB_PRESENT_PEOPLE_H
#define SD_WEB_PRESENT_PEOPLE_H

#include "store/groups.h"
#include "web/present_request.h"

json_t *sd_present_group(sd_call_t *call, const sd_user_group_t *group);
json_t *sd_present_groups(sd_call_t *call, const apr_array_header_t *groups); /* of sd_user_group_t * */

/* "confirm": true says that a change of seats is meant (desk/licence.h). */
SD_CHECKED sd_error_t *sd_body_confirm(int *confirm, sd_call_t *call);

#endif
