/* Rows of attempt_budget: the budgets of wrong passwords, for all who share the database. */
#ifndef SD_STORE_ATTEMPTS_H
#define SD_STORE_ATTEMPTS_H

#include "base/clock.h"
#include "store/store.h"

/* When a budget will be full again; 0 or the past is now. */
SD_CHECKED sd_error_t *sd_attempts_full_at(sd_time_t *at, sd_store_t *store, const char *subject);

/* One attempt less: the budget is full again `step` later, and not before `now` + `step`. In a write. */
SD_CHECKED sd_error_t *sd_attempts_take(sd_store_t *store, const char *subject, sd_time_t now, sd_time_t step);

/* Forgets those that are full. In a write. */
SD_CHECKED sd_error_t *sd_attempts_sweep(sd_store_t *store, sd_time_t now);

#endif
