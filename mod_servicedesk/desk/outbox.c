/* Mails into the outbox. */
#include "desk/outbox.h"

#include <string.h>

#include <apr_strings.h>

#include "base/address.h"
#include "desk/audit.h"
#include "desk/mail_budget.h"
#include "desk/mail_stop.h"
#include "desk/password_budget.h"
#include "desk/setting.h"
#include "store/accounts.h"
#include "store/outbox.h"

#define MESSAGE_ID_BYTES 16

const char *sd_outbox_mailbox(apr_pool_t *pool, const char *address_key)
{
    const char *at = strrchr(address_key, '@');
    char *mailbox = apr_palloc(pool, strlen(address_key) + 1), *to = mailbox;

    for (const char *from = address_key; from < at && (*from != '+' || from == address_key); from++) {
        if (*from != '.') {
            *to++ = *from;
        }
    }
    apr_cpystrn(to, at, strlen(at) + 1);
    return mailbox;
}

static int may_carry(const sd_mail_kind_row_t *kind, const char *name)
{
    for (const char *const *value = kind->values; *value; value++) {
        if (strcmp(*value, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static sd_error_t *check_values(sd_work_t *work, const sd_mail_kind_row_t *kind, json_t *values)
{
    const char *name;
    json_t *value;

    json_object_foreach(values, name, value)
    {
        if (!may_carry(kind, name) || !json_is_string(value)) {
            return sd_error_private(work->pool, SD_ERROR_INTERNAL, "a mail of kind %s carries no \"%s\"", kind->name,
                                    name);
        }
    }
    return NULL;
}

/* Agents and administrators answer for what they send; of who else has mail sent only the network is known. */
static const char *budgeted_source(sd_work_t *work)
{
    const sd_actor_t *actor = &work->actor;

    if (actor->is_operator || actor->relations & (SD_RELATION_STAFF | SD_RELATION_SYSTEM_ADMIN)) {
        return NULL;
    }
    return sd_source_network(work->pool, work->source);
}

/* Gives the row the reason why it is not sent, if there is one. */
static sd_error_t *judge(sd_outbox_row_t *row, sd_work_t *work, const sd_mail_kind_row_t *kind)
{
    int on, stopped = 0;

    SD_TRY(sd_setting_boolean(&on, work, kind->setting));
    if (!on) {
        row->reason = "switched-off";
    } else if (kind->proven_only && !row->proven) {
        row->reason = "unproven";
    }
    if (!row->reason && !row->proven && row->counted == SD_OUTBOX_ASKED_FOR) {
        SD_TRY(sd_mail_stop_holds(&stopped, work, row->mailbox));
        row->reason = stopped ? "stopped" : NULL;
    }
    return sd_mail_budget_judge(row, work);
}

static sd_error_t *fill(sd_outbox_row_t *row, sd_work_t *work, const sd_mail_t *mail)
{
    const sd_account_t *holder;
    sd_address_t address;
    char *message_id;

    SD_TRY(sd_address_parse(&address, work->pool, "email", mail->address));
    SD_TRY(sd_accounts_by_address(&holder, work->store, address.key));
    SD_TRY(sd_random_hex(&message_id, work->pool, work->site->random, MESSAGE_ID_BYTES));
    row->message_id = message_id;
    row->address = address.mailbox;
    row->mailbox = sd_outbox_mailbox(work->pool, address.key);
    row->proven = holder != NULL;
    if (!row->language && holder) {
        row->language = holder->language;
    }
    row->source = budgeted_source(work);
    row->created = sd_work_now(work);
    row->due = row->created;
    /* The one place where values meet an address: a stranger's mailbox gets none. */
    if (row->proven && json_object_size(mail->values)) {
        row->content = sd_audit_detail(work, json_incref(mail->values));
    }
    return NULL;
}

static sd_error_t *add(sd_work_t *work, const sd_mail_t *mail, const sd_mail_kind_row_t *kind)
{
    sd_outbox_row_t row = {
        .kind = kind->name,
        .account_id = mail->account_id,
        .language = mail->language,
        .mailed_token_id = mail->mailed_token_id,
        .desk_id = mail->desk_id,
        .counted = kind->rescue   ? SD_OUTBOX_RESCUE
                   : kind->notice ? SD_OUTBOX_NOTICE
                                  : SD_OUTBOX_ASKED_FOR,
        .urgent = kind->urgent,
    };

    SD_TRY(check_values(work, kind, mail->values));
    if (!mail->address) {
        return NULL;
    }
    SD_TRY(fill(&row, work, mail));
    /* The budgets are asked either way, or the time would tell. */
    SD_TRY(mail->withheld ? sd_mail_budget_judge(&row, work) : judge(&row, work, kind));
    row.reason = row.reason ? row.reason : mail->withheld;
    return sd_outbox_insert(work->store, &row);
}

sd_error_t *sd_outbox_add(sd_work_t *work, const sd_mail_t *mail)
{
    sd_error_t *error = add(work, mail, sd_mail_kind_row(mail->kind));

    json_decref(mail->values);
    return error;
}

static sd_error_t *has_same(int *same, sd_work_t *work, const sd_mail_t *mail, sd_outbox_counted_t counted)
{
    apr_int64_t minutes;
    sd_address_t address;

    SD_TRY(sd_address_parse(&address, work->pool, "email", mail->address));
    SD_TRY(sd_setting_number(&minutes, work, "mail_again_minutes"));
    sd_outbox_row_t row = {
        .kind = sd_mail_kind_row(mail->kind)->name,
        .mailbox = sd_outbox_mailbox(work->pool, address.key),
        .counted = counted,
        .reason = mail->withheld,
        .created = sd_work_now(work),
    };
    return sd_outbox_has_same(same, work->store, &row, address.key, row.created - minutes * SD_MINUTE);
}

sd_error_t *sd_outbox_repeats(int *repeats, sd_work_t *work, sd_mail_kind_t kind, const char *address)
{
    return has_same(repeats, work, &(sd_mail_t){.kind = kind, .address = address}, SD_OUTBOX_ASKED_FOR);
}

sd_error_t *sd_outbox_withholds(int *withholds, sd_work_t *work, sd_mail_kind_t kind, const char *address,
                                const char *reason)
{
    return has_same(withholds, work, &(sd_mail_t){.kind = kind, .address = address, .withheld = reason},
                    SD_OUTBOX_UNCOUNTED);
}

sd_error_t *sd_outbox_has_room(int *room, sd_work_t *work, const char *text)
{
    const sd_account_t *holder;
    sd_address_t address;

    SD_TRY(sd_address_parse(&address, work->pool, "email", text));
    SD_TRY(sd_accounts_by_address(&holder, work->store, address.key));
    sd_outbox_row_t row = {
        .mailbox = sd_outbox_mailbox(work->pool, address.key),
        .proven = holder != NULL,
        .counted = SD_OUTBOX_ASKED_FOR,
        .created = sd_work_now(work),
    };
    return sd_mail_budget_has_room(room, work, &row);
}
