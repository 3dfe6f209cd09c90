/* A transaction that begins as a read, and ends where it would write. */
#include "store/rehearsal.h"

#include "store/driver.h"

typedef struct rehearsal_t {
    sd_store_t *connection;
    sd_store_fn fn;
    void *baton;
    int has_changes;
} rehearsal_t;

static sd_error_t *run(void *baton)
{
    rehearsal_t *rehearsal = baton;
    sd_error_t *error = rehearsal->fn(rehearsal->baton);

    rehearsal->has_changes = rehearsal->connection->reached_change;
    return error;
}

static sd_error_t *rehearse_on(int *over, sd_store_t *connection, sd_store_fn fn, void *baton)
{
    rehearsal_t rehearsal = {connection, fn, baton, 0};
    sd_error_t *error = sd_store_transact(connection, SD_STORE_REHEARSING, run, &rehearsal);

    /* A database that cannot be read now may be there when the turn comes. */
    *over = !rehearsal.has_changes && !(error && error->kind == SD_ERROR_UNAVAILABLE);
    return *over ? error : NULL;
}

sd_error_t *sd_rehearse(int *over, sd_store_t *store, sd_store_fn fn, void *baton)
{
    sd_store_t *connection;
    sd_error_t *error;

    *over = 0;
    SD_TRY(sd_front_borrow(&connection, store));
    error = rehearse_on(over, connection, fn, baton);
    sd_front_return(store);
    return error;
}

sd_error_t *sd_rehearse_and_lock(int *over, sd_store_t *connection, sd_store_fn fn, void *baton)
{
    sd_error_t *busy = sd_writer_lock_within(connection->writer, connection, SD_REHEARSE_AFTER);

    *over = 0;
    if (!busy) {
        return NULL;
    }
    SD_TRY(rehearse_on(over, connection, fn, baton));
    return *over ? NULL : sd_writer_lock(connection->writer, connection);
}
