/* How the files of this directory turn the rows of a statement into records: one, all, or the slice of a page. */
#ifndef SD_STORE_ROWS_H
#define SD_STORE_ROWS_H

#include "store/records.h"
#include "store/store.h"

/* Makes the record of the row under the cursor, in `pool`. */
typedef void *(*sd_record_fn)(apr_pool_t *pool, sd_row_t *row);

/* The "record" of a statement of one text: the text itself. */
void *sd_rows_text(apr_pool_t *pool, sd_row_t *row);

/* Texts as one value, a JSON array, which as $1 a statement takes apart again as e.value. NULL if memory runs out. */
const char *sd_rows_texts(apr_pool_t *pool, const apr_array_header_t *texts);
#define SD_TEXTS_SQLITE "json_each($1) AS e"
#define SD_TEXTS_PGSQL "json_array_elements_text(CAST($1 AS json)) AS e (value)"

/* The last two values of a statement that ends in LIMIT $n OFFSET $m: one row more tells of a next page. */
#define SD_PAGE_VALUES(page_) SD_INT((page_).limit + 1), SD_INT((page_).start)

/* How many rows the page and what lies before it are, with the one more: no arm of a list need be longer. */
apr_int64_t sd_rows_end(sd_page_t page);

/* The first row's record, or NULL if there is none. */
SD_CHECKED sd_error_t *sd_rows_one(void **record, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values,
                                   int count, sd_record_fn fn);

/* All of them, as an array of pointers that is filled later: sd_store_ask(). */
SD_CHECKED sd_error_t *sd_rows_ask(apr_array_header_t **records, sd_store_t *store, const sd_sql_t *sql,
                                   const sd_value_t *values, int count, sd_record_fn fn);

/* All of them, as an array of pointers. */
SD_CHECKED sd_error_t *sd_rows_all(apr_array_header_t **records, sd_store_t *store, const sd_sql_t *sql,
                                   const sd_value_t *values, int count, sd_record_fn fn);

/* The slice `page` of a list; the values end with SD_PAGE_VALUES(page). */
SD_CHECKED sd_error_t *sd_rows_page(sd_list_t **list, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values,
                                    int count, sd_page_t page, sd_record_fn fn);

/* The id that INSERT ... RETURNING answers; run to its end, where the database looks at the foreign keys. */
SD_CHECKED sd_error_t *sd_rows_id(sd_id_t *id, sd_store_t *store, const sd_sql_t *sql, const sd_value_t *values,
                                  int count);

/* Takes the one record too many away again and notes whether it was there. */
sd_list_t *sd_rows_list(apr_pool_t *pool, apr_array_header_t *records, sd_page_t page);

#endif
