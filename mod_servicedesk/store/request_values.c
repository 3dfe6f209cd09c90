/* SQL over request_value. */
#include "store/request_values.h"

#include "store/rows.h"

SD_SQL(request_value_list,
       "SELECT field_id, label, kind, visible, value FROM request_value WHERE request_id = $1 ORDER BY position");
SD_SQL(request_value_insert, "INSERT INTO request_value (request_id, position, field_id, label, kind, visible, value)"
                             " VALUES ($1, $2, $3, $4, $5, $6, $7)");

static void *value_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_request_value_t *value = apr_pcalloc(pool, sizeof(*value));

    value->field_id = sd_row_text(row, 0);
    value->label = sd_row_text(row, 1);
    value->kind = sd_row_text(row, 2);
    value->visible = sd_row_bool(row, 3);
    value->value = sd_row_text(row, 4);
    return value;
}

sd_error_t *sd_request_values_ask(apr_array_header_t **values, sd_store_t *store, sd_id_t request_id)
{
    return sd_rows_ask(values, store, &request_value_list, SD_VALUES(SD_INT(request_id)), value_record);
}

sd_error_t *sd_request_values_insert(sd_store_t *store, sd_id_t request_id, const apr_array_header_t *values)
{
    for (int i = 0; i < values->nelts; i++) {
        const sd_request_value_t *value = APR_ARRAY_IDX(values, i, const sd_request_value_t *);

        SD_TRY(sd_store_execute(store, &request_value_insert,
                                SD_VALUES(SD_INT(request_id), SD_INT(i + 1), SD_TEXT(value->field_id),
                                          SD_TEXT(value->label), SD_TEXT(value->kind), SD_INT(value->visible),
                                          SD_TEXT(value->value)),
                                NULL));
    }
    return NULL;
}
