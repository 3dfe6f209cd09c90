/* SQL over audit. */
#include "store/audits.h"

SD_SQL(audit_insert, "INSERT INTO audit (at, account_id, actor, directory, face, source, log_id, act, object_type,"
                     " object_id, desk_id, result, detail)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");

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
