/*
 * The gate is an array of robust mutexes; who holds one of them is inside. The kernel tells the next contender of a
 * mutex whose holder died. A slot is released by the thread that took it.
 */
#include "base/slots.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

#define FIRST_SLICE 1 /* milliseconds on one mutex before the others are looked at again; doubles up to: */
#define LONGEST_SLICE 16

struct sd_slots_t {
    unsigned count;
    atomic_uint turn; /* where the next contender starts: waiters spread evenly, so a release wakes one of them */
    pthread_mutex_t mutex[];
};

apr_size_t sd_slots_size(unsigned count)
{
    return sizeof(sd_slots_t) + count * sizeof(pthread_mutex_t);
}

apr_status_t sd_slots_init(sd_slots_t *slots, unsigned count, int shared)
{
    if (count < 1) {
        return APR_EINVAL;
    }
    pthread_mutexattr_t attributes;
    int status = pthread_mutexattr_init(&attributes);
    if (status) {
        return status;
    }
    status = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (!status && shared) {
        status = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    }
    slots->count = count;
    atomic_init(&slots->turn, 0);
    for (unsigned i = 0; !status && i < count; i++) {
        status = pthread_mutex_init(&slots->mutex[i], &attributes);
    }
    pthread_mutexattr_destroy(&attributes);
    return status;
}

unsigned sd_slots_count(const sd_slots_t *slots)
{
    return slots->count;
}

/* The slot guards no data that a dead holder could have left half-done. */
static int settle(pthread_mutex_t *mutex, int status)
{
    return status == EOWNERDEAD ? pthread_mutex_consistent(mutex) : status;
}

/* Takes the first free slot from `start` on; EBUSY if there is none. */
static int take_any(sd_slots_t *slots, unsigned start, unsigned *slot)
{
    for (unsigned i = 0; i < slots->count; i++) {
        unsigned candidate = (start + i) % slots->count;
        int status = settle(&slots->mutex[candidate], pthread_mutex_trylock(&slots->mutex[candidate]));
        if (status != EBUSY) {
            *slot = candidate;
            return status;
        }
    }
    return EBUSY;
}

static struct timespec later(struct timespec from, int milliseconds)
{
    from.tv_sec += milliseconds / 1000;
    from.tv_nsec += milliseconds % 1000 * 1000000L;
    if (from.tv_nsec >= 1000000000L) {
        from.tv_nsec -= 1000000000L;
        from.tv_sec++;
    }
    return from;
}

static int is_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* Waits in short slices on one slot, so that a waiter sleeps in the kernel and still notices every other slot. */
static int wait_for(sd_slots_t *slots, const struct timespec *deadline, unsigned start, unsigned *slot)
{
    int slice = FIRST_SLICE;
    for (;;) {
        struct timespec now, until;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (!is_before(&now, deadline)) {
            return ETIMEDOUT;
        }
        until = later(now, slice);
        if (slots->count == 1 || is_before(deadline, &until)) {
            until = *deadline;
        }
        int status =
            settle(&slots->mutex[start], pthread_mutex_clocklock(&slots->mutex[start], CLOCK_MONOTONIC, &until));
        if (status != ETIMEDOUT) {
            *slot = start;
            return status;
        }
        status = take_any(slots, start, slot);
        if (status != EBUSY) {
            return status;
        }
        slice = slice < LONGEST_SLICE ? slice * 2 : LONGEST_SLICE;
    }
}

apr_status_t sd_slots_acquire(sd_slots_t *slots, int milliseconds, unsigned *slot)
{
    unsigned start = atomic_fetch_add_explicit(&slots->turn, 1, memory_order_relaxed) % slots->count;
    int status = take_any(slots, start, slot);
    if (status == EBUSY && milliseconds > 0) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        struct timespec deadline = later(now, milliseconds);
        status = wait_for(slots, &deadline, start, slot);
    }
    return status == EBUSY || status == ETIMEDOUT ? APR_TIMEUP : status;
}

void sd_slots_release(sd_slots_t *slots, unsigned slot)
{
    pthread_mutex_unlock(&slots->mutex[slot]);
}
