/* The steps of each database's schema: the same numbers, tables and columns; the last row has number 0. */
#ifndef SD_STORE_SCHEMA_STEPS_H
#define SD_STORE_SCHEMA_STEPS_H

typedef struct sd_schema_step_t {
    int number;
    const char *title;
    const char *text; /* statements, each ended by a semicolon */
} sd_schema_step_t;

extern const sd_schema_step_t sd_schema_steps_sqlite[];
extern const sd_schema_step_t sd_schema_steps_pgsql[];

#endif
