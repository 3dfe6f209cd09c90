/*
 * SQLite writes changes into a log beside the database file; a checkpoint carries them over. Left to the library, that
 * happens in the commit of whoever finds the log long, while a person waits for it and other writers for that one. The
 * worker does it instead, a round a second: readers and writers go on meanwhile. Then the log is begun anew behind the
 * writer lock, so that its file does not grow. One that has become long is cut off when it rests.
 */
#ifndef SD_STORE_CHECKPOINT_H
#define SD_STORE_CHECKPOINT_H

#include "store/store.h"

/* What one round tells the next; zero before the first. */
typedef struct sd_checkpoint_t {
    int frames;   /* pages in the log */
    int refusals; /* in a row, by readers who stayed */
    int rest;     /* rounds to leave out */
} sd_checkpoint_t;

/*
 * Pages of 4 KB from which on the log is begun anew, is cut off when it rests (16 MB), is seen to by a commit (40 MB)
 * because the worker does not come to it: a busy disk or processor, readers who stay.
 */
#define SD_CHECKPOINT_ANEW 1000
#define SD_CHECKPOINT_LONG 4096
#define SD_CHECKPOINT_NET 10240

/* Nothing to do for a database without such a log. Readers who stay for longer put it off to a later round. */
SD_CHECKED sd_error_t *sd_checkpoint_round(sd_checkpoint_t *state, sd_store_t *store);

#endif
