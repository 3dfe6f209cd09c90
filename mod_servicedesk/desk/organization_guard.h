/* What the files about organizations share: finding one by right, and the audit row of a change to it. */
#ifndef SD_DESK_ORGANIZATION_GUARD_H
#define SD_DESK_ORGANIZATION_GUARD_H

#include "desk/policy.h"

/* Both inside a transaction of the caller. */
SD_CHECKED sd_error_t *sd_organization_judged(const sd_organization_t **organization, sd_work_t *work, const char *id,
                                              sd_action_t action);
SD_CHECKED sd_error_t *sd_organization_audit(sd_work_t *work, const char *act, sd_id_t id, sd_id_t desk_id,
                                             const char *detail);

#endif
