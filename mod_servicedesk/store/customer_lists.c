/* SQL for the list of a desk's customers. */
#include "store/customer_lists.h"

#include "store/account_parts.h"
#include "store/accounts.h"
#include "store/requests.h"
#include "store/rows.h"

#define COLUMNS                                                                                                        \
    SD_ACCOUNT_COLUMNS ", r.origin, r.direct, coalesce(c.open_requests, 0), coalesce(c.closed_requests, 0), "          \
                       "r.activity"
#define IS_AGENT(row_)                                                                                                 \
    "EXISTS (SELECT 1 FROM desk_role g WHERE g.desk_id = " row_                                                        \
    ".desk_id AND g.role = 'agent' AND g.account_id = " row_ ".account_id)"
#define MEMBER_AGENT IS_AGENT("m")
#define LISTED_AGENT IS_AGENT("r")

/*
 * The stretch is cut first, along the index, and then dressed. LEFT, although each account is there: so SQLite dresses
 * row by row instead of keeping the stretch in a table and scanning that.
 */
SD_SQL(customer_by_activity,
       "SELECT " COLUMNS ", NULL, 1 FROM (SELECT m.desk_id, m.account_id, m.origin, m.direct, m.activity"
       " FROM desk_role m JOIN account b ON b.id = m.account_id AND b.state <> 'anonymised'"
       " WHERE m.desk_id = $1 AND m.role = 'customer' AND (m.activity, m.account_id) < ($2, $3)"
       " AND NOT " MEMBER_AGENT " ORDER BY m.activity DESC, m.account_id DESC LIMIT $4 OFFSET $5) AS r"
       " LEFT JOIN account a ON a.id = r.account_id LEFT JOIN directory d ON d.id = a.directory_id"
       " LEFT JOIN desk_count c ON c.desk_id = r.desk_id AND c.account_id = r.account_id"
       " ORDER BY r.activity DESC, r.account_id DESC");
SD_SQL(customer_by_part,
       "SELECT " COLUMNS ", p.part, CASE WHEN r.account_id IS NULL OR a.state = 'anonymised' OR " LISTED_AGENT
       " THEN 0 ELSE 1 END FROM (SELECT part, account_id FROM account_part WHERE (part, account_id) > ($1, $2)"
       " AND part < $3 ORDER BY part, account_id LIMIT $4) AS p"
       " LEFT JOIN account a ON a.id = p.account_id LEFT JOIN directory d ON d.id = a.directory_id"
       " LEFT JOIN desk_role r ON r.desk_id = $5 AND r.role = 'customer' AND r.account_id = p.account_id"
       " LEFT JOIN desk_count c ON c.desk_id = r.desk_id AND c.account_id = r.account_id"
       " ORDER BY p.part, p.account_id");
SD_SQL(customer_count_few, "SELECT count(*) FROM (SELECT account_id FROM desk_role WHERE desk_id = $1"
                           " AND role = 'customer' LIMIT $2) AS found");
SD_SQL(customer_known,
       "SELECT CASE WHEN EXISTS (SELECT 1 FROM desk_role WHERE desk_id = $1 AND role = 'customer' AND account_id = $2)"
       " OR EXISTS (SELECT 1 FROM desk_count WHERE desk_id = $1 AND account_id = $2) THEN 1 ELSE 0 END");
SD_SQL(customer_requests, "SELECT " SD_REQUEST_COLUMNS " FROM request AS r" SD_REQUEST_JOINS
                          " WHERE r.reporter_id = $2 AND r.desk_id = $3 AND r.deleted = 0 AND ($4 = 2 OR r.open = $4)"
                          " ORDER BY r.public_updated DESC, r.id DESC LIMIT $5 OFFSET $6");

static void *customer_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_customer_t *customer = apr_pcalloc(pool, sizeof(*customer));

    sd_account_of_row(&customer->account, row, 0);
    customer->origin = sd_row_text(row, SD_ACCOUNT_WIDTH);
    customer->direct = sd_row_bool(row, SD_ACCOUNT_WIDTH + 1);
    customer->open = sd_row_int(row, SD_ACCOUNT_WIDTH + 2);
    customer->closed = sd_row_int(row, SD_ACCOUNT_WIDTH + 3);
    customer->activity = sd_row_int(row, SD_ACCOUNT_WIDTH + 4);
    customer->part = sd_row_text(row, SD_ACCOUNT_WIDTH + 5);
    customer->is_customer = sd_row_bool(row, SD_ACCOUNT_WIDTH + 6);
    return customer;
}

sd_error_t *sd_customer_lists_by_activity(apr_array_header_t **customers, sd_store_t *store, sd_id_t desk_id,
                                          const sd_customer_place_t *place, apr_int64_t skip, apr_int64_t limit)
{
    return sd_rows_all(customers, store, &customer_by_activity,
                       SD_VALUES(SD_INT(desk_id), SD_INT(place->activity), SD_INT(place->account_id), SD_INT(limit),
                                 SD_INT(skip)),
                       customer_record);
}

sd_error_t *sd_customer_lists_by_part(apr_array_header_t **customers, sd_store_t *store, sd_id_t desk_id,
                                      const char *part, const sd_customer_place_t *place, int limit)
{
    const char *end = sd_account_parts_end(sd_store_pool(store), part);

    return sd_rows_all(customers, store, &customer_by_part,
                       SD_VALUES(SD_TEXT(place->part), SD_INT(place->account_id), SD_TEXT(end), SD_INT(limit),
                                 SD_INT(desk_id)),
                       customer_record);
}

sd_error_t *sd_customer_lists_are_few(int *few, sd_store_t *store, sd_id_t desk_id)
{
    apr_int64_t count;

    SD_TRY(sd_store_number(store, &customer_count_few, SD_VALUES(SD_INT(desk_id), SD_INT(SD_CUSTOMERS_FEW + 1)), 0,
                           &count));
    *few = count <= SD_CUSTOMERS_FEW;
    return NULL;
}

sd_error_t *sd_customer_lists_knows(int *knows, sd_store_t *store, sd_id_t desk_id, sd_id_t account_id)
{
    apr_int64_t yes;

    SD_TRY(sd_store_number(store, &customer_known, SD_VALUES(SD_INT(desk_id), SD_INT(account_id)), 0, &yes));
    *knows = yes != 0;
    return NULL;
}

sd_error_t *sd_customer_lists_requests(sd_list_t **requests, sd_store_t *store, sd_id_t reader_id, sd_id_t desk_id,
                                       sd_id_t customer_id, int state, sd_page_t page)
{
    return sd_rows_page(requests, store, &customer_requests,
                        SD_VALUES(SD_INT(reader_id), SD_INT(customer_id), SD_INT(desk_id), SD_INT(state),
                                  SD_PAGE_VALUES(page)),
                        page, sd_requests_record);
}
