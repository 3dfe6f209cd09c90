/* The tool's own connection, secrets and unit of work. */
#include <string.h>

#include <apr_dbd.h>
#include <apr_strings.h>

#include "base/text.h"
#include "store/schema.h"
#include "tool/tool.h"

#define WRITE_WAIT 5000 /* milliseconds behind the writer lock */
#define HASH_COST 12

/* The same bounds as the directive's. */
static sd_error_t *read_cost(int *cost, apr_pool_t *pool, const char *text)
{
    apr_int64_t number = text && *text ? sd_text_id(text) : HASH_COST;
    if (number < 4 || number > 15) {
        return sd_error_field(pool, "cost", "sd.validation.number", "The cost of password hashes is 4 to 15.");
    }
    *cost = (int)number;
    return NULL;
}

static sd_error_t *make_site(sd_site_t **out, apr_pool_t *pool, const char *pepper, const char *cost)
{
    sd_site_t *site = apr_pcalloc(pool, sizeof *site);
    site->base_url = "";
    site->clock = &sd_clock_system;
    site->random = &sd_random_system;
    *out = site;
    SD_TRY(read_cost(&site->passwords.cost, pool, cost));
    sd_error_t *error = pepper ? sd_password_keys_load(&site->passwords, pool, site->random, pepper) : NULL;
    if (error) {
        error->kind = SD_ERROR_UNAVAILABLE; /* to whoever started the tool it is a file out of reach */
    }
    return error;
}

typedef struct connection_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
} connection_t;

/* A file of SQLite is whole in itself only when its last connection is closed. */
static apr_status_t close_connection(void *baton)
{
    connection_t *connection = baton;

    apr_dbd_close(connection->driver, connection->handle);
    return APR_SUCCESS;
}

/* "host=a dbname=b" and "postgresql://..." are words of libpq's; everything else is a file. */
static const char *driver_for(const char *database)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    apr_size_t word = strspn(database, letters);
    int is_url = strncmp(database, "postgresql://", 13) == 0 || strncmp(database, "postgres://", 11) == 0;

    return is_url || (word && database[word + strspn(database + word, " ")] == '=') ? "pgsql" : "sqlite3";
}

sd_error_t *sd_tool_open_store(sd_store_t **store, apr_pool_t *pool, const char *driver_name, const char *parameters)
{
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    const char *why = NULL;

    driver_name = driver_name ? driver_name : driver_for(parameters);
    if (apr_dbd_init(pool) != APR_SUCCESS || apr_dbd_get_driver(pool, driver_name, &driver) != APR_SUCCESS) {
        return sd_error_private(pool, SD_ERROR_UNAVAILABLE, "no database driver \"%s\"", driver_name);
    }
    if (apr_dbd_open_ex(driver, pool, parameters, &handle, &why) != APR_SUCCESS) {
        return sd_error_private(pool, SD_ERROR_UNAVAILABLE, "cannot open the database: %s", why ? why : parameters);
    }

    connection_t *connection = apr_palloc(pool, sizeof *connection);
    *connection = (connection_t){driver, handle};
    apr_pool_cleanup_register(pool, connection, close_connection, apr_pool_cleanup_null);

    /* The statements must go before the handle does, so they live in a pool that is destroyed first. */
    apr_pool_t *connection_pool;
    apr_pool_create(&connection_pool, pool);
    sd_writer_t *writer;
    SD_TRY(sd_writer_create(&writer, pool, WRITE_WAIT));
    SD_TRY(sd_store_attach(store, connection_pool, driver_name, apr_dbd_native_handle(driver, handle), writer));
    return sd_store_is_kept(*store) ? NULL
                                    : sd_error_private(pool, SD_ERROR_UNAVAILABLE,
                                                       "\"%s\" names no file, and memory keeps nothing", parameters);
}

sd_error_t *sd_tool_open(sd_tool_t *tool)
{
    sd_work_t *work = apr_pcalloc(tool->pool, sizeof *work);
    sd_site_t *site;
    SD_TRY(make_site(&site, tool->pool, tool->pepper, tool->cost));
    work->pool = tool->pool;
    work->site = site;
    work->face = "tool";
    work->actor.is_operator = 1;
    work->actor.scopes = SD_SCOPE_ALL;
    SD_TRY(sd_tool_open_store(&work->store, tool->pool, tool->driver, tool->database));
    SD_TRY(sd_store_lend(work->store, tool->pool));
    tool->work = work;
    return NULL;
}
