/* SQL over audit. */
#include "store/audits.h"

#include "store/rows.h"

#define COLUMNS                                                                                                        \
    "id, at, coalesce(account_id, 0), actor, directory, face, source, log_id, act, object_type, object_id,"            \
    " coalesce(desk_id, 0), result, detail, actor_salt, actor_mark, detail_salt, detail_mark"
#define PAGE " AND id < $2 ORDER BY id DESC LIMIT $3"

SD_SQL(audit_insert, "INSERT INTO audit (at, account_id, actor, directory, face, source, log_id, act, object_type,"
                     " object_id, desk_id, result, detail)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
SD_SQL(audit_list, "SELECT " COLUMNS " FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2");
SD_SQL(audit_list_account, "SELECT " COLUMNS " FROM audit WHERE account_id = $1" PAGE);
SD_SQL(audit_list_desk, "SELECT " COLUMNS " FROM audit WHERE desk_id = $1" PAGE);
SD_SQL(audit_list_object, "SELECT " COLUMNS " FROM audit WHERE object_type = $1 AND object_id = $2 AND id < $3"
                          " ORDER BY id DESC LIMIT $4");
SD_SQL(audit_up_to, "SELECT id, at FROM audit WHERE id <= $1 ORDER BY id DESC LIMIT 1");
SD_SQL(audit_between, "SELECT " COLUMNS " FROM audit WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3");
SD_SQL(audit_set_marks, "UPDATE audit SET actor_salt = $1, actor_mark = $2, detail_salt = $3, detail_mark = $4"
                        " WHERE id = $5");
SD_SQL(audit_anonymise_actor,
       "UPDATE audit SET actor = $1, source = NULL, actor_salt = NULL, detail = NULL, detail_salt = NULL"
       " WHERE account_id = $2");
SD_SQL(audit_anonymise_object,
       "UPDATE audit SET detail = NULL, detail_salt = NULL WHERE object_type = 'account' AND object_id = $1");
SD_SQL(audit_anonymise_stranger, "UPDATE audit SET source = NULL, actor_salt = NULL WHERE object_type = 'account'"
                                 " AND object_id = $1 AND account_id IS NULL AND actor = $2");
SD_SQL(audit_delete, "DELETE FROM audit WHERE id >= $1 AND id <= $2");

sd_error_t *sd_audits_insert(sd_store_t *store, const sd_audit_row_t *row)
{
    return sd_store_execute(store, &audit_insert,
                            SD_VALUES(SD_INT(row->at), SD_ID_OR_NULL(row->account_id), SD_TEXT(row->actor),
                                      SD_TEXT(row->directory), SD_TEXT(row->face), SD_TEXT(row->source),
                                      SD_TEXT(row->log_id), SD_TEXT(row->act), SD_TEXT(row->object_type),
                                      SD_TEXT(row->object_id), SD_ID_OR_NULL(row->desk_id), SD_TEXT(row->result),
                                      SD_TEXT(row->detail)),
                            NULL);
}

static void *record(apr_pool_t *pool, sd_row_t *row)
{
    sd_audit_row_t *audit = apr_pcalloc(pool, sizeof(*audit));

    audit->id = sd_row_int(row, 0);
    audit->at = sd_row_int(row, 1);
    audit->account_id = sd_row_int(row, 2);
    audit->actor = sd_row_text(row, 3);
    audit->directory = sd_row_text(row, 4);
    audit->face = sd_row_text(row, 5);
    audit->source = sd_row_text(row, 6);
    audit->log_id = sd_row_text(row, 7);
    audit->act = sd_row_text(row, 8);
    audit->object_type = sd_row_text(row, 9);
    audit->object_id = sd_row_text(row, 10);
    audit->desk_id = sd_row_int(row, 11);
    audit->result = sd_row_text(row, 12);
    audit->detail = sd_row_text(row, 13);
    audit->actor_salt = sd_row_text(row, 14);
    audit->actor_mark = sd_row_text(row, 15);
    audit->detail_salt = sd_row_text(row, 16);
    audit->detail_mark = sd_row_text(row, 17);
    return audit;
}

sd_error_t *sd_audits_list(apr_array_header_t **rows, sd_store_t *store, const sd_audit_filter_t *filter,
                           sd_id_t before, int limit)
{
    if (filter->account_id) {
        return sd_rows_all(rows, store, &audit_list_account,
                           SD_VALUES(SD_INT(filter->account_id), SD_INT(before), SD_INT(limit)), record);
    }
    if (filter->object_id) {
        return sd_rows_all(
            rows, store, &audit_list_object,
            SD_VALUES(SD_TEXT(filter->object_type), SD_TEXT(filter->object_id), SD_INT(before), SD_INT(limit)), record);
    }
    if (filter->desk_id) {
        return sd_rows_all(rows, store, &audit_list_desk,
                           SD_VALUES(SD_INT(filter->desk_id), SD_INT(before), SD_INT(limit)), record);
    }
    return sd_rows_all(rows, store, &audit_list, SD_VALUES(SD_INT(before), SD_INT(limit)), record);
}

typedef struct place_t {
    sd_id_t id;
    sd_time_t at;
} place_t;

static void *place(apr_pool_t *pool, sd_row_t *row)
{
    place_t *found = apr_palloc(pool, sizeof(*found));

    *found = (place_t){sd_row_int(row, 0), sd_row_int(row, 1)};
    return found;
}

sd_error_t *sd_audits_up_to(sd_id_t *found, sd_time_t *at, sd_store_t *store, sd_id_t id)
{
    void *row = NULL;

    SD_TRY(sd_rows_one(&row, store, &audit_up_to, SD_VALUES(SD_INT(id)), place));
    *found = row ? ((place_t *)row)->id : 0;
    *at = row ? ((place_t *)row)->at : 0;
    return NULL;
}

sd_error_t *sd_audits_between(apr_array_header_t **rows, sd_store_t *store, sd_id_t after, sd_id_t last, int limit)
{
    return sd_rows_all(rows, store, &audit_between, SD_VALUES(SD_INT(after), SD_INT(last), SD_INT(limit)), record);
}

sd_error_t *sd_audits_set_marks(sd_store_t *store, const sd_audit_row_t *row)
{
    return sd_store_execute(store, &audit_set_marks,
                            SD_VALUES(SD_TEXT(row->actor_salt), SD_TEXT(row->actor_mark), SD_TEXT(row->detail_salt),
                                      SD_TEXT(row->detail_mark), SD_INT(row->id)),
                            NULL);
}

sd_error_t *sd_audits_anonymise(sd_store_t *store, sd_id_t account_id, const char *public_id, const char *pseudonym,
                                const char *stranger)
{
    SD_TRY(sd_store_execute(store, &audit_anonymise_actor, SD_VALUES(SD_TEXT(pseudonym), SD_INT(account_id)), NULL));
    SD_TRY(sd_store_execute(store, &audit_anonymise_object, SD_VALUES(SD_TEXT(public_id)), NULL));
    /* Whoever tried to sign in as the person was the person as a rule. */
    return sd_store_execute(store, &audit_anonymise_stranger, SD_VALUES(SD_TEXT(public_id), SD_TEXT(stranger)), NULL);
}

sd_error_t *sd_audits_delete(sd_store_t *store, sd_id_t first, sd_id_t last)
{
    return sd_store_execute(store, &audit_delete, SD_VALUES(SD_INT(first), SD_INT(last)), NULL);
}
