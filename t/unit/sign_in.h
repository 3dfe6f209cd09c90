/*
 * The whole way of a sign-in by name and password, as a server goes it, for the tests of its parts: a fixture with
 * throttle and password cache, and counters of what was computed and what was remembered.
 */
#ifndef SD_UNIT_SIGN_IN_H
#define SD_UNIT_SIGN_IN_H

#include "fixture.h"

#include "desk/account.h"
#include "desk/authentication.h"
#include "desk/password_cache.h"
#include "desk/throttle.h"

#define OTHER_PASSWORD "seven lanterns under a bridge"

static const unsigned char key[SD_DIGEST_BYTES] = "thirty-two bytes, more or less..";
static int comparisons; /* how many times a password hash was computed to sign somebody in */
static int cache_hits;

static inline int sign_in_setup(void **state)
{
    fixture_setup(state);
    fixture.site.throttle = apr_palloc(fixture.pool, sd_throttle_size(4096));
    assert_int_equal(sd_throttle_init(fixture.site.throttle, 4096, key), APR_SUCCESS);
    fixture.site.password_cache = apr_palloc(fixture.pool, sd_password_cache_size(1024));
    assert_int_equal(sd_password_cache_init(fixture.site.password_cache, 1024, key), APR_SUCCESS);
    comparisons = 0;
    cache_hits = 0;
    return 0;
}

/* The whole way as a server goes it. */
static inline sd_error_t *attempt(sd_work_t *work, const char *name, const char *password)
{
    sd_password_hold_t hold;
    sd_password_check_t check;
    sd_password_verdict_t verdict;
    int known;

    SD_TRY(sd_password_begin(&known, work, "internal", name, password));
    if (known) {
        SD_TRY(sd_password_confirm(&known, work, "internal", name, password));
        if (!known) {
            SD_TRY(sd_password_begin(&known, work, "internal", name, password));
        }
    }
    if (known) {
        cache_hits++;
        return NULL;
    }
    SD_TRY(sd_password_hold(&hold, work, name));
    SD_TRY(sd_password_find(&check, work, name, &hold));
    comparisons++;
    SD_TRY(sd_password_compare(&verdict, work, &check, password));
    return sd_password_finish(work, &check, verdict, password);
}

static inline sd_error_t *attempt_from(const char *source, const char *name, const char *password)
{
    sd_work_t *work = fixture_work(0);
    sd_error_t *error;

    work->source = source;
    error = attempt(work, name, password);
    if (error) {
        assert_int_equal(work->actor.account_id, 0);
    } else {
        assert_int_not_equal(work->actor.account_id, 0);
    }
    return error;
}

static inline sd_error_t *sign_in(const char *name, const char *password)
{
    return attempt_from("192.0.2.7", name, password);
}

static inline sd_id_t make(const char *name)
{
    const sd_account_t *account;

    assert_good(
        sd_account_create(&account, fixture_operator(),
                          &(sd_account_input_t){.name = name,
                                                .address = apr_pstrcat(fixture.pool, name, "@example.org", NULL),
                                                .address_proven = 1,
                                                .password = FIXTURE_PASSWORD,
                                                .origin = "tool"}));
    return account->id;
}

static inline apr_int64_t failures_of(const char *name)
{
    return fixture_number("SELECT failures FROM account WHERE name = '%s'", name);
}

#define password_test(fn_) cmocka_unit_test_setup_teardown(fn_, sign_in_setup, fixture_teardown)

#endif
