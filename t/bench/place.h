/* A database opened by apr_dbd, with a store that is lent: a file, or one on PostgreSQL by its conninfo. */
#ifndef SD_BENCH_PLACE_H
#define SD_BENCH_PLACE_H

#include <unistd.h>

#include <apr_dbd.h>
#include <apr_strings.h>

#include "store/schema.h"

typedef struct place_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    apr_pool_t *pool; /* of the store: dies before the handle */
    sd_store_t *store;
} place_t;

static inline void *native_of(const place_t *place)
{
    return apr_dbd_native_handle(place->driver, place->handle);
}

static inline sd_error_t *open_place(place_t *place, apr_pool_t *pool, const char *name, const char *parameters)
{
    const char *why = NULL;
    sd_writer_t *writer;

    if (apr_dbd_get_driver(pool, name, &place->driver) != APR_SUCCESS ||
        apr_dbd_open_ex(place->driver, pool, parameters, &place->handle, &why) != APR_SUCCESS) {
        return sd_error_private(pool, SD_ERROR_UNAVAILABLE, "cannot open %s: %s", name, why ? why : "?");
    }
    apr_pool_create(&place->pool, pool);
    SD_TRY(sd_writer_create(&writer, pool, 5000));
    SD_TRY(sd_store_attach(&place->store, place->pool, name, native_of(place), writer));
    SD_TRY(sd_store_lend(place->store, pool));
    return sd_schema_migrate(place->store, NULL);
}

static inline void close_place(place_t *place)
{
    if (place->store) {
        sd_store_return(place->store);
    }
    if (place->pool) {
        apr_pool_destroy(place->pool);
    }
    if (place->handle) {
        apr_dbd_close(place->driver, place->handle);
    }
}

static inline void remove_file(apr_pool_t *pool, const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-writer"};

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        unlink(apr_pstrcat(pool, path, endings[i], NULL));
    }
}

#endif
