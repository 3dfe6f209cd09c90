/* Who leads, who waits; and the connections that fronts borrow. */
#include "store/group.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "store/batch.h"
#include "store/driver.h"
#include "store/rehearsal.h"

/* A batch ends with so many writes, or after so long: those in it wait for the last one. */
#define MOST_WRITES 64
#define LONGEST_BATCH (20 * 1000) /* microseconds */

typedef enum state_t { QUEUED, TAKEN, LEADS, DONE } state_t;

typedef struct member_t {
    sd_batch_write_t write; /* the leader's while TAKEN */
    state_t state;
    pthread_cond_t news;
    struct member_t *next; /* in the queue, or in the batch */
} member_t;

struct sd_group_t {
    pthread_mutex_t mutex; /* guards what follows, and the state of each member */
    member_t *first;
    member_t **last;
    int led;
    int milliseconds;
    /* The leader's own. */
    member_t *batch;
    int count;
    apr_interval_time_t started;
};

/* ---- the queue ---- */

static void append(sd_group_t *group, member_t *member)
{
    member->state = QUEUED;
    member->next = NULL;
    *group->last = member;
    group->last = &member->next;
}

static void take_out(sd_group_t *group, member_t *member)
{
    member_t **link = &group->first;

    while (*link != member) {
        link = &(*link)->next;
    }
    *link = member->next;
    if (!member->next) {
        group->last = link;
    }
}

static void tell(member_t *member, state_t state)
{
    member->state = state;
    pthread_cond_signal(&member->news);
}

/* Called with the mutex held. Whoever is in a batch waits for its end, however long that takes. */
static void wait_for_news(sd_group_t *group, member_t *member, int milliseconds)
{
    apr_interval_time_t end = sd_store_ticks() + milliseconds * (apr_interval_time_t)1000;
    struct timespec until = {end / APR_USEC_PER_SEC, (end % APR_USEC_PER_SEC) * 1000};

    while (member->state == QUEUED) {
        if (pthread_cond_timedwait(&member->news, &group->mutex, &until) == ETIMEDOUT && member->state == QUEUED) {
            take_out(group, member);
            return;
        }
    }
    while (member->state == TAKEN) {
        pthread_cond_wait(&member->news, &group->mutex);
    }
}

/* Leads at once, or comes back with the news; QUEUED says that the time was over. */
static state_t join(sd_group_t *group, member_t *member, int milliseconds)
{
    state_t state = LEADS;

    pthread_mutex_lock(&group->mutex);
    if (group->led) {
        sd_writer_init_condition(&member->news);
        append(group, member);
        wait_for_news(group, member, milliseconds);
        state = member->state;
        pthread_cond_destroy(&member->news);
    } else {
        group->led = 1;
    }
    pthread_mutex_unlock(&group->mutex);
    return state;
}

/* ---- leading ---- */

static sd_batch_write_t *take_next(void *baton)
{
    sd_group_t *group = baton;
    member_t *member;

    if (++group->count >= MOST_WRITES || sd_store_ticks() - group->started > LONGEST_BATCH) {
        return NULL;
    }
    pthread_mutex_lock(&group->mutex);
    member = group->first;
    if (member) {
        take_out(group, member);
        member->state = TAKEN;
        member->next = group->batch;
        group->batch = member;
    }
    pthread_mutex_unlock(&group->mutex);
    return member ? &member->write : NULL;
}

static sd_error_t *run_batch(sd_group_t *group, member_t *self, sd_store_t *connection)
{
    int over;

    SD_TRY(sd_rehearse_and_lock(&over, connection, self->write.fn, self->write.baton));
    if (over) {
        return NULL;
    }
    group->count = 0;
    group->started = sd_store_ticks();
    sd_batch_run(connection, &self->write, take_next, group);
    sd_writer_unlock(connection->writer);
    return self->write.error;
}

/* Everybody in the batch has an answer, and the next one leads. */
static void hand_over(sd_group_t *group)
{
    member_t *next;

    pthread_mutex_lock(&group->mutex);
    while (group->batch) {
        next = group->batch->next;
        tell(group->batch, DONE);
        group->batch = next;
    }
    next = group->first;
    if (next) {
        take_out(group, next);
        tell(next, LEADS);
    }
    group->led = next != NULL;
    pthread_mutex_unlock(&group->mutex);
}

static sd_error_t *lead(sd_group_t *group, member_t *self)
{
    sd_store_t *front = self->write.front, *connection;
    sd_error_t *error = sd_front_borrow(&connection, front);

    if (!error) {
        error = connection->driver->savepoint ? run_batch(group, self, connection)
                                              : sd_store_write(connection, self->write.fn, self->write.baton);
        sd_front_return(front);
    }
    hand_over(group);
    return error;
}

sd_error_t *sd_group_write(sd_store_t *front, sd_store_fn fn, void *baton)
{
    sd_group_t *group = front->group;
    member_t self = {.write = {.front = front, .fn = fn, .baton = baton}};
    state_t state = join(group, &self, SD_REHEARSE_AFTER);
    int over;

    if (state == QUEUED) {
        SD_TRY(sd_rehearse(&over, front, fn, baton));
        if (over) {
            return NULL;
        }
        state = join(group, &self, group->milliseconds);
    }
    switch (state) {
    case LEADS:
        return lead(group, &self);
    case DONE:
        return self.write.error;
    default:
        return sd_error_private(front->pool, SD_ERROR_UNAVAILABLE, "the writers of this process queue for over %d ms",
                                group->milliseconds);
    }
}

static apr_status_t destroy(void *baton)
{
    sd_group_t *group = baton;

    pthread_mutex_destroy(&group->mutex);
    return APR_SUCCESS;
}

sd_error_t *sd_group_create(sd_group_t **group, apr_pool_t *pool, int milliseconds)
{
    sd_group_t *made = apr_pcalloc(pool, sizeof(*made));
    int code = pthread_mutex_init(&made->mutex, NULL);

    if (code != 0) {
        return sd_error_private(pool, SD_ERROR_INTERNAL, "pthread_mutex_init: %s", strerror(code));
    }
    made->last = &made->first;
    made->milliseconds = milliseconds;
    apr_pool_cleanup_register(pool, made, destroy, apr_pool_cleanup_null);
    *group = made;
    return NULL;
}

/* ---- fronts ---- */

void sd_front_attach(sd_store_t *front, sd_store_t *connection)
{
    front->lent = connection;
    front->uses++;
}

void sd_front_detach(sd_store_t *front)
{
    if (--front->uses == 0) {
        front->lent = NULL;
    }
}

sd_error_t *sd_front_borrow(sd_store_t **connection, sd_store_t *store)
{
    *connection = store;
    if (!store->group) {
        return NULL;
    }
    *connection = store->lent;
    if (!store->lent) {
        SD_TRY(store->lender.open(store->lender.baton, connection));
    }
    sd_front_attach(store, *connection);
    return NULL;
}

void sd_front_return(sd_store_t *store)
{
    if (store->group) {
        sd_front_detach(store);
        if (!store->lent) {
            store->lender.close(store->lender.baton);
        }
    }
}

sd_store_t *sd_group_front(apr_pool_t *pool, sd_group_t *group, const sd_lender_t *lender)
{
    sd_store_t *front = apr_pcalloc(pool, sizeof(*front));

    front->pool = pool;
    front->group = group;
    front->lender = *lender;
    return front;
}
