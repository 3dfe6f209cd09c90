/* Rounds of the log. */
#include "store/checkpoint.h"

#include "store/driver.h"

#define MOST_REFUSALS 5 /* 31 rounds of rest */

/* What writers may have to wait for: what came into the log since the round began, and readers of the moment. */
static sd_error_t *begin_anew(sd_log_state_t *log, sd_store_t *store)
{
    sd_error_t *error;

    SD_TRY(sd_writer_lock(store->writer, store));
    error = store->driver->checkpoint(store, SD_CHECKPOINT_RESTART, log);
    sd_writer_unlock(store->writer);
    return error;
}

/* Whoever writes just now needs the log: another time. */
static sd_error_t *cut_off(sd_log_state_t *log, sd_store_t *store)
{
    sd_error_t *error = sd_writer_try_lock(store->writer, store);

    if (error) {
        return NULL;
    }
    error = store->driver->checkpoint(store, SD_CHECKPOINT_TRUNCATE, log);
    sd_writer_unlock(store->writer);
    return error;
}

/* A reader who stays (a backup) is not asked each second, at the writers' expense. */
static int is_turn(sd_checkpoint_t *state)
{
    if (state->rest > 0) {
        state->rest--;
        return 0;
    }
    return 1;
}

static void note(sd_checkpoint_t *state, const sd_log_state_t *log)
{
    state->frames = log->frames;
    state->refusals = log->busy && state->refusals < MOST_REFUSALS ? state->refusals + 1 : log->busy * MOST_REFUSALS;
    state->rest = (1 << state->refusals) - 1;
}

sd_error_t *sd_checkpoint_round(sd_checkpoint_t *state, sd_store_t *store)
{
    sd_log_state_t log = {0, 0};

    if (!store->driver->checkpoint || !is_turn(state)) {
        return NULL;
    }
    SD_TRY(store->driver->checkpoint(store, SD_CHECKPOINT_BESIDE, &log));
    log.busy = 0;
    if (log.frames != state->frames && log.frames >= SD_CHECKPOINT_ANEW) {
        SD_TRY(begin_anew(&log, store));
    } else if (log.frames == state->frames && log.frames >= SD_CHECKPOINT_LONG) {
        SD_TRY(cut_off(&log, store));
    }
    note(state, &log);
    return NULL;
}
