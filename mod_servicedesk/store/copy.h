/*
 * A whole instance from one database to another, table by table in the order of their keys, whatever the two databases
 * are: SQLite to PostgreSQL, back, or to a file that is a backup. Both stand at this program's newest schema step.
 *
 * The source is read in one transaction: what the copy has is what it was at one moment. The target is written in
 * stretches, each whole: a copy that was interrupted goes on behind the last row that is there. In the end both sides
 * are read through once more, and must have the same rows.
 */
#ifndef SD_STORE_COPY_H
#define SD_STORE_COPY_H

#include "store/store.h"

/* Told after each stretch and once a table is compared: its rows there and in the source. */
typedef void (*sd_copy_progress_fn)(void *baton, const char *act, const char *table, apr_int64_t rows,
                                    apr_int64_t total);

typedef struct sd_copy_t {
    sd_store_t *from;
    sd_store_t *to;
    int resume;                   /* the target holds the beginning of this copy */
    int replace;                  /* the target's rows go; all in one transaction */
    sd_copy_progress_fn progress; /* may be NULL */
    void *baton;
} sd_copy_t;

/*
 * Errors: SD_ERROR_CONFLICT sd.copy.not.empty (the target has accounts or desks, and neither resume nor replace was
 * said), sd.copy.differs (the rows are not the same in the end: the source was written to between two runs, or the
 * target by somebody else).
 */
SD_CHECKED sd_error_t *sd_copy_run(const sd_copy_t *copy);

/*
 * After a restore: nobody is signed in, and no mailed link is good, that was over when the backup was older than its
 * end. One transaction.
 */
SD_CHECKED sd_error_t *sd_copy_end_sign_ins(sd_store_t *store, sd_time_t now);

#endif
