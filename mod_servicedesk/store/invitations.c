/* SQL over invitation. */
#include "store/invitations.h"

#include "store/accounts.h"
#include "store/rows.h"

#define FROM                                                                                                           \
    " FROM invitation i JOIN account a ON a.id = i.account_id JOIN directory d ON d.id = a.directory_id"               \
    " LEFT JOIN account b ON b.id = i.invited_by "
#define COLUMNS                                                                                                        \
    SD_ACCOUNT_COLUMNS ", i.id, i.desk_id, coalesce(i.invited_by, 0), b.display_name, i.created, i.sent, i.expires"

SD_SQL(
    invitation_put,
    "INSERT INTO invitation (desk_id, account_id, invited_by, created, sent, expires) VALUES ($1, $2, $3, $4, $4, $5)"
    " ON CONFLICT (desk_id, account_id) DO UPDATE SET invited_by = excluded.invited_by, sent = excluded.sent,"
    " expires = excluded.expires RETURNING id");
SD_SQL(invitation_by_id, "SELECT " COLUMNS FROM "WHERE i.id = $1");
SD_SQL(invitation_of, "SELECT " COLUMNS FROM "WHERE i.desk_id = $1 AND i.account_id = $2");
SD_SQL(invitation_list, "SELECT " COLUMNS FROM "WHERE i.desk_id = $1 ORDER BY i.account_id LIMIT $2 OFFSET $3");
SD_SQL(invitation_delete, "DELETE FROM invitation WHERE id = $1");
SD_SQL(invitation_delete_of, "DELETE FROM invitation WHERE account_id = $1");
SD_SQL(invitation_exists, "SELECT CASE WHEN EXISTS (SELECT 1 FROM invitation WHERE account_id = $1) THEN 1 ELSE 0 END");
SD_SQL(invitation_unused, "SELECT CASE WHEN EXISTS (SELECT 1 FROM invitation i WHERE i.account_id = $1)"
                          " OR EXISTS (SELECT 1 FROM desk_role r WHERE r.account_id = $1)"
                          " OR EXISTS (SELECT 1 FROM request q WHERE q.reporter_id = $1)"
                          " OR EXISTS (SELECT 1 FROM participant p WHERE p.account_id = $1) THEN 0 ELSE 1 END");

static void *record(apr_pool_t *pool, sd_row_t *row)
{
    sd_invitation_row_t *invitation = apr_pcalloc(pool, sizeof(*invitation));

    sd_account_of_row(&invitation->account, row, 0);
    invitation->id = sd_row_int(row, SD_ACCOUNT_WIDTH);
    invitation->desk_id = sd_row_int(row, SD_ACCOUNT_WIDTH + 1);
    invitation->invited_by = sd_row_int(row, SD_ACCOUNT_WIDTH + 2);
    invitation->inviter_name = sd_row_text(row, SD_ACCOUNT_WIDTH + 3);
    invitation->created = sd_row_int(row, SD_ACCOUNT_WIDTH + 4);
    invitation->sent = sd_row_int(row, SD_ACCOUNT_WIDTH + 5);
    invitation->expires = sd_row_int(row, SD_ACCOUNT_WIDTH + 6);
    return invitation;
}

sd_error_t *sd_invitations_put(sd_id_t *id, sd_store_t *store, sd_id_t desk_id, sd_id_t account_id, sd_id_t invited_by,
                               sd_time_t now, sd_time_t expires)
{
    return sd_rows_id(id, store, &invitation_put,
                      SD_VALUES(SD_INT(desk_id), SD_INT(account_id), SD_ID_OR_NULL(invited_by), SD_INT(now),
                                SD_INT(expires)));
}

static sd_error_t *find(const sd_invitation_row_t **invitation, sd_store_t *store, const sd_sql_t *sql,
                        const sd_value_t *values, int count)
{
    void *found;

    SD_TRY(sd_rows_one(&found, store, sql, values, count, record));
    *invitation = found;
    return NULL;
}

sd_error_t *sd_invitations_by_id(const sd_invitation_row_t **invitation, sd_store_t *store, sd_id_t id)
{
    return find(invitation, store, &invitation_by_id, SD_VALUES(SD_INT(id)));
}

sd_error_t *sd_invitations_of(const sd_invitation_row_t **invitation, sd_store_t *store, sd_id_t desk_id,
                              sd_id_t account_id)
{
    return find(invitation, store, &invitation_of, SD_VALUES(SD_INT(desk_id), SD_INT(account_id)));
}

sd_error_t *sd_invitations_list(sd_list_t **invitations, sd_store_t *store, sd_id_t desk_id, sd_page_t page)
{
    return sd_rows_page(invitations, store, &invitation_list, SD_VALUES(SD_INT(desk_id), SD_PAGE_VALUES(page)), page,
                        record);
}

sd_error_t *sd_invitations_delete(sd_store_t *store, sd_id_t id)
{
    return sd_store_execute(store, &invitation_delete, SD_VALUES(SD_INT(id)), NULL);
}

sd_error_t *sd_invitations_delete_of(sd_store_t *store, sd_id_t account_id)
{
    return sd_store_execute(store, &invitation_delete_of, SD_VALUES(SD_INT(account_id)), NULL);
}

static sd_error_t *tell(int *is_so, sd_store_t *store, const sd_sql_t *sql, sd_id_t account_id)
{
    apr_int64_t number;

    SD_TRY(sd_store_number(store, sql, SD_VALUES(SD_INT(account_id)), 0, &number));
    *is_so = number == 1;
    return NULL;
}

sd_error_t *sd_invitations_exist(int *exist, sd_store_t *store, sd_id_t account_id)
{
    return tell(exist, store, &invitation_exists, account_id);
}

sd_error_t *sd_invitations_is_unused(int *unused, sd_store_t *store, sd_id_t account_id)
{
    return tell(unused, store, &invitation_unused, account_id);
}
