/*
 * The budgets of wrong passwords as sign-in uses them: by the name that was typed, by the account that it turned out to
 * be, by source network; and, for a name that signed in from this source before, one of its own instead of the name's.
 * Nothing is limited where the site has no throttle (the command line tool).
 */
#ifndef SD_DESK_PASSWORD_BUDGET_H
#define SD_DESK_PASSWORD_BUDGET_H

#include "desk/budget.h"

/* `name` is folded. NULL, or SD_ERROR_THROTTLED. `_ask` reserves nothing. */
SD_CHECKED sd_error_t *sd_password_budget_ask(sd_work_t *work, const char *name);
SD_CHECKED sd_error_t *sd_password_budget_take(sd_work_t *work, const char *name);

/* True if the account's own budget allows it: else the name was one of several for the same account. */
int sd_password_budget_take_account(sd_work_t *work, const char *name, sd_id_t account_id);

/*
 * The same budgets over all servers that share the database, where they do: taken before the password costs anything,
 * so that those who try at several servers at once have no more. `_hold` in a write that is given up if it is refused.
 */
typedef struct sd_password_hold_t {
    sd_budget_t budgets[3];
    int count;
    int account_is_spent; /* the name was one of several for the same account, and the others used it up */
} sd_password_hold_t;

SD_CHECKED sd_error_t *sd_password_budget_hold(sd_password_hold_t *hold, sd_work_t *work, const char *name,
                                               sd_id_t account_id);
SD_CHECKED sd_error_t *sd_password_budget_return(sd_work_t *work, const sd_password_hold_t *hold);

/* After a right password; `account_id` may be 0. Remembers the source. */
void sd_password_budget_give_back(sd_work_t *work, const char *name, sd_id_t account_id);

/* After a wrong one: did it use up the name's budget, the source's? True once for each time that they run out. */
int sd_password_budget_name_tripped(sd_work_t *work, const char *name);
int sd_password_budget_source_tripped(sd_work_t *work);

/* IPv4 as it is, IPv6 as its /64; NULL if `source` is no address. */
const char *sd_source_network(apr_pool_t *pool, const char *source);

#endif
