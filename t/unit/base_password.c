/* base/password.h: hashing and verification. Cost 4, the least that bcrypt takes, keeps the test quick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <apr_general.h>
#include <apr_md5.h>
#include <apr_strings.h>

#include "base/password.h"

#define PASSWORD "correct horse battery"
#define COSTLY_HASH "$2y$16$abcdefghijklmnopqrstuuu3ZFQ/kAB9aw3ebInw6vDPXq//YPkRC"
#define KNOWN_HASH "$2y$04$abcdefghijklmnopqrstuu2.WW9TxKg2.jXj5zEGrUBUx/EyIfr2y"

static apr_pool_t *pool;

static sd_password_keys_t make_keys(void)
{
    sd_password_keys_t keys = {.current = {.id = 1}, .cost = 4};
    memset(keys.current.key, 0x11, sizeof keys.current.key);
    return keys;
}

static const char *hash_with(const sd_password_keys_t *keys, const char *password)
{
    const char *hash = NULL;
    assert_null(sd_password_hash(&hash, pool, keys, &sd_random_system, password));
    return hash;
}

static sd_password_verdict_t verify(const sd_password_keys_t *keys, const char *hash, const char *password)
{
    sd_password_verdict_t verdict = (sd_password_verdict_t)77;
    assert_null(sd_password_verify(&verdict, pool, keys, hash, password));
    return verdict;
}

/* The empty place of a file with one pepper, or none, is no pepper of the id 0. */
static void test_peppers(void **state)
{
    sd_password_keys_t keys = make_keys(), none = {.cost = 4};

    (void)state;
    assert_ptr_equal(sd_password_pepper(&keys, 1), &keys.current);
    assert_null(sd_password_pepper(&keys, 0));
    assert_null(sd_password_pepper(&none, 0));
    assert_null(sd_password_pepper(&keys, 2));
    keys.previous.id = 7;
    assert_ptr_equal(sd_password_pepper(&keys, 7), &keys.previous);
}

static void test_right_and_wrong(void **state)
{
    (void)state;
    sd_password_keys_t keys = make_keys();
    const char *hash = hash_with(&keys, PASSWORD);
    assert_int_equal(verify(&keys, hash, PASSWORD), SD_PASSWORD_RIGHT);
    static const char *const wrong[] = {
        "",
        "correct horse batter",
        "correct horse battery ",
        " correct horse battery",
        "Correct horse battery",
        "correct horse batteryy",
        "correct  horse battery",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(verify(&keys, hash, wrong[i]), SD_PASSWORD_WRONG);
    }
    assert_int_equal(verify(&keys, hash, NULL), SD_PASSWORD_WRONG);
}

static void test_stored_form(void **state)
{
    (void)state;
    sd_password_keys_t keys = make_keys();
    keys.current.id = 42;
    const char *hash = hash_with(&keys, PASSWORD);
    assert_memory_equal(hash, "$sd1$42$$2y$04$", 15);
    assert_int_equal(strlen(hash), 8 + 60);
    assert_string_not_equal(hash, hash_with(&keys, PASSWORD)); /* the salt is new each time */
    /* Neither bcrypt of the password itself nor of anything made without the pepper. */
    assert_int_not_equal(apr_password_validate(PASSWORD, hash + 8), APR_SUCCESS);
    keys.current.key[31] ^= 1;
    assert_int_equal(verify(&keys, hash, PASSWORD), SD_PASSWORD_WRONG);
}

/* A hash made elsewhere: python's hmac and base64, and libxcrypt's bcrypt. It pins the form that is in databases. */
static void test_known_hash(void **state)
{
    (void)state;
    sd_password_keys_t keys = make_keys();
    assert_int_equal(verify(&keys, "$sd1$1$" KNOWN_HASH, PASSWORD), SD_PASSWORD_RIGHT);
    assert_int_equal(verify(&keys, "$sd1$1$" KNOWN_HASH, "correct horse batterY"), SD_PASSWORD_WRONG);
}

/* bcrypt alone reads 72 bytes and not more. */
static void test_every_byte_counts(void **state)
{
    (void)state;
    sd_password_keys_t keys = make_keys();
    char first[81], second[81];
    memset(first, 'x', 80);
    first[80] = '\0';
    memcpy(second, first, sizeof second);
    second[79] = 'y';
    const char *hash = hash_with(&keys, first);
    assert_int_equal(verify(&keys, hash, first), SD_PASSWORD_RIGHT);
    assert_int_equal(verify(&keys, hash, second), SD_PASSWORD_WRONG);
    second[72] = '\0';
    assert_int_equal(verify(&keys, hash, second), SD_PASSWORD_WRONG);

    char emoji[64 * 4 + 1] = "";
    for (int i = 0; i < 64; i++) {
        memcpy(emoji + 4 * i, "\xf0\x9f\x98\x80", 5);
    }
    hash = hash_with(&keys, emoji);
    assert_int_equal(verify(&keys, hash, emoji), SD_PASSWORD_RIGHT);
    emoji[64 * 4 - 1] = '\x81';
    assert_int_equal(verify(&keys, hash, emoji), SD_PASSWORD_WRONG);
}

static void test_composed_and_decomposed_are_one(void **state)
{
    (void)state;
    sd_password_keys_t keys = make_keys();
    const char *hash = hash_with(&keys, "caf\xc3\xa9 au lait glac\xc3\xa9");
    assert_int_equal(verify(&keys, hash, "cafe\xcc\x81 au lait glace\xcc\x81"), SD_PASSWORD_RIGHT);
    assert_int_equal(verify(&keys, hash, "cafe au lait glace"), SD_PASSWORD_WRONG);
    /* compatibility forms are not folded together */
    hash = hash_with(&keys, "\xef\xac\x81le of a long password");
    assert_int_equal(verify(&keys, hash, "file of a long password"), SD_PASSWORD_WRONG);
}

static void test_pepper_rotation(void **state)
{
    (void)state;
    sd_password_keys_t before = make_keys(), after = make_keys(), later = make_keys();
    after.previous = before.current;
    after.current.id = 2;
    memset(after.current.key, 0x22, sizeof after.current.key);
    later.current = after.current;

    const char *hash = hash_with(&before, PASSWORD);
    assert_int_equal(verify(&after, hash, PASSWORD), SD_PASSWORD_RIGHT_REHASH);
    assert_int_equal(verify(&after, hash, "another password"), SD_PASSWORD_WRONG);
    assert_int_equal(verify(&later, hash, PASSWORD), SD_PASSWORD_WRONG); /* its pepper is gone */

    hash = hash_with(&after, PASSWORD);
    assert_memory_equal(hash, "$sd1$2$", 7);
    assert_int_equal(verify(&after, hash, PASSWORD), SD_PASSWORD_RIGHT);
    assert_int_equal(verify(&later, hash, PASSWORD), SD_PASSWORD_RIGHT);
    assert_int_equal(verify(&before, hash, PASSWORD), SD_PASSWORD_WRONG);
}

static void test_cost_change(void **state)
{
    (void)state;
    sd_password_keys_t keys = make_keys();
    const char *hash = hash_with(&keys, PASSWORD);
    keys.cost = 5;
    assert_int_equal(verify(&keys, hash, PASSWORD), SD_PASSWORD_RIGHT_REHASH);
    assert_int_equal(verify(&keys, hash, "another password"), SD_PASSWORD_WRONG);
    hash = hash_with(&keys, PASSWORD);
    assert_memory_equal(hash, "$sd1$1$$2y$05$", 14);
    assert_int_equal(verify(&keys, hash, PASSWORD), SD_PASSWORD_RIGHT);
}

/* A damaged row must not occupy a thread: the hash is right, and of cost 16. */
static void test_cost_beyond_ours(void **state)
{
    (void)state;
    sd_password_keys_t keys = make_keys();
    assert_int_equal(verify(&keys, "$sd1$1$" COSTLY_HASH, PASSWORD), SD_PASSWORD_WRONG);
}

static void test_unreadable_hashes(void **state)
{
    (void)state;
    sd_password_keys_t keys = make_keys();
    const char *good = hash_with(&keys, PASSWORD);
    const char *bcrypt = good + 7;
    const char *const bad[] = {
        NULL,
        "",
        "*",
        "!",
        "not-a-hash",
        PASSWORD,
        "$sd1$",
        "$sd1$1$",
        "$sd1$1",
        "$sd1$$",
        "$2y$",
        bcrypt,
        apr_pstrcat(pool, "$sd1$0$", bcrypt, NULL),
        apr_pstrcat(pool, "$sd1$01$", bcrypt, NULL),
        apr_pstrcat(pool, "$sd1$-1$", bcrypt, NULL),
        apr_pstrcat(pool, "$sd1$2$", bcrypt, NULL),
        apr_pstrcat(pool, "$sd1$4294967297$", bcrypt, NULL),
        apr_pstrcat(pool, "$sd1$ 1$", bcrypt, NULL),
        apr_pstrcat(pool, "$sd2$1$", bcrypt, NULL),
        apr_pstrcat(pool, "$sd1$1$$2a", bcrypt + 3, NULL),
        apr_pstrcat(pool, "$sd1$1$$2y$31$", bcrypt + 7, NULL),
        apr_pstrcat(pool, "$sd1$1$$2y$03$", bcrypt + 7, NULL),
        apr_pstrcat(pool, "$sd1$1$$2y$00$", bcrypt + 7, NULL),
        apr_pstrcat(pool, "$sd1$1$$2y$ 4$", bcrypt + 7, NULL),
        apr_pstrcat(pool, good, "x", NULL),
        apr_pstrcat(pool, good, "\n", NULL),
        apr_pstrmemdup(pool, good, strlen(good) - 1),
        apr_pstrmemdup(pool, good, 20),
        apr_pstrcat(pool, apr_pstrmemdup(pool, good, strlen(good) - 1), "!", NULL),
        "$sd1$1$$6$salt$hash",
        "$sd1$1${SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "$sd1$1$$apr1$aa$bb",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (verify(&keys, bad[i], PASSWORD) != SD_PASSWORD_WRONG) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_int_equal(verify(&keys, bad[i], ""), SD_PASSWORD_WRONG);
    }
    assert_int_equal(verify(&keys, good, PASSWORD), SD_PASSWORD_RIGHT);
}

/* An empty place for a pepper (id 0) is not a pepper of zeros. */
static void test_no_previous_pepper(void **state)
{
    (void)state;
    sd_password_keys_t zeros = {.current = {.id = 9}, .cost = 4};
    sd_password_keys_t keys = make_keys();
    const char *hash = hash_with(&zeros, PASSWORD);
    assert_int_equal(verify(&keys, hash, PASSWORD), SD_PASSWORD_WRONG);
    const char *of_nothing = apr_pstrcat(pool, "$sd1$0", hash + 6, NULL);
    assert_int_equal(verify(&keys, of_nothing, PASSWORD), SD_PASSWORD_WRONG);
}

static void test_too_long_and_not_utf8(void **state)
{
    (void)state;
    sd_password_keys_t keys = make_keys();
    char *text = apr_palloc(pool, 10000001);
    memset(text, 'x', 10000000);
    text[10000000] = '\0';
    const char *hash = NULL;
    clock_t start = clock();
    sd_error_t *error = sd_password_hash(&hash, pool, &keys, &sd_random_system, text);
    assert_non_null(error);
    assert_string_equal(error->key, "sd.validation.password.long");
    assert_int_equal(error->kind, SD_ERROR_INPUT);
    assert_null(hash);
    assert_int_equal(verify(&keys, hash_with(&keys, PASSWORD), text), SD_PASSWORD_WRONG);
    assert_true(clock() - start < CLOCKS_PER_SEC / 2);

    text[1024] = '\0';
    hash = hash_with(&keys, text);
    assert_int_equal(verify(&keys, hash, text), SD_PASSWORD_RIGHT);

    error = sd_password_hash(&hash, pool, &keys, &sd_random_system, "password of bytes \xff\xfe");
    assert_non_null(error);
    assert_string_equal(error->key, "sd.validation.password.utf8");
    assert_int_equal(verify(&keys, hash, "\xff\xfe"), SD_PASSWORD_WRONG);
}

static void test_keys_that_cannot_hash(void **state)
{
    (void)state;
    const char *hash = NULL;
    static const int costs[] = {0, 3, 16, 31, -1};
    for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
        sd_password_keys_t keys = make_keys();
        keys.cost = costs[i];
        sd_error_t *error = sd_password_hash(&hash, pool, &keys, &sd_random_system, PASSWORD);
        assert_non_null(error);
        assert_int_equal(error->kind, SD_ERROR_INTERNAL);
    }
    sd_password_keys_t keys = make_keys();
    keys.current.id = 0;
    assert_non_null(sd_password_hash(&hash, pool, &keys, &sd_random_system, PASSWORD));
    assert_null(hash);
}

static apr_status_t broken(void *baton, unsigned char *bytes, apr_size_t length)
{
    (void)baton;
    memset(bytes, 0, length);
    return APR_EGENERAL;
}

static void test_no_hash_without_salt(void **state)
{
    (void)state;
    sd_password_keys_t keys = make_keys();
    sd_random_t random = {broken, NULL};
    const char *hash = NULL;
    sd_error_t *error = sd_password_hash(&hash, pool, &keys, &random, PASSWORD);
    assert_non_null(error);
    assert_int_equal(error->kind, SD_ERROR_UNAVAILABLE);
    assert_null(hash);
}

typedef struct holder_t {
    sd_slots_t *slots;
    atomic_int holds, let_go;
} holder_t;

static void *hold(void *baton)
{
    holder_t *holder = baton;
    unsigned slot;
    if (sd_slots_acquire(holder->slots, 1000, &slot) == APR_SUCCESS) {
        atomic_store(&holder->holds, 1);
        while (!atomic_load(&holder->let_go)) {
            nanosleep(&(struct timespec){0, 1000000}, NULL);
        }
        sd_slots_release(holder->slots, slot);
    }
    return NULL;
}

/* Also a name without a hash queues for a slot: it does the same work. */
static void test_slots(void **state)
{
    (void)state;
    sd_password_keys_t keys = make_keys();
    const char *hash = hash_with(&keys, PASSWORD);
    holder_t holder = {.slots = malloc(sd_slots_size(1))};
    assert_int_equal(sd_slots_init(holder.slots, 1, 0), APR_SUCCESS);
    keys.slots = holder.slots;
    keys.wait = 20;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, hold, &holder), 0);
    while (!atomic_load(&holder.holds)) {
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }

    const char *fresh = NULL;
    sd_password_verdict_t verdict;
    sd_error_t *errors[] = {
        sd_password_verify(&verdict, pool, &keys, hash, PASSWORD),
        sd_password_verify(&verdict, pool, &keys, NULL, PASSWORD),
        sd_password_hash(&fresh, pool, &keys, &sd_random_system, PASSWORD),
    };
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        assert_non_null(errors[i]);
        assert_int_equal(errors[i]->kind, SD_ERROR_UNAVAILABLE);
        assert_string_equal(errors[i]->key, "sd.busy");
        assert_int_equal(errors[i]->retry_after, 2);
        assert_non_null(errors[i]->detail);
    }
    assert_int_equal(verdict, SD_PASSWORD_WRONG);
    assert_null(fresh);

    atomic_store(&holder.let_go, 1);
    pthread_join(thread, NULL);
    assert_int_equal(verify(&keys, hash, PASSWORD), SD_PASSWORD_RIGHT);
    assert_int_equal(verify(&keys, NULL, PASSWORD), SD_PASSWORD_WRONG);
    hash_with(&keys, PASSWORD);
    unsigned slot;
    assert_int_equal(sd_slots_acquire(holder.slots, 0, &slot), APR_SUCCESS); /* all of them gave it back */
    sd_slots_release(holder.slots, slot);
    free(holder.slots);
}

static double cpu_seconds(const sd_password_keys_t *keys, const char *hash)
{
    double best = 1e9;
    for (int i = 0; i < 5; i++) {
        struct timespec from, to;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        verify(keys, hash, PASSWORD);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        double spent = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
        best = spent < best ? spent : best;
    }
    return best;
}

/* Whether the name exists cannot be read from the time. */
static void test_unknown_takes_the_time_of_known(void **state)
{
    (void)state;
    sd_password_keys_t keys = make_keys();
    keys.cost = 8;
    double known = cpu_seconds(&keys, hash_with(&keys, "quite another password"));
    double unknown = cpu_seconds(&keys, NULL);
    double damaged = cpu_seconds(&keys, "$sd1$1$not-a-hash");
    assert_true(unknown > known * 0.7 && unknown < known * 1.4);
    assert_true(damaged > known * 0.7 && damaged < known * 1.4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_peppers),
        cmocka_unit_test(test_right_and_wrong),
        cmocka_unit_test(test_stored_form),
        cmocka_unit_test(test_known_hash),
        cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_composed_and_decomposed_are_one),
        cmocka_unit_test(test_pepper_rotation),
        cmocka_unit_test(test_cost_change),
        cmocka_unit_test(test_cost_beyond_ours),
        cmocka_unit_test(test_unreadable_hashes),
        cmocka_unit_test(test_no_previous_pepper),
        cmocka_unit_test(test_too_long_and_not_utf8),
        cmocka_unit_test(test_keys_that_cannot_hash),
        cmocka_unit_test(test_no_hash_without_salt),
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_unknown_takes_the_time_of_known),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
