/* SQL over notice. */
#include "store/notices.h"

#include "store/rows.h"

#define PUT                                                                                                            \
    "INSERT INTO notice (kind, subject, detail, first_at, last_at, times) VALUES ($1, $2, $3, $4, $4, 1)"              \
    " ON CONFLICT (kind, subject) DO UPDATE SET detail = excluded.detail, last_at = excluded.last_at,"                 \
    " times = notice.times + 1"

SD_SQL(notice_put, PUT);
SD_SQL(notice_remind, PUT " WHERE notice.last_at <= $5");
SD_SQL(notice_list, "SELECT id, kind, subject, detail, first_at, last_at, times FROM notice WHERE id > 0"
                    " ORDER BY id LIMIT $1 OFFSET $2");
SD_SQL(notice_of_kind,
       "SELECT id, kind, subject, detail, first_at, last_at, times FROM notice WHERE kind = $1 ORDER BY subject");
SD_SQL(notice_delete, "DELETE FROM notice WHERE id = $1");

sd_error_t *sd_notices_put(sd_store_t *store, const char *kind, const char *subject, const char *detail, sd_time_t now)
{
    return sd_store_execute(store, &notice_put,
                            SD_VALUES(SD_TEXT(kind), SD_TEXT(subject), SD_TEXT(detail), SD_INT(now)), NULL);
}

sd_error_t *sd_notices_remind(sd_store_t *store, const char *kind, const char *subject, const char *detail,
                              sd_time_t now, sd_time_t since)
{
    return sd_store_execute(store, &notice_remind,
                            SD_VALUES(SD_TEXT(kind), SD_TEXT(subject), SD_TEXT(detail), SD_INT(now), SD_INT(since)),
                            NULL);
}

static void *record(apr_pool_t *pool, sd_row_t *row)
{
    sd_notice_t *notice = apr_pcalloc(pool, sizeof(*notice));

    notice->id = sd_row_int(row, 0);
    notice->kind = sd_row_text(row, 1);
    notice->subject = sd_row_text(row, 2);
    notice->detail = sd_row_text(row, 3);
    notice->first = sd_row_int(row, 4);
    notice->last = sd_row_int(row, 5);
    notice->times = sd_row_int(row, 6);
    return notice;
}

sd_error_t *sd_notices_list(sd_list_t **notices, sd_store_t *store, sd_page_t page)
{
    return sd_rows_page(notices, store, &notice_list, SD_VALUES(SD_PAGE_VALUES(page)), page, record);
}

sd_error_t *sd_notices_of_kind(apr_array_header_t **notices, sd_store_t *store, const char *kind)
{
    return sd_rows_all(notices, store, &notice_of_kind, SD_VALUES(SD_TEXT(kind)), record);
}

sd_error_t *sd_notices_delete(int *deleted, sd_store_t *store, sd_id_t id)
{
    apr_int64_t rows;

    SD_TRY(sd_store_execute(store, &notice_delete, SD_VALUES(SD_INT(id)), &rows));
    *deleted = rows > 0;
    return NULL;
}
