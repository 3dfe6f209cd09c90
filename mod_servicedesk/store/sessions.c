/* SQL over session. */
#include "store/sessions.h"

#include "store/accounts.h"
#include "store/rows.h"

SD_SQL(session_alive,
       "SELECT s.account_id, s.directory, s.generation, s.created, s.last_seen, s.idle, s.expires, s.csrf, s.auth_time,"
       " s.restricted, " SD_ACTOR_COLUMNS " FROM session s"
       " JOIN account a ON a.id = s.account_id AND a.generation = s.generation"
       " JOIN directory d ON d.id = a.directory_id WHERE s.hash = $1 AND s.expires > $2 AND s.last_seen + s.idle > $2"
       " AND a.state = 'active' AND a.barred = 0");
SD_SQL(session_insert, "INSERT INTO session (hash, account_id, kind, directory, generation, created, last_seen, idle,"
                       " expires, csrf, source, auth_time, restricted)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
SD_SQL(session_of, "SELECT s.hash, s.kind, s.directory, s.created, s.last_seen, s.expires, s.source FROM session s"
                   " JOIN account a ON a.id = s.account_id AND a.generation = s.generation WHERE s.account_id = $1"
                   " AND s.expires > $2 AND s.last_seen + s.idle > $2 ORDER BY s.created DESC, s.hash");
SD_SQL(session_by_hash, "SELECT account_id FROM session WHERE hash = $1");
SD_SQL(session_set_auth_time, "UPDATE session SET auth_time = $1 WHERE hash = $2");
SD_SQL(session_touch, "UPDATE session SET last_seen = $1 WHERE hash = $2");
SD_SQL(session_delete, "DELETE FROM session WHERE hash = $1 RETURNING account_id");
SD_SQL(session_delete_of, "DELETE FROM session WHERE account_id = $1");
SD_SQL(session_trim,
       "DELETE FROM session WHERE account_id = $1 AND hash NOT IN"
       " (SELECT k.hash FROM session k WHERE k.account_id = $1 ORDER BY k.created DESC, k.hash LIMIT $2)");
SD_SQL(session_purge, "DELETE FROM session WHERE hash IN"
                      " (SELECT s.hash FROM session s WHERE s.expires <= $1 ORDER BY s.expires LIMIT $2)");
SD_SQL(session_ahead, "SELECT count(*) FROM session s JOIN account a ON a.id = s.account_id"
                      " WHERE s.account_id = $1 AND s.generation > a.generation");

static sd_error_t *take_row(void *baton, sd_row_t *row)
{
    sd_session_row_t *session = baton;

    session->account_id = sd_row_int(row, 0);
    session->directory = sd_row_text(row, 1);
    session->generation = sd_row_int(row, 2);
    session->created = sd_row_int(row, 3);
    session->last_seen = sd_row_int(row, 4);
    session->idle = sd_row_int(row, 5);
    session->expires = sd_row_int(row, 6);
    session->csrf = sd_row_text(row, 7);
    session->auth_time = sd_row_int(row, 8);
    session->restricted = sd_row_bool(row, 9);
    session->account = sd_actor_of_row(&session->relations, row, 10);
    return NULL;
}

sd_error_t *sd_sessions_alive(sd_session_row_t *session, sd_store_t *store, const char *hash, sd_time_t now)
{
    *session = (sd_session_row_t){.hash = hash};
    return sd_store_query(store, &session_alive, SD_VALUES(SD_TEXT(hash), SD_INT(now)), take_row, session);
}

static void *record(apr_pool_t *pool, sd_row_t *row)
{
    sd_session_row_t *session = apr_pcalloc(pool, sizeof(*session));

    session->hash = sd_row_text(row, 0);
    session->kind = sd_row_text(row, 1);
    session->directory = sd_row_text(row, 2);
    session->created = sd_row_int(row, 3);
    session->last_seen = sd_row_int(row, 4);
    session->expires = sd_row_int(row, 5);
    session->source = sd_row_text(row, 6);
    return session;
}

sd_error_t *sd_sessions_of(apr_array_header_t **sessions, sd_store_t *store, sd_id_t account_id, sd_time_t now)
{
    return sd_rows_all(sessions, store, &session_of, SD_VALUES(SD_INT(account_id), SD_INT(now)), record);
}

sd_error_t *sd_sessions_by_hash(sd_session_row_t *session, sd_store_t *store, const char *hash)
{
    *session = (sd_session_row_t){.hash = hash};
    return sd_store_number(store, &session_by_hash, SD_VALUES(SD_TEXT(hash)), 0, &session->account_id);
}

sd_error_t *sd_sessions_set_auth_time(sd_store_t *store, const char *hash, sd_time_t now)
{
    return sd_store_execute(store, &session_set_auth_time, SD_VALUES(SD_INT(now), SD_TEXT(hash)), NULL);
}

sd_error_t *sd_sessions_insert(sd_store_t *store, const sd_session_row_t *session)
{
    return sd_store_execute(store, &session_insert,
                            SD_VALUES(SD_TEXT(session->hash), SD_INT(session->account_id), SD_TEXT(session->kind),
                                      SD_TEXT(session->directory), SD_INT(session->generation),
                                      SD_INT(session->created), SD_INT(session->last_seen), SD_INT(session->idle),
                                      SD_INT(session->expires), SD_TEXT(session->csrf), SD_TEXT(session->source),
                                      SD_INT(session->auth_time), SD_INT(session->restricted)),
                            NULL);
}

sd_error_t *sd_sessions_touch(sd_store_t *store, const char *hash, sd_time_t now)
{
    return sd_store_execute(store, &session_touch, SD_VALUES(SD_INT(now), SD_TEXT(hash)), NULL);
}

sd_error_t *sd_sessions_delete(sd_id_t *account_id, sd_store_t *store, const char *hash)
{
    return sd_rows_id(account_id, store, &session_delete, SD_VALUES(SD_TEXT(hash)));
}

sd_error_t *sd_sessions_delete_of(apr_int64_t *count, sd_store_t *store, sd_id_t account_id)
{
    return sd_store_execute(store, &session_delete_of, SD_VALUES(SD_INT(account_id)), count);
}

sd_error_t *sd_sessions_trim(sd_store_t *store, sd_id_t account_id, int keep)
{
    return sd_store_execute(store, &session_trim, SD_VALUES(SD_INT(account_id), SD_INT(keep)), NULL);
}

sd_error_t *sd_sessions_purge(apr_int64_t *count, sd_store_t *store, sd_time_t now, int limit)
{
    return sd_store_execute(store, &session_purge, SD_VALUES(SD_INT(now), SD_INT(limit)), count);
}

sd_error_t *sd_sessions_ahead(apr_int64_t *count, sd_store_t *store, sd_id_t account_id)
{
    return sd_store_number(store, &session_ahead, SD_VALUES(SD_INT(account_id)), 0, count);
}
