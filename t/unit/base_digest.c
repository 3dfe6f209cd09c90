/* base/digest.h against the published vectors: FIPS 180-4, RFC 4231, RFC 4648. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include <apr_general.h>

#include "base/digest.h"

static apr_pool_t *pool;

static const char *sha256_hex(const void *data, apr_size_t length)
{
    unsigned char digest[SD_DIGEST_BYTES];
    sd_digest_sha256(digest, data, length);
    return sd_digest_hex(pool, digest, sizeof digest);
}

static void test_sha256(void **state)
{
    (void)state;
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_string_equal(sha256_hex("", 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(sha256_hex("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(sha256_hex(two_blocks, sizeof two_blocks - 1),
                        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    static char many[1000000];
    memset(many, 'a', sizeof many);
    assert_string_equal(sha256_hex(many, sizeof many),
                        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* A key shorter than the block is filled up with zeros, so the shorter keys of RFC 4231 are given here filled up. */
static const char *hmac_hex(const unsigned char *key, apr_size_t key_length, const void *data, apr_size_t length)
{
    unsigned char whole[SD_DIGEST_BYTES] = {0};
    unsigned char digest[SD_DIGEST_BYTES];
    memcpy(whole, key, key_length);
    sd_digest_hmac(digest, whole, data, length);
    return sd_digest_hex(pool, digest, sizeof digest);
}

static void test_hmac(void **state)
{
    (void)state;
    unsigned char key[25], data[50];

    memset(key, 0x0b, 20);
    assert_string_equal(hmac_hex(key, 20, "Hi There", 8),
                        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_string_equal(hmac_hex((const unsigned char *)"Jefe", 4, "what do ya want for nothing?", 28),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, 20);
    memset(data, 0xdd, sizeof data);
    assert_string_equal(hmac_hex(key, 20, data, sizeof data),
                        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (unsigned char)(i + 1);
    }
    memset(data, 0xcd, sizeof data);
    assert_string_equal(hmac_hex(key, sizeof key, data, sizeof data),
                        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    /* The empty key over nothing, as anybody can compute it. */
    assert_string_equal(hmac_hex(key, 0, "", 0), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_hex(void **state)
{
    (void)state;
    assert_string_equal(sd_digest_hex(pool, (const unsigned char *)"\x00\x01\x7f\x80\xfe\xff", 6), "00017f80feff");
    assert_string_equal(sd_digest_hex(pool, (const unsigned char *)"", 0), "");
}

static void test_base64url(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {"f", "Zg"},
        {"fo", "Zm8"},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg"},
        {"fooba", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff", "-_8"},
        {"\xff\xff\xff", "____"},
        {"\xfb\xef\xbe", "----"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(sd_digest_base64url(pool, (const unsigned char *)rows[i][0], strlen(rows[i][0])),
                            rows[i][1]);
    }
    assert_string_equal(sd_digest_base64url(pool, (const unsigned char *)"\0\0\0\0", 4), "AAAAAA");
}

static void test_equal(void **state)
{
    (void)state;
    assert_true(sd_digest_equal("abc", "abc", 3));
    assert_true(sd_digest_equal("abX", "abY", 2));
    assert_false(sd_digest_equal("abc", "abd", 3));
    assert_false(sd_digest_equal("abc", "Abc", 3));
    assert_true(sd_digest_equal("a", "b", 0));
}

static void *hash_much(void *result)
{
    unsigned char digest[SD_DIGEST_BYTES], expected[SD_DIGEST_BYTES];
    unsigned char key[SD_DIGEST_BYTES] = "Jefe";
    static const unsigned char abc[] = {0xba, 0x78, 0x16, 0xbf};
    static const unsigned char jefe[] = {0x5b, 0xdc, 0xc1, 0x46};
    int *failed = result;
    for (int i = 0; i < 5000; i++) {
        sd_digest_sha256(digest, "abc", 3);
        sd_digest_hmac(expected, key, "what do ya want for nothing?", 28);
        *failed |= memcmp(digest, abc, sizeof abc) != 0 || memcmp(expected, jefe, sizeof jefe) != 0;
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t thread[4];
    int failed[4] = {0};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, hash_much, &failed[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(failed[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads), /* first, so that the threads race for the algorithm */
        cmocka_unit_test(test_sha256),    cmocka_unit_test(test_hmac),  cmocka_unit_test(test_hex),
        cmocka_unit_test(test_base64url), cmocka_unit_test(test_equal),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
