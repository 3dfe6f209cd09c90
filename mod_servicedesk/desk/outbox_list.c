/* The outbox as administrators see and change it. */
#include "desk/outbox_list.h"

#include <string.h>

#include "desk/audit.h"
#include "desk/policy.h"

typedef struct listing_t {
    sd_work_t *work;
    const char *state;
    sd_page_t page;
    sd_list_t *mails;
} listing_t;

static sd_error_t *list_in_read(void *baton)
{
    static const char *const states[] = {"queued", "sent", "dead", "suppressed", "obsolete", "dropped"};
    listing_t *listing = baton;
    sd_work_t *work = listing->work;

    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    for (apr_size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(states[i], listing->state) == 0) {
            return sd_outbox_of_state(&listing->mails, work->store, listing->state, listing->page);
        }
    }
    return sd_error_field(work->pool, "state", "sd.validation.mail.state",
                          "state is one of queued, sent, dead, suppressed, obsolete and dropped.");
}

sd_error_t *sd_outbox_list(sd_list_t **mails, sd_work_t *work, const char *state, sd_page_t page)
{
    listing_t listing = {work, state, page, NULL};

    SD_TRY(sd_work_read(work, list_in_read, &listing));
    *mails = listing.mails;
    return NULL;
}

typedef struct change_t {
    sd_work_t *work;
    sd_id_t id;
    int resend;
} change_t;

static sd_error_t *change_in_write(void *baton)
{
    const change_t *change = baton;
    sd_work_t *work = change->work;
    const sd_outbox_row_t *mail;
    apr_int64_t changed;

    SD_TRY(sd_policy_require(work, SD_MAY_ADMINISTER_SYSTEM));
    SD_TRY(sd_outbox_by_id(&mail, work->store, change->id));
    if (!mail) {
        return sd_error_not_found(work->pool);
    }
    SD_TRY(
        (change->resend ? sd_outbox_requeue : sd_outbox_give_up)(&changed, work->store, mail->id, sd_work_now(work)));
    if (!changed) {
        return sd_error_new(work->pool, SD_ERROR_CONFLICT, "sd.mail.state",
                            "This mail is %s: that cannot be done with it.", mail->state);
    }
    const char *detail = sd_audit_detail(work, json_pack("{s:s, s:s}", "kind", mail->kind, "from", mail->state));
    return sd_audit_write(work, &(sd_audit_entry_t){.act = change->resend ? "mail.resend" : "mail.drop",
                                                    .object_type = "mail",
                                                    .object_id = mail->message_id,
                                                    .desk_id = mail->desk_id,
                                                    .detail = detail});
}

sd_error_t *sd_outbox_resend(sd_work_t *work, sd_id_t id)
{
    return sd_work_write(work, change_in_write, &(change_t){work, id, 1});
}

sd_error_t *sd_outbox_drop(sd_work_t *work, sd_id_t id)
{
    return sd_work_write(work, change_in_write, &(change_t){work, id, 0});
}
