/* What the tests of signup share: a desk that is open, people who come in, and the mails that they get. */
#ifndef SD_UNIT_SIGNUP_FIXTURE_H
#define SD_UNIT_SIGNUP_FIXTURE_H

#include "fixture.h"

#include "desk/mailed_token.h"
#include "desk/setting.h"
#include "desk/signup.h"
#include "desk/signup_switch.h"

static inline void set(const char *name, const char *value)
{
    assert_good(sd_setting_set(fixture_operator(), name, value));
}

static inline void open_desk(const char *key)
{
    sd_desk_access_t access;

    set("public_signup", "true");
    fixture_desk(key, "accounts");
    assert_good(sd_desk_access_change(&access, fixture_operator(), key, &(sd_desk_access_input_t){NULL, 1, -1, 0}));
}

static inline sd_signup_input_t form(const char *address)
{
    return (sd_signup_input_t){
        .desk = "HELP", .address = address, .display_name = "Zoe Zephyr", .password = FIXTURE_PASSWORD};
}

static inline sd_error_t *sign_up_with(const sd_signup_input_t *input)
{
    sd_work_t *work = fixture_work(0);
    sd_signup_t *signup;

    SD_TRY(sd_signup_check(&signup, work, input));
    SD_TRY(sd_signup_hash(signup));
    return sd_signup_submit(signup);
}

static inline void sign_up(const char *address)
{
    sd_signup_input_t input = form(address);

    assert_good(sign_up_with(&input));
}

/* The text of the token that the last mail carries; NULL if it carries none. */
static inline const char *mailed(void)
{
    const char *text;
    sd_id_t id = fixture_number("SELECT coalesce(mailed_token_id, 0) FROM outbox ORDER BY id DESC LIMIT 1");

    assert_good(sd_mailed_token_text(&text, fixture_operator(), id));
    return text;
}

static inline const char *last_mail(void)
{
    return fixture_text("SELECT kind || ' ' || address FROM outbox ORDER BY id DESC LIMIT 1");
}

static sd_work_t *verifier; /* the unit of work of the last verification */

static inline sd_error_t *verify(const char *token, const char *password, const sd_account_t **account)
{
    sd_verification_t *verification;

    verifier = fixture_work(0);
    *account = NULL;
    SD_TRY(sd_verification_find(&verification, verifier, token));
    SD_TRY(sd_verification_compare(verification, password));
    return sd_verification_finish(account, verification);
}

static inline const sd_account_t *arrive(const char *token)
{
    const sd_account_t *account;

    assert_good(verify(token, FIXTURE_PASSWORD, &account));
    return account;
}

#define assert_dead(token_)                                                                                            \
    do {                                                                                                               \
        const sd_account_t *nobody_;                                                                                   \
        const sd_error_t *dead_ = verify((token_), FIXTURE_PASSWORD, &nobody_);                                        \
        assert_bad(dead_, SD_ERROR_NOT_FOUND);                                                                         \
        assert_string_equal(dead_->key, "sd.mailed_token.dead");                                                       \
        assert_null(nobody_);                                                                                          \
    } while (0)

#endif
