/* API tokens: made within limits, shown once, a ceiling under the owner's rights, dead when they must be. */
#include "fixture.h"

#include "desk/account.h"
#include "desk/api_token.h"
#include "desk/authentication.h"
#include "desk/role.h"

static const char *make(sd_work_t *work, const char *named, unsigned scopes, int days, sd_id_t *id)
{
    sd_api_token_t *token = NULL;
    const char *text = NULL;

    assert_good(sd_api_token_create(&text, &token, work, named, "nightly report", scopes, days));
    if (id) {
        *id = token->id;
    }
    return text;
}

static sd_id_t whose(const char *text)
{
    sd_work_t *work = fixture_work(0);
    sd_error_t *error = sd_authenticate_token(work, text);

    if (error) {
        assert_int_equal(error->kind, SD_ERROR_SIGN_IN);
        assert_int_equal(work->actor.account_id, 0);
    }
    return work->actor.account_id;
}

static void test_create(void **state)
{
    sd_id_t carol = fixture_account("carol");
    sd_api_token_t *token;
    const char *text, *hash;

    (void)state;
    assert_good(sd_api_token_create(&text, &token, fixture_work(carol), NULL, " nightly report ",
                                    SD_SCOPE_READ | SD_SCOPE_WRITE, 30));
    assert_int_equal(strlen(text), 47);
    assert_int_equal(strncmp(text, "sdp_", 4), 0);
    assert_int_equal(strlen(token->prefix), 8);
    assert_int_equal(strncmp(text, token->prefix, 8), 0);
    assert_string_equal(token->label, "nightly report");
    assert_int_equal(token->scopes, 3);
    assert_true(token->created == FIXTURE_START);
    assert_true(token->expires == FIXTURE_START + 30 * SD_DAY);
    assert_true(token->revoked == 0 && token->last_used == 0);
    hash = fixture_text("SELECT hash FROM token");
    assert_int_equal(strspn(hash, "0123456789abcdef"), 64);
    assert_int_equal(fixture_number("SELECT created_by FROM token"), carol);
    assert_int_equal(fixture_audited("token.create"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE detail LIKE '%%%s%%' OR detail LIKE '%%report%%'",
                                    text + 8),
                     0);
}

static void test_sign_in(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const char *text = make(fixture_work(carol), NULL, SD_SCOPE_READ, 1, NULL);
    sd_work_t *work = fixture_work(0);

    (void)state;
    fixture_run("UPDATE account SET generation = 7");
    assert_good(sd_authenticate_token(work, text));
    assert_int_equal(work->actor.account_id, carol);
    assert_int_equal(work->actor.generation, 7);
    assert_int_equal(work->actor.scopes, SD_SCOPE_READ);
    assert_int_equal(work->actor.is_operator, 0);
    assert_string_equal(work->actor.directory, "internal");
}

static void test_what_is_no_token(void **state)
{
    const char *text = make(fixture_work(fixture_account("carol")), NULL, SD_SCOPE_READ, 1, NULL);
    const char *csrf;

    (void)state;
    assert_int_equal(whose(NULL), 0);
    assert_int_equal(whose(""), 0);
    assert_int_equal(whose("sdp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 0);
    assert_int_equal(whose(apr_pstrcat(fixture.pool, text, "A", NULL)), 0);
    assert_int_equal(whose(apr_pstrcat(fixture.pool, " ", text, NULL)), 0);
    assert_int_equal(whose(apr_pstrmemdup(fixture.pool, text, 46)), 0);
    assert_int_equal(whose(fixture_text("SELECT hash FROM token")), 0);
    assert_int_equal(whose(fixture_text("SELECT prefix FROM token")), 0);
    assert_int_equal(whose(apr_pstrcat(fixture.pool, text, ",", text, NULL)), 0);
    assert_bad(sd_authenticate_session(fixture_work(0), text, &csrf), SD_ERROR_SIGN_IN);
}

static void test_expiry(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const char *text = make(fixture_work(carol), NULL, SD_SCOPE_READ, 1, NULL);

    (void)state;
    fixture_clock_move(SD_DAY - 1);
    assert_int_equal(whose(text), carol);
    fixture_clock_move(1);
    assert_int_equal(whose(text), 0);
}

static void test_revoke(void **state)
{
    sd_id_t carol = fixture_account("carol"), dan = fixture_account("dan"), sam = fixture_account("sam"), id, other;
    const char *text = make(fixture_work(carol), NULL, SD_SCOPE_READ, 1, &id);
    const char *second = make(fixture_work(carol), NULL, SD_SCOPE_READ, 1, &other);

    (void)state;
    fixture_system_admin(sam);
    assert_bad(sd_api_token_revoke(fixture_work(dan), id), SD_ERROR_NOT_FOUND);
    assert_bad(sd_api_token_revoke(fixture_work(dan), 4711), SD_ERROR_NOT_FOUND);
    assert_bad(sd_api_token_revoke(fixture_work(0), id), SD_ERROR_SIGN_IN);
    assert_bad(sd_api_token_revoke(fixture_operator(), 4711), SD_ERROR_NOT_FOUND);
    assert_int_equal(whose(text), carol);
    assert_good(sd_api_token_revoke(fixture_work(carol), id));
    assert_int_equal(whose(text), 0);
    assert_int_equal(whose(second), carol);
    assert_good(sd_api_token_revoke(fixture_work(carol), id));
    assert_int_equal(fixture_audited("token.revoke"), 1);
    assert_good(sd_api_token_revoke(fixture_work(sam), other));
    assert_int_equal(whose(second), 0);
    assert_int_equal(fixture_audited("token.revoke"), 2);
}

static void test_dead_with_the_account(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const char *text = make(fixture_work(carol), NULL, SD_SCOPE_READ, 1, NULL);

    (void)state;
    assert_good(sd_account_disable(fixture_operator(), "carol", 1));
    assert_int_equal(whose(text), 0);
    assert_good(sd_account_disable(fixture_operator(), "carol", 0));
    assert_int_equal(whose(text), carol);
}

/* Rights are looked up at each request, so the token lives on with less behind it. */
static void test_lives_on_without_a_role(void **state)
{
    sd_id_t ann = fixture_account("ann");
    const char *text = make(fixture_work(ann), NULL, SD_SCOPE_ALL, 1, NULL);
    apr_array_header_t *entries;
    sd_work_t *work = fixture_work(0);

    (void)state;
    fixture_role(fixture_desk("HELP", "listed"), "administrator", ann);
    assert_good(sd_authenticate_token(work, text));
    assert_good(sd_role_list(&entries, work, "HELP"));
    assert_good(sd_role_remove(fixture_operator(), "administrator", "HELP", "ann"));
    /* What was signed in before the change is refused by the next transaction ... */
    assert_bad(sd_role_list(&entries, work, "HELP"), SD_ERROR_SIGN_IN);
    /* ... and a new request finds the right gone. */
    assert_good(sd_authenticate_token(work, text));
    assert_bad(sd_role_list(&entries, work, "HELP"), SD_ERROR_NOT_FOUND);
}

static void test_last_used_once_an_hour(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const char *text = make(fixture_work(carol), NULL, SD_SCOPE_READ, 1, NULL);

    (void)state;
    assert_int_equal(whose(text), carol);
    assert_true(fixture_number("SELECT last_used FROM token") == FIXTURE_START);
    fixture_clock_move(SD_HOUR - 1);
    assert_int_equal(whose(text), carol);
    assert_true(fixture_number("SELECT last_used FROM token") == FIXTURE_START);
    fixture_clock_move(1);
    assert_int_equal(whose(text), carol);
    assert_true(fixture_number("SELECT last_used FROM token") == FIXTURE_START + SD_HOUR);
}

static void test_a_touch_that_fails_stops_nobody(void **state)
{
    sd_id_t carol = fixture_account("carol");
    const char *text = make(fixture_work(carol), NULL, SD_SCOPE_READ, 1, NULL);

    (void)state;
    raw_refuse_writes(&fixture.raw, 1);
    assert_int_equal(whose(text), carol);
    assert_int_equal(whose(text), carol);
    raw_refuse_writes(&fixture.raw, 0);
    assert_null(fixture_text("SELECT last_used FROM token"));
    fixture_clock_move(10 * SD_SECOND);
    assert_int_equal(whose(text), carol);
    assert_non_null(fixture_text("SELECT last_used FROM token"));
}

static sd_error_t *try_make(sd_work_t *work, const char *named, const char *label, unsigned scopes, int days)
{
    sd_api_token_t *token;
    const char *text;
    sd_error_t *error = sd_api_token_create(&text, &token, work, named, label, scopes, days);

    if (error) {
        assert_null(text);
        assert_null(token);
    }
    return error;
}

static void test_bad_input(void **state)
{
    sd_work_t *work = fixture_work(fixture_account("carol"));
    sd_error_t *error;

    (void)state;
    assert_bad_field(try_make(work, NULL, "", 1, 1), SD_ERROR_INPUT, "label", "sd.validation.required");
    assert_bad_field(try_make(work, NULL, NULL, 1, 1), SD_ERROR_INPUT, "label", "sd.validation.required");
    assert_bad_field(try_make(work, NULL, "a\nb", 1, 1), SD_ERROR_INPUT, "label", "sd.validation.control");
    assert_bad_field(try_make(work, NULL, "a", 0, 1), SD_ERROR_INPUT, "scopes", "sd.validation.token.scopes");
    assert_bad_field(try_make(work, NULL, "a", 8, 1), SD_ERROR_INPUT, "scopes", "sd.validation.token.scopes");
    assert_bad_field(try_make(work, NULL, "a", 1, 0), SD_ERROR_INPUT, "days", "sd.validation.token.days");
    assert_bad_field(try_make(work, NULL, "a", 1, -1), SD_ERROR_INPUT, "days", "sd.validation.token.days");
    assert_bad_field(try_make(work, NULL, "a", 1, 366), SD_ERROR_INPUT, "days", "sd.validation.token.days");
    error = try_make(work, NULL, "", 0, 0);
    assert_string_equal(error->field, "label");
    assert_string_equal(error->next->field, "scopes");
    assert_string_equal(error->next->next->field, "days");
    assert_null(error->next->next->next);
    assert_good(try_make(work, NULL, "a", 7, 365));
    assert_int_equal(fixture_number("SELECT count(*) FROM token"), 1);
}

/* A token that may only read does not make one that may do more. */
static void test_no_more_than_the_maker(void **state)
{
    sd_work_t *work = fixture_work(fixture_account("carol"));

    (void)state;
    work->actor.scopes = SD_SCOPE_READ | SD_SCOPE_MANAGE;
    assert_bad_field(try_make(work, NULL, "a", SD_SCOPE_READ | SD_SCOPE_WRITE, 1), SD_ERROR_INPUT, "scopes",
                     "sd.validation.token.scopes.more");
    assert_good(try_make(work, NULL, "a", SD_SCOPE_READ, 1));
}

static void test_for_others(void **state)
{
    sd_id_t carol = fixture_account("carol"), dan = fixture_account("dan"), sam = fixture_account("sam");

    (void)state;
    fixture_system_admin(sam);
    assert_bad(try_make(fixture_work(dan), "carol", "a", 1, 1), SD_ERROR_FORBIDDEN);
    assert_bad(try_make(fixture_work(dan), "nobody", "a", 1, 1), SD_ERROR_FORBIDDEN);
    assert_bad(try_make(fixture_work(0), NULL, "a", 1, 1), SD_ERROR_SIGN_IN);
    assert_bad(try_make(fixture_work(0), "carol", "a", 1, 1), SD_ERROR_SIGN_IN);
    assert_bad(try_make(fixture_operator(), "nobody", "a", 1, 1), SD_ERROR_NOT_FOUND);
    assert_good(try_make(fixture_work(dan), "dan@example.org", "a", 1, 1));
    assert_int_equal(whose(make(fixture_operator(), "carol", SD_SCOPE_READ, 1, NULL)), carol);
    assert_null(fixture_text("SELECT created_by FROM token WHERE account_id = %d", (int)carol));
    assert_int_equal(whose(make(fixture_work(sam), "carol", SD_SCOPE_READ, 1, NULL)), carol);
    assert_string_equal(fixture_text("SELECT actor FROM audit ORDER BY id DESC"), "sam");
    fixture_run("UPDATE account SET state = 'disabled' WHERE name = 'carol'");
    assert_bad(try_make(fixture_operator(), "carol", "a", 1, 1), SD_ERROR_CONFLICT);
}

static void test_at_most_a_hundred(void **state)
{
    sd_work_t *work = fixture_work(fixture_account("carol"));
    sd_id_t id = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        make(work, NULL, SD_SCOPE_READ, 1, &id);
    }
    assert_bad(try_make(work, NULL, "a", 1, 1), SD_ERROR_CONFLICT);
    assert_good(sd_api_token_revoke(work, id));
    make(work, NULL, SD_SCOPE_READ, 1, NULL);
    fixture_clock_move(SD_DAY);
    make(work, NULL, SD_SCOPE_READ, 1, NULL);
}

static void test_list(void **state)
{
    sd_id_t carol = fixture_account("carol"), dan = fixture_account("dan"), first, second;
    apr_array_header_t *tokens;
    const sd_api_token_t *token;

    (void)state;
    make(fixture_work(carol), NULL, SD_SCOPE_READ, 1, &first);
    make(fixture_work(carol), NULL, SD_SCOPE_ALL, 2, &second);
    make(fixture_work(dan), NULL, SD_SCOPE_ALL, 2, NULL);
    assert_good(sd_api_token_revoke(fixture_work(carol), first));
    assert_good(sd_api_token_list(&tokens, fixture_work(carol), NULL));
    assert_int_equal(tokens->nelts, 2);
    token = APR_ARRAY_IDX(tokens, 0, const sd_api_token_t *);
    assert_int_equal(token->id, second);
    assert_int_equal(token->scopes, SD_SCOPE_ALL);
    assert_true(token->revoked == 0);
    token = APR_ARRAY_IDX(tokens, 1, const sd_api_token_t *);
    assert_int_equal(token->id, first);
    assert_int_equal(strlen(token->prefix), 8);
    assert_string_equal(token->label, "nightly report");
    assert_true(token->revoked == FIXTURE_START);
    assert_good(sd_api_token_list(&tokens, fixture_operator(), "dan"));
    assert_int_equal(tokens->nelts, 1);
    assert_bad(sd_api_token_list(&tokens, fixture_work(dan), "carol"), SD_ERROR_FORBIDDEN);
    assert_bad(sd_api_token_list(&tokens, fixture_work(0), "carol"), SD_ERROR_SIGN_IN);
    assert_bad(sd_api_token_list(&tokens, fixture_operator(), "nobody"), SD_ERROR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_create),
        desk_test(test_sign_in),
        desk_test(test_what_is_no_token),
        desk_test(test_expiry),
        desk_test(test_revoke),
        desk_test(test_dead_with_the_account),
        desk_test(test_lives_on_without_a_role),
        desk_test(test_last_used_once_an_hour),
        desk_test(test_a_touch_that_fails_stops_nobody),
        desk_test(test_bad_input),
        desk_test(test_no_more_than_the_maker),
        desk_test(test_for_others),
        desk_test(test_at_most_a_hundred),
        desk_test(test_list),
    };

    return cmocka_run_group_tests_name("desk api token", tests, NULL, NULL);
}
