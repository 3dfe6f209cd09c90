/* Budgets of account mail. */
#include "desk/mail_budget.h"

#include <apr_strings.h>

#include "desk/audit.h"
#include "desk/budget.h"
#include "desk/outbox.h"
#include "desk/password_budget.h"
#include "desk/setting.h"

#define HEARD_MAILBOX 3 /* times an hour that a mail can be asked for to one mailbox */
#define HEARD_SOURCE 20 /* and out of one network */

typedef struct budget_t {
    const char *setting; /* how many mails ... */
    sd_time_t period;    /* ... in how long */
    const char *reason;
    sd_error_t *(*count)(apr_int64_t *count, sd_store_t *store, const sd_outbox_row_t *row, sd_time_t since,
                         sd_id_t before);
} budget_t;

static const budget_t hour_of_mailbox = {"mail_mailbox_hour", SD_HOUR, "mailbox-budget", sd_outbox_count_mailbox};
static const budget_t day_of_mailbox = {"mail_mailbox_day", SD_DAY, "mailbox-budget", sd_outbox_count_mailbox};
static const budget_t day_of_unproven = {"mail_unproven_day", SD_DAY, "mailbox-budget", sd_outbox_count_mailbox};
static const budget_t hour_of_source = {"mail_source_hour", SD_HOUR, "source-budget", sd_outbox_count_source};

/* A flood is told of once an hour for each mailbox or source, not once a mail. */
static sd_error_t *audit(sd_work_t *work, const sd_outbox_row_t *row)
{
    int told;

    SD_TRY(sd_outbox_was_suppressed(&told, work->store, row, row->created - SD_HOUR));
    if (told) {
        return NULL;
    }
    const char *detail = sd_audit_detail(work, json_pack("{s:s, s:s}", "kind", row->kind, "reason", row->reason));
    return sd_audit_write(work, &(sd_audit_entry_t){.act = "mail.suppress",
                                                    .object_type = "mail",
                                                    .object_id = row->message_id,
                                                    .desk_id = row->desk_id,
                                                    .result = "refused",
                                                    .detail = detail});
}

static sd_error_t *has_room(int *room, sd_work_t *work, const sd_outbox_row_t *row, const budget_t *budget)
{
    apr_int64_t limit, taken;

    SD_TRY(sd_setting_number(&limit, work, budget->setting));
    SD_TRY(budget->count(&taken, work->store, row, row->created - budget->period, row->id ? row->id : SD_OUTBOX_ALL));
    *room = taken < limit;
    return NULL;
}

static sd_error_t *judge(sd_outbox_row_t *row, sd_work_t *work, const budget_t *budget)
{
    int room;

    if (row->reason) {
        return NULL;
    }
    SD_TRY(has_room(&room, work, row, budget));
    if (room) {
        return NULL;
    }
    row->reason = budget->reason;
    return audit(work, row);
}

sd_error_t *sd_mail_budget_has_room(int *room, sd_work_t *work, const sd_outbox_row_t *row)
{
    SD_TRY(has_room(room, work, row, &hour_of_mailbox));
    return *room ? has_room(room, work, row, row->proven ? &day_of_mailbox : &day_of_unproven) : NULL;
}

sd_error_t *sd_mail_budget_judge(sd_outbox_row_t *row, sd_work_t *work)
{
    if (row->reason || row->counted == SD_OUTBOX_UNCOUNTED) {
        return NULL;
    }
    SD_TRY(judge(row, work, &hour_of_mailbox));
    SD_TRY(judge(row, work, row->proven ? &day_of_mailbox : &day_of_unproven));
    return row->source ? judge(row, work, &hour_of_source) : NULL;
}

/* A mailbox, and where somebody sits who asks. */
static void budgets_of(sd_budget_t budgets[2], sd_work_t *work, const char *act, const char *address_key)
{
    budgets[0] = (sd_budget_t){apr_pstrcat(work->pool, act, "-source", NULL),
                               sd_source_network(work->pool, work->source), HEARD_SOURCE, SD_HOUR};
    budgets[1] = (sd_budget_t){act, sd_outbox_mailbox(work->pool, address_key), HEARD_MAILBOX, SD_HOUR};
}

int sd_mail_budget_hear(sd_work_t *work, const char *act, const char *address_key)
{
    sd_budget_t budgets[2];

    budgets_of(budgets, work, act, address_key);
    return sd_budget_take(work, &budgets[0]) == 0 && sd_budget_take(work, &budgets[1]) == 0;
}

sd_error_t *sd_mail_budget_hear_shared(int *heard, sd_work_t *work, const char *act, const char *address_key)
{
    sd_budget_t budgets[2];
    int wait;

    budgets_of(budgets, work, act, address_key);
    SD_TRY(sd_budget_take_shared(&wait, work, &budgets[0]));
    if (!wait) {
        SD_TRY(sd_budget_take_shared(&wait, work, &budgets[1]));
    }
    *heard = !wait;
    return NULL;
}
