/* SQL for queues: each runs along an index that holds its requests in its order. */
#include "store/queues.h"

#include "store/accounts.h"
#include "store/requests.h"
#include "store/rows.h"

#define COLUMNS                                                                                                        \
    "SELECT " SD_REQUEST_COLUMNS ", t.name, b.id, b.public_id, b.directory_id, e.name, b.name, b.address,"             \
    " b.display_name, b.state, b.system_admin, b.generation, b.created FROM request AS r" SD_REQUEST_JOINS             \
    " LEFT JOIN request_type AS t ON t.id = r.request_type_id LEFT JOIN account AS b ON b.id = r.assignee_id"          \
    " LEFT JOIN directory AS e ON e.id = b.directory_id"
#define PAGE " ORDER BY r.created, r.id LIMIT $3 OFFSET $4"

SD_SQL(queue_open, COLUMNS " WHERE r.desk_id = $2 AND r.deleted = 0 AND r.open = 1" PAGE);
SD_SQL(queue_unassigned,
       COLUMNS " WHERE r.desk_id = $2 AND r.deleted = 0 AND r.open = 1 AND r.assignee_id IS NULL" PAGE);
SD_SQL(queue_mine, COLUMNS " WHERE r.desk_id = $2 AND r.deleted = 0 AND r.open = 1 AND r.assignee_id = $1" PAGE);
SD_SQL(queue_open_count, "SELECT count(*) FROM request WHERE desk_id = $1 AND deleted = 0 AND open = 1");
SD_SQL(queue_unassigned_count,
       "SELECT count(*) FROM request WHERE desk_id = $1 AND deleted = 0 AND open = 1 AND assignee_id IS NULL");
SD_SQL(queue_mine_count,
       "SELECT count(*) FROM request WHERE desk_id = $1 AND deleted = 0 AND open = 1 AND assignee_id = $2");

static void *queue_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_queue_row_t *record = apr_pcalloc(pool, sizeof(*record));

    sd_request_of_row(&record->request, row);
    record->request_type = sd_row_text(row, SD_REQUEST_WIDTH);
    sd_account_of_row(&record->assignee, row, SD_REQUEST_WIDTH + 1);
    return record;
}

static const sd_sql_t *list_of(sd_queue_kind_t kind)
{
    switch (kind) {
    case SD_QUEUE_UNASSIGNED:
        return &queue_unassigned;
    case SD_QUEUE_MINE:
        return &queue_mine;
    case SD_QUEUE_OPEN:
        break;
    }
    return &queue_open;
}

sd_error_t *sd_queues_list(sd_list_t **list, sd_store_t *store, sd_queue_kind_t kind, sd_id_t desk_id,
                           sd_id_t account_id, sd_page_t page)
{
    return sd_rows_page(list, store, list_of(kind),
                        SD_VALUES(SD_INT(account_id), SD_INT(desk_id), SD_PAGE_VALUES(page)), page, queue_record);
}

sd_error_t *sd_queues_count(apr_int64_t *count, sd_store_t *store, sd_queue_kind_t kind, sd_id_t desk_id,
                            sd_id_t account_id)
{
    if (kind == SD_QUEUE_MINE) {
        return sd_store_number(store, &queue_mine_count, SD_VALUES(SD_INT(desk_id), SD_INT(account_id)), 0, count);
    }
    return sd_store_number(store, kind == SD_QUEUE_UNASSIGNED ? &queue_unassigned_count : &queue_open_count,
                           SD_VALUES(SD_INT(desk_id)), 0, count);
}
