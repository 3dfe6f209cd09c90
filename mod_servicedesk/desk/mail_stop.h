/*
 * "No more of these mails": what somebody can say who gets mails because strangers typed in the address. Each mail to
 * an address that nobody has proven has a link for it; who follows it and says yes gets no more, by whatever way they
 * are caused. Only a digest of the mailbox is kept. It ends when an administrator says so, and does not bind mails to
 * people who have proven the address.
 */
#ifndef SD_DESK_MAIL_STOP_H
#define SD_DESK_MAIL_STOP_H

#include "desk/work.h"

/* The token of a mail's link, by the first part of its Message-ID; NULL without a pepper file. */
const char *sd_mail_stop_token(const sd_work_t *work, const char *message_id);

/* Whose mails the token stops: *address, as long as the mail is known. Else SD_ERROR_NOT_FOUND. */
SD_CHECKED sd_error_t *sd_mail_stop_find(const char **address, sd_work_t *work, const char *token);

/* It is done; twice is once. */
SD_CHECKED sd_error_t *sd_mail_stop(sd_work_t *work, const char *token);

/* Mails to the address may be caused again. Right: SD_MAY_ADMINISTER_SYSTEM. */
SD_CHECKED sd_error_t *sd_mail_stop_lift(sd_work_t *work, const char *address);

/* Inside a transaction. `mailbox` as budgets count it. */
SD_CHECKED sd_error_t *sd_mail_stop_holds(int *holds, sd_work_t *work, const char *mailbox);

#endif
