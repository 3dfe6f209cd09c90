/* SQL over transition and status_change. */
#include "store/transitions.h"

#include "store/rows.h"

#define COLUMNS "id, name, from_status, to_status, resolution, customer"

SD_SQL(transition_list, "SELECT " COLUMNS " FROM transition WHERE desk_id = $1 AND from_status = $2"
                        " AND (customer = 1 OR $3 = 0) ORDER BY id LIMIT $4 OFFSET $5");
SD_SQL(transition_find, "SELECT " COLUMNS " FROM transition WHERE id = $1 AND desk_id = $2 AND from_status = $3"
                        " AND (customer = 1 OR $4 = 0)");
SD_SQL(status_change_insert, "INSERT INTO status_change (request_id, status, account_id, at) VALUES ($1, $2, $3, $4)");
SD_SQL(status_change_list,
       "SELECT status, at FROM status_change WHERE request_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3");

static void *transition_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_transition_t *transition = apr_pcalloc(pool, sizeof(*transition));

    transition->id = sd_row_int(row, 0);
    transition->name = sd_row_text(row, 1);
    transition->from_status = sd_row_text(row, 2);
    transition->to_status = sd_row_text(row, 3);
    transition->resolution = sd_row_text(row, 4);
    transition->customer = sd_row_bool(row, 5);
    return transition;
}

static void *change_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_status_change_t *change = apr_pcalloc(pool, sizeof(*change));

    change->status = sd_row_text(row, 0);
    change->at = sd_row_int(row, 1);
    return change;
}

sd_error_t *sd_transitions_list(sd_list_t **list, sd_store_t *store, sd_id_t desk_id, const char *status, int customer,
                                sd_page_t page)
{
    return sd_rows_page(list, store, &transition_list,
                        SD_VALUES(SD_INT(desk_id), SD_TEXT(status), SD_INT(customer != 0), SD_PAGE_VALUES(page)), page,
                        transition_record);
}

sd_error_t *sd_transitions_find(const sd_transition_t **transition, sd_store_t *store, sd_id_t desk_id,
                                const char *status, int customer, sd_id_t id)
{
    void *found;

    *transition = NULL;
    SD_TRY(sd_rows_one(&found, store, &transition_find,
                       SD_VALUES(SD_INT(id), SD_INT(desk_id), SD_TEXT(status), SD_INT(customer != 0)),
                       transition_record));
    *transition = found;
    return NULL;
}

sd_error_t *sd_transitions_note(sd_store_t *store, sd_id_t request_id, const char *status, sd_id_t account_id,
                                sd_time_t at)
{
    return sd_store_execute(store, &status_change_insert,
                            SD_VALUES(SD_INT(request_id), SD_TEXT(status), SD_INT(account_id), SD_INT(at)), NULL);
}

sd_error_t *sd_transitions_history(sd_list_t **list, sd_store_t *store, sd_id_t request_id, sd_page_t page)
{
    return sd_rows_page(list, store, &status_change_list, SD_VALUES(SD_INT(request_id), SD_PAGE_VALUES(page)), page,
                        change_record);
}
