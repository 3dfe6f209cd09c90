/* Resource "comment" of a request. Contract 6. */
#ifndef SD_REST_COMMENTS_H
#define SD_REST_COMMENTS_H

#include "web/call.h"

SD_CHECKED sd_error_t *sd_rest_comment_list(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_comment_create(sd_call_t *call);
SD_CHECKED sd_error_t *sd_rest_comment_get(sd_call_t *call);

#endif
