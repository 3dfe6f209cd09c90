/*
 * The writers of one process and one database, on a database that has one writer at a time: their changes share
 * transactions. Made once a process, before any thread runs.
 *
 * A front is the store of somebody who may have something to change, without a connection of its own: it borrows one
 * for each read and gives it back. A write is handed to whoever leads at that moment: the first to come opens a
 * connection, waits for the writer lock, and runs its own write and those of all who came meanwhile as one batch
 * (store/batch.h) while their threads sleep; then the next one in the queue leads. So the disk is synced once for all
 * of them, and those who wait hold no connection. Between processes the writer lock orders the batches.
 *
 * A front belongs to one thread and one pool; the leader works on it, and in its pool, only while that thread sleeps.
 */
#ifndef SD_STORE_GROUP_H
#define SD_STORE_GROUP_H

#include "store/store.h"

typedef struct sd_group_t sd_group_t;

/* Where a front's connections come from; each is closed before the next is opened. */
typedef struct sd_lender_t {
    sd_error_t *(*open)(void *baton, sd_store_t **connection); /* lent, to the pool of the front */
    void (*close)(void *baton);
    void *baton;
} sd_lender_t;

/* `milliseconds` bounds how long a write waits for somebody to begin with it; over it: SD_ERROR_UNAVAILABLE. */
SD_CHECKED sd_error_t *sd_group_create(sd_group_t **group, apr_pool_t *pool, int milliseconds);

/* Makes a front in `pool`, where its rows and errors go. It needs no return. */
sd_store_t *sd_group_front(apr_pool_t *pool, sd_group_t *group, const sd_lender_t *lender);

#endif
