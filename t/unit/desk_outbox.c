/* The outbox: what becomes a row, for whom, with which values, and what the budgets keep back. */
#include "fixture.h"

#include "desk/mail_stop.h"
#include "desk/mailed_token.h"
#include "desk/outbox.h"
#include "desk/setting.h"

typedef struct adding_t {
    sd_work_t *work;
    const sd_mail_t *mail;
} adding_t;

static sd_error_t *add_in_write(void *baton)
{
    adding_t *adding = baton;

    return sd_outbox_add(adding->work, adding->mail);
}

static sd_error_t *add_by(sd_work_t *work, const sd_mail_t *mail)
{
    return sd_work_write(work, add_in_write, &(adding_t){work, mail});
}

/* By somebody who is not signed in, from one network. */
static void add(sd_mail_kind_t kind, const char *address)
{
    assert_good(add_by(fixture_work(0), &(sd_mail_t){.kind = kind, .address = address}));
}

static apr_int64_t in_state(const char *state)
{
    return fixture_number("SELECT count(*) FROM outbox WHERE state = '%s'", state);
}

static void test_a_row(void **state)
{
    sd_id_t ann = fixture_account("ann"), desk = fixture_desk("HELP", "listed");

    (void)state;
    assert_good(add_by(fixture_work(0), &(sd_mail_t){.kind = SD_MAIL_INVITE_KNOWN,
                                                     .account_id = ann,
                                                     .address = "Ann@EXAMPLE.org",
                                                     .language = "ko",
                                                     .mailed_token_id = 7,
                                                     .desk_id = desk,
                                                     .values = json_pack("{s:s}", "inviter", "Kim")}));
    assert_string_equal(fixture_text("SELECT kind || ' ' || address || ' ' || mailbox || ' ' || proven || ' ' || state"
                                     " || ' ' || language || ' ' || mailed_token_id || ' ' || urgent || ' ' || attempts"
                                     " FROM outbox"),
                        "invite-known Ann@example.org ann@example.org 1 queued ko 7 0 0");
    assert_int_equal(fixture_number("SELECT account_id FROM outbox"), ann);
    assert_int_equal(fixture_number("SELECT desk_id FROM outbox"), desk);
    assert_int_equal(fixture_number("SELECT due FROM outbox"), FIXTURE_START);
    assert_string_equal(fixture_text("SELECT content FROM outbox"), "{\"inviter\":\"Kim\"}");
    assert_int_equal(strlen(fixture_text("SELECT message_id FROM outbox")), 32);
}

/* Whoever has chosen a language is written to in it, unless the operation knows better. */
static void test_language(void **state)
{
    sd_id_t ann = fixture_account("ann");

    (void)state;
    fixture_run("UPDATE account SET language = 'ja'");
    assert_good(add_by(fixture_work(0),
                       &(sd_mail_t){.kind = SD_MAIL_WELCOME, .account_id = ann, .address = "ann@example.org"}));
    assert_string_equal(fixture_text("SELECT language FROM outbox"), "ja");
}

static void test_message_ids_differ(void **state)
{
    (void)state;
    add(SD_MAIL_VERIFY, "a@example.net");
    add(SD_MAIL_VERIFY, "b@example.net");
    assert_int_equal(fixture_number("SELECT count(DISTINCT message_id) FROM outbox"), 2);
}

static void test_an_account_without_address_gets_none(void **state)
{
    (void)state;
    add(SD_MAIL_DISABLED, NULL);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 0);
}

static void test_no_row_without_its_operation(void **state)
{
    const sd_mail_t bad = {.kind = SD_MAIL_VERIFY, .address = "a@example.net\r\nBcc: b@example.net"};

    (void)state;
    assert_bad(add_by(fixture_work(0), &bad), SD_ERROR_INPUT);
    assert_bad(sd_outbox_add(fixture_work(0), &(sd_mail_t){.kind = SD_MAIL_VERIFY, .address = "a@example.net"}),
               SD_ERROR_INTERNAL);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 0);
}

static void test_values(void **state)
{
    sd_mail_t mail = {.kind = SD_MAIL_INVITE, .address = "stranger@example.net"};

    (void)state;
    fixture_account("ann");
    mail.values = json_pack("{s:s}", "inviter", "Buy at https://evil.example");
    assert_good(add_by(fixture_work(0), &mail));
    assert_null(fixture_text("SELECT content FROM outbox WHERE kind = 'invite'"));

    mail.values = json_pack("{s:s}", "subject", "x");
    assert_bad(add_by(fixture_work(0), &mail), SD_ERROR_INTERNAL);
    mail.values = json_pack("{s:i}", "inviter", 1);
    assert_bad(add_by(fixture_work(0), &mail), SD_ERROR_INTERNAL);
    mail = (sd_mail_t){.kind = SD_MAIL_VERIFY, .address = "ann@example.org"};
    mail.values = json_pack("{s:s}", "inviter", "x");
    assert_bad(add_by(fixture_work(0), &mail), SD_ERROR_INTERNAL);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox"), 1);
}

/* An address that an account only claims is a stranger's. */
static void test_claimed_addresses_are_unproven(void **state)
{
    sd_id_t ann = fixture_account("ann");

    (void)state;
    fixture_run("UPDATE account SET address_proven = 0 WHERE id = %d", (int)ann);
    assert_good(add_by(fixture_work(0), &(sd_mail_t){.kind = SD_MAIL_INVITE_KNOWN,
                                                     .account_id = ann,
                                                     .address = "ann@example.org",
                                                     .values = json_pack("{s:s}", "inviter", "Kim")}));
    assert_int_equal(fixture_number("SELECT proven FROM outbox"), 0);
    assert_null(fixture_text("SELECT content FROM outbox"));
    add(SD_MAIL_SIGN_IN, "ann@example.org");
    assert_string_equal(fixture_text("SELECT state || ' ' || reason FROM outbox WHERE kind = 'sign-in'"),
                        "suppressed unproven");
    assert_int_equal(fixture_audited("mail.suppress"), 0);
}

static void test_each_kind_can_be_switched_off(void **state)
{
    (void)state;
    fixture_account("ann");
    assert_good(sd_setting_set(fixture_operator(), "mail_mailbox_hour", "1000"));
    assert_good(sd_setting_set(fixture_operator(), "mail_mailbox_day", "1000"));
    for (int kind = 0; kind < SD_MAIL_COUNT; kind++) {
        const sd_mail_kind_row_t *row = sd_mail_kind_row(kind);

        assert_ptr_equal(sd_mail_kind_named(row->name), row);
        add(kind, "ann@example.org");
        assert_int_equal(in_state("queued"), kind + 1);
        assert_good(sd_setting_set(fixture_operator(), row->setting, "false"));
        add(kind, "ann@example.org");
        assert_int_equal(in_state("queued"), kind + 1);
        assert_string_equal(fixture_text("SELECT kind || ' ' || reason FROM outbox ORDER BY id DESC"),
                            apr_pstrcat(fixture.pool, row->name, " switched-off", NULL));
    }
    assert_int_equal(fixture_audited("mail.suppress"), 0);
}

static void test_mailbox_key(void **state)
{
    (void)state;
    assert_string_equal(sd_outbox_mailbox(fixture.pool, "v.ic.tim+1+2@mail.example"), "victim@mail.example");
    assert_string_equal(sd_outbox_mailbox(fixture.pool, "victim@sub.mail.example"), "victim@sub.mail.example");
    assert_string_equal(sd_outbox_mailbox(fixture.pool, "+a@mail.example"), "+a@mail.example");
}

static void test_budget_of_an_unproven_mailbox(void **state)
{
    (void)state;
    add(SD_MAIL_VERIFY, "victim@example.net");
    fixture_clock_move(2 * SD_HOUR);
    add(SD_MAIL_VERIFY, "vic.tim@example.net");
    fixture_clock_move(2 * SD_HOUR);
    add(SD_MAIL_VERIFY, "Victim+a@example.net");
    fixture_clock_move(2 * SD_HOUR);
    add(SD_MAIL_VERIFY, "victim+b@example.net");
    add(SD_MAIL_VERIFY, "victim+c@example.net");
    assert_int_equal(in_state("queued"), 3);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE reason = 'mailbox-budget' AND done IS NOT NULL"),
                     2);
    /* One row of the audit for a flood. */
    assert_int_equal(fixture_audited("mail.suppress"), 1);
    assert_string_equal(fixture_text("SELECT detail FROM audit WHERE act = 'mail.suppress'"),
                        "{\"kind\":\"verify\",\"reason\":\"mailbox-budget\"}");
    fixture_clock_move(18 * SD_HOUR);
    add(SD_MAIL_VERIFY, "victim@example.net");
    assert_int_equal(in_state("queued"), 4);
}

typedef struct link_t {
    sd_work_t *work;
    const char *address;
    sd_id_t account_id;
    int repeats;
} link_t;

static sd_error_t *mail_link_in_write(void *baton)
{
    link_t *link = baton;
    sd_id_t token;

    SD_TRY(sd_mailed_token_issue(
        &token, link->work,
        &(sd_mailed_token_input_t){.kind = SD_MAILED_RESET, .account_id = link->account_id, .address = link->address}));
    return sd_outbox_add(link->work, &(sd_mail_t){.kind = SD_MAIL_RESET,
                                                  .account_id = link->account_id,
                                                  .address = link->address,
                                                  .mailed_token_id = token});
}

static sd_error_t *repeats_in_read(void *baton)
{
    link_t *link = baton;

    return sd_outbox_repeats(&link->repeats, link->work, SD_MAIL_RESET, link->address);
}

static int repeats(const char *address)
{
    link_t link = {.work = fixture_work(0), .address = address};

    assert_good(sd_store_read(link.work->store, repeats_in_read, &link));
    return link.repeats;
}

/* A mail with a link that works is not sent again for an hour; one that is of no use is no reason to send none. */
static void test_a_link_that_works_is_not_sent_again(void **state)
{
    static const char *const useless[] = {
        "UPDATE mailed_token SET used = 1",
        "UPDATE mailed_token SET revoked = 1",
        "UPDATE mailed_token SET expires = created",
        "DELETE FROM mailed_token",
        "UPDATE outbox SET state = 'dead', done = 1",
        "UPDATE outbox SET state = 'suppressed', done = 1",
        "UPDATE outbox SET created = created - 3600000",
        "UPDATE outbox SET kind = 'sign-in'",
    };
    link_t link = {.address = "ann@example.org", .account_id = fixture_account("ann")};

    (void)state;
    assert_false(repeats("ann@example.org"));
    for (apr_size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++) {
        link.work = fixture_work(0);
        assert_good(sd_store_write(link.work->store, mail_link_in_write, &link));
        assert_true(repeats("Ann@Example.org"));
        assert_false(repeats("an.n@example.org")); /* the same mailbox, perhaps; not the same address */
        fixture_run("%s", useless[i]);
        assert_false(repeats("ann@example.org"));
        fixture_run("DELETE FROM outbox");
    }
    link.work = fixture_work(0);
    assert_good(sd_store_write(link.work->store, mail_link_in_write, &link));
    fixture_run("UPDATE outbox SET state = 'sent', done = 1");
    assert_true(repeats("ann@example.org"));
    assert_good(sd_setting_set(fixture_operator(), "mail_again_minutes", "0"));
    assert_false(repeats("ann@example.org"));
}

/* Whoever can cause mails cannot silence the notice of what was done with them. */
static void test_notices_have_their_own_budget(void **state)
{
    (void)state;
    fixture_account("ann");
    for (int i = 0; i < 5; i++) {
        add(SD_MAIL_RESET, "ann@example.org");
    }
    assert_int_equal(in_state("queued"), 3);
    add(SD_MAIL_PASSWORD_CHANGED, "ann@example.org");
    assert_int_equal(in_state("queued"), 4);
    fixture_clock_move(SD_HOUR);
    add(SD_MAIL_RESET, "ann@example.org");
    assert_int_equal(in_state("queued"), 5);
}

static void test_day_of_a_mailbox(void **state)
{
    (void)state;
    fixture_account("ann");
    for (int i = 0; i < 12; i++) {
        add(SD_MAIL_RESET, "ann@example.org");
        fixture_clock_move(SD_HOUR);
    }
    assert_int_equal(in_state("queued"), 10);
}

static void test_budget_of_a_source(void **state)
{
    sd_id_t agent = fixture_account("agent");
    sd_work_t *neighbour = fixture_work(0);

    (void)state;
    fixture_role(fixture_desk("HELP", "listed"), "agent", agent);
    assert_good(sd_setting_set(fixture_operator(), "mail_source_hour", "2"));
    add(SD_MAIL_VERIFY, "a@example.net");
    add(SD_MAIL_VERIFY, "b@example.net");
    add(SD_MAIL_VERIFY, "c@example.net");
    add(SD_MAIL_VERIFY, "d@example.net");
    assert_int_equal(in_state("queued"), 2);
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE reason = 'source-budget'"), 2);
    assert_int_equal(fixture_audited("mail.suppress"), 1);

    neighbour->source = "192.0.2.8";
    assert_good(add_by(neighbour, &(sd_mail_t){.kind = SD_MAIL_VERIFY, .address = "e@example.net"}));
    assert_good(add_by(fixture_work(agent), &(sd_mail_t){.kind = SD_MAIL_INVITE, .address = "f@example.net"}));
    assert_good(add_by(fixture_operator(), &(sd_mail_t){.kind = SD_MAIL_INVITE, .address = "g@example.net"}));
    assert_int_equal(in_state("queued"), 5);
}

/* Whoever said "no more" gets none, whoever asks; the holder of a proven address still does. */
static void test_stopped_mailboxes(void **state)
{
    const char *token, *address;

    (void)state;
    add(SD_MAIL_VERIFY, "Victim@example.net");
    token = sd_mail_stop_token(fixture_work(0), fixture_text("SELECT message_id FROM outbox"));
    assert_good(sd_mail_stop_find(&address, fixture_work(0), token));
    assert_string_equal(address, "Victim@example.net");
    assert_good(sd_mail_stop(fixture_work(0), token));
    assert_good(sd_mail_stop(fixture_work(0), token));
    assert_int_equal(fixture_audited("mail.stop"), 1);
    add(SD_MAIL_VERIFY, "vic.tim+2@example.net");
    add(SD_MAIL_INVITE, "victim@example.net");
    assert_int_equal(fixture_number("SELECT count(*) FROM outbox WHERE reason = 'stopped'"), 2);
    assert_int_equal(in_state("queued"), 1);

    assert_int_equal(strlen(token), 4 + 32 + 32); /* its tag, the Message-ID, 128 bits of a MAC */
    for (char *one = apr_pstrdup(fixture.pool, token); *one; one++) {
        char *bent = apr_pstrdup(fixture.pool, token);

        bent[strlen(token) - strlen(one)] = *one == '1' ? '2' : '1';
        assert_bad(sd_mail_stop_find(&address, fixture_work(0), bent), SD_ERROR_NOT_FOUND);
    }
    assert_bad(sd_mail_stop_find(&address, fixture_work(0), "sdu_x"), SD_ERROR_NOT_FOUND);
    assert_bad(sd_mail_stop(fixture_work(0), NULL), SD_ERROR_NOT_FOUND);
    fixture_account("ann");
    fixture_run("UPDATE account SET address = 'victim@example.net', address_key = 'victim@example.net'");
    add(SD_MAIL_RESET, "victim@example.net");
    assert_int_equal(in_state("queued"), 2);
    fixture_run("UPDATE account SET address = NULL, address_key = NULL, address_proven = 0");
    assert_bad(sd_mail_stop_lift(fixture_work(0), "victim@example.net"), SD_ERROR_SIGN_IN);
    assert_good(sd_mail_stop_lift(fixture_operator(), "victim@example.net"));
    add(SD_MAIL_VERIFY, "victim@example.net");
    assert_int_equal(in_state("queued"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(test_a_row),
        desk_test(test_language),
        desk_test(test_message_ids_differ),
        desk_test(test_an_account_without_address_gets_none),
        desk_test(test_no_row_without_its_operation),
        desk_test(test_values),
        desk_test(test_claimed_addresses_are_unproven),
        desk_test(test_each_kind_can_be_switched_off),
        desk_test(test_mailbox_key),
        desk_test(test_budget_of_an_unproven_mailbox),
        desk_test(test_a_link_that_works_is_not_sent_again),
        desk_test(test_notices_have_their_own_budget),
        desk_test(test_day_of_a_mailbox),
        desk_test(test_budget_of_a_source),
        desk_test(test_stopped_mailboxes),
    };

    return cmocka_run_group_tests_name("desk outbox", tests, NULL, NULL);
}
