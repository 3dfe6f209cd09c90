/* Rows into records. */
#include "store/rows.h"

#include <stdlib.h>

#include <apr_strings.h>
#include <jansson.h>

typedef struct collect_t {
    apr_pool_t *pool;
    sd_record_fn fn;
    apr_array_header_t *records;
} collect_t;

static sd_error_t *collect(void *baton, sd_row_t *row)
{
    collect_t *collect = baton;

    APR_ARRAY_PUSH(collect->records, void *) = collect->fn(collect->pool, row);
    return NULL;
}

void *sd_rows_text(apr_pool_t *pool, sd_row_t *row)
{
    (void)pool;
    return (void *)sd_row_text(row, 0);
}

const char *sd_rows_texts(apr_pool_t *pool, const apr_array_header_t *texts)
{
    json_t *array = json_array();

    for (int i = 0; i < texts->nelts; i++) {
        json_array_append_new(array, json_string(APR_ARRAY_IDX(texts, i, const char *)));
    }
    char *text = json_dumps(array, JSON_COMPACT), *kept = text ? apr_pstrdup(pool, text) : NULL;
    free(text);
    json_decref(array);
    return kept;
}

sd_error_t *sd_rows_ask(apr_array_header_t **records, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values,
                        int count, sd_record_fn fn)
{
    apr_pool_t *pool = sd_store_pool(store);
    collect_t *baton = apr_palloc(pool, sizeof(*baton));

    *baton = (collect_t){pool, fn, apr_array_make(pool, 8, sizeof(void *))};
    *records = baton->records;
    return sd_store_ask(store, sql, values, count, collect, baton);
}

sd_error_t *sd_rows_all(apr_array_header_t **records, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values,
                        int count, sd_record_fn fn)
{
    SD_TRY(sd_rows_ask(records, store, sql, values, count, fn));
    return sd_store_settle(store);
}

sd_error_t *sd_rows_one(void **record, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count,
                        sd_record_fn fn)
{
    apr_array_header_t *records;

    *record = NULL;
    SD_TRY(sd_rows_all(&records, store, sql, values, count, fn));
    if (records->nelts) {
        *record = APR_ARRAY_IDX(records, 0, void *);
    }
    return NULL;
}

apr_int64_t sd_rows_end(sd_page_t page)
{
    return page.start < APR_INT32_MAX ? page.start + page.limit + 1 : APR_INT64_MAX;
}

sd_list_t *sd_rows_list(apr_pool_t *pool, apr_array_header_t *records, sd_page_t page)
{
    sd_list_t *list = apr_pcalloc(pool, sizeof(*list));

    list->rows = records;
    list->page = page;
    list->is_last = records->nelts <= page.limit;
    if (!list->is_last) {
        records->nelts = (int)page.limit;
    }
    return list;
}

sd_error_t *sd_rows_page(sd_list_t **list, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count,
                         sd_page_t page, sd_record_fn fn)
{
    apr_array_header_t *records;

    SD_TRY(sd_rows_all(&records, store, sql, values, count, fn));
    *list = sd_rows_list(sd_store_pool(store), records, page);
    return NULL;
}

static sd_error_t *take_id(void *baton, sd_row_t *row)
{
    *(sd_id_t *)baton = sd_row_int(row, 0);
    return NULL;
}

sd_error_t *sd_rows_id(sd_id_t *id, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values, int count)
{
    *id = 0;
    return sd_store_query(store, sql, values, count, take_id, id);
}
