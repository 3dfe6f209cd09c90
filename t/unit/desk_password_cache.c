/* Verified passwords in shared memory: only the very credentials, only in time, also beside killed processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "desk/password_cache.h"

#define NOW ((sd_time_t)1714979289000)
#define ENTRIES 1024

static const unsigned char key[SD_DIGEST_BYTES] = "thirty-two bytes, more or less..";
static sd_password_cache_t *cache;

static int setup(void **state)
{
    (void)state;
    cache = mmap(NULL, sd_password_cache_size(ENTRIES), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(cache, MAP_FAILED);
    assert_int_equal(sd_password_cache_init(cache, ENTRIES, key), APR_SUCCESS);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return munmap(cache, sd_password_cache_size(ENTRIES));
}

/* The account that the cache knows for these credentials; 0 is none. */
static sd_id_t get_from(sd_password_cache_t *from, const char *directory, const char *name, const char *password,
                        sd_time_t now)
{
    sd_password_cache_entry_t entry = {0, 0};

    return sd_password_cache_get(from, &entry, directory, name, password, now) ? entry.account_id : 0;
}

static sd_id_t get(const char *directory, const char *name, const char *password, sd_time_t now)
{
    return get_from(cache, directory, name, password, now);
}

static void set(const char *directory, const char *name, const char *password, sd_id_t id, sd_time_t until)
{
    sd_password_cache_entry_t entry = {id, 7};

    sd_password_cache_set(cache, &entry, directory, name, password, NOW, until);
}

static void test_only_the_very_credentials(void **state)
{
    sd_password_cache_entry_t entry = {0, 0};

    (void)state;
    assert_int_equal(get("internal", "carol", "secret", NOW), 0);
    set("internal", "carol", "secret", 42, NOW + SD_MINUTE);
    assert_true(sd_password_cache_get(cache, &entry, "internal", "carol", "secret", NOW));
    assert_int_equal(entry.account_id, 42);
    assert_int_equal(entry.generation, 7);
    assert_int_equal(get("internal", "carol", "Secret", NOW), 0);
    assert_int_equal(get("internal", "carol", "secre", NOW), 0);
    assert_int_equal(get("internal", "carol", "secret ", NOW), 0);
    assert_int_equal(get("internal", "carol", "", NOW), 0);
    assert_int_equal(get("internal", "caro", "lsecret", NOW), 0);
    assert_int_equal(get("internal", "carolsecret", "", NOW), 0);
    assert_int_equal(get("interna", "lcarol", "secret", NOW), 0);
    assert_int_equal(get("ldap", "carol", "secret", NOW), 0);
}

static void test_it_ends_in_time(void **state)
{
    (void)state;
    set("internal", "carol", "secret", 42, NOW + SD_MINUTE);
    assert_int_equal(get("internal", "carol", "secret", NOW + SD_MINUTE - 1), 42);
    assert_int_equal(get("internal", "carol", "secret", NOW + SD_MINUTE), 0);
    /* And does not come back with the clock. */
    assert_int_equal(get("internal", "carol", "secret", NOW), 0);
}

static void test_a_new_verification_counts(void **state)
{
    (void)state;
    set("internal", "carol", "secret", 42, NOW + SD_MINUTE);
    set("internal", "carol", "secret", 43, NOW + SD_HOUR);
    assert_int_equal(get("internal", "carol", "secret", NOW + SD_MINUTE), 43);
    set("internal", "carol", "other", 44, NOW + SD_HOUR);
    assert_int_equal(get("internal", "carol", "secret", NOW), 43);
    assert_int_equal(get("internal", "carol", "other", NOW), 44);
}

static void test_forget(void **state)
{
    (void)state;
    set("internal", "carol", "secret", 42, NOW + SD_MINUTE);
    set("internal", "dan", "secret", 43, NOW + SD_MINUTE);
    sd_password_cache_forget(cache, "internal", "carol", "other");
    assert_int_equal(get("internal", "carol", "secret", NOW), 42);
    sd_password_cache_forget(cache, "internal", "carol", "secret");
    assert_int_equal(get("internal", "carol", "secret", NOW), 0);
    assert_int_equal(get("internal", "dan", "secret", NOW), 43);
}

static void test_the_longest_unused_goes_first(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    sd_password_cache_t *small = malloc(sd_password_cache_size(4));
    sd_password_cache_entry_t entry = {1, 1};

    (void)state;
    assert_int_equal(sd_password_cache_init(small, 4, key), APR_SUCCESS);
    for (int i = 0; i < 4; i++) {
        sd_password_cache_set(small, &entry, "internal", names[i], "x", NOW + i, NOW + SD_HOUR);
    }
    assert_int_equal(get_from(small, "internal", "a", "x", NOW + 10), 1);
    sd_password_cache_set(small, &entry, "internal", "e", "x", NOW + 11, NOW + SD_HOUR);
    assert_int_equal(get_from(small, "internal", "b", "x", NOW + 12), 0);
    assert_int_equal(get_from(small, "internal", "a", "x", NOW + 12), 1);
    assert_int_equal(get_from(small, "internal", "c", "x", NOW + 12), 1);
    assert_int_equal(get_from(small, "internal", "d", "x", NOW + 12), 1);
    assert_int_equal(get_from(small, "internal", "e", "x", NOW + 12), 1);
    free(small);
}

static void test_what_is_too_long_is_not_kept(void **state)
{
    static char password[4096];

    (void)state;
    memset(password, 'x', sizeof(password) - 1);
    set("internal", "carol", password, 42, NOW + SD_MINUTE);
    assert_int_equal(get("internal", "carol", password, NOW), 0);
    password[1024] = '\0';
    set("internal", "carol", password, 42, NOW + SD_MINUTE);
    assert_int_equal(get("internal", "carol", password, NOW), 42);
}

static void test_neither_name_nor_password_is_in_the_memory(void **state)
{
    (void)state;
    set("internal", "carolinacarolina", "a secret of many words", 42, NOW + SD_MINUTE);
    assert_null(memmem(cache, sd_password_cache_size(ENTRIES), "carolina", 8));
    assert_null(memmem(cache, sd_password_cache_size(ENTRIES), "secret", 6));
}

static void test_another_key_finds_nothing(void **state)
{
    static const unsigned char other_key[SD_DIGEST_BYTES] = "another thirty-two bytes of key.";
    size_t size = sd_password_cache_size(4);
    sd_password_cache_t *small = malloc(size), *moved = malloc(size);
    sd_password_cache_entry_t entry = {1, 1};

    (void)state;
    assert_int_equal(sd_password_cache_init(small, 4, key), APR_SUCCESS);
    assert_int_equal(sd_password_cache_init(moved, 4, other_key), APR_SUCCESS);
    sd_password_cache_set(small, &entry, "internal", "a", "x", NOW, NOW + SD_HOUR);
    /* The entries of one table under the key of the other: they lie behind all else. */
    memcpy((char *)moved + size - 8 * 64, (char *)small + size - 8 * 64, 8 * 64);
    assert_int_equal(get_from(small, "internal", "a", "x", NOW), 1);
    assert_int_equal(get_from(moved, "internal", "a", "x", NOW), 0);
    free(small);
    free(moved);
}

/* No part of the digest is left out of the comparison. */
static void test_the_whole_digest_counts(void **state)
{
    size_t size = sd_password_cache_size(4);
    sd_password_cache_t *small = malloc(size);
    unsigned char *memory = (unsigned char *)small;
    sd_password_cache_entry_t entry = {1, 1};
    size_t first = size - 8 * 64; /* of the entries, 64 bytes each, the digest in front */

    (void)state;
    assert_int_equal(sd_password_cache_init(small, 4, key), APR_SUCCESS);
    sd_password_cache_set(small, &entry, "internal", "a", "x", NOW, NOW + SD_HOUR);
    for (size_t i = 8; i < 32; i++) {
        for (size_t slot = 0; slot < 4; slot++) {
            memory[first + slot * 64 + i] ^= 1;
        }
        assert_int_equal(get_from(small, "internal", "a", "x", NOW), 0);
        for (size_t slot = 0; slot < 4; slot++) {
            memory[first + slot * 64 + i] ^= 1;
        }
        assert_int_equal(get_from(small, "internal", "a", "x", NOW), 1);
    }
    free(small);
}

static void test_it_keeps_to_its_memory(void **state)
{
    unsigned counts[] = {0, 1, 3, 4, 5, 1000};
    sd_password_cache_entry_t entry = {1, 1};
    char name[32];

    (void)state;
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
        size_t size = sd_password_cache_size(counts[c]);
        unsigned char *memory = malloc(size + 64);
        sd_password_cache_t *table = (sd_password_cache_t *)memory;

        memset(memory, 0xa5, size + 64);
        assert_int_equal(sd_password_cache_init(table, counts[c], key), APR_SUCCESS);
        for (int i = 0; i < 3000; i++) {
            snprintf(name, sizeof(name), "name%d", i);
            sd_password_cache_set(table, &entry, "internal", name, "x", NOW, NOW + SD_HOUR);
            assert_int_equal(get_from(table, "internal", name, "x", NOW), 1);
        }
        for (size_t i = size; i < size + 64; i++) {
            assert_int_equal(memory[i], 0xa5);
        }
        free(memory);
    }
}

/* The id of a name is in the name, so a torn entry would show. */
static void set_numbered(int number)
{
    sd_password_cache_entry_t entry = {number + 1, number + 1};
    char name[32];

    snprintf(name, sizeof(name), "name%d", number);
    sd_password_cache_set(cache, &entry, "internal", name, "x", NOW, NOW + SD_HOUR);
}

/* -1: gone, 0: right, 1: somebody else's. */
static int check_numbered(int number)
{
    sd_password_cache_entry_t entry = {0, 0};
    char name[32];

    snprintf(name, sizeof(name), "name%d", number);
    if (!sd_password_cache_get(cache, &entry, "internal", name, "x", NOW)) {
        return -1;
    }
    return entry.account_id != number + 1 || entry.generation != number + 1;
}

static void *work_on_all(void *mistakes)
{
    for (int i = 0; i < 20000; i++) {
        set_numbered(i % 2000);
        *(int *)mistakes += check_numbered((i * 7) % 2000) == 1;
    }
    return NULL;
}

static void test_threads(void **state)
{
    pthread_t threads[8];
    int mistakes[8] = {0};

    (void)state;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work_on_all, &mistakes[i]), 0);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(mistakes[i], 0);
    }
}

static void test_a_killed_process(void **state)
{
    (void)state;
    for (int round = 0; round < 30; round++) {
        pid_t child = fork();

        if (child == 0) {
            for (int i = 0;; i++) {
                set_numbered(i % 5000);
            }
        }
        usleep(3000);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        for (int i = 0; i < 5000; i++) {
            assert_int_not_equal(check_numbered(i), 1);
        }
        set_numbered(round);
        assert_int_equal(check_numbered(round), 0);
    }
}

#define cache_test(fn_) cmocka_unit_test_setup_teardown(fn_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cache_test(test_only_the_very_credentials),
        cache_test(test_it_ends_in_time),
        cache_test(test_a_new_verification_counts),
        cache_test(test_forget),
        cache_test(test_the_longest_unused_goes_first),
        cache_test(test_what_is_too_long_is_not_kept),
        cache_test(test_neither_name_nor_password_is_in_the_memory),
        cache_test(test_another_key_finds_nothing),
        cache_test(test_the_whole_digest_counts),
        cache_test(test_it_keeps_to_its_memory),
        cache_test(test_threads),
        cache_test(test_a_killed_process),
    };

    return cmocka_run_group_tests_name("desk password cache", tests, NULL, NULL);
}
