/* Ways from one status to the next: customers see and take those meant for them, those who work at the desk all. */
#ifndef SD_DESK_TRANSITION_H
#define SD_DESK_TRANSITION_H

#include "desk/work.h"

/* sd_transition_t * that the actor may take now; none for those who may only read. */
SD_CHECKED sd_error_t *sd_transition_list(sd_list_t **list, sd_work_t *work, const char *id_or_key, sd_page_t page);

/*
 * Takes the transition `id`, with a public comment unless `comment` is NULL or empty. `version` is what
 * sd_request_version() said, or NULL. A transition that does not lead away from the present status, or is not the
 * actor's: SD_ERROR_INPUT, field id.
 */
SD_CHECKED sd_error_t *sd_transition_take(sd_work_t *work, const char *id_or_key, const char *id, const char *comment,
                                          const char *version);

/* sd_status_change_t *, the newest first. */
SD_CHECKED sd_error_t *sd_transition_history(sd_list_t **list, sd_work_t *work, const char *id_or_key, sd_page_t page);

#endif
