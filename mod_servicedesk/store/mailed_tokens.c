/* SQL over mailed_token. */
#include "store/mailed_tokens.h"

#include "store/rows.h"

#define COLUMNS                                                                                                        \
    "id, kind, coalesce(account_id, 0), coalesce(signup_id, 0), coalesce(invitation_id, 0), address, address_key,"     \
    " coalesce(created_by, 0), created, expires, coalesce(used, 0), coalesce(revoked, 0), nonce, pepper"

#define ALIVE " AND used IS NULL AND revoked IS NULL"

SD_SQL(mailed_token_insert,
       "INSERT INTO mailed_token (hash, kind, nonce, pepper, account_id, signup_id, invitation_id, address,"
       " address_key, created_by, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
       " RETURNING id");
SD_SQL(mailed_token_by_hash, "SELECT " COLUMNS " FROM mailed_token WHERE hash = $1 AND kind = $2");
SD_SQL(mailed_token_by_id, "SELECT " COLUMNS " FROM mailed_token WHERE id = $1");
SD_SQL(mailed_token_consume, "UPDATE mailed_token SET used = $1 WHERE hash = $2 AND kind = $3 AND expires > $1"
                             " AND created <= $4" ALIVE " RETURNING " COLUMNS);
SD_SQL(mailed_token_first, "SELECT min(created) FROM mailed_token WHERE account_id = $1 AND kind = $2"
                           " AND address_key = $3");
SD_SQL(mailed_token_revoke, "UPDATE mailed_token SET revoked = $1 WHERE id = $2" ALIVE);
SD_SQL(mailed_token_revoke_kind, "UPDATE mailed_token SET revoked = $1 WHERE account_id = $2 AND kind = $3" ALIVE);
SD_SQL(mailed_token_revoke_address, "UPDATE mailed_token SET revoked = $1 WHERE address_key = $2 AND kind = $3"
                                    " AND account_id IS NULL" ALIVE);
SD_SQL(mailed_token_revoke_invitation, "UPDATE mailed_token SET revoked = $1 WHERE invitation_id = $2" ALIVE);
SD_SQL(mailed_token_revoke_of, "UPDATE mailed_token SET revoked = $1 WHERE account_id = $2"
                               " AND kind <> '" SD_MAILED_TOKENS_BACK "'" ALIVE);
#define OVER                                                                                                           \
    "DELETE FROM mailed_token WHERE id IN"                                                                             \
    " (SELECT m.id FROM mailed_token m WHERE m.expires <= $1 ORDER BY m.expires LIMIT $2"
SD_SQL_EACH(mailed_token_purge, OVER ")", OVER " FOR UPDATE SKIP LOCKED)"); /* what somebody else sweeps is swept */

static void *record(apr_pool_t *pool, sd_row_t *row)
{
    sd_mailed_token_t *token = apr_pcalloc(pool, sizeof(*token));

    token->id = sd_row_int(row, 0);
    token->kind = sd_row_text(row, 1);
    token->account_id = sd_row_int(row, 2);
    token->signup_id = sd_row_int(row, 3);
    token->invitation_id = sd_row_int(row, 4);
    token->address = sd_row_text(row, 5);
    token->address_key = sd_row_text(row, 6);
    token->created_by = sd_row_int(row, 7);
    token->created = sd_row_int(row, 8);
    token->expires = sd_row_int(row, 9);
    token->used = sd_row_int(row, 10);
    token->revoked = sd_row_int(row, 11);
    token->nonce = sd_row_text(row, 12);
    token->pepper = (int)sd_row_int(row, 13);
    return token;
}

sd_error_t *sd_mailed_tokens_insert(sd_id_t *id, sd_store_t *store, const sd_mailed_token_t *token, const char *hash)
{
    return sd_rows_id(id, store, &mailed_token_insert,
                      SD_VALUES(SD_TEXT(hash), SD_TEXT(token->kind), SD_TEXT(token->nonce), SD_INT(token->pepper),
                                SD_ID_OR_NULL(token->account_id), SD_ID_OR_NULL(token->signup_id),
                                SD_ID_OR_NULL(token->invitation_id), SD_TEXT(token->address),
                                SD_TEXT(token->address_key), SD_ID_OR_NULL(token->created_by), SD_INT(token->created),
                                SD_INT(token->expires)));
}

static sd_error_t *find(const sd_mailed_token_t **token, sd_store_t *store, const sd_sql_t *sql,
                        const sd_value_t *values, int count)
{
    void *found;

    SD_TRY(sd_rows_one(&found, store, sql, values, count, record));
    *token = found;
    return NULL;
}

sd_error_t *sd_mailed_tokens_by_hash(const sd_mailed_token_t **token, sd_store_t *store, const char *kind,
                                     const char *hash)
{
    return find(token, store, &mailed_token_by_hash, SD_VALUES(SD_TEXT(hash), SD_TEXT(kind)));
}

sd_error_t *sd_mailed_tokens_by_id(const sd_mailed_token_t **token, sd_store_t *store, sd_id_t id)
{
    return find(token, store, &mailed_token_by_id, SD_VALUES(SD_INT(id)));
}

sd_error_t *sd_mailed_tokens_consume(const sd_mailed_token_t **token, sd_store_t *store, const char *kind,
                                     const char *hash, sd_time_t now)
{
    return find(token, store, &mailed_token_consume,
                SD_VALUES(SD_INT(now), SD_TEXT(hash), SD_TEXT(kind), SD_INT(now + SD_MAILED_TOKENS_SKEW)));
}

sd_error_t *sd_mailed_tokens_revoke(sd_store_t *store, sd_id_t id, sd_time_t now)
{
    return sd_store_execute(store, &mailed_token_revoke, SD_VALUES(SD_INT(now), SD_INT(id)), NULL);
}

sd_error_t *sd_mailed_tokens_revoke_kind(sd_store_t *store, sd_id_t account_id, const char *kind, sd_time_t now)
{
    return sd_store_execute(store, &mailed_token_revoke_kind, SD_VALUES(SD_INT(now), SD_INT(account_id), SD_TEXT(kind)),
                            NULL);
}

sd_error_t *sd_mailed_tokens_revoke_address(sd_store_t *store, const char *address_key, const char *kind, sd_time_t now)
{
    return sd_store_execute(store, &mailed_token_revoke_address,
                            SD_VALUES(SD_INT(now), SD_TEXT(address_key), SD_TEXT(kind)), NULL);
}

sd_error_t *sd_mailed_tokens_revoke_invitation(sd_store_t *store, sd_id_t invitation_id, sd_time_t now)
{
    return sd_store_execute(store, &mailed_token_revoke_invitation, SD_VALUES(SD_INT(now), SD_INT(invitation_id)),
                            NULL);
}

sd_error_t *sd_mailed_tokens_revoke_of(sd_store_t *store, sd_id_t account_id, sd_time_t now)
{
    return sd_store_execute(store, &mailed_token_revoke_of, SD_VALUES(SD_INT(now), SD_INT(account_id)), NULL);
}

sd_error_t *sd_mailed_tokens_purge(apr_int64_t *count, sd_store_t *store, sd_time_t now, int limit)
{
    return sd_store_execute(store, &mailed_token_purge, SD_VALUES(SD_INT(now), SD_INT(limit)), count);
}

sd_error_t *sd_mailed_tokens_first(sd_time_t *created, sd_store_t *store, const sd_mailed_token_t *like)
{
    return sd_store_number(store, &mailed_token_first,
                           SD_VALUES(SD_INT(like->account_id), SD_TEXT(like->kind), SD_TEXT(like->address_key)),
                           like->created, created);
}
