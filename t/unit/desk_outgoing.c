/* Mails taken and settled: whose they are meanwhile, when they are due again, when they are given up, what is swept. */
#include "fixture.h"

#include "desk/keeping.h"
#include "desk/mailed_token.h"
#include "desk/outbox.h"
#include "desk/outbox_list.h"
#include "desk/outgoing.h"
#include "desk/setting.h"

typedef struct adding_t {
    sd_work_t *work;
    sd_mail_t mail;
    int with_token;
} adding_t;

static sd_error_t *add_in_write(void *baton)
{
    adding_t *adding = baton;
    const sd_mailed_token_input_t input = {
        .kind = SD_MAILED_RESET, .account_id = adding->mail.account_id, .address = adding->mail.address};

    if (adding->with_token) {
        SD_TRY(sd_mailed_token_issue(&adding->mail.mailed_token_id, adding->work, &input));
    }
    return sd_outbox_add(adding->work, &adding->mail);
}

static void add(sd_mail_kind_t kind, const char *address, sd_id_t account, int with_token)
{
    adding_t adding = {fixture_operator(), {.kind = kind, .address = address, .account_id = account}, with_token};

    assert_good(sd_work_write(adding.work, add_in_write, &adding));
}

static apr_array_header_t *take(int limit)
{
    apr_array_header_t *mails;
    int held;

    assert_good(sd_outgoing_take_due(&mails, &held, fixture_operator(),
                                     &(sd_outgoing_input_t){"example.org", limit, SD_MINUTE}));
    return mails;
}

static const sd_outgoing_t *take_one(void)
{
    apr_array_header_t *mails = take(1);

    assert_int_equal(mails->nelts, 1);
    return APR_ARRAY_IDX(mails, 0, const sd_outgoing_t *);
}

static int settle(const sd_outgoing_t *mail, sd_outgoing_outcome_t outcome)
{
    int dead;

    assert_good(sd_outgoing_settle(&dead, fixture_operator(), mail, outcome, "450 \xff later\r\n"));
    return dead;
}

static void is_state(const char *state)
{
    assert_string_equal(fixture_text("SELECT state FROM outbox ORDER BY id"), state);
}

static void test_taken_by_one(void **state)
{
    int waiting;

    (void)state;
    assert_good(sd_outgoing_is_waiting(&waiting, fixture_operator()));
    assert_false(waiting);
    add(SD_MAIL_WELCOME, "a@example.net", 0, 0);
    assert_good(sd_outgoing_is_waiting(&waiting, fixture_operator()));
    assert_true(waiting);
    const sd_outgoing_t *mail = take_one();
    assert_int_equal(mail->attempts, 1);
    assert_string_equal(strchr(mail->message_id, '@'), "@example.org");
    assert_int_equal(take(5)->nelts, 0);
    fixture_clock_move(SD_MINUTE);
    const sd_outgoing_t *again = take_one();
    assert_string_equal(again->message_id, mail->message_id);
    assert_int_equal(again->attempts, 2);
    /* Who was too slow cannot put off what is somebody else's by now; but what was sent, was sent. */
    settle(mail, SD_OUTGOING_LATER);
    assert_int_equal(fixture_number("SELECT due FROM outbox"), fixture.now + SD_MINUTE);
    settle(mail, SD_OUTGOING_SENT);
    is_state("sent");
    settle(again, SD_OUTGOING_REFUSED);
    is_state("sent");
}

static void test_urgent_ones_first(void **state)
{
    (void)state;
    add(SD_MAIL_WELCOME, "a@example.net", 0, 0);
    fixture_clock_move(SD_SECOND);
    add(SD_MAIL_KNOWN_ADDRESS, "b@example.net", 0, 0);
    assert_string_equal(take_one()->kind->name, "known-address");
    assert_string_equal(take_one()->kind->name, "welcome");
}

static void test_longer_and_longer(void **state)
{
    sd_time_t before = 0;

    (void)state;
    add(SD_MAIL_WELCOME, "a@example.net", 0, 0);
    for (int i = 0; i < 14; i++) {
        assert_false(settle(take_one(), SD_OUTGOING_LATER));
        sd_time_t wait = fixture_number("SELECT due FROM outbox") - fixture.now;
        assert_true(i < 9 ? wait >= before * 11 / 10 : wait >= SD_HOUR / 2);
        assert_true(wait <= SD_HOUR * 5 / 4);
        before = wait;
        assert_int_equal(take(1)->nelts, 0);
        fixture_clock_move(wait);
    }
    assert_string_equal(fixture_text("SELECT answer FROM outbox"), "450   later");
    fixture_clock_move(72 * SD_HOUR);
    assert_int_equal(take(1)->nelts, 0);
    is_state("dead");
}

/* However seldom it was tried. */
static void test_too_old_at_the_first_try(void **state)
{
    (void)state;
    add(SD_MAIL_WELCOME, "a@example.net", 0, 0);
    fixture_clock_move(71 * SD_HOUR);
    const sd_outgoing_t *mail = take_one();
    fixture_clock_move(SD_HOUR);
    assert_true(settle(mail, SD_OUTGOING_LATER));
    is_state("dead");
    assert_string_equal(fixture_text("SELECT reason FROM outbox"), "too-old");
    assert_int_equal(fixture_number("SELECT count(*) FROM audit WHERE act = 'mail.dead'"), 1);
}

/* The one that has waited longest is the next; of those that came together, the first. */
static void test_in_order(void **state)
{
    (void)state;
    add(SD_MAIL_WELCOME, "a@example.net", 0, 0);
    add(SD_MAIL_WELCOME, "b@example.net", 0, 0);
    fixture_clock_move(SD_SECOND);
    add(SD_MAIL_WELCOME, "c@example.net", 0, 0);
    assert_string_equal(take_one()->address, "a@example.net");
    assert_string_equal(take_one()->address, "b@example.net");
    assert_string_equal(take_one()->address, "c@example.net");
}

static void test_nobody_there_is_no_attempt(void **state)
{
    (void)state;
    add(SD_MAIL_WELCOME, "a@example.net", 0, 0);
    for (int i = 0; i < 3; i++) {
        settle(take_one(), SD_OUTGOING_UNTRIED);
        assert_int_equal(fixture_number("SELECT attempts FROM outbox"), 0);
        fixture_clock_move(100 * SD_HOUR);
    }
    is_state("queued");
}

static void test_refused(void **state)
{
    (void)state;
    add(SD_MAIL_WELCOME, "a@example.net", 0, 0);
    assert_true(settle(take_one(), SD_OUTGOING_REFUSED));
    is_state("dead");
    assert_int_equal(fixture_audited("mail.dead"), 1);
    assert_string_equal(fixture_text("SELECT object_id FROM audit WHERE act = 'mail.dead'"),
                        fixture_text("SELECT message_id FROM outbox WHERE state = 'dead'"));
    assert_good(sd_outbox_resend(fixture_operator(), fixture_number("SELECT id FROM outbox")));
    settle(take_one(), SD_OUTGOING_SENT);
    is_state("sent");
}

static void test_tokens(void **state)
{
    sd_id_t ann = fixture_account("ann");
    const char *text;

    (void)state;
    add(SD_MAIL_RESET, "ann@example.org", ann, 1);
    const sd_outgoing_t *mail = take_one();
    text = mail->token;
    assert_non_null(text);
    assert_string_equal(mail->name, "ann");
    assert_null(mail->stop);
    assert_null(strstr(
        fixture_text("SELECT message_id || address || coalesce(content, '') || mailed_token_id FROM outbox"), text));
    settle(mail, SD_OUTGOING_LATER);
    fixture_clock_move(SD_MINUTE);
    assert_string_equal(take_one()->token, text);
    /* The next one makes the one before pointless, and time makes that pointless too. */
    add(SD_MAIL_RESET, "ann@example.org", ann, 1);
    fixture_clock_move(2 * SD_MINUTE);
    apr_array_header_t *mails = take(5);
    assert_int_equal(mails->nelts, 1);
    assert_string_not_equal(APR_ARRAY_IDX(mails, 0, const sd_outgoing_t *)->token, text);
    is_state("obsolete");
    fixture_clock_move(2 * SD_HOUR);
    assert_int_equal(take(5)->nelts, 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE state = 'obsolete' AND reason = 'token'"), 2);
}

/* Whatever its row names: a link is in the mails that are there for it. */
static void test_other_mails_carry_no_link(void **state)
{
    (void)state;
    add(SD_MAIL_WELCOME, "ann@example.org", fixture_account("ann"), 1);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE mailed_token_id IS NOT NULL"), 1);
    assert_null(take_one()->token);
}

/* The name of an account is for the address that is proven to be its own. */
static void test_strangers_are_not_named(void **state)
{
    (void)state;
    add(SD_MAIL_RESET, "stranger@example.net", fixture_account("ann"), 1);
    assert_null(take_one()->name);
}

static void test_hour_of_the_site(void **state)
{
    apr_array_header_t *mails;
    int held;

    (void)state;
    assert_good(sd_setting_set(fixture_operator(), "mail_total_hour", "1"));
    add(SD_MAIL_WELCOME, "a@example.net", 0, 0);
    add(SD_MAIL_WELCOME, "b@example.net", 0, 0);
    settle(take_one(), SD_OUTGOING_SENT);
    assert_good(
        sd_outgoing_take_due(&mails, &held, fixture_operator(), &(sd_outgoing_input_t){"example.org", 5, SD_MINUTE}));
    assert_true(held);
    assert_int_equal(mails->nelts, 0);
    fixture_clock_move(SD_HOUR);
    assert_int_equal(take(5)->nelts, 1);
}

/* Operations that ran side by side did not see each other's mails: the later ones stay. */
static void test_budgets_are_asked_again(void **state)
{
    (void)state;
    assert_good(sd_setting_set(fixture_operator(), "mail_mailbox_hour", "100"));
    for (int i = 0; i < 3; i++) {
        add(SD_MAIL_KNOWN_ADDRESS, "a@example.net", 0, 0);
    }
    assert_good(sd_setting_set(fixture_operator(), "mail_mailbox_hour", "2"));
    assert_int_equal(take(10)->nelts, 2);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE reason = 'mailbox-budget'"), 1);
}

static void test_sweeping(void **state)
{
    sd_id_t ann = fixture_account("ann");
    int more;

    (void)state;
    add(SD_MAIL_WELCOME, "a@example.net", 0, 0);
    settle(take_one(), SD_OUTGOING_SENT);
    add(SD_MAIL_RESET, "ann@example.org", ann, 1);
    fixture_clock_move(10 * SD_DAY);
    assert_good(sd_keep(&more, fixture_operator()));
    assert_int_equal(fixture_number("SELECT count(*) FROM mailed_token"), 0);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 2);
    fixture_clock_move(21 * SD_DAY);
    do {
        assert_good(sd_keep(&more, fixture_operator()));
    } while (more);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 1);
    is_state("queued");
}

/* Where several servers share a database, one of them does it; when that one is gone, another one has the turn. */
static void test_one_sweeps(void **state)
{
    int mine;

    (void)state;
    assert_good(sd_keep_turn(&mine, fixture_operator()));
    assert_true(mine);
    assert_good(sd_keep_turn(&mine, fixture_operator()));
    assert_int_equal(mine, !raw_is_pgsql());
    fixture_clock_move(16 * SD_SECOND);
    assert_good(sd_keep_turn(&mine, fixture_operator()));
    assert_true(mine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_taken_by_one),
        desk_test(test_urgent_ones_first),
        desk_test(test_longer_and_longer),
        desk_test(test_too_old_at_the_first_try),
        desk_test(test_in_order),
        desk_test(test_nobody_there_is_no_attempt),
        desk_test(test_refused),
        desk_test(test_tokens),
        desk_test(test_other_mails_carry_no_link),
        desk_test(test_strangers_are_not_named),
        desk_test(test_hour_of_the_site),
        desk_test(test_budgets_are_asked_again),
        desk_test(test_sweeping),
        desk_test(test_one_sweeps),
    };

    return cmocka_run_group_tests_name("desk outgoing", tests, NULL, NULL);
}
