/* SQL over audit_seal and audit_head. */
#include "store/audit_seals.h"

#include "store/rows.h"

#define COLUMNS "id, first_id, last_id, row_count, digest, newest, coalesce(purged, 0)"

SD_SQL(audit_seal_newest, "SELECT " COLUMNS " FROM audit_seal WHERE id > 0 ORDER BY id DESC LIMIT 1");
SD_SQL(audit_seal_list, "SELECT " COLUMNS " FROM audit_seal WHERE id > $1 ORDER BY id LIMIT $2");
SD_SQL(audit_seal_oldest, "SELECT " COLUMNS " FROM audit_seal WHERE purged IS NULL AND id > 0 ORDER BY id LIMIT 1");
SD_SQL(audit_seal_insert, "INSERT INTO audit_seal (first_id, last_id, row_count, digest, newest)"
                          " VALUES ($1, $2, $3, $4, $5) RETURNING id");
SD_SQL(audit_seal_set_purged, "UPDATE audit_seal SET purged = $1 WHERE id = $2");
SD_SQL(audit_head_get, "SELECT seal_id, digest, pepper, mac FROM audit_head WHERE id = 1");
SD_SQL(audit_head_set, "INSERT INTO audit_head (id, seal_id, digest, pepper, mac) VALUES (1, $1, $2, $3, $4)"
                       " ON CONFLICT (id) DO UPDATE SET seal_id = excluded.seal_id, digest = excluded.digest,"
                       " pepper = excluded.pepper, mac = excluded.mac");

static void *seal_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_audit_seal_t *seal = apr_pcalloc(pool, sizeof(*seal));

    seal->id = sd_row_int(row, 0);
    seal->first_id = sd_row_int(row, 1);
    seal->last_id = sd_row_int(row, 2);
    seal->rows = sd_row_int(row, 3);
    seal->digest = sd_row_text(row, 4);
    seal->newest = sd_row_int(row, 5);
    seal->purged = sd_row_int(row, 6);
    return seal;
}

static void *head_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_audit_head_t *head = apr_pcalloc(pool, sizeof(*head));

    head->seal_id = sd_row_int(row, 0);
    head->digest = sd_row_text(row, 1);
    head->pepper = (int)sd_row_int(row, 2);
    head->mac = sd_row_text(row, 3);
    return head;
}

static sd_error_t *one(const sd_audit_seal_t **seal, sd_store_t *store, const sd_sql_t *sql)
{
    void *found;

    SD_TRY(sd_rows_one(&found, store, sql, SD_NO_VALUES, seal_record));
    *seal = found;
    return NULL;
}

sd_error_t *sd_audit_seals_newest(const sd_audit_seal_t **seal, sd_store_t *store)
{
    return one(seal, store, &audit_seal_newest);
}

sd_error_t *sd_audit_seals_oldest(const sd_audit_seal_t **seal, sd_store_t *store)
{
    return one(seal, store, &audit_seal_oldest);
}

sd_error_t *sd_audit_seals_list(apr_array_header_t **seals, sd_store_t *store, sd_id_t after, int limit)
{
    return sd_rows_all(seals, store, &audit_seal_list, SD_VALUES(SD_INT(after), SD_INT(limit)), seal_record);
}

sd_error_t *sd_audit_seals_insert(sd_id_t *id, sd_store_t *store, const sd_audit_seal_t *seal)
{
    return sd_rows_id(id, store, &audit_seal_insert,
                      SD_VALUES(SD_INT(seal->first_id), SD_INT(seal->last_id), SD_INT(seal->rows),
                                SD_TEXT(seal->digest), SD_INT(seal->newest)));
}

sd_error_t *sd_audit_seals_set_purged(sd_store_t *store, sd_id_t id, sd_time_t at)
{
    return sd_store_execute(store, &audit_seal_set_purged, SD_VALUES(SD_INT(at), SD_INT(id)), NULL);
}

sd_error_t *sd_audit_head_get(const sd_audit_head_t **head, sd_store_t *store)
{
    void *found;

    SD_TRY(sd_rows_one(&found, store, &audit_head_get, SD_NO_VALUES, head_record));
    *head = found;
    return NULL;
}

sd_error_t *sd_audit_head_set(sd_store_t *store, const sd_audit_head_t *head)
{
    return sd_store_execute(
        store, &audit_head_set,
        SD_VALUES(SD_INT(head->seal_id), SD_TEXT(head->digest), SD_INT(head->pepper), SD_TEXT(head->mac)), NULL);
}
