/*
 * From mod_dbd's pooled connection to a store lent to one thread, behind a semaphore with a timeout (mod_dbd itself
 * waits for ever). A connection is held around one operation, never while a body is read, a password is hashed or an
 * answer is written; a thread holds one at a time.
 */
#ifndef SD_SERVER_BRIDGE_DBD_H
#define SD_SERVER_BRIDGE_DBD_H

#include "server/instance.h"

typedef struct sd_connection_t sd_connection_t;

/* Fetches mod_dbd's functions anew: its code may have moved since the last configuration. */
void sd_bridge_retrieve(void);

/* `pool` is the request's; a connection that is forgotten goes back when it ends. */
SD_CHECKED sd_error_t *sd_bridge_open(sd_connection_t **connection, const sd_instance_t *instance, apr_pool_t *pool);
/*
 * The same for a request that changes something. Where the database has one writer at a time its store is a front
 * (store/group.h): no connection is held but around each transaction, and the changes of a process share theirs.
 */
SD_CHECKED sd_error_t *sd_bridge_open_to_write(sd_connection_t **connection, const sd_instance_t *instance,
                                               apr_pool_t *pool);
void sd_bridge_close(sd_connection_t *connection);
sd_store_t *sd_bridge_store(const sd_connection_t *connection);

#endif
