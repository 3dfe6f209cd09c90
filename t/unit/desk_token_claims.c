/* What is remembered of API tokens, how long, and that it proves nothing. */
#include "fixture.h"

#include "desk/api_token.h"
#include "desk/authentication.h"
#include "desk/token_claims.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SAME_PLACE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdee"

static int has(sd_token_claims_t *claims, const char *hash, sd_time_t now)
{
    sd_token_claim_t claim = {0, 0};
    int found = sd_token_claims_get(claims, &claim, hash, now);

    assert_int_equal(claim.account_id, found ? 7 : 0);
    assert_int_equal(claim.scopes, found ? 3 : 0);
    return found;
}

static void test_how_long(void **state)
{
    sd_token_claims_t *claims = sd_token_claims_create(fixture.pool);
    sd_token_claim_t claim = {7, 3};

    (void)state;
    assert_false(has(claims, HASH, 100));
    sd_token_claims_put(claims, &claim, HASH, 100, 200);
    assert_true(has(claims, HASH, 100));
    assert_true(has(claims, HASH, 199));
    assert_false(has(claims, HASH, 200));
    assert_false(has(claims, HASH, 99));
    assert_false(has(claims, SAME_PLACE, 150));
    sd_token_claims_forget(claims, SAME_PLACE);
    assert_true(has(claims, HASH, 150));
    sd_token_claims_forget(claims, HASH);
    assert_false(has(claims, HASH, 150));
    sd_token_claims_put(claims, &claim, HASH, 100, 200);
    sd_token_claims_put(claims, &claim, SAME_PLACE, 100, 200);
    assert_false(has(claims, HASH, 150));
    assert_true(has(claims, SAME_PLACE, 150));
    sd_token_claims_put(claims, &claim, "short", 100, 200);
    assert_true(has(claims, SAME_PLACE, 150));
}

static void test_none(void **state)
{
    sd_token_claim_t claim = {7, 3};

    (void)state;
    sd_token_claims_put(NULL, &claim, HASH, 100, 200);
    sd_token_claims_forget(NULL, HASH);
    assert_false(has(NULL, HASH, 150));
}

/* ---- what becomes of it ---- */

static const char *make_token(sd_id_t owner, unsigned scopes)
{
    sd_api_token_t *token;
    const char *text;

    fixture.site.token_claims = sd_token_claims_create(fixture.pool);
    assert_good(sd_api_token_create(&text, &token, fixture_work(owner), NULL, "claimed", scopes, 30));
    return text;
}

static int claims_later(sd_work_t *work, const char *text, unsigned scopes)
{
    int found = sd_authenticate_token_later(work, text, scopes);

    assert_int_equal(sd_work_is_claimed(work), found);
    assert_int_equal(work->actor.account_id != 0, found);
    return found;
}

static sd_error_t *see_actor(void *baton)
{
    const sd_work_t *work = baton;

    return work->actor.account ? NULL : sd_error_not_found(work->pool);
}

static void test_a_transaction_looks(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const char *text = make_token(carol, SD_SCOPE_READ | SD_SCOPE_WRITE);
    sd_work_t *work = fixture_work(0);
    sd_error_t *wrong = sd_error_not_found(fixture.pool);

    (void)state;
    assert_false(claims_later(work, text, SD_SCOPE_WRITE));
    assert_good(sd_authenticate_token(fixture_work(0), text));
    assert_false(claims_later(work, text, SD_SCOPE_WRITE)); /* its use was noted only now */
    assert_good(sd_authenticate_token(fixture_work(0), text));
    assert_false(claims_later(work, text, SD_SCOPE_MANAGE));
    assert_false(claims_later(work, "sdp_x", SD_SCOPE_WRITE));
    assert_false(claims_later(work, NULL, SD_SCOPE_WRITE));
    assert_true(claims_later(work, text, SD_SCOPE_WRITE));
    assert_int_equal(work->actor.scopes, SD_SCOPE_READ | SD_SCOPE_WRITE);
    assert_ptr_equal(sd_work_confirm(work, wrong), wrong);
    assert_good(sd_work_write(work, see_actor, work));
    assert_string_equal(work->actor.directory, "internal");
    assert_string_equal(work->actor.account->name, "carol");
    assert_false(sd_work_is_claimed(work));
    fixture.now += SD_HOUR;
    assert_false(claims_later(fixture_work(0), text, SD_SCOPE_WRITE));
}

static void assert_over(const char *text)
{
    sd_work_t *work = fixture_work(0);

    assert_true(claims_later(work, text, SD_SCOPE_WRITE));
    assert_bad(sd_work_confirm(work, NULL), SD_ERROR_SIGN_IN);
    assert_bad(sd_work_read(work, see_actor, work), SD_ERROR_SIGN_IN);
    assert_bad(sd_work_write(work, see_actor, work), SD_ERROR_SIGN_IN);
    assert_false(claims_later(fixture_work(0), text, SD_SCOPE_WRITE));
}

static void test_what_is_claimed_must_be_so(void **state)
{
    sd_id_t carol = fixture_account("carol"), dave = fixture_account("dave");
    const char *text = make_token(carol, SD_SCOPE_WRITE);
    const char *hash = fixture_text("SELECT hash FROM token");
    sd_token_claims_t *claims = fixture.site.token_claims;

    (void)state;
    sd_token_claims_put(claims, &(sd_token_claim_t){dave, SD_SCOPE_WRITE}, hash, fixture.now, fixture.now + 1);
    assert_over(text);
    sd_token_claims_put(claims, &(sd_token_claim_t){carol, SD_SCOPE_ALL}, hash, fixture.now, fixture.now + 1);
    assert_over(text);
    sd_token_claims_put(claims, &(sd_token_claim_t){carol, SD_SCOPE_WRITE}, hash, fixture.now, fixture.now + 1);
    fixture_run("UPDATE token SET revoked = 1");
    assert_over(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_how_long),
        desk_test(test_none),
        desk_test(test_a_transaction_looks),
        desk_test(test_what_is_claimed_must_be_so),
    };

    return cmocka_run_group_tests_name("token claims", tests, NULL, NULL);
}
