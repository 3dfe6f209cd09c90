/*
 * The licence: a seat is an enabled person who is agent of some desk, by whatever way. Customers, desk administrators
 * and system administrators as such take none. The same sign-in name in two directories is one seat. The setting
 * licence_limit refuses the next agent, and nothing else.
 */
#ifndef SD_DESK_LICENCE_H
#define SD_DESK_LICENCE_H

#include "desk/work.h"
#include "store/seats.h"

typedef struct sd_seat_t {
    const sd_account_t *account;
    const char *counted_in;         /* the directory whose account of the same name counts instead; NULL: counts */
    const apr_array_header_t *ways; /* sd_seat_way_t * */
} sd_seat_t;

typedef struct sd_licence_t {
    const char *model;               /* agents */
    apr_int64_t limit;               /* 0: none */
    apr_int64_t used;                /* seats that count */
    const apr_array_header_t *seats; /* sd_seat_t * */
    const apr_array_header_t *risks; /* sd_seat_risk_t * */
} sd_licence_t;

/* By operator or system admin. */
SD_CHECKED sd_error_t *sd_licence_report(const sd_licence_t **licence, sd_work_t *work);

/*
 * For an operation that may make agents, inside its write: begin before anything changes, end when all has changed.
 * Over the limit: SD_ERROR_CONFLICT sd.licence.limit. Unless it was confirmed, SD_ERROR_CONFLICT sd.licence.confirm
 * with the number of seats if customers become agents by a group, or if a group that makes agents is (now) one of
 * customers or one that new accounts get. Either error rolls the operation back.
 */
typedef struct sd_licence_mark_t {
    apr_int64_t used;
    const apr_array_header_t *accounts; /* sd_account_t *, all seats */
    const apr_array_header_t *risks;
} sd_licence_mark_t;

SD_CHECKED sd_error_t *sd_licence_begin(sd_licence_mark_t *mark, sd_work_t *work);
SD_CHECKED sd_error_t *sd_licence_end(sd_work_t *work, const sd_licence_mark_t *mark, int by_group, int confirmed);

/* A directory made somebody an agent: nobody is refused, administrators get a notice. Inside the caller's write. */
SD_CHECKED sd_error_t *sd_licence_notice(sd_work_t *work, const sd_account_t *account);

#endif
