/* What the steps of a schema make in the end, read from their texts: tables and indexes by name. */
#ifndef SD_STORE_SCHEMA_TABLES_H
#define SD_STORE_SCHEMA_TABLES_H

#include <apr_tables.h>

#include "store/schema_steps.h"

/* Name -> "table" or "index", in the order in which they are made: a table stands behind those that it refers to. */
apr_table_t *sd_schema_relations(apr_pool_t *pool, const sd_schema_step_t *steps);

/* The tables alone, in that order, as an array of names. */
apr_array_header_t *sd_schema_tables(apr_pool_t *pool, const sd_schema_step_t *steps);

#endif
