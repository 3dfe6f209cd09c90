/* One table of a copy, for store/copy.c alone: its columns and the statements over them, made for both databases. */
#ifndef SD_STORE_COPY_TABLE_H
#define SD_STORE_COPY_TABLE_H

#include <apr_tables.h>

#include "store/store.h"

typedef struct sd_copy_column_t {
    const char *name;
    int is_text;
    int key;       /* its place in the primary key, from 1; 0 is none */
    int is_moving; /* a sequence's: it goes on while the source is read, and is not compared */
} sd_copy_column_t;

typedef struct sd_copy_table_t {
    const char *name;
    apr_array_header_t *columns; /* of sd_copy_column_t */
    int key_columns[4];          /* indexes of the primary key's columns, in its order */
    int key_count;
    int has_id;        /* its ids come from a counter that must go on behind them */
    sd_sql_t first;    /* a stretch of rows from the beginning, in the order of the key: LIMIT $1 */
    sd_sql_t next;     /* behind a key: $1 ... $key_count, LIMIT behind them */
    sd_sql_t last_key; /* the key of the last row */
    sd_sql_t put;      /* a row, in place of the one with its key */
    sd_sql_t count;
} sd_copy_table_t;

/* Looks the table up in `store`; made in `pool`, which must outlive both stores' connections. */
SD_CHECKED sd_error_t *sd_copy_table_make(sd_copy_table_t **table, apr_pool_t *pool, sd_store_t *store,
                                          const char *name);

#endif
