/*
 * A budget of attempts. This server's memory is asked first: it answers a flood at once, without a write. Where several
 * servers share the database, a row there is the same bucket over all of them, exactly: it is taken from in a write,
 * before the attempt costs anything, and what it says is what this server's memory knows from then on. Nothing is
 * limited where the site has no throttle (the command line tool).
 */
#ifndef SD_DESK_BUDGET_H
#define SD_DESK_BUDGET_H

#include "desk/work.h"

typedef struct sd_budget_t {
    const char *kind;
    const char *subject; /* NULL: there is none, and no limit */
    int attempts;        /* in `period`, refilled evenly; a day at most */
    sd_time_t period;
} sd_budget_t;

/* 0 is yes, else the seconds until there is room again; `_wait` takes nothing. */
int sd_budget_take(sd_work_t *work, const sd_budget_t *budget);
int sd_budget_wait(sd_work_t *work, const sd_budget_t *budget);
void sd_budget_give_back(sd_work_t *work, const sd_budget_t *budget);
/* True once for each time that it runs out. */
int sd_budget_tripped(sd_work_t *work, const sd_budget_t *budget);

/* Are there others to share it with? Without them the next two do nothing and say yes. */
int sd_budget_is_shared(const sd_work_t *work);
/* In a write, which must not commit what the attempt would have cost if *wait is not 0. */
SD_CHECKED sd_error_t *sd_budget_take_shared(int *wait, sd_work_t *work, const sd_budget_t *budget);
/*
 * Each of them, in a write of its own, before the one that they are about: those who share a network do not wait for
 * each other's work. What was taken stays taken, whatever becomes of the attempt. *spent is which one said no, or -1.
 */
SD_CHECKED sd_error_t *sd_budget_count_shared(int *spent, int *wait, sd_work_t *work, const sd_budget_t *budgets,
                                              int count);
SD_CHECKED sd_error_t *sd_budget_return_shared(sd_work_t *work, const sd_budget_t *budget);

#endif
