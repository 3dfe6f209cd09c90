/* SQL over outbox: what operations write. */
#include "store/outbox.h"

#include "store/rows.h"

#include <apr_strings.h>

SD_SQL(outbox_insert,
       "INSERT INTO outbox (message_id, kind, account_id, address, mailbox, proven, language, mailed_token_id, desk_id,"
       " content, source, counted, urgent, state, reason, created, due, done)"
       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)");
SD_SQL(outbox_of_state,
       "SELECT " SD_OUTBOX_COLUMNS " FROM outbox WHERE state = $1 ORDER BY id DESC LIMIT $2 OFFSET $3");
SD_SQL(outbox_by_id, "SELECT " SD_OUTBOX_COLUMNS " FROM outbox WHERE id = $1");
SD_SQL(outbox_by_message_id, "SELECT " SD_OUTBOX_COLUMNS " FROM outbox WHERE message_id = $1");
SD_SQL(outbox_requeue,
       "UPDATE outbox SET state = 'queued', reason = NULL, counted = 0, attempts = 0, created = $1, due = $1,"
       " done = NULL WHERE id = $2 AND state IN ('dead', 'suppressed', 'dropped')");
SD_SQL(outbox_give_up, "UPDATE outbox SET state = 'dropped', lease = NULL, done = $1 WHERE id = $2 AND done IS NULL");
SD_SQL(outbox_count_mailbox, "SELECT count(*) FROM outbox WHERE mailbox = $1 AND counted = $2 AND created > $3"
                             " AND id < $4");
SD_SQL(outbox_count_source, "SELECT count(*) FROM outbox WHERE source = $1 AND counted = $2 AND created > $3"
                            " AND id < $4");
/* One whose link is of no use any more is no reason; nor is one that never arrived, but for what was kept by intent. */
SD_SQL(outbox_same, "SELECT 1 FROM outbox o LEFT JOIN mailed_token m ON m.id = o.mailed_token_id WHERE o.mailbox = $1"
                    " AND o.counted = $2 AND o.created > $3 AND o.kind = $4"
                    " AND (o.state IN ('queued', 'sent') OR o.reason = $5)"
                    " AND (o.mailed_token_id IS NULL OR (m.address_key = $6 AND m.used IS NULL AND m.revoked IS NULL"
                    " AND m.expires > $7)) LIMIT 1");
SD_SQL(outbox_suppressed_mailbox,
       "SELECT 1 FROM outbox WHERE mailbox = $1 AND counted = 0 AND created > $2 AND reason = $3 LIMIT 1");
SD_SQL(outbox_suppressed_source,
       "SELECT 1 FROM outbox WHERE source = $1 AND counted = 0 AND created > $2 AND reason = $3 LIMIT 1");

void *sd_outbox_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_outbox_row_t *mail = apr_pcalloc(pool, sizeof(*mail));

    mail->id = sd_row_int(row, 0);
    mail->message_id = sd_row_text(row, 1);
    mail->message_host = sd_row_text(row, 2);
    mail->kind = sd_row_text(row, 3);
    mail->account_id = sd_row_int(row, 4);
    mail->address = sd_row_text(row, 5);
    mail->mailbox = sd_row_text(row, 6);
    mail->proven = sd_row_bool(row, 7);
    mail->language = sd_row_text(row, 8);
    mail->mailed_token_id = sd_row_int(row, 9);
    mail->desk_id = sd_row_int(row, 10);
    mail->content = sd_row_text(row, 11);
    mail->source = sd_row_text(row, 12);
    mail->counted = (sd_outbox_counted_t)sd_row_int(row, 13);
    mail->urgent = sd_row_bool(row, 14);
    mail->state = sd_row_text(row, 15);
    mail->reason = sd_row_text(row, 16);
    mail->answer = sd_row_text(row, 17);
    mail->attempts = (int)sd_row_int(row, 18);
    mail->created = sd_row_int(row, 19);
    mail->due = sd_row_int(row, 20);
    mail->done = sd_row_int(row, 21);
    return mail;
}

sd_error_t *sd_outbox_insert(sd_store_t *store, const sd_outbox_row_t *row)
{
    int suppressed = row->reason != NULL;

    return sd_store_execute(
        store, &outbox_insert,
        SD_VALUES(SD_TEXT(row->message_id), SD_TEXT(row->kind), SD_ID_OR_NULL(row->account_id), SD_TEXT(row->address),
                  SD_TEXT(row->mailbox), SD_INT(row->proven), SD_TEXT(row->language),
                  SD_ID_OR_NULL(row->mailed_token_id), SD_ID_OR_NULL(row->desk_id), SD_TEXT(row->content),
                  SD_TEXT(row->source), SD_INT(suppressed ? SD_OUTBOX_UNCOUNTED : row->counted), SD_INT(row->urgent),
                  SD_TEXT(suppressed ? "suppressed" : "queued"), SD_TEXT(row->reason), SD_INT(row->created),
                  SD_INT(row->due), SD_ID_OR_NULL(suppressed ? row->created : 0)),
        NULL);
}

sd_error_t *sd_outbox_count_mailbox(apr_int64_t *count, sd_store_t *store, const sd_outbox_row_t *row, sd_time_t since,
                                    sd_id_t before)
{
    return sd_store_number(store, &outbox_count_mailbox,
                           SD_VALUES(SD_TEXT(row->mailbox), SD_INT(row->counted), SD_INT(since), SD_INT(before)), 0,
                           count);
}

sd_error_t *sd_outbox_count_source(apr_int64_t *count, sd_store_t *store, const sd_outbox_row_t *row, sd_time_t since,
                                   sd_id_t before)
{
    return sd_store_number(store, &outbox_count_source,
                           SD_VALUES(SD_TEXT(row->source), SD_INT(row->counted), SD_INT(since), SD_INT(before)), 0,
                           count);
}

sd_error_t *sd_outbox_has_same(int *has, sd_store_t *store, const sd_outbox_row_t *row, const char *address_key,
                               sd_time_t since)
{
    apr_int64_t found;

    SD_TRY(sd_store_number(store, &outbox_same,
                           SD_VALUES(SD_TEXT(row->mailbox), SD_INT(row->counted), SD_INT(since), SD_TEXT(row->kind),
                                     SD_TEXT(row->reason), SD_TEXT(address_key), SD_INT(row->created)),
                           0, &found));
    *has = found != 0;
    return NULL;
}

sd_error_t *sd_outbox_was_suppressed(int *was, sd_store_t *store, const sd_outbox_row_t *row, sd_time_t since)
{
    apr_int64_t by_mailbox, by_source;

    SD_TRY(sd_store_number(store, &outbox_suppressed_mailbox,
                           SD_VALUES(SD_TEXT(row->mailbox), SD_INT(since), SD_TEXT(row->reason)), 0, &by_mailbox));
    SD_TRY(sd_store_number(store, &outbox_suppressed_source,
                           SD_VALUES(SD_TEXT(row->source), SD_INT(since), SD_TEXT(row->reason)), 0, &by_source));
    *was = by_mailbox || by_source;
    return NULL;
}

sd_error_t *sd_outbox_of_state(sd_list_t **mails, sd_store_t *store, const char *state, sd_page_t page)
{
    return sd_rows_page(mails, store, &outbox_of_state, SD_VALUES(SD_TEXT(state), SD_PAGE_VALUES(page)), page,
                        sd_outbox_record);
}

sd_error_t *sd_outbox_by_id(const sd_outbox_row_t **mail, sd_store_t *store, sd_id_t id)
{
    void *found;

    SD_TRY(sd_rows_one(&found, store, &outbox_by_id, SD_VALUES(SD_INT(id)), sd_outbox_record));
    *mail = found;
    return NULL;
}

sd_error_t *sd_outbox_requeue(apr_int64_t *changed, sd_store_t *store, sd_id_t id, sd_time_t now)
{
    return sd_store_execute(store, &outbox_requeue, SD_VALUES(SD_INT(now), SD_INT(id)), changed);
}

sd_error_t *sd_outbox_give_up(apr_int64_t *changed, sd_store_t *store, sd_id_t id, sd_time_t now)
{
    return sd_store_execute(store, &outbox_give_up, SD_VALUES(SD_INT(now), SD_INT(id)), changed);
}

sd_error_t *sd_outbox_by_message_id(const sd_outbox_row_t **mail, sd_store_t *store, const char *message_id)
{
    void *found;

    SD_TRY(sd_rows_one(&found, store, &outbox_by_message_id, SD_VALUES(SD_TEXT(message_id)), sd_outbox_record));
    *mail = found;
    return NULL;
}
