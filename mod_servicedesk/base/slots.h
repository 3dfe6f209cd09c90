/*
 * A counting gate with a timeout: at most N holders at once, over threads, and over processes if the memory is shared.
 * Each slot is a robust mutex, so a holder that is killed gives its slot back. Memory belongs to the caller, who
 * initialises it once before any thread or child looks at it (plain memory for one process, shared memory for several).
 * It stands in front of password hashing and in front of the database.
 */
#ifndef SD_BASE_SLOTS_H
#define SD_BASE_SLOTS_H

#include <apr.h>
#include <apr_errno.h>

typedef struct sd_slots_t sd_slots_t;

apr_size_t sd_slots_size(unsigned count);
apr_status_t sd_slots_init(sd_slots_t *slots, unsigned count, int shared); /* count >= 1 */
unsigned sd_slots_count(const sd_slots_t *slots);

/* Takes a slot: APR_SUCCESS and its number in *slot, or APR_TIMEUP after `milliseconds`. */
apr_status_t sd_slots_acquire(sd_slots_t *slots, int milliseconds, unsigned *slot);
void sd_slots_release(sd_slots_t *slots, unsigned slot);

#endif
