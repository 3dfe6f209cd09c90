/* Who holds the agent role, and by which ways: the seats of the licence. All calls run in the caller's transaction. */
#ifndef SD_STORE_SEATS_H
#define SD_STORE_SEATS_H

#include <apr_tables.h>

#include "store/groups.h"
#include "store/records.h"
#include "store/store.h"

/* Enabled accounts that are agent of some desk, those of the first directory first: sd_account_t *. */
SD_CHECKED sd_error_t *sd_seats_accounts(apr_array_header_t **accounts, sd_store_t *store);

typedef struct sd_seat_way_t {
    const char *desk_key;
    const char *kind;    /* direct, group, nested, default, web-server */
    const char *group;   /* that has the role, or NULL */
    const char *through; /* nested: the group of it that the account is in itself */
} sd_seat_way_t;

/* sd_seat_way_t * */
SD_CHECKED sd_error_t *sd_seats_ways(apr_array_header_t **ways, sd_store_t *store, sd_id_t account_id);

SD_CHECKED sd_error_t *sd_seats_is_customer(int *customer, sd_store_t *store, sd_id_t account_id);

/* A group whose members become agents although it is one of customers; or agents or administrators, and new accounts
 * get it. */
typedef struct sd_seat_risk_t {
    sd_user_group_t group;
    const char *kind; /* customers, default */
    apr_int64_t members;
} sd_seat_risk_t;

/* sd_seat_risk_t *, in order of kind and group */
SD_CHECKED sd_error_t *sd_seats_risks(apr_array_header_t **risks, sd_store_t *store);

#endif
