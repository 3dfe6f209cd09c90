/* The outbox for administrators (SD_MAY_ADMINISTER_SYSTEM): what waits, what was given up, and why. */
#ifndef SD_DESK_OUTBOX_LIST_H
#define SD_DESK_OUTBOX_LIST_H

#include "desk/work.h"
#include "store/outbox.h"

/* sd_outbox_row_t *, newest first. `state`: queued, sent, dead, suppressed, obsolete, dropped. */
SD_CHECKED sd_error_t *sd_outbox_list(sd_list_t **mails, sd_work_t *work, const char *state, sd_page_t page);

/* Dead, suppressed and dropped mails go out after all, whatever the budgets say; any other is SD_ERROR_CONFLICT. */
SD_CHECKED sd_error_t *sd_outbox_resend(sd_work_t *work, sd_id_t id);
/* A mail that waits does so no longer; any other is SD_ERROR_CONFLICT. */
SD_CHECKED sd_error_t *sd_outbox_drop(sd_work_t *work, sd_id_t id);

#endif
