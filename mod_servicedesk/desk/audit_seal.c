/* Sealing the audit, and taking its oldest part away. */
#include "desk/audit_seal.h"

#include <apr_strings.h>

#include "desk/audit.h"
#include "desk/audit_link.h"
#include "desk/setting.h"

#define SALT_BYTES 16

typedef struct sealing_t {
    sd_work_t *work;
    sd_time_t now;
    int count;
} sealing_t;

/* What is younger may have neighbours that are not committed yet. */
static void cut(apr_array_header_t *rows, sd_time_t horizon)
{
    for (int i = 0; i < rows->nelts; i++) {
        if (APR_ARRAY_IDX(rows, i, const sd_audit_row_t *)->at > horizon) {
            rows->nelts = i;
        }
    }
}

static sd_error_t *find_rows(apr_array_header_t **rows, sealing_t *sealing, const sd_audit_seal_t *newest, int limit)
{
    sd_work_t *work = sealing->work;
    apr_int64_t seconds;

    SD_TRY(sd_setting_number(&seconds, work, "audit_seal_seconds"));
    SD_TRY(sd_audits_between(rows, work->store, newest ? newest->last_id : 0, APR_INT64_MAX, limit));
    cut(*rows, sealing->now - seconds * SD_SECOND);
    return NULL;
}

static sd_error_t *mark(sd_work_t *work, sd_audit_row_t *row)
{
    char *actor_salt, *detail_salt;

    SD_TRY(sd_random_hex(&actor_salt, work->pool, work->site->random, SALT_BYTES));
    SD_TRY(sd_random_hex(&detail_salt, work->pool, work->site->random, SALT_BYTES));
    row->actor_salt = actor_salt;
    row->actor_mark = sd_audit_link_actor_mark(work->pool, row, actor_salt);
    row->detail_salt = detail_salt;
    row->detail_mark = sd_audit_link_detail_mark(work->pool, row, detail_salt);
    return sd_audits_set_marks(work->store, row);
}

static sd_error_t *note_head(sd_work_t *work, sd_id_t seal_id, const char *digest)
{
    int pepper = work->site->passwords.current.id;
    const sd_audit_head_t head = {seal_id, digest, pepper, sd_audit_link_mac(work, seal_id, digest, pepper)};

    return sd_audit_head_set(work->store, &head);
}

static sd_error_t *seal_rows(sealing_t *sealing, const sd_audit_seal_t *newest, apr_array_header_t *rows)
{
    sd_work_t *work = sealing->work;
    sd_id_t id;

    for (int i = 0; i < rows->nelts; i++) {
        SD_TRY(mark(work, APR_ARRAY_IDX(rows, i, sd_audit_row_t *)));
    }
    const sd_audit_row_t *last = APR_ARRAY_IDX(rows, rows->nelts - 1, const sd_audit_row_t *);
    const sd_audit_seal_t seal = {
        .first_id = APR_ARRAY_IDX(rows, 0, const sd_audit_row_t *)->id,
        .last_id = last->id,
        .rows = rows->nelts,
        .digest = sd_audit_link_digest(work->pool, newest ? newest->digest : SD_AUDIT_LINK_FIRST, rows),
        .newest = last->at,
    };
    SD_TRY(sd_audit_seals_insert(&id, work->store, &seal));
    sealing->count = rows->nelts;
    return note_head(work, id, seal.digest);
}

static sd_error_t *seal_in_write(void *baton)
{
    sealing_t *sealing = baton;
    const sd_audit_seal_t *newest;
    apr_array_header_t *rows;

    sealing->count = 0;
    SD_TRY(sd_audit_seals_newest(&newest, sealing->work->store));
    SD_TRY(find_rows(&rows, sealing, newest, SD_AUDIT_LINK_ROWS));
    return rows->nelts ? seal_rows(sealing, newest, rows) : NULL;
}

/* A look first: most of the time there is nothing, and nobody must wait for that. */
static sd_error_t *look_in_read(void *baton)
{
    sealing_t *sealing = baton;
    const sd_audit_seal_t *newest;
    apr_array_header_t *rows;

    SD_TRY(sd_audit_seals_newest(&newest, sealing->work->store));
    SD_TRY(find_rows(&rows, sealing, newest, 1));
    sealing->count = rows->nelts;
    return NULL;
}

sd_error_t *sd_audit_seal(int *sealed, sd_work_t *work)
{
    sealing_t sealing = {.work = work, .now = sd_work_now(work)};

    *sealed = 0;
    SD_TRY(sd_work_read(work, look_in_read, &sealing));
    if (sealing.count) {
        SD_TRY(sd_work_write(work, seal_in_write, &sealing));
        *sealed = sealing.count;
    }
    return NULL;
}

static sd_error_t *purge_in_write(void *baton)
{
    sealing_t *sealing = baton;
    sd_work_t *work = sealing->work;
    const sd_audit_seal_t *oldest;
    apr_int64_t days;

    sealing->count = 0;
    SD_TRY(sd_setting_number(&days, work, "audit_days"));
    SD_TRY(sd_audit_seals_oldest(&oldest, work->store));
    if (!days || !oldest || oldest->newest >= sealing->now - days * SD_DAY) {
        return NULL;
    }
    SD_TRY(sd_audits_delete(work->store, oldest->first_id, oldest->last_id));
    SD_TRY(sd_audit_seals_set_purged(work->store, oldest->id, sealing->now));
    sealing->count = (int)oldest->rows;
    return sd_audit_write(work, &(sd_audit_entry_t){
                                    .act = "audit.purge",
                                    .object_type = "audit",
                                    .object_id = apr_psprintf(work->pool, "%" APR_INT64_T_FMT, oldest->id),
                                });
}

static sd_error_t *look_for_old(void *baton)
{
    sealing_t *sealing = baton;
    const sd_audit_seal_t *oldest;
    apr_int64_t days;

    SD_TRY(sd_setting_number(&days, sealing->work, "audit_days"));
    SD_TRY(sd_audit_seals_oldest(&oldest, sealing->work->store));
    sealing->count = days && oldest && oldest->newest < sealing->now - days * SD_DAY;
    return NULL;
}

sd_error_t *sd_audit_purge(int *purged, sd_work_t *work)
{
    sealing_t sealing = {.work = work, .now = sd_work_now(work)};

    *purged = 0;
    SD_TRY(sd_work_read(work, look_for_old, &sealing));
    if (sealing.count) {
        SD_TRY(sd_work_write(work, purge_in_write, &sealing));
        *purged = sealing.count;
    }
    return NULL;
}
