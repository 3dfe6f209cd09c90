/*
 * The budgets of account mail: how many a mailbox gets within an hour and a day, and how many one network can cause.
 * Asked when a mail is written, and again before it leaves: operations that ran at the same moment did not see each
 * other's mails.
 */
#ifndef SD_DESK_MAIL_BUDGET_H
#define SD_DESK_MAIL_BUDGET_H

#include "desk/work.h"
#include "store/outbox.h"

/* Gives the row the reason why it must not be sent, if there is one. A row with an id competes with older ones only. */
SD_CHECKED sd_error_t *sd_mail_budget_judge(sd_outbox_row_t *row, sd_work_t *work);

/*
 * For acts that anybody can ask for who types an address (`act` names them): true if one more may be heard. Counted
 * before anything is looked up, in memory, by mailbox and by network; who is over it reads the same answer. `_shared`
 * counts for all servers, in the write that it is about.
 */
int sd_mail_budget_hear(sd_work_t *work, const char *act, const char *address_key);
SD_CHECKED sd_error_t *sd_mail_budget_hear_shared(int *heard, sd_work_t *work, const char *act,
                                                  const char *address_key);

/* Would the budgets of its mailbox let such a row leave? Asks only, and tells no audit. */
SD_CHECKED sd_error_t *sd_mail_budget_has_room(int *room, sd_work_t *work, const sd_outbox_row_t *row);

#endif
