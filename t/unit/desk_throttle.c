/*
 * The budget of wrong passwords: exact in one thread, never exceeded by many threads or processes, not to be washed out
 * by a flood of other names, and alive after one of its users was killed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "desk/throttle.h"

#define NOW ((sd_time_t)1714979289000)
#define BUDGET 10
#define PERIOD (5 * SD_MINUTE)
#define BUCKETS 4096

static const unsigned char key[SD_DIGEST_BYTES] = "thirty-two bytes, more or less..";
static sd_throttle_t *throttle;

static void make(unsigned buckets)
{
    throttle = mmap(NULL, sd_throttle_size(buckets), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(throttle, MAP_FAILED);
    assert_int_equal(sd_throttle_init(throttle, buckets, key), APR_SUCCESS);
}

static int setup(void **state)
{
    (void)state;
    make(BUCKETS);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return munmap(throttle, sd_throttle_size(BUCKETS));
}

static int take(const char *subject, sd_time_t now)
{
    return sd_throttle_take(throttle, "account", subject, BUDGET, PERIOD, now);
}

static void give_back(const char *subject, sd_time_t now)
{
    sd_throttle_give_back(throttle, "account", subject, BUDGET, PERIOD, now);
}

static int ask(const char *subject, sd_time_t now)
{
    return sd_throttle_wait(throttle, "account", subject, BUDGET, PERIOD, now);
}

static void exhaust(const char *subject, sd_time_t now)
{
    for (int i = 0; i < BUDGET; i++) {
        assert_int_equal(take(subject, now), 0);
    }
}

static void test_the_budget(void **state)
{
    (void)state;
    exhaust("carol", NOW);
    assert_int_equal(take("carol", NOW), 30);
    assert_int_equal(take("carol", NOW + 29000), 1);
    assert_int_equal(take("carol", NOW + 29999), 1);
    assert_int_equal(take("carol", NOW + 30000), 0);
    assert_int_equal(take("carol", NOW + 30000), 30);
    assert_int_equal(take("carol", NOW + 45500), 15);
}

static void test_it_refills_evenly_and_no_further(void **state)
{
    (void)state;
    exhaust("carol", NOW);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(take("carol", NOW + 90 * SD_SECOND), 0);
    }
    assert_int_not_equal(take("carol", NOW + 90 * SD_SECOND), 0);
    exhaust("carol", NOW + 90 * SD_SECOND + PERIOD);
    assert_int_not_equal(take("carol", NOW + 90 * SD_SECOND + PERIOD), 0);
    exhaust("carol", NOW + SD_DAY);
    assert_int_not_equal(take("carol", NOW + SD_DAY), 0);
}

static void test_subjects_and_kinds_are_apart(void **state)
{
    (void)state;
    exhaust("carol", NOW);
    assert_int_equal(take("caro", NOW), 0);
    assert_int_equal(take("carol2", NOW), 0);
    assert_int_equal(take("", NOW), 0);
    assert_int_equal(sd_throttle_take(throttle, "source", "carol", BUDGET, PERIOD, NOW), 0);
    /* The border between the two texts counts. */
    assert_int_equal(sd_throttle_take(throttle, "accountc", "arol", BUDGET, PERIOD, NOW), 0);
    assert_int_not_equal(take("carol", NOW), 0);
}

static void test_budgets_are_the_callers(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(sd_throttle_take(throttle, "source", "192.0.2.1", 100, PERIOD, NOW), 0);
    }
    assert_int_equal(sd_throttle_take(throttle, "source", "192.0.2.1", 100, PERIOD, NOW), 3);
    assert_int_equal(sd_throttle_take(throttle, "one", "x", 1, SD_MINUTE, NOW), 0);
    assert_int_equal(sd_throttle_take(throttle, "one", "x", 1, SD_MINUTE, NOW), 60);
}

static void test_giving_back(void **state)
{
    (void)state;
    exhaust("carol", NOW);
    give_back("carol", NOW);
    assert_int_equal(take("carol", NOW), 0);
    assert_int_not_equal(take("carol", NOW), 0);
    for (int i = 0; i < 3 * BUDGET; i++) {
        give_back("carol", NOW);
    }
    exhaust("carol", NOW); /* more than the budget is never given back */
    assert_int_not_equal(take("carol", NOW), 0);
    give_back("dan", NOW);
    exhaust("dan", NOW);
    assert_int_not_equal(take("dan", NOW), 0);
}

static void test_asking_takes_nothing(void **state)
{
    (void)state;
    assert_int_equal(ask("carol", NOW), 0);
    for (int i = 0; i < BUDGET; i++) {
        assert_int_equal(ask("carol", NOW), 0);
        assert_int_equal(take("carol", NOW), 0);
    }
    assert_int_equal(ask("carol", NOW), 30);
    assert_int_equal(ask("carol", NOW + 30000), 0);
    assert_int_equal(take("carol", NOW + 30000), 0);
}

static void test_tripped_once(void **state)
{
    (void)state;
    assert_int_equal(sd_throttle_tripped(throttle, "account", "carol", NOW), 0);
    for (int i = 0; i < BUDGET - 1; i++) {
        assert_int_equal(take("carol", NOW), 0);
    }
    assert_int_equal(sd_throttle_tripped(throttle, "account", "carol", NOW), 0);
    assert_int_equal(take("carol", NOW), 0);
    assert_int_equal(sd_throttle_tripped(throttle, "account", "carol", NOW), 1);
    assert_int_equal(sd_throttle_tripped(throttle, "account", "carol", NOW), 0);
    /* Whoever goes on at the pace of the refill is the same trip. */
    for (int i = 1; i < 20; i++) {
        assert_int_equal(take("carol", NOW + i * 30000), 0);
        assert_int_equal(sd_throttle_tripped(throttle, "account", "carol", NOW + i * 30000), 0);
    }
    /* After a full pause it is the next one. */
    exhaust("carol", NOW + SD_HOUR);
    assert_int_equal(sd_throttle_tripped(throttle, "account", "carol", NOW + SD_HOUR), 1);
}

static void test_a_right_password_is_no_trip(void **state)
{
    (void)state;
    exhaust("carol", NOW);
    give_back("carol", NOW);
    assert_int_equal(sd_throttle_tripped(throttle, "account", "carol", NOW), 0);
}

static void test_a_clock_that_goes_back(void **state)
{
    (void)state;
    exhaust("carol", NOW + SD_DAY);
    /* Nobody waits longer than if it had happened now. */
    assert_int_equal(take("carol", NOW), 30);
    assert_int_equal(ask("carol", NOW), 30);
}

static void test_a_flood_does_not_wash_it_out(void **state)
{
    char name[32];

    (void)state;
    exhaust("carol", NOW);
    for (int i = 0; i < 1000000; i++) {
        snprintf(name, sizeof(name), "name%d", i);
        take(name, NOW);
    }
    assert_int_equal(take("carol", NOW), 30);
    assert_int_equal(take("carol", NOW + 30000), 0);
    assert_int_equal(take("carol", NOW + 30000), 30);
}

/* A neighbourhood in which every budget ran out takes no newcomer: he could be anybody of them. */
static void test_a_full_neighbourhood_refuses(void **state)
{
    sd_throttle_t *large = throttle;
    int used_up = 0, wait = 0;
    char name[32];

    (void)state;
    make(8);
    for (int i = 0; i < 100 && !wait; i++) {
        snprintf(name, sizeof(name), "name%d", i);
        wait = take(name, NOW);
        for (int j = 1; !wait && j < BUDGET; j++) {
            assert_int_equal(take(name, NOW), 0);
        }
        used_up += !wait;
    }
    assert_int_equal(used_up, 8);
    assert_int_equal(wait, 300);
    assert_int_equal(take("name99", NOW + PERIOD), 0);
    munmap(throttle, sd_throttle_size(8));
    throttle = large;
}

static void test_free_places_are_used_again(void **state)
{
    sd_throttle_t *large = throttle;
    char name[32];

    (void)state;
    make(8);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "name%d", i);
        exhaust(name, NOW + i * PERIOD);
    }
    munmap(throttle, sd_throttle_size(8));
    throttle = large;
}

/* The memory is the caller's and nothing is written behind it. */
static void test_it_keeps_to_its_memory(void **state)
{
    unsigned counts[] = {0, 1, 7, 8, 9, 1000};
    sd_throttle_t *large = throttle;
    char name[32];

    (void)state;
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
        size_t size = sd_throttle_size(counts[c]);
        unsigned char *memory = malloc(size + 64);

        memset(memory, 0xa5, size + 64);
        throttle = (sd_throttle_t *)memory;
        assert_int_equal(sd_throttle_init(throttle, counts[c], key), APR_SUCCESS);
        for (int i = 0; i < 5000; i++) {
            snprintf(name, sizeof(name), "name%d", i);
            take(name, NOW);
        }
        for (size_t i = size; i < size + 64; i++) {
            assert_int_equal(memory[i], 0xa5);
        }
        free(memory);
    }
    throttle = large;
}

/* ---- many at once ---- */

#define THREADS 8

static pthread_barrier_t barrier;
static atomic_int granted;

static void *hammer_one(void *unused)
{
    (void)unused;
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 20000; i++) {
        if (take("carol", NOW) == 0) {
            atomic_fetch_add(&granted, 1);
        }
    }
    return NULL;
}

#define NAMES 3000
static atomic_int per_name[NAMES];

/* Each name is new to all threads at the same moment. */
static void *hammer_many(void *unused)
{
    char name[32];

    (void)unused;
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof(name), "name%d", i);
        pthread_barrier_wait(&barrier);
        for (int j = 0; j < 4; j++) {
            if (take(name, NOW) == 0) {
                atomic_fetch_add(&per_name[i], 1);
            }
        }
    }
    return NULL;
}

static void run_threads(void *(*fn)(void *))
{
    pthread_t threads[THREADS];

    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, fn, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&barrier);
}

static void test_threads_share_one_budget(void **state)
{
    (void)state;
    atomic_store(&granted, 0);
    run_threads(hammer_one);
    assert_int_equal(atomic_load(&granted), BUDGET);
}

/* A table with room for all of them, so that each gets his own bucket: exactly the budget, never one more. */
static void test_threads_that_meet_at_a_new_name(void **state)
{
    sd_throttle_t *small = throttle;

    (void)state;
    make(1 << 20);
    memset(per_name, 0, sizeof(per_name));
    run_threads(hammer_many);
    for (int i = 0; i < NAMES; i++) {
        assert_int_equal(atomic_load(&per_name[i]), BUDGET);
    }
    munmap(throttle, sd_throttle_size(1 << 20));
    throttle = small;
}

/* Attempts come and go; what remains is what was never given back. */
static void *take_and_give_back(void *unused)
{
    (void)unused;
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 20000; i++) {
        if (take("carol", NOW) == 0) {
            give_back("carol", NOW);
        }
    }
    return NULL;
}

static void test_threads_that_give_back(void **state)
{
    (void)state;
    assert_int_equal(take("carol", NOW), 0);
    assert_int_equal(take("carol", NOW), 0);
    assert_int_equal(take("carol", NOW), 0);
    run_threads(take_and_give_back);
    for (int i = 3; i < BUDGET; i++) {
        assert_int_equal(take("carol", NOW), 0);
    }
    assert_int_equal(take("carol", NOW), 30);
}

#define PROCESSES 4

/* A million tries from four processes. */
static void test_processes_share_one_budget(void **state)
{
    pid_t children[PROCESSES];
    int total = 0;

    (void)state;
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            int count = 0;

            for (int j = 0; j < 1000000 / PROCESSES; j++) {
                count += take("carol", NOW) == 0;
            }
            _exit(count);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        total += WEXITSTATUS(status);
    }
    assert_int_equal(total, BUDGET);
}

static void flood_for_ever(int seed)
{
    char name[32];

    for (int i = 0;; i++) {
        snprintf(name, sizeof(name), "p%d-%d", seed, i);
        take(name, NOW);
    }
}

/* Whoever is killed inside leaves the table usable, and what ran out stays so. */
static void test_a_killed_process(void **state)
{
    char name[32];

    (void)state;
    exhaust("carol", NOW);
    for (int round = 0; round < 30; round++) {
        pid_t child = fork();

        if (child == 0) {
            flood_for_ever(round);
        }
        usleep(3000);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        for (int i = 0; i < 2000; i++) {
            snprintf(name, sizeof(name), "after%d-%d", round, i);
            assert_int_equal(take(name, NOW), 0);
        }
        assert_int_equal(take("carol", NOW), 30);
    }
}

#define throttle_test(fn_) cmocka_unit_test_setup_teardown(fn_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        throttle_test(test_the_budget),
        throttle_test(test_it_refills_evenly_and_no_further),
        throttle_test(test_subjects_and_kinds_are_apart),
        throttle_test(test_budgets_are_the_callers),
        throttle_test(test_giving_back),
        throttle_test(test_asking_takes_nothing),
        throttle_test(test_tripped_once),
        throttle_test(test_a_right_password_is_no_trip),
        throttle_test(test_a_clock_that_goes_back),
        throttle_test(test_a_flood_does_not_wash_it_out),
        throttle_test(test_a_full_neighbourhood_refuses),
        throttle_test(test_free_places_are_used_again),
        throttle_test(test_it_keeps_to_its_memory),
        throttle_test(test_threads_share_one_budget),
        throttle_test(test_threads_that_meet_at_a_new_name),
        throttle_test(test_threads_that_give_back),
        throttle_test(test_processes_share_one_budget),
        throttle_test(test_a_killed_process),
    };

    return cmocka_run_group_tests_name("desk throttle", tests, NULL, NULL);
}
