/*
 * What the worker does for a site besides mail: seals the audit, looks at the directories once a day, and takes away
 * what has had its time. Each step is a short unit of work, and takes no more than a bounded number of rows.
 */
#ifndef SD_DESK_KEEPING_H
#define SD_DESK_KEEPING_H

#include "desk/work.h"

/*
 * Of the servers that share a database one does the keeping: is it this one's turn? Another one's comes a quarter of a
 * minute after the last.
 */
SD_CHECKED sd_error_t *sd_keep_turn(int *mine, sd_work_t *work);

/* One round; *more is true if the next would find something too. */
SD_CHECKED sd_error_t *sd_keep(int *more, sd_work_t *work);

#endif
