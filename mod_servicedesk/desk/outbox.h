/*
 * The outbox: mails that are to leave, written in the transaction of the operation that they tell of, so that there is
 * no mail without its cause and no cause without its mail. Sending is the worker's (mail/), later and elsewhere.
 *
 * What the operation answers never depends on what becomes of the mail: one that is over a budget, switched off, or not
 * for this address is kept as a row with the reason, and is not sent. Its Message-ID is fixed here, so every attempt
 * carries the same.
 */
#ifndef SD_DESK_OUTBOX_H
#define SD_DESK_OUTBOX_H

#include <jansson.h>

#include "desk/mail_kind.h"
#include "desk/work.h"

typedef struct sd_mail_t {
    sd_mail_kind_t kind;
    sd_id_t account_id;      /* whom it is about, or 0: nobody has an account yet */
    const char *address;     /* where it goes; NULL: the account has none, and gets no mail */
    const char *language;    /* "ko"; NULL: the account's, else the site's */
    sd_id_t mailed_token_id; /* whose text becomes the link, or 0 */
    sd_id_t desk_id;         /* which desk it speaks of, or 0 */
    json_t *values;          /* an object of the members that the kind may carry, or NULL; it is stolen */
    const char *withheld;    /* why it is kept and never sent: what must cost the same as one that is; or NULL */
} sd_mail_t;

/* Inside the caller's write. */
SD_CHECKED sd_error_t *sd_outbox_add(sd_work_t *work, const sd_mail_t *mail);

/*
 * Was a mail of that kind, which anybody can ask for, written for that address within the last hour (setting
 * mail_again_minutes), and does its link still work? Then there is no other: whoever asks again keeps that link.
 */
SD_CHECKED sd_error_t *sd_outbox_repeats(int *repeats, sd_work_t *work, sd_mail_kind_t kind, const char *address);

/* The same of mails that were withheld for the reason: whoever asks again for one of them cannot tell either. */
SD_CHECKED sd_error_t *sd_outbox_withholds(int *withholds, sd_work_t *work, sd_mail_kind_t kind, const char *address,
                                           const char *reason);

/* Would a mail that anybody can ask for leave for this address now, as far as the budgets of its mailbox go? For acts
 * that would make an older mail's link worthless. */
SD_CHECKED sd_error_t *sd_outbox_has_room(int *room, sd_work_t *work, const char *address);

/* The key under which budgets count: without "+tag" and dots in the local part, which many providers ignore. */
const char *sd_outbox_mailbox(apr_pool_t *pool, const char *address_key);

#endif
