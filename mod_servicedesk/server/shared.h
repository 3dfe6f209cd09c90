/*
 * The memory that all children share: budgets of wrong passwords, verified passwords, the slots for hashing. It is made
 * once and kept over graceful restarts, so that nobody gets a new budget by waiting for one and old and new children
 * count together. Plain data, no pointers; the parent never reads what the children write.
 */
#ifndef SD_SERVER_SHARED_H
#define SD_SERVER_SHARED_H

#include <httpd.h>

#include "desk/password_cache.h"
#include "desk/throttle.h"
#include "server/turn.h"

/* The slots for hashing, one set for all instances. */
apr_status_t sd_shared_slots(sd_slots_t **slots, process_rec *process, unsigned count);

/* The turns of concurrent checks, one set for all instances. */
apr_status_t sd_shared_turns(sd_turns_t **turns, process_rec *process);

/* Budgets and cache of the instance called `name`. */
apr_status_t sd_shared_tables(sd_throttle_t **throttle, sd_password_cache_t **cache, process_rec *process,
                              const char *name, unsigned buckets, unsigned entries);

#endif
