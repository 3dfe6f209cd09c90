/* base/slots.h: never more holders than slots, over threads and processes, also when a holder is killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/slots.h"

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static sd_slots_t *make_slots(unsigned count)
{
    sd_slots_t *slots = malloc(sd_slots_size(count));
    assert_non_null(slots);
    assert_int_equal(sd_slots_init(slots, count, 0), APR_SUCCESS);
    return slots;
}

static sd_slots_t *map_slots(unsigned count)
{
    void *memory = mmap(NULL, sd_slots_size(count), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    assert_int_equal(sd_slots_init(memory, count, 1), APR_SUCCESS);
    return memory;
}

static void test_count(void **state)
{
    (void)state;
    sd_slots_t *slots = make_slots(3);
    assert_int_equal(sd_slots_count(slots), 3);
    assert_true(sd_slots_size(3) > sd_slots_size(2));
    free(slots);

    uint64_t none[64];
    assert_int_equal(sd_slots_init((sd_slots_t *)none, 0, 0), APR_EINVAL);
}

static void test_each_slot_once(void **state)
{
    (void)state;
    sd_slots_t *slots = make_slots(3);
    unsigned slot[3], extra;
    int seen[3] = {0};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sd_slots_acquire(slots, 0, &slot[i]), APR_SUCCESS);
        assert_in_range(slot[i], 0, 2);
        seen[slot[i]]++;
    }
    assert_int_equal(seen[0] + seen[1] * 10 + seen[2] * 100, 111);
    assert_int_equal(sd_slots_acquire(slots, 0, &extra), APR_TIMEUP);
    assert_int_equal(sd_slots_acquire(slots, -5, &extra), APR_TIMEUP);
    sd_slots_release(slots, slot[1]);
    assert_int_equal(sd_slots_acquire(slots, 0, &extra), APR_SUCCESS);
    assert_int_equal(extra, slot[1]);
    for (int i = 0; i < 3; i++) {
        sd_slots_release(slots, slot[i]);
    }
    free(slots);
}

typedef struct holder_t {
    sd_slots_t *slots;
    int hold; /* milliseconds */
    atomic_int holds;
    int leaves_without_release;
} holder_t;

static void pause_for(int milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

static void *hold_one(void *baton)
{
    holder_t *holder = baton;
    unsigned slot;
    if (sd_slots_acquire(holder->slots, 1000, &slot) != APR_SUCCESS) {
        return holder;
    }
    atomic_store(&holder->holds, 1);
    pause_for(holder->hold);
    if (!holder->leaves_without_release) {
        sd_slots_release(holder->slots, slot);
    }
    return NULL;
}

static pthread_t start_holder(holder_t *holder)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, hold_one, holder), 0);
    while (!atomic_load(&holder->holds)) {
        pause_for(1);
    }
    return thread;
}

static void test_timeout_is_kept(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= 2; count++) {
        sd_slots_t *slots = make_slots(count);
        holder_t holder[2] = {{.slots = slots, .hold = 400}, {.slots = slots, .hold = 400}};
        pthread_t thread[2];
        for (unsigned i = 0; i < count; i++) {
            thread[i] = start_holder(&holder[i]);
        }
        unsigned slot;
        double start = seconds();
        assert_int_equal(sd_slots_acquire(slots, 100, &slot), APR_TIMEUP);
        double waited = seconds() - start;
        assert_true(waited >= 0.099 && waited < 0.35);
        for (unsigned i = 0; i < count; i++) {
            pthread_join(thread[i], NULL);
        }
        free(slots);
    }
}

/* Whichever of the slots is released, the one who waits gets it soon. */
static void test_waiter_gets_any_released_slot(void **state)
{
    (void)state;
    for (int which = 0; which < 3; which++) {
        sd_slots_t *slots = make_slots(3);
        holder_t holder[3];
        pthread_t thread[3];
        for (int i = 0; i < 3; i++) {
            holder[i] = (holder_t){.slots = slots, .hold = i == which ? 100 : 1500};
            thread[i] = start_holder(&holder[i]);
        }
        unsigned slot;
        double start = seconds();
        assert_int_equal(sd_slots_acquire(slots, 5000, &slot), APR_SUCCESS);
        assert_true(seconds() - start < 1.0);
        sd_slots_release(slots, slot);
        for (int i = 0; i < 3; i++) {
            pthread_join(thread[i], NULL);
        }
        free(slots);
    }
}

static void test_thread_that_ends_gives_its_slot_back(void **state)
{
    (void)state;
    sd_slots_t *slots = make_slots(1);
    holder_t holder = {.slots = slots, .leaves_without_release = 1};
    pthread_join(start_holder(&holder), NULL);
    unsigned slot;
    for (int round = 0; round < 2; round++) {
        assert_int_equal(sd_slots_acquire(slots, 0, &slot), APR_SUCCESS);
        sd_slots_release(slots, slot);
    }
    free(slots);
}

typedef struct crowd_t {
    sd_slots_t *slots;
    atomic_int inside, most, failed;
    atomic_int owner[3];
} crowd_t;

static void *come_and_go(void *baton)
{
    crowd_t *crowd = baton;
    for (int i = 0; i < 300; i++) {
        unsigned slot;
        if (sd_slots_acquire(crowd->slots, 60000, &slot) != APR_SUCCESS) {
            atomic_fetch_add(&crowd->failed, 1);
            continue;
        }
        int inside = atomic_fetch_add(&crowd->inside, 1) + 1;
        int most = atomic_load(&crowd->most);
        while (inside > most && !atomic_compare_exchange_weak(&crowd->most, &most, inside)) {
        }
        if (atomic_fetch_add(&crowd->owner[slot], 1) != 0) {
            atomic_fetch_add(&crowd->failed, 1);
        }
        struct timespec moment = {0, 50000};
        nanosleep(&moment, NULL);
        atomic_fetch_sub(&crowd->owner[slot], 1);
        atomic_fetch_sub(&crowd->inside, 1);
        sd_slots_release(crowd->slots, slot);
    }
    return NULL;
}

static void test_crowd(void **state)
{
    (void)state;
    crowd_t crowd = {.slots = make_slots(3)};
    pthread_t thread[12];
    for (int i = 0; i < 12; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, come_and_go, &crowd), 0);
    }
    for (int i = 0; i < 12; i++) {
        pthread_join(thread[i], NULL);
    }
    assert_int_equal(atomic_load(&crowd.failed), 0);
    assert_int_equal(atomic_load(&crowd.most), 3);
    assert_int_equal(atomic_load(&crowd.inside), 0);
    free(crowd.slots);
}

/* A child that takes a slot, says so, and waits to be killed. */
static pid_t start_child(sd_slots_t *slots)
{
    int ends[2];
    char word;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        unsigned slot;
        word = sd_slots_acquire(slots, 5000, &slot) == APR_SUCCESS ? 'y' : 'n';
        if (write(ends[1], &word, 1) == 1) {
            for (;;) {
                pause();
            }
        }
        _exit(1);
    }
    assert_int_equal(read(ends[0], &word, 1), 1);
    assert_int_equal(word, 'y');
    close(ends[0]);
    close(ends[1]);
    return child;
}

static void end_child(pid_t child)
{
    int status;
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
}

static void test_killed_child_gives_its_slot_back(void **state)
{
    (void)state;
    sd_slots_t *slots = map_slots(2);
    unsigned slot;
    for (int round = 0; round < 10; round++) {
        pid_t first = start_child(slots);
        pid_t second = start_child(slots);
        assert_int_equal(sd_slots_acquire(slots, 0, &slot), APR_TIMEUP);
        end_child(second);
        assert_int_equal(sd_slots_acquire(slots, 1000, &slot), APR_SUCCESS);
        unsigned other;
        assert_int_equal(sd_slots_acquire(slots, 0, &other), APR_TIMEUP);
        sd_slots_release(slots, slot);
        end_child(first);
    }
    munmap(slots, sd_slots_size(2));
}

static void *kill_later(void *baton)
{
    pause_for(100);
    kill(*(pid_t *)baton, SIGKILL);
    return NULL;
}

/* The kill wakes the one who sleeps on the slot; it does not wait for its timeout. */
static void test_kill_wakes_the_waiter(void **state)
{
    (void)state;
    sd_slots_t *slots = map_slots(1);
    pid_t child = start_child(slots);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, kill_later, &child), 0);
    unsigned slot;
    double start = seconds();
    assert_int_equal(sd_slots_acquire(slots, 10000, &slot), APR_SUCCESS);
    double waited = seconds() - start;
    assert_true(waited > 0.05 && waited < 5);
    sd_slots_release(slots, slot);
    pthread_join(thread, NULL);
    end_child(child);
    munmap(slots, sd_slots_size(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_each_slot_once),
        cmocka_unit_test(test_timeout_is_kept),
        cmocka_unit_test(test_waiter_gets_any_released_slot),
        cmocka_unit_test(test_thread_that_ends_gives_its_slot_back),
        cmocka_unit_test(test_crowd),
        cmocka_unit_test(test_killed_child_gives_its_slot_back),
        cmocka_unit_test(test_kill_wakes_the_waiter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
