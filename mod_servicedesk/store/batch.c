/* Savepoints of one transaction, and what is done when the database drops it. */
#include "store/batch.h"

#include "store/driver.h"

typedef struct batch_t {
    sd_store_t *connection;
    sd_batch_write_t *kept; /* whose work is in the open transaction, the oldest first */
    sd_batch_write_t **last;
} batch_t;

static void forget_kept(batch_t *batch)
{
    batch->kept = NULL;
    batch->last = &batch->kept;
}

static void keep(batch_t *batch, sd_batch_write_t *write)
{
    write->next_kept = NULL;
    *batch->last = write;
    batch->last = &write->next_kept;
}

static int is_open(const batch_t *batch)
{
    return batch->connection->driver->in_transaction(batch->connection);
}

/* An error that was swallowed counts here as it does in a transaction of its own. */
static sd_error_t *call(batch_t *batch, sd_batch_write_t *write)
{
    sd_store_t *connection = batch->connection;
    sd_error_t *error;

    connection->doom = NULL;
    sd_front_attach(write->front, connection);
    error = write->fn(write->baton);
    sd_front_detach(write->front);
    if (!error) {
        error = connection->doom;
    }
    return error ? error : sd_store_check_usable(connection, connection->driver->savepoint);
}

/* In company: behind a savepoint, so that its failure is its own. */
static sd_error_t *run_in_company(batch_t *batch, sd_batch_write_t *write)
{
    sd_store_t *connection = batch->connection;
    const sd_driver_t *driver = connection->driver;
    sd_error_t *error, *undone = NULL;

    SD_TRY(sd_store_run_plain(connection, driver->savepoint));
    error = call(batch, write);
    if (error && is_open(batch)) {
        undone = sd_store_run_plain(connection, driver->rollback_to);
    }
    if (!undone && is_open(batch)) {
        undone = sd_store_run_plain(connection, driver->release);
    }
    if (undone) {
        sd_store_roll_back(connection); /* neither with it nor without it: all of them anew */
    }
    return error ? error : undone;
}

static sd_error_t *run_first(batch_t *batch, sd_batch_write_t *write)
{
    sd_error_t *error = sd_store_begin(batch->connection, SD_STORE_WRITING);

    if (!error) {
        error = call(batch, write);
    }
    if (error) {
        sd_store_roll_back(batch->connection);
    }
    return error;
}

/* False if the transaction is gone with the work of those before. */
static int run_one(batch_t *batch, sd_batch_write_t *write)
{
    batch->connection->pool = sd_store_pool(write->front);
    write->error = batch->kept ? run_in_company(batch, write) : run_first(batch, write);
    if (batch->kept && !is_open(batch)) {
        return 0;
    }
    if (!write->error) {
        keep(batch, write);
    }
    return 1;
}

static void run_alone(sd_store_t *connection, sd_batch_write_t *write)
{
    connection->pool = sd_store_pool(write->front);
    sd_front_attach(write->front, connection);
    write->error = sd_store_transact(connection, SD_STORE_WRITING, write->fn, write->baton);
    sd_front_detach(write->front);
}

/* The one that the database choked on comes last. */
static void run_each_alone(batch_t *batch, sd_batch_write_t *culprit)
{
    sd_batch_write_t *next;

    batch->connection->transaction = SD_STORE_IDLE;
    for (sd_batch_write_t *write = batch->kept; write; write = next) {
        next = write->next_kept;
        run_alone(batch->connection, write);
    }
    if (culprit) {
        run_alone(batch->connection, culprit);
    }
}

static void commit(batch_t *batch)
{
    sd_batch_write_t *only = batch->kept->next_kept ? NULL : batch->kept;
    sd_error_t *error = sd_store_commit(batch->connection);

    if (!error) {
        return;
    }
    sd_store_roll_back(batch->connection);
    if (only) {
        only->error = error;
    } else {
        run_each_alone(batch, NULL);
    }
}

void sd_batch_run(sd_store_t *connection, sd_batch_write_t *first, sd_batch_take_fn take, void *baton)
{
    batch_t batch = {.connection = connection};
    sd_batch_write_t *write = first;
    int lost;

    forget_kept(&batch);
    connection->isolation = SD_STORE_ALONE;
    do {
        lost = !run_one(&batch, write);
    } while (!lost && (write = take(baton)));
    if (lost) {
        run_each_alone(&batch, write);
    } else if (batch.kept) {
        commit(&batch);
    }
    connection->transaction = SD_STORE_IDLE;
    connection->doom = NULL;
    connection->pool = sd_store_pool(first->front);
}
