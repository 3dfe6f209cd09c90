/* SQL over participant, request_organization and the organizations that decide about sharing. */
#include "store/participants.h"

#include "store/accounts.h"
#include "store/rows.h"

SD_SQL(participant_insert, "INSERT INTO participant (request_id, account_id, added_by, created, activity)"
                           " SELECT r.id, $1, $2, $3, r.public_updated FROM request AS r WHERE r.id = $4"
                           " ON CONFLICT (request_id, account_id) DO NOTHING");
SD_SQL(participant_delete, "DELETE FROM participant WHERE request_id = $1 AND account_id = $2");
SD_SQL(participant_list, "SELECT " SD_ACCOUNT_COLUMNS " FROM participant AS p JOIN account AS a ON a.id = p.account_id"
                         " JOIN directory AS d ON d.id = a.directory_id WHERE p.request_id = $1"
                         " ORDER BY p.account_id LIMIT $2 OFFSET $3");
SD_SQL(participant_organizations, "SELECT m.organization_id FROM organization_member AS m JOIN desk_organization AS n"
                                  " ON n.organization_id = m.organization_id AND n.desk_id = $1"
                                  " WHERE m.account_id = $2 ORDER BY m.organization_id");
SD_SQL(participant_is_desk_organization,
       "SELECT count(*) FROM desk_organization WHERE desk_id = $1 AND organization_id = $2");
SD_SQL(participant_are_colleagues,
       "SELECT CASE WHEN EXISTS (SELECT 1 FROM organization_member AS m JOIN organization_member AS n"
       " ON n.organization_id = m.organization_id AND n.account_id = $1 WHERE m.account_id = $2) THEN 1 ELSE 0 END");
SD_SQL(participant_share, "INSERT INTO request_organization (request_id, organization_id, activity)"
                          " SELECT r.id, $1, r.public_updated FROM request AS r WHERE r.id = $2"
                          " ON CONFLICT (request_id, organization_id) DO NOTHING");

SD_SQL(participant_share_use, "INSERT INTO organization_use (organization_id, desk_id)"
                              " SELECT $1, r.desk_id FROM request AS r WHERE r.id = $2"
                              " ON CONFLICT (organization_id, desk_id) DO NOTHING");

sd_error_t *sd_participants_insert(int *added, sd_store_t *store, sd_id_t request_id, sd_id_t account_id,
                                   sd_id_t added_by, sd_time_t at)
{
    apr_int64_t changed = 0;

    SD_TRY(sd_store_execute(store, &participant_insert,
                            SD_VALUES(SD_INT(account_id), SD_INT(added_by), SD_INT(at), SD_INT(request_id)),
                            added ? &changed : NULL));
    if (added) {
        *added = changed > 0;
    }
    return NULL;
}

sd_error_t *sd_participants_delete(int *removed, sd_store_t *store, sd_id_t request_id, sd_id_t account_id)
{
    apr_int64_t changed;

    SD_TRY(sd_store_execute(store, &participant_delete, SD_VALUES(SD_INT(request_id), SD_INT(account_id)), &changed));
    *removed = changed > 0;
    return NULL;
}

sd_error_t *sd_participants_list(sd_list_t **list, sd_store_t *store, sd_id_t request_id, sd_page_t page)
{
    return sd_rows_page(list, store, &participant_list, SD_VALUES(SD_INT(request_id), SD_PAGE_VALUES(page)), page,
                        sd_accounts_record);
}

static sd_error_t *take_id(void *baton, sd_row_t *row)
{
    APR_ARRAY_PUSH((apr_array_header_t *)baton, sd_id_t) = sd_row_int(row, 0);
    return NULL;
}

sd_error_t *sd_participants_ask_organizations(apr_array_header_t **ids, sd_store_t *store, sd_id_t account_id,
                                              sd_id_t desk_id)
{
    *ids = apr_array_make(sd_store_pool(store), 2, sizeof(sd_id_t));
    return sd_store_ask(store, &participant_organizations, SD_VALUES(SD_INT(desk_id), SD_INT(account_id)), take_id,
                        *ids);
}

sd_error_t *sd_participants_is_desk_organization(int *known, sd_store_t *store, sd_id_t desk_id,
                                                 sd_id_t organization_id)
{
    apr_int64_t count;

    SD_TRY(sd_store_number(store, &participant_is_desk_organization,
                           SD_VALUES(SD_INT(desk_id), SD_INT(organization_id)), 0, &count));
    *known = count > 0;
    return NULL;
}

sd_error_t *sd_participants_are_colleagues(int *colleagues, sd_store_t *store, sd_id_t one, sd_id_t other)
{
    apr_int64_t yes;

    SD_TRY(sd_store_number(store, &participant_are_colleagues, SD_VALUES(SD_INT(one), SD_INT(other)), 0, &yes));
    *colleagues = yes != 0;
    return NULL;
}

sd_error_t *sd_participants_share(sd_store_t *store, sd_id_t request_id, sd_id_t organization_id)
{
    SD_TRY(sd_store_execute(store, &participant_share, SD_VALUES(SD_INT(organization_id), SD_INT(request_id)), NULL));
    return sd_store_execute(store, &participant_share_use, SD_VALUES(SD_INT(organization_id), SD_INT(request_id)),
                            NULL);
}
