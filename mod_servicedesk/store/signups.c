/* SQL over signup. */
#include "store/signups.h"

#include "store/rows.h"

#define COLUMNS                                                                                                        \
    "id, coalesce(desk_id, 0), address, address_key, display_name, password_hash, language, state, created, expires, " \
    "by_hand, approved"

SD_SQL(signup_delete_same, "DELETE FROM signup WHERE address_key = $1 AND state = $2");
/* The same one was deleted before: one that is there is another writer's, and on PostgreSQL the slower is run again. */
SD_SQL(signup_insert, "INSERT INTO signup (desk_id, address, address_key, display_name, password_hash, language,"
                      " state, created, expires, by_hand) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
                      " ON CONFLICT (address_key, state) DO UPDATE SET created = excluded.created RETURNING id");
SD_SQL(signup_refill, "UPDATE signup SET desk_id = $1, display_name = $2, password_hash = $3, language = $4,"
                      " by_hand = $5 WHERE address_key = $6 AND state = $7 RETURNING id");
SD_SQL(signup_by_id, "SELECT " COLUMNS " FROM signup WHERE id = $1");
SD_SQL(signup_waiting, "SELECT " COLUMNS " FROM signup WHERE desk_id = $1 AND state = 'waiting'"
                       " AND approved = 0"
                       " ORDER BY id LIMIT $2 OFFSET $3");
SD_SQL(signup_waiting_site, "SELECT " COLUMNS " FROM signup WHERE desk_id IS NULL AND state = 'waiting'"
                            " AND approved = 0"
                            " ORDER BY id LIMIT $1 OFFSET $2");
SD_SQL(signup_approve, "UPDATE signup SET approved = 1, expires = $1 WHERE id = $2");
SD_SQL(signup_approved, "SELECT id FROM signup WHERE address_key = $1 AND state = 'waiting' AND approved = 1"
                        " AND coalesce(desk_id, 0) = $2 AND expires > $3");
SD_SQL(signup_delete, "DELETE FROM signup WHERE id = $1");
SD_SQL(signup_delete_of_desk, "DELETE FROM signup WHERE desk_id = $1");
SD_SQL(signup_delete_of_site, "DELETE FROM signup WHERE desk_id IS NULL");
#define OVER                                                                                                           \
    "DELETE FROM signup WHERE id IN"                                                                                   \
    " (SELECT s.id FROM signup s WHERE s.expires <= $1 ORDER BY s.expires LIMIT $2"
SD_SQL_EACH(signup_purge, OVER ")", OVER " FOR UPDATE SKIP LOCKED)"); /* what somebody else sweeps is swept */

static void *record(apr_pool_t *pool, sd_row_t *row)
{
    sd_signup_row_t *signup = apr_pcalloc(pool, sizeof(*signup));

    signup->id = sd_row_int(row, 0);
    signup->desk_id = sd_row_int(row, 1);
    signup->address = sd_row_text(row, 2);
    signup->address_key = sd_row_text(row, 3);
    signup->display_name = sd_row_text(row, 4);
    signup->password_hash = sd_row_text(row, 5);
    signup->language = sd_row_text(row, 6);
    signup->state = sd_row_text(row, 7);
    signup->created = sd_row_int(row, 8);
    signup->expires = sd_row_int(row, 9);
    signup->by_hand = sd_row_bool(row, 10);
    signup->approved = sd_row_bool(row, 11);
    return signup;
}

static void *public_record(apr_pool_t *pool, sd_row_t *row)
{
    sd_signup_row_t *signup = record(pool, row);

    signup->password_hash = NULL;
    return signup;
}

sd_error_t *sd_signups_replace(sd_id_t *id, sd_store_t *store, const sd_signup_row_t *signup)
{
    SD_TRY(sd_store_execute(store, &signup_delete_same, SD_VALUES(SD_TEXT(signup->address_key), SD_TEXT(signup->state)),
                            NULL));
    return sd_rows_id(id, store, &signup_insert,
                      SD_VALUES(SD_ID_OR_NULL(signup->desk_id), SD_TEXT(signup->address), SD_TEXT(signup->address_key),
                                SD_TEXT(signup->display_name), SD_TEXT(signup->password_hash),
                                SD_TEXT(signup->language), SD_TEXT(signup->state), SD_INT(signup->created),
                                SD_INT(signup->expires), SD_INT(signup->by_hand)));
}

sd_error_t *sd_signups_refill(sd_id_t *id, sd_store_t *store, const sd_signup_row_t *signup)
{
    return sd_rows_id(id, store, &signup_refill,
                      SD_VALUES(SD_ID_OR_NULL(signup->desk_id), SD_TEXT(signup->display_name),
                                SD_TEXT(signup->password_hash), SD_TEXT(signup->language), SD_INT(signup->by_hand),
                                SD_TEXT(signup->address_key), SD_TEXT(signup->state)));
}

sd_error_t *sd_signups_by_id(const sd_signup_row_t **signup, sd_store_t *store, sd_id_t id)
{
    void *found;

    SD_TRY(sd_rows_one(&found, store, &signup_by_id, SD_VALUES(SD_INT(id)), record));
    *signup = found;
    return NULL;
}

sd_error_t *sd_signups_waiting(sd_list_t **signups, sd_store_t *store, sd_id_t desk_id, sd_page_t page)
{
    return desk_id ? sd_rows_page(signups, store, &signup_waiting, SD_VALUES(SD_INT(desk_id), SD_PAGE_VALUES(page)),
                                  page, public_record)
                   : sd_rows_page(signups, store, &signup_waiting_site, SD_VALUES(SD_PAGE_VALUES(page)), page,
                                  public_record);
}

sd_error_t *sd_signups_approve(sd_store_t *store, sd_id_t id, sd_time_t expires)
{
    return sd_store_execute(store, &signup_approve, SD_VALUES(SD_INT(expires), SD_INT(id)), NULL);
}

sd_error_t *sd_signups_approved(sd_id_t *id, sd_store_t *store, const char *address_key, sd_id_t desk_id, sd_time_t now)
{
    return sd_store_number(store, &signup_approved, SD_VALUES(SD_TEXT(address_key), SD_INT(desk_id), SD_INT(now)), 0,
                           id);
}

sd_error_t *sd_signups_delete(sd_store_t *store, sd_id_t id)
{
    return sd_store_execute(store, &signup_delete, SD_VALUES(SD_INT(id)), NULL);
}

sd_error_t *sd_signups_delete_of_desk(apr_int64_t *count, sd_store_t *store, sd_id_t desk_id)
{
    return desk_id ? sd_store_execute(store, &signup_delete_of_desk, SD_VALUES(SD_INT(desk_id)), count)
                   : sd_store_execute(store, &signup_delete_of_site, SD_NO_VALUES, count);
}

sd_error_t *sd_signups_purge(apr_int64_t *count, sd_store_t *store, sd_time_t now, int limit)
{
    return sd_store_execute(store, &signup_purge, SD_VALUES(SD_INT(now), SD_INT(limit)), count);
}
