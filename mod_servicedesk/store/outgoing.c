/* SQL over outbox: what the sender does. */
#include "store/outgoing.h"

#include "store/rows.h"

/* The outer condition is looked at again by whoever waited for the same row, and then it does not hold any more. */
SD_SQL(outgoing_take,
       "UPDATE outbox SET due = $1, lease = $2, attempts = attempts + 1, message_host = coalesce(message_host, $3)"
       " WHERE id = (SELECT o.id FROM outbox o WHERE o.state = 'queued' AND o.urgent = $4 AND o.due <= $5"
       " ORDER BY o.due, o.id LIMIT 1) AND state = 'queued' AND due <= $5 RETURNING " SD_OUTBOX_COLUMNS);
SD_SQL(outgoing_is_due, "SELECT 1 FROM outbox WHERE state = 'queued' AND urgent IN (0, 1) AND due <= $1 LIMIT 1");
SD_SQL(outgoing_finish, "UPDATE outbox SET state = $1, reason = $2, answer = $3, done = $4, lease = NULL,"
                        " content = CASE WHEN $1 = 'dead' THEN content ELSE NULL END WHERE id = $5 AND done IS NULL");
SD_SQL(outgoing_postpone, "UPDATE outbox SET due = $1, answer = $2, lease = NULL WHERE id = $3 AND lease = $4");
SD_SQL(outgoing_release,
       "UPDATE outbox SET due = $1, answer = coalesce($2, answer), attempts = attempts - 1, lease = NULL"
       " WHERE id = $3 AND lease = $4");
SD_SQL(outgoing_purge, "DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o WHERE o.state = $1 AND o.done <= $2"
                       " ORDER BY o.done LIMIT $3)");
SD_SQL(outgoing_count_sent, "SELECT count(*) FROM outbox WHERE state = 'sent' AND done > $1");

sd_error_t *sd_outgoing_is_due(int *is_due, sd_store_t *store, sd_time_t now)
{
    apr_int64_t found;

    SD_TRY(sd_store_number(store, &outgoing_is_due, SD_VALUES(SD_INT(now)), 0, &found));
    *is_due = found != 0;
    return NULL;
}

sd_error_t *sd_outgoing_take(const sd_outbox_row_t **mail, sd_store_t *store, int urgent, const char *host,
                             const char *lease, sd_time_t now, sd_time_t until)
{
    void *found;

    SD_TRY(sd_rows_one(&found, store, &outgoing_take,
                       SD_VALUES(SD_INT(until), SD_TEXT(lease), SD_TEXT(host), SD_INT(urgent), SD_INT(now)),
                       sd_outbox_record));
    *mail = found;
    return NULL;
}

sd_error_t *sd_outgoing_finish(sd_store_t *store, sd_id_t id, const char *state, const char *reason, const char *answer,
                               sd_time_t now)
{
    return sd_store_execute(store, &outgoing_finish,
                            SD_VALUES(SD_TEXT(state), SD_TEXT(reason), SD_TEXT(answer), SD_INT(now), SD_INT(id)), NULL);
}

sd_error_t *sd_outgoing_postpone(sd_store_t *store, sd_id_t id, const char *lease, const char *answer, sd_time_t due)
{
    return sd_store_execute(store, &outgoing_postpone,
                            SD_VALUES(SD_INT(due), SD_TEXT(answer), SD_INT(id), SD_TEXT(lease)), NULL);
}

sd_error_t *sd_outgoing_release(sd_store_t *store, sd_id_t id, const char *lease, const char *answer, sd_time_t due)
{
    return sd_store_execute(store, &outgoing_release,
                            SD_VALUES(SD_INT(due), SD_TEXT(answer), SD_INT(id), SD_TEXT(lease)), NULL);
}

sd_error_t *sd_outgoing_count_sent(apr_int64_t *count, sd_store_t *store, sd_time_t since)
{
    return sd_store_number(store, &outgoing_count_sent, SD_VALUES(SD_INT(since)), 0, count);
}

sd_error_t *sd_outgoing_purge(apr_int64_t *count, sd_store_t *store, sd_time_t until, int limit)
{
    static const char *const states[] = {"sent", "dead", "suppressed", "obsolete", "dropped"};
    apr_int64_t changed;

    *count = 0;
    for (apr_size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        SD_TRY(sd_store_execute(store, &outgoing_purge, SD_VALUES(SD_TEXT(states[i]), SD_INT(until), SD_INT(limit)),
                                &changed));
        *count = changed > *count ? changed : *count;
    }
    return NULL;
}
