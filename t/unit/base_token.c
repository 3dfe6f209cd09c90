/* base/token.h: form of a token, what is stored of it, and what is refused before a database is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include "base/token.h"

#define KNOWN "sdp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define KNOWN_HASH "0f43b1b60961da723181d123d1d993919af9a30d6acbcce0497bc0198937ee73"

static apr_pool_t *pool;

static apr_status_t count_up(void *baton, unsigned char *bytes, apr_size_t length)
{
    (void)baton;
    for (apr_size_t i = 0; i < length; i++) {
        bytes[i] = (unsigned char)i;
    }
    return APR_SUCCESS;
}

static apr_status_t all_ones(void *baton, unsigned char *bytes, apr_size_t length)
{
    (void)baton;
    memset(bytes, 0xff, length);
    return APR_SUCCESS;
}

static apr_status_t broken(void *baton, unsigned char *bytes, apr_size_t length)
{
    (void)baton;
    memset(bytes, 0, length);
    return APR_EGENERAL;
}

static void test_new(void **state)
{
    (void)state;
    const char *text, *hash;
    sd_random_t random = {count_up, NULL};
    assert_null(sd_token_new(&text, &hash, pool, &random, SD_TOKEN_API));
    assert_string_equal(text, KNOWN);
    assert_string_equal(hash, KNOWN_HASH);
    assert_int_equal(strlen(text), SD_TOKEN_LENGTH);

    random.fill = all_ones;
    assert_null(sd_token_new(&text, &hash, pool, &random, SD_TOKEN_SESSION));
    assert_string_equal(text, "sds___________________________________________8");
    assert_string_equal(hash, "a9172dc56e63845aa2c24a7a3df283a00446bef6fba1a810ccfe95416c2e6c7b");
}

static void test_no_token_without_random_bytes(void **state)
{
    (void)state;
    const char *text = NULL, *hash = NULL;
    sd_random_t random = {broken, NULL};
    sd_error_t *error = sd_token_new(&text, &hash, pool, &random, SD_TOKEN_API);
    assert_non_null(error);
    assert_int_equal(error->kind, SD_ERROR_UNAVAILABLE);
    assert_null(text);
    assert_null(hash);
}

static void test_hash(void **state)
{
    (void)state;
    assert_string_equal(sd_token_hash(pool, SD_TOKEN_API, KNOWN), KNOWN_HASH);
    for (int i = 0; i < 200; i++) {
        const char *text, *hash;
        assert_null(sd_token_new(&text, &hash, pool, &sd_random_system, SD_TOKEN_SESSION));
        assert_string_equal(sd_token_hash(pool, SD_TOKEN_SESSION, text), hash);
        assert_null(sd_token_hash(pool, SD_TOKEN_API, text));
    }
}

static void test_refused_forms(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "sdp_",
        "sdp",
        "%",
        "_",
        "*",
        "null",
        "0",
        "true",
        "[]",
        "sdp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh",   /* one short */
        "sdp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8A", /* one long */
        "sdp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", /* padded */
        "sdp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 ",
        "sdp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",
        " sdp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "sdp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh/", /* the other base64 */
        "sdp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+",
        "sdp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh'",
        "sdp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH\xc3\xa9",
        "SDP_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "sds_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", /* another kind */
        "xxxxAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (sd_token_hash(pool, SD_TOKEN_API, bad[i])) {
            fail_msg("taken: '%s'", bad[i]);
        }
    }
    assert_null(sd_token_hash(pool, SD_TOKEN_API, NULL));
    char *huge = apr_palloc(pool, 20001);
    memset(huge, 'A', 20000);
    huge[20000] = '\0';
    memcpy(huge, "sdp_", 4);
    assert_null(sd_token_hash(pool, SD_TOKEN_API, huge));
}

#define MANY 10000
#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* Ten thousand: none twice, and every place takes every character that it can (the last one has two bits to spare). */
static void test_nothing_in_common(void **state)
{
    (void)state;
    static int seen[SD_TOKEN_LENGTH][256];
    apr_hash_t *all = apr_hash_make(pool);
    for (int i = 0; i < MANY; i++) {
        const char *text, *hash;
        assert_null(sd_token_new(&text, &hash, pool, &sd_random_system, SD_TOKEN_SESSION));
        assert_int_equal(strlen(text), SD_TOKEN_LENGTH);
        assert_memory_equal(text, SD_TOKEN_SESSION, 4);
        assert_int_equal(strspn(text + 4, ALPHABET), SD_TOKEN_LENGTH - 4);
        assert_null(apr_hash_get(all, text, APR_HASH_KEY_STRING));
        assert_null(apr_hash_get(all, hash, APR_HASH_KEY_STRING));
        apr_hash_set(all, text, APR_HASH_KEY_STRING, text);
        apr_hash_set(all, hash, APR_HASH_KEY_STRING, hash);
        for (int j = 4; j < SD_TOKEN_LENGTH; j++) {
            seen[j][(unsigned char)text[j]]++;
        }
    }
    for (int j = 4; j < SD_TOKEN_LENGTH; j++) {
        int characters = 0;
        for (const char *c = ALPHABET; *c; c++) {
            characters += seen[j][(unsigned char)*c] != 0;
        }
        assert_int_equal(characters, j == SD_TOKEN_LENGTH - 1 ? 16 : 64);
    }
}

/* A child of the server draws others than its parent and its siblings, from the first one on. */
static void test_children_differ(void **state)
{
    (void)state;
    enum { CHILDREN = 8, EACH = 20 };
    apr_hash_t *all = apr_hash_make(pool);
    for (int i = 0; i < CHILDREN; i++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        for (int j = 0; child == 0 && j < EACH; j++) {
            const char *text, *hash;
            if (sd_token_new(&text, &hash, pool, &sd_random_system, SD_TOKEN_SESSION) ||
                write(ends[1], text, SD_TOKEN_LENGTH) != SD_TOKEN_LENGTH) {
                _exit(1);
            }
        }
        if (child == 0) {
            _exit(0);
        }
        close(ends[1]);
        char *text = apr_pcalloc(pool, SD_TOKEN_LENGTH + 1);
        while (read(ends[0], text, SD_TOKEN_LENGTH) == SD_TOKEN_LENGTH) {
            assert_null(apr_hash_get(all, text, APR_HASH_KEY_STRING));
            apr_hash_set(all, text, APR_HASH_KEY_STRING, text);
            text = apr_pcalloc(pool, SD_TOKEN_LENGTH + 1);
        }
        close(ends[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
    }
    assert_int_equal(apr_hash_count(all), CHILDREN * EACH);
}

/* Case is part of the token: a flipped letter is another token, not a spelling of the same. */
static void test_case_matters(void **state)
{
    (void)state;
    const char *hash = sd_token_hash(pool, SD_TOKEN_API, "sdp_aAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    assert_non_null(hash);
    assert_string_not_equal(hash, KNOWN_HASH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_no_token_without_random_bytes),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_refused_forms),
        cmocka_unit_test(test_case_matters),
        cmocka_unit_test(test_nothing_in_common),
        cmocka_unit_test(test_children_differ),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
