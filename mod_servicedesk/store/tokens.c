/* SQL over token. */
#include "store/tokens.h"

#include "store/accounts.h"
#include "store/rows.h"

#define COLUMNS                                                                                                        \
    "id, account_id, prefix, label, scopes, created, coalesce(created_by, 0), expires, coalesce(revoked, 0),"          \
    " coalesce(last_used, 0)"

SD_SQL(token_alive,
       "SELECT t.id, t.scopes, t.last_used, " SD_ACTOR_COLUMNS " FROM token t"
       " JOIN account a ON a.id = t.account_id JOIN directory d ON d.id = a.directory_id"
       " WHERE t.hash = $1 AND t.expires > $2 AND t.revoked IS NULL AND a.state = 'active' AND a.barred = 0");
SD_SQL(token_touch, "UPDATE token SET last_used = $1 WHERE id = $2");
SD_SQL(token_insert, "INSERT INTO token (hash, prefix, account_id, label, scopes, created, created_by, expires)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id");
SD_SQL(token_of, "SELECT " COLUMNS " FROM token WHERE account_id = $1 ORDER BY id DESC");
SD_SQL(token_by_id, "SELECT " COLUMNS " FROM token WHERE id = $1");
SD_SQL(token_count_alive, "SELECT count(*) FROM token WHERE account_id = $1 AND expires > $2 AND revoked IS NULL");
SD_SQL(token_revoke_of, "UPDATE token SET revoked = $1 WHERE account_id = $2 AND revoked IS NULL");
SD_SQL(token_revoke, "UPDATE token SET revoked = $1 WHERE id = $2");

SD_SQL(token_purge, "DELETE FROM token WHERE id IN"
                    " (SELECT t.id FROM token t WHERE t.expires <= $1 ORDER BY t.expires LIMIT $2)");

static sd_error_t *take_use(void *baton, sd_row_t *row)
{
    sd_token_use_t *use = baton;

    use->id = sd_row_int(row, 0);
    use->scopes = (unsigned)sd_row_int(row, 1);
    use->last_used = sd_row_int(row, 2);
    use->account = sd_actor_of_row(&use->relations, row, 3);
    return NULL;
}

sd_error_t *sd_tokens_alive(sd_token_use_t *use, sd_store_t *store, const char *hash, sd_time_t now)
{
    *use = (sd_token_use_t){0};
    return sd_store_query(store, &token_alive, SD_VALUES(SD_TEXT(hash), SD_INT(now)), take_use, use);
}

sd_error_t *sd_tokens_touch(sd_store_t *store, sd_id_t id, sd_time_t now)
{
    return sd_store_execute(store, &token_touch, SD_VALUES(SD_INT(now), SD_INT(id)), NULL);
}

sd_error_t *sd_tokens_insert(sd_id_t *id, sd_store_t *store, const sd_token_row_t *token)
{
    return sd_rows_id(id, store, &token_insert,
                      SD_VALUES(SD_TEXT(token->hash), SD_TEXT(token->prefix), SD_INT(token->account_id),
                                SD_TEXT(token->label), SD_INT(token->scopes), SD_INT(token->created),
                                SD_ID_OR_NULL(token->created_by), SD_INT(token->expires)));
}

static void *record(apr_pool_t *pool, sd_row_t *row)
{
    sd_token_row_t *token = apr_pcalloc(pool, sizeof(*token));

    token->id = sd_row_int(row, 0);
    token->account_id = sd_row_int(row, 1);
    token->prefix = sd_row_text(row, 2);
    token->label = sd_row_text(row, 3);
    token->scopes = (unsigned)sd_row_int(row, 4);
    token->created = sd_row_int(row, 5);
    token->created_by = sd_row_int(row, 6);
    token->expires = sd_row_int(row, 7);
    token->revoked = sd_row_int(row, 8);
    token->last_used = sd_row_int(row, 9);
    return token;
}

sd_error_t *sd_tokens_of(apr_array_header_t **tokens, sd_store_t *store, sd_id_t account_id)
{
    return sd_rows_all(tokens, store, &token_of, SD_VALUES(SD_INT(account_id)), record);
}

sd_error_t *sd_tokens_by_id(const sd_token_row_t **token, sd_store_t *store, sd_id_t id)
{
    void *found;

    SD_TRY(sd_rows_one(&found, store, &token_by_id, SD_VALUES(SD_INT(id)), record));
    *token = found;
    return NULL;
}

sd_error_t *sd_tokens_count_alive(apr_int64_t *count, sd_store_t *store, sd_id_t account_id, sd_time_t now)
{
    return sd_store_number(store, &token_count_alive, SD_VALUES(SD_INT(account_id), SD_INT(now)), 0, count);
}

sd_error_t *sd_tokens_revoke(sd_store_t *store, sd_id_t id, sd_time_t now)
{
    return sd_store_execute(store, &token_revoke, SD_VALUES(SD_INT(now), SD_INT(id)), NULL);
}

sd_error_t *sd_tokens_revoke_of(sd_store_t *store, sd_id_t account_id, sd_time_t now)
{
    return sd_store_execute(store, &token_revoke_of, SD_VALUES(SD_INT(now), SD_INT(account_id)), NULL);
}

sd_error_t *sd_tokens_purge(apr_int64_t *count, sd_store_t *store, sd_time_t until, int limit)
{
    return sd_store_execute(store, &token_purge, SD_VALUES(SD_INT(until), SD_INT(limit)), count);
}
