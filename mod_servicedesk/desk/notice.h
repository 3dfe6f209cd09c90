/* Notices to administrators: trouble that no caller was there to hear of. */
#ifndef SD_DESK_NOTICE_H
#define SD_DESK_NOTICE_H

#include <jansson.h>

#include "desk/work.h"
#include "store/notices.h"

/* Inside the caller's write, asking no policy; steals `detail` (may be NULL). */
SD_CHECKED sd_error_t *sd_notice_put(sd_work_t *work, const char *kind, const char *subject, json_t *detail);

/* The same, unless administrators were told of it less than `pause` ago. */
SD_CHECKED sd_error_t *sd_notice_remind(sd_work_t *work, const char *kind, const char *subject, json_t *detail,
                                        sd_time_t pause);

/* By operator or system admin: all of them, oldest first; and one is done with. */
SD_CHECKED sd_error_t *sd_notice_list(sd_list_t **notices, sd_work_t *work, sd_page_t page);
SD_CHECKED sd_error_t *sd_notice_remove(sd_work_t *work, sd_id_t id);

#endif
