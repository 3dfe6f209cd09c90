/* The writer lock: turns within a process, the file between processes, and every bound. */
#include "store_fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>

static connection_t connection;

static int setup(void **state)
{
    fixture_setup(state);
    connection_begin(&connection, *state);
    return 0;
}

static int teardown(void **state)
{
    connection_close(&connection);
    return fixture_teardown(state);
}

static const char *lock_path(fixture_t *fixture)
{
    return apr_pstrcat(fixture->pool, fixture->path, "-writer", NULL);
}

static sd_writer_t *impatient_writer(fixture_t *fixture)
{
    sd_writer_t *writer;

    assert_null(sd_writer_create(&writer, fixture->pool, 100));
    return writer;
}

static void check_times_out(sd_writer_t *writer, const char *reason)
{
    apr_interval_time_t start = sd_store_ticks();

    assert_error_says(sd_writer_lock(writer, connection.store), SD_ERROR_UNAVAILABLE, reason);
    assert_in_range(sd_store_ticks() - start, 95000, 1000000);
}

/* Two writers of one process stand for two processes: they share nothing but the file. */
static void test_file_excludes(void **state)
{
    fixture_t *fixture = *state;
    sd_writer_t *other = impatient_writer(fixture);

    assert_null(sd_writer_lock(fixture->writer, connection.store));
    check_times_out(other, "another process holds the writer lock");
    check_times_out(other, "another process holds the writer lock");
    sd_writer_unlock(fixture->writer);
    assert_null(sd_writer_lock(other, connection.store));
    sd_writer_unlock(other);
}

typedef struct holder_t {
    fixture_t *fixture;
    sd_writer_t *writer;
    sd_store_t *store;
    int *order;
    int number;
} holder_t;

static sd_error_t *do_nothing(void *baton)
{
    (void)baton;
    return NULL;
}

/* A write that has nothing to change needs no turn (t/unit/store_rehearsal.c); this one has it. */
static sd_error_t *in_turn(sd_store_t *store, sd_store_fn fn, void *baton)
{
    sd_error_t *error;

    SD_TRY(sd_writer_lock(store->writer, store));
    error = fn(baton);
    sd_writer_unlock(store->writer);
    return error;
}

static sd_error_t *note_turn(void *baton)
{
    holder_t *holder = baton;
    int place = 0;

    while (holder->order[place]) {
        place++;
    }
    holder->order[place] = holder->number;
    return NULL;
}

static void *take_a_turn(void *baton)
{
    holder_t *holder = baton;
    connection_t own;

    connection_begin(&own, holder->fixture);
    assert_null(in_turn(own.store, note_turn, holder));
    connection_close(&own);
    return NULL;
}

static void test_first_come_first_served(void **state)
{
    fixture_t *fixture = *state;
    pthread_t threads[5];
    holder_t holders[5];
    int order[6] = {0};

    assert_null(sd_writer_lock(fixture->writer, connection.store));
    for (int i = 0; i < 5; i++) {
        holders[i] = (holder_t){.fixture = fixture, .order = order, .number = i + 1};
        assert_int_equal(pthread_create(&threads[i], NULL, take_a_turn, &holders[i]), 0);
        apr_sleep(100000);
    }
    assert_int_equal(order[0], 0);
    sd_writer_unlock(fixture->writer);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (int i = 0; i < 5; i++) {
        assert_int_equal(order[i], i + 1);
    }
}

static void *hold_for_a_while(void *baton)
{
    holder_t *holder = baton;

    assert_null(sd_writer_lock(holder->writer, holder->store));
    apr_sleep(400000);
    sd_writer_unlock(holder->writer);
    return NULL;
}

static void test_queue_is_bounded(void **state)
{
    fixture_t *fixture = *state;
    connection_t own;
    holder_t holder = {.fixture = fixture, .writer = impatient_writer(fixture)};
    pthread_t thread;

    connection_begin(&own, fixture);
    holder.store = own.store;
    assert_int_equal(pthread_create(&thread, NULL, hold_for_a_while, &holder), 0);
    apr_sleep(100000);
    check_times_out(holder.writer, "queue for over 100 ms");
    check_times_out(holder.writer, "queue for over 100 ms");
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_null(sd_writer_lock(holder.writer, connection.store));
    sd_writer_unlock(holder.writer);
    connection_close(&own);
}

typedef struct counting_t {
    fixture_t *fixture;
    int *number;
} counting_t;

static sd_error_t *count_up(void *baton)
{
    int *number = baton, seen = *number;

    sched_yield();
    *number = seen + 1;
    return NULL;
}

static void *count_many(void *baton)
{
    counting_t *counting = baton;
    connection_t own;

    connection_begin(&own, counting->fixture);
    for (int i = 0; i < 200; i++) {
        assert_null(in_turn(own.store, count_up, counting->number));
    }
    connection_close(&own);
    return NULL;
}

static void test_threads_exclude(void **state)
{
    int number = 0;
    counting_t counting = {*state, &number};
    pthread_t threads[6];

    for (int i = 0; i < 6; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count_many, &counting), 0);
    }
    for (int i = 0; i < 6; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(number, 1200);
}

static sd_error_t *fork_and_contend(void *baton)
{
    fixture_t *fixture = baton;
    pid_t child = fork();

    if (child == 0) {
        _exit(sd_writer_lock(fixture->writer, connection.store) ? 7 : 0);
    }
    assert_int_equal(wait_child(child), 7);
    check_times_out(impatient_writer(fixture), "another process holds the writer lock");
    return NULL;
}

/* The child inherits the descriptor, and with it its parent's lock: it must neither believe in that nor end it. */
static void test_forked_child_has_no_lock(void **state)
{
    fixture_t *fixture = *state;

    fixture->writer = connection.store->writer = impatient_writer(fixture);
    assert_null(in_turn(connection.store, fork_and_contend, fixture));
}

static void test_deleted_lock_file(void **state)
{
    fixture_t *fixture = *state;
    sd_writer_t *other = impatient_writer(fixture), *third = impatient_writer(fixture);

    assert_null(sd_writer_lock(fixture->writer, connection.store));
    sd_writer_unlock(fixture->writer);
    assert_null(sd_writer_lock(third, connection.store));
    sd_writer_unlock(third);
    assert_int_equal(unlink(lock_path(fixture)), 0);
    assert_null(sd_writer_lock(other, connection.store));
    check_times_out(third, "another process holds the writer lock");
    sd_writer_unlock(other);
    assert_null(sd_writer_lock(third, connection.store));
    check_times_out(other, "another process holds the writer lock");
    sd_writer_unlock(third);
}

static void test_replaced_while_waiting(void **state)
{
    fixture_t *fixture = *state;
    int fd;

    assert_null(in_turn(connection.store, do_nothing, NULL));
    fd = open(lock_path(fixture), O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(unlink(lock_path(fixture)), 0);
    assert_null(sd_writer_lock(fixture->writer, connection.store));
    assert_int_equal(access(lock_path(fixture), F_OK), 0);
    sd_writer_unlock(fixture->writer);
    close(fd);
}

static int mode_of(const char *path)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    return (int)(status.st_mode & 07777);
}

static void test_mode_follows_database(void **state)
{
    fixture_t *fixture = *state;
    struct stat status;

    unlink(lock_path(fixture));
    assert_int_equal(chmod(fixture->path, 0644), 0);
    assert_null(in_turn(connection.store, do_nothing, NULL));
    assert_int_equal(mode_of(lock_path(fixture)), 0600);
    assert_int_equal(unlink(lock_path(fixture)), 0);
    assert_int_equal(chmod(fixture->path, 0660), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(fixture->path, 65534, 65534), 0);
    }
    assert_null(in_turn(connection.store, do_nothing, NULL));
    assert_int_equal(mode_of(lock_path(fixture)), 0660);
    assert_int_equal(stat(lock_path(fixture), &status), 0);
    assert_int_equal(status.st_uid, geteuid() == 0 ? 65534 : geteuid());
}

static void test_link_is_refused(void **state)
{
    fixture_t *fixture = *state;
    const char *target = apr_pstrcat(fixture->pool, fixture->path, ".old", NULL);
    int fd = open(target, O_RDWR | O_CREAT, 0600);

    close(fd);
    unlink(lock_path(fixture));
    assert_int_equal(symlink(target, lock_path(fixture)), 0);
    assert_error_says(in_turn(connection.store, do_nothing, NULL), SD_ERROR_UNAVAILABLE, "writer lock");
    assert_int_equal(unlink(lock_path(fixture)), 0);
    assert_null(in_turn(connection.store, do_nothing, NULL));
}

static void test_memory_needs_no_file(void **state)
{
    connection_t memory;

    connection_open_flags(&memory, *state, ":memory:", SQLITE_OPEN_READWRITE);
    assert_null(sd_store_lend(memory.store, memory.work));
    assert_null(sd_store_write(memory.store, do_nothing, NULL));
    assert_int_not_equal(access(":memory:-writer", F_OK), 0);
    assert_int_not_equal(access("-writer", F_OK), 0);
    connection_close(&memory);
}

static void test_idle_write_never_waits(void **state)
{
    fixture_t *fixture = *state;
    sd_writer_t *other = impatient_writer(fixture);
    apr_interval_time_t start;

    assert_null(sd_writer_lock(other, connection.store));
    start = sd_store_ticks();
    assert_error(sd_store_write_idle(connection.store, do_nothing, NULL), SD_ERROR_UNAVAILABLE);
    assert_in_range(sd_store_ticks() - start, 0, 50000);
    sd_writer_unlock(other);
    assert_null(sd_store_write_idle(connection.store, do_nothing, NULL));
}

#define writer_test(fn_) cmocka_unit_test_setup_teardown(fn_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        writer_test(test_file_excludes),         writer_test(test_first_come_first_served),
        writer_test(test_queue_is_bounded),      writer_test(test_idle_write_never_waits),
        writer_test(test_threads_exclude),       writer_test(test_forked_child_has_no_lock),
        writer_test(test_deleted_lock_file),     writer_test(test_replaced_while_waiting),
        writer_test(test_mode_follows_database), writer_test(test_link_is_refused),
        writer_test(test_memory_needs_no_file),
    };

    return cmocka_run_group_tests_name("store writer", tests, NULL, NULL);
}
