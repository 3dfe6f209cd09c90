/* One-time codes against the values of RFC 6238, appendix B; base32 against RFC 4648; sealed secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "base/seal.h"
#include "base/totp.h"

static apr_pool_t *pool;

static int setup(void **state)
{
    (void)state;
    return apr_pool_create(&pool, NULL) == APR_SUCCESS ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static const unsigned char rfc_secret[SD_TOTP_SECRET_BYTES] = {'1', '2', '3', '4', '5', '6', '7', '8', '9', '0',
                                                               '1', '2', '3', '4', '5', '6', '7', '8', '9', '0'};

/* The RFC prints eight digits; six are its last six. */
static void test_rfc_6238(void **state)
{
    static const struct {
        apr_int64_t seconds;
        const char *code;
    } rows[] = {
        {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
        {1234567890, "005924"}, {2000000000, "279037"}, {APR_INT64_C(20000000000), "353130"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(sd_totp_code(pool, rfc_secret, sd_totp_step(rows[i].seconds * SD_SECOND)), rows[i].code);
    }
}

static void test_steps(void **state)
{
    (void)state;
    assert_int_equal(sd_totp_step(29 * SD_SECOND + 999), 0);
    assert_int_equal(sd_totp_step(30 * SD_SECOND), 1);
}

static void test_base32(void **state)
{
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "MY"},
                                          {"fo", "MZXQ"},
                                          {"foo", "MZXW6"},
                                          {"foob", "MZXW6YQ"},
                                          {"fooba", "MZXW6YTB"},
                                          {"foobar", "MZXW6YTBOI"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(sd_totp_base32(pool, (const unsigned char *)rows[i][0], strlen(rows[i][0])), rows[i][1]);
    }
}

static void test_sealed(void **state)
{
    unsigned char pepper[SD_DIGEST_BYTES] = {1}, other[SD_DIGEST_BYTES] = {2}, out[SD_TOTP_SECRET_BYTES];
    sd_seal_t seal = {pepper, "purpose", "7"};
    const char *one, *two;

    (void)state;
    assert_null(sd_seal_close(&one, pool, &sd_random_system, &seal, rfc_secret, sizeof(rfc_secret)));
    assert_null(sd_seal_close(&two, pool, &sd_random_system, &seal, rfc_secret, sizeof(rfc_secret)));
    assert_string_not_equal(one, two);
    assert_true(sd_seal_open(out, sizeof(out), pool, &seal, one));
    assert_memory_equal(out, rfc_secret, sizeof(out));
    assert_true(sd_seal_open(out, sizeof(out), pool, &seal, two));
    assert_false(sd_seal_open(out, sizeof(out), pool, &(sd_seal_t){other, "purpose", "7"}, one));
    assert_false(sd_seal_open(out, sizeof(out), pool, &(sd_seal_t){pepper, "another", "7"}, one));
    assert_false(sd_seal_open(out, sizeof(out), pool, &(sd_seal_t){pepper, "purpose", "8"}, one));
    assert_false(sd_seal_open(out, sizeof(out) - 1, pool, &seal, one));
    assert_false(sd_seal_open(out, sizeof(out), pool, &seal, ""));
    assert_false(sd_seal_open(out, sizeof(out), pool, &seal, "no hex at all"));
}

/* Whatever single digit somebody changes, nothing is opened. */
static void test_changed(void **state)
{
    unsigned char pepper[SD_DIGEST_BYTES] = {1}, out[SD_TOTP_SECRET_BYTES];
    sd_seal_t seal = {pepper, "purpose", "7"};
    const char *sealed;

    (void)state;
    assert_null(sd_seal_close(&sealed, pool, &sd_random_system, &seal, rfc_secret, sizeof(rfc_secret)));
    for (size_t i = 0; i < strlen(sealed); i++) {
        char *changed = apr_pstrdup(pool, sealed);

        changed[i] = changed[i] == '0' ? '1' : '0';
        assert_false(sd_seal_open(out, sizeof(out), pool, &seal, changed));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rfc_6238, setup, teardown),
        cmocka_unit_test_setup_teardown(test_steps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_base32, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changed, setup, teardown),
    };

    apr_initialize();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
