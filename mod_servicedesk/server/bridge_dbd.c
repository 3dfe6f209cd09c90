/* mod_dbd's connections, and the stores that live with them. */
#include "server/bridge_dbd.h"

#include <apr_atomic.h>
#include <apr_dbd.h>
#include <apr_hash.h>
#include <apr_optional.h>
#include <mod_dbd.h>

#include "store/group.h"
#include "store/schema.h"

/* The place of our store in the connection's table of prepared statements; no DBDPrepareSQL label has a blank. */
#define STORE_KEY "servicedesk store"

struct sd_connection_t {
    const sd_instance_t *instance;
    apr_pool_t *pool;
    ap_dbd_t *dbd;
    sd_store_t *store;
    sd_store_t *front; /* of somebody who has something to change: borrows the connection now and then */
    unsigned slot;
};

static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

void sd_bridge_retrieve(void)
{
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
}

sd_store_t *sd_bridge_store(const sd_connection_t *connection)
{
    return connection->front ? connection->front : connection->store;
}

/* The errors of a store that could not be attached live in a pool that goes away. */
static sd_error_t *copy_error(apr_pool_t *pool, const sd_error_t *error)
{
    return sd_error_private(pool, error->kind, "%s", error->detail ? error->detail : error->text);
}

/*
 * The store of a connection is made once and kept in a pool below that of the connection's prepared statements, which
 * mod_dbd destroys while the handle still lives: that is where its own statements are finalised.
 */
static sd_error_t *find_store(sd_store_t **store, const sd_instance_t *instance, ap_dbd_t *dbd, apr_pool_t *pool)
{
    *store = (sd_store_t *)(void *)apr_hash_get(dbd->prepared, STORE_KEY, APR_HASH_KEY_STRING);
    if (*store) {
        return NULL;
    }
    apr_pool_t *home;
    apr_pool_create(&home, apr_hash_pool_get(dbd->prepared));
    apr_pool_tag(home, "servicedesk_store");
    sd_error_t *error = sd_store_attach(store, home, apr_dbd_name(dbd->driver),
                                        apr_dbd_native_handle(dbd->driver, dbd->handle), instance->writer);
    if (!error && !sd_store_is_kept(*store)) {
        error = sd_error_private(pool, SD_ERROR_UNAVAILABLE, "DBDParams names no file, and memory keeps nothing");
    }
    if (error) {
        error = copy_error(pool, error);
        apr_pool_destroy(home);
        return error;
    }
    sd_store_keep_statements(*store, instance->config->prepare != 0);
    if (sd_store_writes_at_once(*store)) {
        apr_atomic_set32(&((sd_instance_t *)instance)->writes_at_once, 1);
    }
    apr_hash_set(dbd->prepared, STORE_KEY, APR_HASH_KEY_STRING, *store);
    return NULL;
}

static sd_error_t *lend(sd_connection_t *connection)
{
    SD_TRY(find_store(&connection->store, connection->instance, connection->dbd, connection->pool));
    SD_TRY(sd_store_lend(connection->store, connection->pool));
    sd_error_t *error = sd_schema_ensure(connection->store);
    if (error) {
        sd_store_return(connection->store);
    }
    return error;
}

/* mod_dbd closes a connection that it finds dead and answers NULL; the next one may be well. */
static sd_error_t *open_connection(sd_connection_t *connection)
{
    server_rec *server = connection->instance->server;
    connection->dbd = dbd_open(connection->pool, server);
    if (!connection->dbd) {
        connection->dbd = dbd_open(connection->pool, server);
    }
    if (!connection->dbd) {
        return sd_error_private(connection->pool, SD_ERROR_UNAVAILABLE, "mod_dbd has no connection to the database");
    }
    sd_error_t *error = lend(connection);
    if (error) {
        dbd_close(server, connection->dbd);
        connection->dbd = NULL;
    }
    return error;
}

static void give_back(sd_connection_t *connection)
{
    if (connection->dbd) {
        sd_store_return(connection->store);
        dbd_close(connection->instance->server, connection->dbd);
        sd_slots_release(connection->instance->connections, connection->slot);
        connection->dbd = NULL;
    }
}

static apr_status_t close_forgotten(void *baton)
{
    give_back(baton);
    return APR_SUCCESS;
}

static sd_error_t *take_slot(sd_connection_t *made)
{
    const sd_instance_t *instance = made->instance;
    apr_pool_t *pool = made->pool;
    if (!dbd_open || !dbd_close) {
        return sd_error_private(pool, SD_ERROR_UNAVAILABLE, "mod_dbd is not loaded");
    }
    if (sd_slots_acquire(instance->connections, (int)instance->config->database_wait, &made->slot) != APR_SUCCESS) {
        return sd_error_private(pool, SD_ERROR_UNAVAILABLE,
                                "all ServiceDeskDatabaseSlots are taken for longer than ServiceDeskDatabaseWait");
    }
    sd_error_t *error = open_connection(made);
    if (error) {
        sd_slots_release(instance->connections, made->slot);
        return error;
    }
    /* A pre-cleanup: with DBDPersist Off the connection lives in a pool below this one. */
    apr_pool_pre_cleanup_register(pool, made, close_forgotten);
    return NULL;
}

static sd_connection_t *make_connection(const sd_instance_t *instance, apr_pool_t *pool)
{
    sd_connection_t *made = apr_pcalloc(pool, sizeof *made);
    made->instance = instance;
    made->pool = pool;
    return made;
}

sd_error_t *sd_bridge_open(sd_connection_t **connection, const sd_instance_t *instance, apr_pool_t *pool)
{
    sd_connection_t *made = make_connection(instance, pool);
    *connection = NULL;
    SD_TRY(take_slot(made));
    *connection = made;
    return NULL;
}

static sd_error_t *borrow(void *baton, sd_store_t **store)
{
    sd_connection_t *connection = baton;
    SD_TRY(take_slot(connection));
    *store = connection->store;
    return NULL;
}

static void give(void *baton)
{
    sd_bridge_close(baton);
}

sd_error_t *sd_bridge_open_to_write(sd_connection_t **connection, const sd_instance_t *instance, apr_pool_t *pool)
{
    if (apr_atomic_read32(&((sd_instance_t *)instance)->writes_at_once)) {
        return sd_bridge_open(connection, instance, pool);
    }
    sd_connection_t *made = make_connection(instance, pool);
    made->front = sd_group_front(pool, instance->group, &(sd_lender_t){borrow, give, made});
    *connection = made;
    return NULL;
}

void sd_bridge_close(sd_connection_t *connection)
{
    apr_pool_cleanup_kill(connection->pool, connection, close_forgotten);
    give_back(connection);
}
