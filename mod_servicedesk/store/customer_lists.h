/*
 * The customers of a desk in the orders that its list is read in, a stretch at a time: each statement reads as many
 * rows as it is asked for, however many there are. Agents of the desk and anonymised accounts are no customers.
 */
#ifndef SD_STORE_CUSTOMER_LISTS_H
#define SD_STORE_CUSTOMER_LISTS_H

#include "store/records.h"
#include "store/store.h"

typedef struct sd_customer_t {
    sd_account_t account;
    const char *origin; /* how the account came to the desk: rest, signup, raised, tool ... */
    int direct;         /* on the list itself; else by a group alone */
    apr_int64_t open;   /* requests reported at this desk */
    apr_int64_t closed;
    sd_time_t activity; /* of the customer at this desk; that of coming, if there is none later */
    const char *part;   /* what the search came by */
    int is_customer;    /* whom a search came by need not be one */
} sd_customer_t;

/* So many at most are looked at one by one by a search. */
#define SD_CUSTOMERS_FEW 500

/* Behind this place a stretch begins. */
typedef struct sd_customer_place_t {
    sd_time_t activity; /* in order of activity */
    const char *part;   /* in order of parts */
    sd_id_t account_id;
} sd_customer_place_t;

/* sd_customer_t *, the newest activity first; behind `place`, without `skip` more. */
SD_CHECKED sd_error_t *sd_customer_lists_by_activity(apr_array_header_t **customers, sd_store_t *store, sd_id_t desk_id,
                                                     const sd_customer_place_t *place, apr_int64_t skip,
                                                     apr_int64_t limit);

/* Whoever has a part that begins like `part`, in order of parts, customer or not (look at is_customer). */
SD_CHECKED sd_error_t *sd_customer_lists_by_part(apr_array_header_t **customers, sd_store_t *store, sd_id_t desk_id,
                                                 const char *part, const sd_customer_place_t *place, int limit);

/* Are there at most SD_CUSTOMERS_FEW? */
SD_CHECKED sd_error_t *sd_customer_lists_are_few(int *few, sd_store_t *store, sd_id_t desk_id);

/* Has the account to do with the desk as a customer: is on the list, or has reported something? */
SD_CHECKED sd_error_t *sd_customer_lists_knows(int *knows, sd_store_t *store, sd_id_t desk_id, sd_id_t account_id);

/* sd_request_t * that the customer reported at the desk, as `reader_id` sees them, the newest activity first. */
SD_CHECKED sd_error_t *sd_customer_lists_requests(sd_list_t **requests, sd_store_t *store, sd_id_t reader_id,
                                                  sd_id_t desk_id, sd_id_t customer_id, int state, sd_page_t page);

#endif
