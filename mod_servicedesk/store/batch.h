/*
 * A batch: the writes of several callers in one transaction with one sync of the disk, each with an answer of its own.
 *
 * The first write needs no savepoint, each after it has one: whatever fails is undone alone, and the others stand.
 * Nobody is told of success before the commit. If the database drops the whole transaction (disk full, I/O error, a
 * statement that took too long), or refuses the commit, each is run again by itself, so that only those fail that must:
 * a write builds what it hands out from nothing each time.
 *
 * A write speaks to the store of its caller (store/group.h), which works on the batch's connection for that time; rows
 * and errors go to the pool of that store, and are there when the connection is long with somebody else.
 */
#ifndef SD_STORE_BATCH_H
#define SD_STORE_BATCH_H

#include "store/store.h"

typedef struct sd_batch_write_t {
    sd_store_t *front; /* the caller's store */
    sd_store_fn fn;
    void *baton;
    sd_error_t *error; /* the answer, good once sd_batch_run() is back */
    struct sd_batch_write_t *next_kept;
} sd_batch_write_t;

/* The next one that waits, or NULL: then the batch is committed. */
typedef sd_batch_write_t *(*sd_batch_take_fn)(void *baton);

/* Runs `first` and all that `take` gives; the connection is lent and idle, and the caller has the writer lock. */
void sd_batch_run(sd_store_t *connection, sd_batch_write_t *first, sd_batch_take_fn take, void *baton);

#endif
