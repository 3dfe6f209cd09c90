/* Mails taken from the outbox and settled. */
#include "desk/outgoing.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "desk/audit.h"
#include "desk/mail_budget.h"
#include "desk/mail_stop.h"
#include "desk/mailed_token.h"
#include "desk/setting.h"
#include "store/accounts.h"
#include "store/desks.h"
#include "store/outgoing.h"

#define LEASE_BYTES 16
#define POINTLESS 100 /* mails settled unsent in one go before others get their turn at the database */
#define FIRST_WAIT (5 * SD_SECOND)
#define LONGEST_WAIT SD_HOUR
#define ANSWER_LENGTH 500

typedef struct taking_t {
    sd_work_t *work;
    const sd_outgoing_input_t *input;
    const char *lease;
    sd_time_t now;
    apr_array_header_t *mails;
    int held;
    int unsent;        /* settled without being sent */
    sd_time_t too_old; /* what is from before then, and was tried, is given up */
} taking_t;

typedef struct look_t {
    sd_work_t *work;
    int is_waiting;
} look_t;

static sd_error_t *look(void *baton)
{
    look_t *look = baton;

    return sd_outgoing_is_due(&look->is_waiting, look->work->store, sd_work_now(look->work));
}

sd_error_t *sd_outgoing_is_waiting(int *is_waiting, sd_work_t *work)
{
    look_t baton = {.work = work};

    SD_TRY(sd_work_read(work, look, &baton));
    *is_waiting = baton.is_waiting;
    return NULL;
}

static sd_error_t *fill_person(sd_outgoing_t *mail, const char **pointless, sd_work_t *work, const sd_outbox_row_t *row)
{
    const sd_account_t *account = NULL;

    if (row->account_id) {
        SD_TRY(sd_accounts_by_id(&account, work->store, row->account_id));
    }
    if (account && strcmp(account->state, "anonymised") == 0) {
        *pointless = "account";
    }
    mail->name = account && row->proven ? account->display_name : NULL;
    mail->language = row->language ? row->language : account ? account->language : NULL;
    return NULL;
}

static sd_error_t *fill_desk(sd_outgoing_t *mail, sd_work_t *work, sd_id_t desk_id)
{
    const sd_desk_t *desk = NULL;

    if (desk_id) {
        SD_TRY(sd_desks_find(&desk, work->store, apr_psprintf(work->pool, "%" APR_INT64_T_FMT, desk_id), 0));
    }
    if (desk) {
        mail->desk_key = desk->key;
        mail->desk_name = desk->name;
        mail->language = mail->language ? mail->language : desk->language;
    }
    return NULL;
}

static sd_error_t *fill_token(sd_outgoing_t *mail, const char **pointless, sd_work_t *work, sd_id_t token_id)
{
    const sd_mailed_token_t *token;

    if (!mail->kind->has_token || (mail->kind->notice && !token_id)) {
        return NULL;
    }
    SD_TRY(sd_mailed_token_text(&mail->token, work, token_id));
    if (!mail->token) {
        *pointless = "token";
        return NULL;
    }
    SD_TRY(sd_mailed_tokens_by_id(&token, work->store, token_id));
    mail->token_expires = token->expires;
    return NULL;
}

/* Gives the reason why the mail need not leave any more; NULL: it leaves. */
static sd_error_t *fill(sd_outgoing_t *mail, const char **pointless, sd_work_t *work, const sd_outbox_row_t *row)
{
    int on;

    *pointless = NULL;
    mail->kind = sd_mail_kind_named(row->kind);
    if (!mail->kind) {
        *pointless = "kind";
        return NULL;
    }
    SD_TRY(fill_person(mail, pointless, work, row));
    SD_TRY(fill_desk(mail, work, row->desk_id));
    SD_TRY(fill_token(mail, pointless, work, row->mailed_token_id));
    SD_TRY(sd_setting_boolean(&on, work, mail->kind->setting));
    if (!on) {
        *pointless = "switched-off";
    }
    return NULL;
}

static sd_error_t *finish(taking_t *taking, sd_id_t id, const char *state, const char *reason)
{
    taking->unsent++;
    return sd_outgoing_finish(taking->work->store, id, state, reason, NULL, taking->now);
}

/* The row becomes a mail in the list, or is settled unsent. */
static sd_error_t *admit(taking_t *taking, const sd_outbox_row_t *row)
{
    sd_work_t *work = taking->work;
    sd_outgoing_t *mail = apr_pcalloc(work->pool, sizeof(*mail));
    sd_outbox_row_t judged = *row;
    const char *pointless;

    if (row->attempts > 1 && row->created < taking->too_old) {
        return finish(taking, row->id, "dead", "too-old");
    }
    judged.reason = NULL;
    SD_TRY(fill(mail, &pointless, work, row));
    if (pointless) {
        return finish(taking, row->id, "obsolete", pointless);
    }
    SD_TRY(sd_mail_budget_judge(&judged, work));
    if (judged.reason) {
        return finish(taking, row->id, "suppressed", judged.reason);
    }
    mail->id = row->id;
    mail->message_id = apr_pstrcat(work->pool, row->message_id, "@", row->message_host, NULL);
    mail->address = row->address;
    mail->proven = row->proven;
    mail->stop = row->proven ? NULL : sd_mail_stop_token(work, row->message_id);
    mail->content = row->content;
    mail->attempts = row->attempts;
    mail->created = row->created;
    mail->lease = taking->lease;
    mail->lease_ends = taking->now + taking->input->lease;
    APR_ARRAY_PUSH(taking->mails, sd_outgoing_t *) = mail;
    return NULL;
}

static sd_error_t *take_all(taking_t *taking, int urgent)
{
    const sd_outgoing_input_t *input = taking->input;
    const sd_outbox_row_t *row;

    while (taking->mails->nelts < input->limit && taking->unsent < POINTLESS) {
        SD_TRY(sd_outgoing_take(&row, taking->work->store, urgent, input->host, taking->lease, taking->now,
                                taking->now + input->lease));
        if (!row) {
            return NULL;
        }
        SD_TRY(admit(taking, row));
    }
    return NULL;
}

static sd_error_t *take_in_write(void *baton)
{
    taking_t *taking = baton;
    apr_int64_t sent, limit, hours;

    /* It may run again, after another writer was faster. */
    taking->mails->nelts = 0;
    taking->unsent = 0;
    taking->held = 0;
    SD_TRY(sd_setting_number(&limit, taking->work, "mail_total_hour"));
    SD_TRY(sd_setting_number(&hours, taking->work, "mail_give_up_hours"));
    taking->too_old = taking->now - hours * SD_HOUR;
    SD_TRY(sd_outgoing_count_sent(&sent, taking->work->store, taking->now - SD_HOUR));
    if (sent >= limit) {
        taking->held = 1;
        return NULL;
    }
    SD_TRY(take_all(taking, 1));
    return take_all(taking, 0);
}

sd_error_t *sd_outgoing_take_due(apr_array_header_t **mails, int *held, sd_work_t *work,
                                 const sd_outgoing_input_t *input)
{
    taking_t taking = {.work = work, .input = input, .now = sd_work_now(work)};
    char *lease;

    taking.mails = apr_array_make(work->pool, input->limit, sizeof(sd_outgoing_t *));
    SD_TRY(sd_random_hex(&lease, work->pool, work->site->random, LEASE_BYTES));
    taking.lease = lease;
    SD_TRY(sd_work_write(work, take_in_write, &taking));
    *mails = taking.mails;
    *held = taking.held;
    return NULL;
}

typedef struct settling_t {
    sd_work_t *work;
    const sd_outgoing_t *mail;
    sd_outgoing_outcome_t outcome;
    const char *answer;
    sd_time_t now;
    sd_time_t due;
    int dead;
} settling_t;

/* 5 seconds, 10, 20 ... an hour; a quarter more or less, so that what failed together does not come back together. */
static sd_error_t *find_due(settling_t *settling)
{
    sd_work_t *work = settling->work;
    int doublings = settling->mail->attempts > 12 ? 12 : settling->mail->attempts - 1;
    sd_time_t wait = FIRST_WAIT << (doublings > 0 ? doublings : 0);
    unsigned char byte;

    SD_TRY(sd_random_fill(work->pool, work->site->random, &byte, 1));
    wait = wait < LONGEST_WAIT ? wait : LONGEST_WAIT;
    settling->due = settling->now + wait * 3 / 4 + wait / 2 * byte / 255;
    return NULL;
}

static sd_error_t *bury(settling_t *settling, const char *reason)
{
    sd_work_t *work = settling->work;
    const sd_outgoing_t *mail = settling->mail;

    settling->dead = 1;
    SD_TRY(sd_outgoing_finish(work->store, mail->id, "dead", reason, settling->answer, settling->now));
    const char *detail = sd_audit_detail(work, json_pack("{s:s, s:s}", "kind", mail->kind->name, "reason", reason));
    return sd_audit_write(work, &(sd_audit_entry_t){.act = "mail.dead",
                                                    .object_type = "mail",
                                                    .object_id = apr_pstrmemdup(work->pool, mail->message_id,
                                                                                strcspn(mail->message_id, "@")),
                                                    .result = "failed",
                                                    .detail = detail});
}

static sd_error_t *try_later(settling_t *settling)
{
    apr_int64_t hours;

    SD_TRY(sd_setting_number(&hours, settling->work, "mail_give_up_hours"));
    if (settling->now - settling->mail->created >= hours * SD_HOUR) {
        return bury(settling, "too-old");
    }
    SD_TRY(find_due(settling));
    return sd_outgoing_postpone(settling->work->store, settling->mail->id, settling->mail->lease, settling->answer,
                                settling->due);
}

static sd_error_t *settle_in_write(void *baton)
{
    settling_t *settling = baton;
    sd_store_t *store = settling->work->store;
    const sd_outgoing_t *mail = settling->mail;

    settling->dead = 0;
    switch (settling->outcome) {
    case SD_OUTGOING_SENT:
        return sd_outgoing_finish(store, mail->id, "sent", NULL, settling->answer, settling->now);
    case SD_OUTGOING_LATER:
        return try_later(settling);
    case SD_OUTGOING_REFUSED:
        return bury(settling, "refused");
    default:
        return sd_outgoing_release(store, mail->id, mail->lease, settling->answer, settling->now + FIRST_WAIT);
    }
}

/* It comes from another machine, in whatever encoding. */
static const char *clean(apr_pool_t *pool, const char *answer)
{
    apr_size_t length = answer ? strlen(answer) : 0;
    char *copy = answer ? apr_pstrmemdup(pool, answer, length < ANSWER_LENGTH ? length : ANSWER_LENGTH) : NULL;

    for (char *at = copy; at && *at; at++) {
        if (*at < ' ' || *at > '~') {
            *at = ' ';
        }
    }
    return copy ? sd_text_trim(pool, copy) : NULL;
}

sd_error_t *sd_outgoing_settle(int *dead, sd_work_t *work, const sd_outgoing_t *mail, sd_outgoing_outcome_t outcome,
                               const char *answer)
{
    settling_t settling = {
        .work = work, .mail = mail, .outcome = outcome, .answer = clean(work->pool, answer), .now = sd_work_now(work)};

    *dead = 0;
    SD_TRY(sd_work_write(work, settle_in_write, &settling));
    *dead = settling.dead;
    return NULL;
}
