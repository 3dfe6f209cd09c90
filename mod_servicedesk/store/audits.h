/* Rows of audit: written, never changed but for what a person is known by once that person is anonymised. */
#ifndef SD_STORE_AUDITS_H
#define SD_STORE_AUDITS_H

#include "store/records.h"
#include "store/store.h"

typedef struct sd_audit_row_t {
    sd_id_t id;
    sd_time_t at;
    sd_id_t account_id;
    const char *actor;
    const char *directory;
    const char *face;
    const char *source;
    const char *log_id;
    const char *act;
    const char *object_type;
    const char *object_id;
    sd_id_t desk_id;
    const char *result;
    const char *detail;
    /* Commitments to what may have to go one day, made when the row is sealed (desk/audit_seal.h). */
    const char *actor_salt;
    const char *actor_mark;
    const char *detail_salt;
    const char *detail_mark;
} sd_audit_row_t;

SD_CHECKED sd_error_t *sd_audits_insert(sd_store_t *store, const sd_audit_row_t *row);

/* Which rows a list shows: of one account, about one object, of one desk, or all. At most one of them is given. */
typedef struct sd_audit_filter_t {
    sd_id_t account_id;
    const char *object_type;
    const char *object_id;
    sd_id_t desk_id;
} sd_audit_filter_t;

#define SD_AUDIT_NEWEST APR_INT64_MAX /* for `before`: from the newest on */

/* Newest first, those with ids below `before`: array of sd_audit_row_t *. */
SD_CHECKED sd_error_t *sd_audits_list(apr_array_header_t **rows, sd_store_t *store, const sd_audit_filter_t *filter,
                                      sd_id_t before, int limit);

/* The row with the greatest id up to `id`, and when it was written; *found is 0 if there is none. */
SD_CHECKED sd_error_t *sd_audits_up_to(sd_id_t *found, sd_time_t *at, sd_store_t *store, sd_id_t id);

/* Oldest first, those with ids above `after` and up to `last`. */
SD_CHECKED sd_error_t *sd_audits_between(apr_array_header_t **rows, sd_store_t *store, sd_id_t after, sd_id_t last,
                                         int limit);

SD_CHECKED sd_error_t *sd_audits_set_marks(sd_store_t *store, const sd_audit_row_t *row);

/* Who acted is told by `pseudonym` from now on, and what was said in detail by or about that account is gone; so is
 * where those came from who wanted to be it, whom the audit calls `stranger`. */
SD_CHECKED sd_error_t *sd_audits_anonymise(sd_store_t *store, sd_id_t account_id, const char *public_id,
                                           const char *pseudonym, const char *stranger);

SD_CHECKED sd_error_t *sd_audits_delete(sd_store_t *store, sd_id_t first, sd_id_t last);

#endif
