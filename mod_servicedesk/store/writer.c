/*
 * The writer lock: a queue of this process's threads, and flock() on a file beside the database for its head.
 *
 * First come, first served inside the process: a plain mutex lets a busy thread take it again before the woken one gets
 * there. Between processes the lock is asked for in short naps: the system's waiting flock() knows no bound, and the
 * naps, unlike a clock, also end when a test holds the time still.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#include "store/driver.h"

#define SHORTEST_NAP 200 /* microseconds */
#define LONGEST_NAP 500  /* with longer ones a busy process kept the others out for up to a second */

typedef struct waiter_t {
    pthread_cond_t turn;
    int has_turn;
    struct waiter_t *next;
} waiter_t;

struct sd_writer_t {
    pthread_mutex_t mutex; /* guards the four below */
    waiter_t *first;
    waiter_t **last;
    int taken;
    pid_t process;
    int fd; /* the head's own: touched between take_turn() and pass_turn() only */
    int milliseconds;
};

/* ---- the queue of threads ---- */

static void reset_queue(sd_writer_t *writer)
{
    writer->first = NULL;
    writer->last = &writer->first;
    writer->taken = 0;
    writer->process = getpid();
}

static void append_waiter(sd_writer_t *writer, waiter_t *waiter)
{
    waiter->next = NULL;
    *writer->last = waiter;
    writer->last = &waiter->next;
}

static void remove_waiter(sd_writer_t *writer, waiter_t *waiter)
{
    waiter_t **link = &writer->first;

    while (*link != waiter) {
        link = &(*link)->next;
    }
    *link = waiter->next;
    if (!waiter->next) {
        writer->last = link;
    }
}

void sd_writer_init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* Called with the mutex held, `deadline` in ticks; true if the turn came. */
static int wait_turn(sd_writer_t *writer, apr_interval_time_t deadline)
{
    struct timespec until = {deadline / APR_USEC_PER_SEC, (deadline % APR_USEC_PER_SEC) * 1000};
    waiter_t waiter = {.has_turn = 0};

    sd_writer_init_condition(&waiter.turn);
    append_waiter(writer, &waiter);
    while (!waiter.has_turn) {
        if (pthread_cond_timedwait(&waiter.turn, &writer->mutex, &until) == ETIMEDOUT && !waiter.has_turn) {
            remove_waiter(writer, &waiter);
            break;
        }
    }
    pthread_cond_destroy(&waiter.turn);
    return waiter.has_turn;
}

static int take_turn(sd_writer_t *writer, apr_interval_time_t deadline)
{
    int has_turn = 1;

    pthread_mutex_lock(&writer->mutex);
    if (writer->process != getpid()) {
        /* A forked child shares its parent's lock through the descriptor, and none of the parent's threads exist. */
        if (writer->fd >= 0) {
            close(writer->fd);
            writer->fd = -1;
        }
        reset_queue(writer);
    }
    if (writer->taken) {
        has_turn = wait_turn(writer, deadline);
    }
    writer->taken = 1;
    pthread_mutex_unlock(&writer->mutex);
    return has_turn;
}

/* The turn is handed over rather than given up: `taken` stays set. */
static void pass_turn(sd_writer_t *writer)
{
    waiter_t *next;

    pthread_mutex_lock(&writer->mutex);
    next = writer->first;
    if (next) {
        remove_waiter(writer, next);
        next->has_turn = 1;
        pthread_cond_signal(&next->turn);
    } else {
        writer->taken = 0;
    }
    pthread_mutex_unlock(&writer->mutex);
}

/* ---- the lock between processes ---- */

/* Whoever may write the database may take its lock: the tool run by root must not shut the server's children out. */
static void share_like_database(int fd, const char *database)
{
    struct stat status;

    if (stat(database, &status) == 0) {
        if (geteuid() == 0 && fchown(fd, status.st_uid, status.st_gid) != 0) {
            return;
        }
        if (status.st_mode & S_IWGRP) {
            fchmod(fd, 0660);
        }
    }
}

static int open_lock_file(const char *path, const char *database)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0) {
        share_like_database(fd, database);
    } else if (errno == EEXIST) {
        fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    }
    return fd;
}

/* The lock of a file that somebody deleted or replaced excludes nobody. */
static int is_file_of(int fd, const char *path)
{
    struct stat opened, named;

    return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

typedef enum attempt_t { LOCKED, AGAIN, FAILED } attempt_t;

static attempt_t try_lock(sd_writer_t *writer, const char *path, const char *database)
{
    if (writer->fd < 0) {
        writer->fd = open_lock_file(path, database);
        if (writer->fd < 0) {
            return errno == ENOENT ? AGAIN : FAILED; /* deleted between the two opens, or no such directory */
        }
    }
    if (flock(writer->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return FAILED;
        }
        if (is_file_of(writer->fd, path)) {
            return AGAIN;
        }
    } else if (is_file_of(writer->fd, path)) {
        return LOCKED;
    }
    close(writer->fd);
    writer->fd = -1;
    return AGAIN;
}

static sd_error_t *lock_file(sd_writer_t *writer, sd_store_t *store, const char *database, apr_interval_time_t left)
{
    const char *path = apr_pstrcat(store->pool, database, "-writer", NULL);
    apr_interval_time_t nap = SHORTEST_NAP;
    attempt_t attempt;

    while ((attempt = try_lock(writer, path, database)) == AGAIN && left > 0) {
        apr_sleep(nap);
        left -= nap;
        nap = nap * 2 > LONGEST_NAP ? LONGEST_NAP : nap * 2;
    }
    if (attempt == LOCKED) {
        return NULL;
    }
    if (attempt == AGAIN) {
        return sd_error_private(store->pool, SD_ERROR_UNAVAILABLE, "another process holds the writer lock %s", path);
    }
    return sd_error_private(store->pool, SD_ERROR_UNAVAILABLE, "the writer lock %s: %s", path, strerror(errno));
}

sd_error_t *sd_writer_lock_within(sd_writer_t *writer, sd_store_t *store, int milliseconds)
{
    int bound = milliseconds < writer->milliseconds ? milliseconds : writer->milliseconds;
    apr_interval_time_t deadline = sd_store_ticks() + bound * (apr_interval_time_t)1000;
    const char *database = store->driver->writer_path(store);
    sd_error_t *error = NULL;

    if (!take_turn(writer, deadline)) {
        return sd_error_private(store->pool, SD_ERROR_UNAVAILABLE, "the writers of this process queue for over %d ms",
                                bound);
    }
    if (database) {
        error = lock_file(writer, store, database, deadline - sd_store_ticks());
    }
    if (error) {
        pass_turn(writer);
    }
    return error;
}

sd_error_t *sd_writer_lock(sd_writer_t *writer, sd_store_t *store)
{
    return sd_writer_lock_within(writer, store, writer->milliseconds);
}

sd_error_t *sd_writer_try_lock(sd_writer_t *writer, sd_store_t *store)
{
    return sd_writer_lock_within(writer, store, 0);
}

void sd_writer_unlock(sd_writer_t *writer)
{
    if (writer->fd >= 0) {
        flock(writer->fd, LOCK_UN);
    }
    pass_turn(writer);
}

int sd_writer_milliseconds(const sd_writer_t *writer)
{
    return writer->milliseconds;
}

static apr_status_t destroy(void *baton)
{
    sd_writer_t *writer = baton;

    if (writer->fd >= 0) {
        close(writer->fd);
    }
    pthread_mutex_destroy(&writer->mutex);
    return APR_SUCCESS;
}

sd_error_t *sd_writer_create(sd_writer_t **writer, apr_pool_t *pool, int milliseconds)
{
    sd_writer_t *made = apr_pcalloc(pool, sizeof(*made));
    int code = pthread_mutex_init(&made->mutex, NULL);

    if (code != 0) {
        return sd_error_private(pool, SD_ERROR_INTERNAL, "pthread_mutex_init: %s", strerror(code));
    }
    reset_queue(made);
    made->fd = -1;
    made->milliseconds = milliseconds;
    apr_pool_cleanup_register(pool, made, destroy, apr_pool_cleanup_null);
    *writer = made;
    return NULL;
}
