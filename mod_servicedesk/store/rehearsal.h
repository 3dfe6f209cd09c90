/*
 * The rehearsal of a write: it is run as a read, up to its first statement that would change something. What refuses it
 * before (no right, an object that is not there, bad input, an If-Match that no longer holds) refuses it here, and what
 * has nothing to change is done; so neither stands in the queue in front of those who have. Everybody else is run again
 * from the start in his turn, and asked all of it again: the rehearsal allows nothing.
 *
 * It costs the reads a second time (a fifth of the CPU of raising a request, measured), and is held only for those
 * whose turn is not there soon. Until then who will be refused waits among the others, and takes no more of their time
 * than his reads.
 */
#ifndef SD_STORE_REHEARSAL_H
#define SD_STORE_REHEARSAL_H

#include "store/store.h"

#define SD_REHEARSE_AFTER 100 /* milliseconds: far longer than the writers of a busy server wait for each other */

/* `*over` says that the result, an error or not, is the write's own; else nothing is known, and the result is NULL. */
SD_CHECKED sd_error_t *sd_rehearse(int *over, sd_store_t *store, sd_store_fn fn, void *baton);

/* Takes the writer lock of a connection; if it is not free soon, after a rehearsal, and not if that says `*over`. */
SD_CHECKED sd_error_t *sd_rehearse_and_lock(int *over, sd_store_t *connection, sd_store_fn fn, void *baton);

#endif
